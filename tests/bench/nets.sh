# Read by the scripts of this folder, which have set `top`: what they know of nets, targets and this machine.

# One core for all.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
on_core() {
    if command -v taskset >/dev/null; then
        taskset -c "${CORE:-$(($(nproc) - 1))}" "$@"
    else
        "$@"
    fi
}

# logged LOG COMMAND...: its output is shown only where it fails.
logged() {
    log=$1
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 40 "$log"
        exit 1
    }
}

cpu() {
    echo "CPU: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(uname -m)"
}

version_of() {
    "$1" --version | head -n 1
}

# label MODEL: what tables call it, such as 784-128-10 of net_784_128_10.def.
label() {
    basename "$1" .def | sed 's/^net_//; s/_/-/g'
}

# is_wanted LABEL: whether one of $NETS, parts of names, is in it; all are where that is empty.
is_wanted() {
    [ -n "${NETS:-}" ] || return 0
    for part in $NETS; do
        case $1 in *"$part"*) return 0 ;; esac
    done
    return 1
}

# targets_of NNGEN: those that it knows and CPUs of this family can run.
targets_of() {
    for target in c99 generic x86-64-v3 x86-64-v4 aarch64; do
        case $target-$(uname -m) in
        x86-64-v*-x86_64 | aarch64-aarch64 | c99-* | generic-*) ;;
        *) continue ;;
        esac
        if "$1" --target="$target" -o - "$top/tests/bench/nets/net_2_4_2.def" >/dev/null 2>&1; then
            echo "$target"
        else
            echo "skipped: --target=$target: this nngen does not know it" >&2
        fi
    done
}

# What emitted code of a target is compiled with.
flags_of() {
    case $1 in
    x86-64-v3) echo -march=x86-64-v3 ;;
    x86-64-v4) echo -march=x86-64-v4 -mprefer-vector-width=512 ;;
    esac
}

# make_tool PROGRAM SOURCE...: a program of this folder, from those of its sources.
make_tool() {
    program=$1
    compiler=${CC:-gcc}
    shift
    (
        cd "$top/tests/bench"
        "${compiler%% *}" -std=c11 -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Werror \
            -I. -I"$top/runtime" "$@" -o "$program" -lm -ldl
    )
}
