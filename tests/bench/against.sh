#!/bin/sh
# Measures what nngens of two commits write against each other, on one core of this machine: COMMIT is the old one, and the new one
# is the second, or HEAD. The nets are the seven of tests/bench/nets and thirty that draw.awk draws.
#
#   sh tests/bench/against.sh COMMIT [COMMIT]
#   sh tests/bench/against.sh --programs NNGEN NNGEN     two programs, old and new, with the runtime of the files here
#
#   NETS="784-128-10 d0"             parts of names; all by default
#   TARGETS="c99 x86-64-v4"          all by default that both know and this machine runs
#   ROUNDS=31                        turns of old and new, in which each runs for 2 ms; 33 at most
#   CC="gcc clang"                   compilers of what is run, one after the other; gcc by default
#   CORE=1                           the core to run on; the last by default
#   COMPILE_CC="gcc clang"           compilers whose time is told; NO_COMPILE=1 leaves it out
#   COMPILE_ROUNDS=3                 turns of them
#
# Prints tables: a training step, one example and a batch, old time : new time; lines and bytes of emitted C, how long nngen and the
# compilers take. Then marks: per target the geometric mean of old : new at least 0.99 and no ratio below 0.95, the time of each
# compiler at most 1.03 times the old in the geometric mean, nngen below 50 ms at every net. What is below its mark is measured again
# with three times the rounds, all of a target where its mean is, and counts where it stays. How much of that is noise is what comes
# out where both commits are the same.
#
# Exit code 0 if all marks hold, 1 if any does not, or if old and new do not compute the same; 2 if nothing can be measured. All nets
# and targets take about an hour. Works in a folder of its own below $TMPDIR, which it removes.
set -eu

usage() {
    echo "usage: sh tests/bench/against.sh COMMIT [COMMIT]" >&2
    echo "       sh tests/bench/against.sh --programs NNGEN NNGEN" >&2
    exit 2
}

wrong() {
    echo "error: $*" >&2
    exit 2
}

command_line=
for variable in NETS TARGETS ROUNDS CC CORE COMPILE_CC NO_COMPILE COMPILE_ROUNDS; do
    eval "value=\${$variable:-}"
    [ -z "$value" ] || command_line="$command_line$variable=\"$value\" "
done
command_line="${command_line}sh tests/bench/against.sh $*"
programs=
case ${1:-} in
--programs)
    [ $# = 3 ] || usage
    programs=yes
    shift
    ;;
-*) usage ;;
*) [ $# = 1 ] || [ $# = 2 ] || usage ;;
esac
old=$1
new=${2:-HEAD}
rounds=${ROUNDS:-31}
compile_rounds=${COMPILE_ROUNDS:-3}
measured=${CC:-gcc}
timed=${COMPILE_CC:-gcc clang}
[ -z "${NO_COMPILE:-}" ] || timed=
case $rounds in '' | *[!0-9]* | ???*) rounds=0 ;; esac
if [ "$rounds" -lt 1 ] || [ "$rounds" -gt 33 ]; then wrong "ROUNDS is not 1 to 33"; fi
case $compile_rounds in '' | *[!0-9]* | ???*) compile_rounds=0 ;; esac
[ "$compile_rounds" -ge 1 ] || wrong "COMPILE_ROUNDS is not 1 to 99"

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/building.sh"
. "$top/tests/bench/nets.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM HUP
two_nngens "$work/nngens" "$programs" "$top" "$old" "$new" -DCMAKE_BUILD_TYPE=Release
mv "$work/nngens/a" "$work/old"
mv "$work/nngens/b" "$work/new"
make_tool "$work/against" against.c check.c data.c measure.c module.c peak.c || wrong "the program that measures does not build"
make_tool "$work/timed" timed.c || wrong "the program that measures commands does not build"
failed=0
rows=$work/rows
: >"$rows"

# runs_here TARGET: whether this CPU has what emitted code for it asks.
runs_here() {
    case $1 in
    x86-64-v3) grep -qw avx2 /proc/cpuinfo ;;
    x86-64-v4) grep -qw avx512bw /proc/cpuinfo ;;
    esac
}

choose_targets() {
    targets_of "$work/old/nngen" >"$work/targets.old"
    targets_of "$work/new/nngen" >"$work/targets.new"
    for target in ${TARGETS:-$(cat "$work/targets.new")}; do
        for side in old new; do
            grep -qx -e "$target" "$work/targets.$side" || wrong "the $side nngen has no target '$target' for this machine"
        done
        if runs_here "$target"; then
            echo "$target"
        else
            echo "skipped: $target: not for this CPU" >&2
        fi
    done
}

