#!/bin/sh
# What one file for all processors costs against files for one: C of --target=any beside that of single targets, in size and, on one
# core of this machine, in time. The nets are the seven of tests/bench/nets, thirty that draw.awk draws and, in size, those of models.
#
#   sh tests/bench/versions.sh NNGEN
#
#   NETS="784-128-10 d0"             parts of names; all by default
#   VERSIONS="x86-64-v3 generic"     that are forced in turn; by default all that this machine runs
#   ROUNDS=11                        turns of single target and any, in which each runs for 2 ms; 11 at most
#   CC=clang                         compiler of what is run; gcc by default
#   CORE=1                           the core to run on; the last by default
#   NO_SIZE=1, NO_TIME=1             leaves out a table
#
# Sizes: lines and bytes of C, milliseconds of gcc -O2 and clang -O2 and bytes of object code of all three versions v4, v3 and generic
# together, against the single target that has most of it, and what each further version adds to that. Times: a training step, one
# example and a batch, single target with the flags of its CPU at -O2, any at -O2 without a flag: single target's time : any's. What
# is below 0.93 is measured again with three times the rounds, and counts where it stays.
#
# Exit code 0 if three versions are at most 2.5 times the longest target, the geometric mean of each version is at least 0.98 and no
# ratio below 0.93; 1 if not; 2 if nothing can be measured. Works in a folder of its own below $TMPDIR, which it removes.
set -eu

wrong() {
    echo "error: $*" >&2
    exit 2
}

[ $# = 1 ] || {
    echo "usage: sh tests/bench/versions.sh NNGEN" >&2
    exit 2
}
nngen=$1
[ -x "$nngen" ] || wrong "no program '$nngen'"
rounds=${ROUNDS:-11}
compiler=${CC:-gcc}
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/bench/nets.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM HUP
make_tool "$work/against" against.c check.c data.c measure.c module.c peak.c || wrong "the program that measures does not build"
make_tool "$work/timed" timed.c || wrong "the program that measures commands does not build"
code=0

# write MODEL NAME OPTION...: C of the model, in $work/NAME.
write() {
    model=$1
    mkdir -p "$work/$2"
    file=$work/$2/$(sed -n 's/^network //p' "$1" | head -n 1).c
    shift 2
    "$nngen" "$model" "$@" -o "$file"
}

# ---- sizes ----

# cost FILE CC: milliseconds to compile it, bytes of code and constants.
cost() {
    CCACHE_DISABLE=1 "$work/timed" 1 "$2" -std=c11 -O2 $3 -I"$top/runtime" -c "$1" -o "$work/made.o" >"$work/took"
    echo "$(awk '{ printf "%.0f", $1 }' "$work/took") $(size "$work/made.o" | awk 'NR == 2 { print $1 + $2 }')"
}

# costs MODEL NAME FLAGS OPTION...: a row of all that is told of one file.
costs() {
    name=$2
    flags=$3
    options=$4
    # shellcheck disable=SC2086  # several words
    write "$1" "size" $options
    echo "$name $(wc -lc <"$file") $(cost "$file" gcc "$flags") $(cost "$file" clang "$flags")"
}

size_of() {
    for target in x86-64-v4 x86-64-v3 generic; do
        costs "$1" single "$(flags_of "$target")" --target="$target"
    done
    costs "$1" three "" "--target=any --versions=v4,v3,generic"
    costs "$1" four "" "--target=any --versions=v4,v3,generic,c99"
    costs "$1" five "" "--target=any --versions=v4,v3,generic,c99,aarch64"
    costs "$1" default "" "--target=any"
}

