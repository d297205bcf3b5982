#!/bin/sh
# Times emitted code against plain loops, the generic library, and hand-written steps on the matrix products of every
# library that is there, on one core, and says how long emitted code takes to compile. Installs what is missing on Debian.
# Prints tables in Markdown; leaves build/bench/bench.csv and bench.svg. Never judges: only contenders that compute
# different things are a failure.
#
#   sh tests/bench/run.sh [nets]     the seven nets of tests/bench/nets
#   sh tests/bench/run.sh models     the networks of models/, plain loops and generic library alone
#
#   NETS="784-128-10 2-4-2"          parts of names; all by default
#   CONTENDERS="generic, C + MKL"    parts of names, separated by commas; all by default
#   ROUNDS=11                        turns of each contender
#   CC="gcc clang"                   compilers, one report each; gcc by default
#   PYTHON=python3                   what has PyTorch or JAX, if anything has
#   CORE=1                           the core to run on; the last by default
#   COMPILE_CC="gcc clang"           compilers whose time over emitted code is told at the end; NO_COMPILE=1 leaves it out
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/bench
. "$top/tests/building.sh"
kind=${1:-nets}
rounds=${ROUNDS:-11}
targets="c99 generic x86-64-v3 x86-64-v4 aarch64"

sh "$top/tests/packages.sh" cmake make gcc libc6-dev libjansson-dev zlib1g-dev
for package in clang libopenblas-dev libxsmm-dev libdnnl-dev libfann-dev; do
    sh "$top/tests/packages.sh" $package || echo "skipped: what needs $package"
done

# One core for all.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
on_core() {
    if command -v taskset >/dev/null; then
        taskset -c "${CORE:-$(($(nproc) - 1))}" "$@"
    else
        "$@"
    fi
}

# Where pip has put MKL, if it has.
mkl_root() {
    for python in python3 python; do
        "$python" -c 'import glob, os, site, sys
roots = [sys.prefix, site.USER_BASE]
print(next((r for r in roots if os.path.exists(r + "/include/mkl.h") and glob.glob(r + "/lib/libmkl_rt*")), ""))' \
            2>/dev/null && return
    done
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

# Builds nngen and lists the targets that it knows and this CPU's family can run.
build_nngen() {
    logged "$build/nngen.log" cmake -S "$top" -B "$build/nngen" -DCMAKE_BUILD_TYPE=Release -DNNGEN_TESTS=OFF \
        -DNNGEN_HOST=OFF
    logged "$build/nngen.log" cmake --build "$build/nngen" --target nngen_tool --parallel "$(nproc)"
    nngen=$build/nngen/nngen
    known=
    for target in $targets; do
        case $target-$(uname -m) in
        x86-64-v*-x86_64 | aarch64-aarch64 | c99-* | generic-*) ;;
        *) continue ;;
        esac
        if "$nngen" --target="$target" -o "$build/known.c" "$top/tests/bench/nets/net_2_4_2.def" 2>/dev/null; then
            known="$known${known:+;}$target"
        else
            echo "skipped: --target=$target: this nngen does not know it"
        fi
    done
}

# run COMPILER: builds and prints the tables.
run() {
    name=$(basename "$1")
    folder=$build/$name
    chart=
    [ "$kind" != nets ] || chart=$build/bench.svg
    mkdir -p "$folder"
    logged "$folder/build.log" cmake -S "$top/tests/bench" -B "$folder" -DCMAKE_C_COMPILER="$1" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O3 -DNNGEN_EXECUTABLE="$nngen" -DBENCH_TARGETS="$known" \
        -DMKL_ROOT="$(mkl_root)"
    logged "$folder/build.log" cmake --build "$folder" --target "bench_$kind" --parallel "$(nproc)"
    echo
    echo "$("$1" --version | head -n 1), -O3. Microseconds, minimum (median) of $rounds rounds, one core."
    # shellcheck disable=SC2086  # a word, or none
    NETS=$(echo "${NETS:-}" | tr ' ' ',') on_core "$folder/bench_$kind" "$rounds" "$name" "$build/bench.csv" $chart
}

# Prints the milliseconds on a core that a command takes: the least of three runs, or of one that takes long.
milliseconds() {
    begun=$(date +%s)
    for _ in 1 2 3; do
        [ $(($(date +%s) - begun)) -lt 2 ] || break
        (
            "$@"
            times >"$build/times" # not through a pipe: that would be another shell's
        )
        tail -n 1 "$build/times"
    done | sed 's/[ms]/ /g' | awk '{ took = 1000 * (60 * ($1 + $3) + $2 + $4)
        if (NR == 1 || took < least) least = took } END { printf "%.0f\n", least }'
}

is_wanted() {
    [ -n "${NETS:-}" ] || return 0
    for part in $NETS; do
        case $1 in *"$part"*) return 0 ;; esac
    done
    return 1
}

flags_of() {
    case $1 in
    x86-64-v3) echo -march=x86-64-v3 ;;
    x86-64-v4) echo -march=x86-64-v4 -mprefer-vector-width=512 ;;
    esac
}

# compile COMPILER...: how long nngen takes over each net and target, and the compilers over what it writes.
compile() {
    echo
    echo "Milliseconds on one core to generate and to compile:"
    echo
    head="| net | target | bytes | nngen |"
    rule="|---|---|--:|--:|"
    for compiler in "$@"; do
        command -v "$compiler" >/dev/null || continue
        head="$head $compiler -O2 | $compiler -O3 |"
        rule="$rule--:|--:|"
    done
    printf '%s\n%s\n' "$head" "$rule"
    for model in "$top"/tests/bench/nets/*.def; do
        net=$(basename "$model" .def | sed 's/^net_//; s/_/-/g')
        is_wanted "$net" || continue
        for target in $(echo "$known" | tr ';' ' '); do
            emitted=$build/compiled.c
            row="| $net | $target |"
            took=$(milliseconds "$nngen" --target="$target" -o "$emitted" "$model")
            row="$row $(wc -c <"$emitted") | $took |"
            for compiler in "$@"; do
                command -v "$compiler" >/dev/null || continue
                for level in -O2 -O3; do
                    # shellcheck disable=SC2046  # several words
                    took=$(milliseconds "$compiler" -std=c11 $level $(flags_of "$target") -I"$top/runtime" -c "$emitted" \
                        -o "$build/compiled.o")
                    row="$row $took |"
                done
            done
            echo "$row"
        done
    done
}

writable_folder "$build"
build_nngen
echo "compiler,net,operation,contender,minimum us,median us,rounds,GFLOP/s,share of peak,best other : this" >"$build/bench.csv"
echo "CPU: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(uname -m)"
for compiler in ${CC:-gcc}; do
    if ! command -v "$compiler" >/dev/null; then
        echo "skipped: $compiler: not there"
        continue
    fi
    run "$compiler"
done
if [ "$kind" = nets ] && command -v "${PYTHON:-python3}" >/dev/null; then
    # shellcheck disable=SC2086  # a word each
    on_core "${PYTHON:-python3}" -B "$top/tests/bench/frameworks.py" "$rounds" "$build/bench.csv" ${NETS:-}
fi
# shellcheck disable=SC2086  # a word each
[ -n "${NO_COMPILE:-}" ] || compile ${COMPILE_CC:-gcc clang}