# The models, each with what tables call it: those of the bench by size, then those that are drawn.
choose_nets() {
    mkdir "$work/drawn"
    awk -v count=30 -v folder="$work/drawn" -f "$top/tests/bench/draw.awk"
    for model in $(wc -c "$top"/tests/bench/nets/*.def | sort -n | sed -n 's/.* \(.*\.def\)$/\1/p') "$work"/drawn/*.def; do
        ! is_wanted "$(label "$model")" || echo "$(label "$model") $model"
    done
}

# Below, $net is one of them, $model its file, $name what it calls itself and $target the target.

emitted_of() {
    echo "$work/$1/$target/$net"
}

# emit SIDE: the net's C, in a folder of its own.
emit() {
    mkdir -p "$(emitted_of "$1")"
    "$work/$1/nngen" --target="$target" -o "$(emitted_of "$1")/$name.c" "$model" 2>"$work/said" && return 0
    echo "error: the $1 nngen does not take $net: $(head -n 1 "$work/said")" >&2
    return 1
}

# make_module SIDE COMPILER: its C and the loops over its calls as a shared library.
make_module() {
    # shellcheck disable=SC2046  # several words
    "$2" -std=c11 -O3 $(flags_of "$target") -fPIC -fvisibility=hidden -shared -DIS_MODULE -DNET="$name" \
        -DBATCH="$(sed -n 's/^batch *//p' "$model")" -DINPUT_FIELDS=1 -DHEADER="\"$name.h\"" -DNAME="\"$1\"" -I"$(emitted_of "$1")" \
        -I"$work/$1/tree/runtime" -I"$top/tests/bench" "$top/tests/bench/generated.c" "$(emitted_of "$1")/$name.c" \
        -o "$(emitted_of "$1")/module.so" -lm
}

# take_turns KIND COMPILER ROUNDS COMMAND... -- COMMAND...: a row of what old and new take, medians in milliseconds, and old : new.
take_turns() {
    row="$1 $2 $target $net"
    shift 2
    CCACHE_DISABLE=1 on_core "$work/timed" "$@" >"$work/took" || return 1
    awk -v row="$row" 'NR == 1 { old = $2 } NR == 2 { print row, old, $2, $3 }' "$work/took" >>"$rows"
}

compile_command() {
    echo "$2 -std=c11 -O3 $(flags_of "$target") -I$work/$1/tree/runtime -c $(emitted_of "$1")/$name.c -o $work/compiled.o"
}

# What is told of the net without running its C.
size_up() {
    echo "size - $target $net $(wc -lc <"$(emitted_of old)/$name.c") $(wc -lc <"$(emitted_of new)/$name.c")" >>"$rows"
    take_turns nngen - 5 "$work/old/nngen" --target="$target" -o "$work/emitted.c" "$model" -- \
        "$work/new/nngen" --target="$target" -o "$work/emitted.c" "$model"
    for compiler in $timed; do
        # shellcheck disable=SC2046  # several words
        take_turns compile "$compiler" "$compile_rounds" $(compile_command old "$compiler") -- $(compile_command new "$compiler")
    done
}

# measure COMPILER ROUNDS [OPERATION]: a row for each operation.
measure() {
    on_core "$work/against" "$2" "$(emitted_of old)/module.so" "$(emitted_of new)/module.so" ${3:+"$3"} >"$work/took" || return 1
    awk -v row="time $1 $target $net" '{ print row, $0 }' "$work/took" >>"$rows"
}

# measure_again COMPILER: what is below its mark. Fails where there is nothing.
measure_again() {
    awk -v list="$1 $target" -f "$top/tests/bench/against.awk" "$rows" >"$work/again"
    while read -r net operation; do
        measure "$1" $((3 * rounds)) "$operation" </dev/null || failed=$((failed + 1))
    done <"$work/again"
    [ -s "$work/again" ]
}

# measure_all COMPILER: the nets of $work/made, with modules that are all made before. What is measured again brings the mean below
# its mark at times, and then the rest is measured again.
measure_all() {
    while read -r net model name; do
        for side in old new; do
            make_module "$side" "$1" || wrong "$1 does not compile $net of the $side nngen"
        done
    done <"$work/made"
    while read -r net model name; do
        measure "$1" "$rounds" </dev/null || failed=$((failed + 1))
    done <"$work/made"
    ! measure_again "$1" || measure_again "$1" || true
}

choose_targets >"$work/targets"
choose_nets >"$work/nets"
[ -s "$work/targets" ] || wrong "no target that this machine runs"
[ -s "$work/nets" ] || wrong "no net has '${NETS:-}' in its name"
for compiler in $measured $timed; do
    command -v "$compiler" >/dev/null || wrong "no compiler '$compiler'"
done

while read -r target; do
    : >"$work/made"
    while read -r net model; do
        name=$(sed -n 's/^network //p' "$model")
        emit old && emit new && size_up && echo "$net $model $name" >>"$work/made" || failed=$((failed + 1))
    done <"$work/nets"
    for compiler in $measured; do
        measure_all "$compiler"
    done
done <"$work/targets"

echo "command: $command_line"
cpu
for compiler in $(echo "$measured $timed" | tr ' ' '\n' | sort -u); do
    echo "compiler: $(version_of "$compiler"), -O3"
done
for side in old new; do
    eval "which=\$$side"
    [ -n "$programs" ] || which=$(git -C "$top" log -1 --format="%h %s" "$which")
    echo "$side: $which"
done
code=0
awk -v failed=$failed -f "$top/tests/bench/against.awk" "$rows" || code=$?
exit $code