compare_sizes() {
    printf '%-30s %31s   %38s   %23s   %s\n' "" "most of one target" "v4, v3 and generic, times that" "+ c99, + aarch64" "by default"
    printf '%-30s %7s %8s %7s %7s   %6s %6s %6s %6s %6s %6s   %6s %6s   %s\n' "net" lines bytes "gcc ms" "object" lines bytes gcc object \
        clang object lines lines "lines"
    for model in "$top"/models/*.def "$top"/models/*/*.def "$top"/tests/bench/nets/*.def; do
        is_wanted "$(label "$model")" || continue
        size_of "$model" | awk -v net="$(label "$model")" '
            { for (i = 2; i <= 7; i++) { if ($1 == "single" && $i > most[i]) most[i] = $i; value[$1, i] = $i } }
            END {
                printf "%-30s %7d %8d %7d %7d  ", net, most[2], most[3], most[4], most[5]
                for (i = 2; i <= 7; i++) printf " %6.2f", value["three", i] / most[i]
                printf "   %6.2f %6.2f   %d\n", (value["four", 2] - value["three", 2]) / most[2],
                    (value["five", 2] - value["four", 2]) / most[2], value["default", 2]
            }'
    done | tee "$work/sizes"
    awk '$6 > 2.5 { print "more than 2.5 times the lines of one target: " $1; wrong = 1 } END { exit wrong }' "$work/sizes" || code=1
}

# ---- times ----

# runs_here VERSION
runs_here() {
    case $1 in
    x86-64-v3) grep -qw avx2 /proc/cpuinfo ;;
    x86-64-v4) grep -qw avx512bw /proc/cpuinfo ;;
    esac
}

# make_module SIDE FLAG...: of the C in $work/SIDE.
make_module() {
    side=$1
    shift
    "$compiler" -std=c11 -O2 "$@" -fPIC -fvisibility=hidden -shared -DIS_MODULE -DNET="$name" \
        -DBATCH="$(sed -n 's/^batch *//p' "$model")" -DINPUT_FIELDS=1 -DHEADER="\"$name.h\"" -DNAME="\"$side\"" -I"$work/$side" \
        -I"$top/runtime" -I"$top/tests/bench" "$top/tests/bench/generated.c" "$work/$side/$name.c" -o "$work/$side/module.so" -lm
}

# measure ROUNDS [OPERATION]
measure() {
    on_core "$work/against" "$1" "$work/single/module.so" "$work/any/module.so" ${2:+"$2"}
}

compare_times() {
    mkdir "$work/drawn"
    awk -v count=30 -v folder="$work/drawn" -f "$top/tests/bench/draw.awk"
    for version in ${VERSIONS:-x86-64-v4 x86-64-v3 generic}; do
        runs_here "$version" || { echo "skipped: $version: not for this CPU" >&2; continue; }
        printf '\n%s, %s: single target : any\n\n%-30s %8s %8s %8s\n' "$version" "$compiler" net step one batch
        for model in "$top"/tests/bench/nets/*.def "$work"/drawn/*.def; do
            is_wanted "$(label "$model")" || continue
            name=$(sed -n 's/^network //p' "$model")
            write "$model" any --target=any
            forced=$version
            grep -q "{\"$version\"" "$work/any/$name.c" || forced=$(sed -n 's/.*{"\([^"]*\)", NN_.*/\1/p' "$work/any/$name.c" | head -n 1)
            [ "$forced" = "$version" ] || continue
            write "$model" single --target="$version"
            # shellcheck disable=SC2046  # several words
            make_module single $(flags_of "$version") && make_module any "-DVERSION=\"$version\"" || wrong "$model does not compile"
            measure "$rounds" >"$work/took" || wrong "$(label "$model"): not the same numbers"
            awk '$4 < 0.93 { print $1 }' "$work/took" >"$work/again"
            while read -r operation; do
                measure $((3 * rounds)) "$operation" </dev/null >>"$work/took"
            done <"$work/again"
            awk -v net="$(label "$model")" '{ ratio[$1] = $4 }
                END { printf "%-30s %8.3f %8.3f %8.3f\n", net, ratio["train"], ratio["one"], ratio["batch"] }' "$work/took"
        done | tee "$work/times"
        awk '{ for (i = 2; i <= 4; i++) { sum += log($i); n++; if (n == 1 || $i < least) { least = $i; at = $1 } } }
            END { if (!n) exit 2
                mean = exp(sum / n); printf "geometric mean of %d: %.3f; least: %.3f (%s)\n", n, mean, least, at
                exit mean < 0.98 || least < 0.93 }' "$work/times" || code=1
    done
}

echo "$(cpu), $(version_of "$compiler")"
[ -n "${NO_SIZE:-}" ] || compare_sizes
[ -n "${NO_TIME:-}" ] || compare_times
exit $code
