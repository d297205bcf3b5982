# The headers of the runtime included for several processors in one file: it compiles without a warning and without flags of any
# processor, and each part computes the bits of a file that is compiled for its processor alone. nn_names.h has all names. A new row of
# nn_targets.h is a new processor. The default run takes two of the sixteen ways to compile, and two processors.
set -e
tests=$NNGEN_SOURCE/tests/unit
runtime=$NNGEN_SOURCE/runtime
work=$(mktemp -d "$NNGEN_SCRATCH/processors.XXXXXX")
trap 'rm -rf "$work"' EXIT

long=0
[ "${NNGEN_LONG:-}" != 1 ] || long=1

fail() {
    echo "$*"
    exit 1
}

# compile COMMAND PROGRAM: processors.c
compile() {
    $1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wunknown-pragmas -Werror -I"$tests" -I"$runtime" \
        "$tests/processors.c" -o "$work/$2" -lm
}

case $("$NNGEN_CC" -dumpmachine) in
x86_64*) ;;
*)
    echo "skipped: $NNGEN_CC is not for x86-64"
    exit 77
    ;;
esac
NNGEN_CC=$NNGEN_CC sh "$tests/runtime_names.sh" > "$work/nn_names.h"
diff "$runtime/nn_names.h" "$work/nn_names.h" || fail "runtime/nn_names.h is not what runtime_names.sh prints"

# expect_alone NAME DOUBLE FLAGS: each program for several processors says of NAME what one for it alone says
expect_alone() {
    compile "$NNGEN_CC -O$alone_level -DIS_DOUBLE=$2 $3" alone
    "$work/alone" "$1" > "$work/alone.out"
    for several in "$work"/several."$2".*; do
        grep "^$1 " "$several" | diff - "$work/alone.out" || fail "$1: another result than alone, in $several"
    done
}

# expect_several COMPILER LEVEL STANDARD DOUBLE
expect_several() {
    command -v "$1" > /dev/null || return 0
    compile "$1 -O$2 -std=$3 -DIS_DOUBLE=$4 -DWITH_ESTIMATES=$((1 - $4 & long))" several
    "$work/several" > "$work/several.$4.$1.$2.$3"
}

if [ $long = 1 ]; then
    alone_level=2
    for double in 0 1; do
        for level in 0 2; do
            for standard in c11 gnu11; do
                expect_several gcc $level $standard $double
                expect_several clang $level $standard $double
            done
        done
        expect_alone bare $double -DALONE=NN_C99
        expect_alone c99 $double -DALONE=NN_C99
        expect_alone generic $double -DALONE=NN_GENERIC
        grep -qw fma /proc/cpuinfo || continue
        expect_alone v3 $double "-DALONE=NN_X86_64_V3 -march=x86-64-v3"
        grep -qw avx512vl /proc/cpuinfo || continue
        expect_alone v4 $double "-DALONE=NN_X86_64_V4 -march=x86-64-v4"
        [ $double = 1 ] || expect_alone estimates 0 "-DALONE=NN_X86_64_V4 -DNN_ESTIMATES=1 -march=x86-64-v4"
    done
else
    alone_level=0
    expect_several gcc '1 -fexpensive-optimizations' gnu11 0 # without which gcc fuses nothing by itself
    expect_several clang 0 c11 1
    ! grep -qw avx512vl /proc/cpuinfo || expect_alone v4 0 "-DALONE=NN_X86_64_V4 -march=x86-64-v4"
    ! grep -qw fma /proc/cpuinfo || expect_alone v3 1 "-DALONE=NN_X86_64_V3 -march=x86-64-v3"
fi

# A processor with 256-bit vectors and no fused multiply-add: one row more, and the bits are those of generic, which has none either.
cp -r "$runtime" "$work/runtime"
sed -i 's/^#define NN_TARGET_COUNT 5$/#define NN_TARGET_COUNT 6/
/^#define NN_ROW_5/a #define NN_ROW_6(COLUMN) COLUMN(32, 0, 1, 0, 0, 0, 0, NN_NEEDS_AVX2, "avx2")' "$work/runtime/nn_targets.h"
runtime=$work/runtime
# elementwise FILE: what is computed lane by lane, for which the width is no matter
elementwise() {
    awk 'NF == 4 { print $3 }' "$1" | sort -u
}
if grep -qw avx2 /proc/cpuinfo; then
    compile "$NNGEN_CC -O0 -DIS_DOUBLE=0 -DALONE=6 -mavx2" alone
    "$work/alone" > "$work/new"
    grep -h "^generic " "$work"/several.0.* > "$work/old"
    [ "$(elementwise "$work/new")" = "$(elementwise "$work/old")" ] ||
        fail "a row with 256 bits and no fused multiply-add: $(cat "$work/new"), not $(cat "$work/old")"
fi

# expect_refusal SENTENCE LINES: a file that the headers refuse
expect_refusal() {
    printf "$2" > "$work/refused.c"
    if "$NNGEN_CC" -fsyntax-only -I"$runtime" "$work/refused.c" 2> "$work/said"; then
        fail "not refused: $2"
    fi
    grep -q -- "$1" "$work/said" || fail "of $2: $(cat "$work/said")"
}
first='#define NN_DOUBLE 0\n#define NN_TARGET NN_C99\n%s#include "nn_math.h"\n#include "nn_end.h"\n'
second='#define NN_DOUBLE %d\n#define NN_TARGET %s\n#include "nn_math.h"\n'
suffix='#define NN_SUFFIX _a\n'
expect_refusal "one file has one type of numbers" "$(printf "$first$suffix$second" '' 1 NN_C99)"
expect_refusal "nn_second_target_needs_NN_SUFFIX" "$(printf "$first$second" '' 0 NN_GENERIC)"
expect_refusal "a part of a file without NN_SUFFIX comes before" "$(printf "$first$second" '#define NN_SUFFIX _a
' 0 NN_C99)"
expect_refusal "use a compiler for aarch64" "$(printf "$suffix$second" 0 NN_AARCH64)"
expect_refusal "needs AVX2: add -mavx2\"\?$" "$(printf "$second" 0 6)"

# On aarch64 the same file is for that.
[ $long = 1 ] && command -v aarch64-linux-gnu-gcc qemu-aarch64 > /dev/null || exit 0
compile "aarch64-linux-gnu-gcc -static -O2 -DIS_DOUBLE=0" several
compile "aarch64-linux-gnu-gcc -static -O2 -DIS_DOUBLE=0 -DALONE=NN_AARCH64" alone
qemu-aarch64 "$work/several" | grep "^aarch64 " > "$work/several.out"
qemu-aarch64 "$work/alone" aarch64 | diff "$work/several.out" - || fail "aarch64: another result than alone"
