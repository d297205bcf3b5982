# The runtime's headers on aarch64, by a cross compiler and an emulator: the tests of vectors, maths
# and random numbers, and bits that are those of x86-64-v3, which does the same operations. The short run tries fewer numbers, and
# of double what it does not share with float.
set -e
tests=$NNGEN_SOURCE/tests/unit
program=$(mktemp "$NNGEN_SCRATCH/aarch64.XXXXXX")
trap 'rm -f "$program" "$program.bits"' EXIT

for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    if ! command -v $tool > /dev/null; then
        echo "skipped: no $tool (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user)"
        exit 77
    fi
done

# compile OPTIONS FILE: for aarch64
compile() {
    aarch64-linux-gnu-gcc -static -O2 -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror -DNN_TARGET=NN_AARCH64 \
        -DSUITE=aarch64 -I"$tests/cross" -I"$tests" -I"$NNGEN_SOURCE/tests" -I"$NNGEN_SOURCE/runtime" $1 -x c "$tests/$2" -o "$program" -lm
}

distance=20000003
[ "${NNGEN_LONG:-}" != 1 ] || distance=1000003
for double in 0 1; do
    all="simd random math"
    [ "${NNGEN_LONG:-}" = 1 ] || [ $double = 0 ] || all=simd
    for cases in $all; do
        echo "$cases, NN_DOUBLE $double"
        compile -DNN_DOUBLE=$double ${cases}_cases.inc
        NN_SWEEP=$distance qemu-aarch64 "$program"
    done
done

grep -qw fma /proc/cpuinfo || exit 0
for double in 0 1; do
    compile -DNN_DOUBLE=$double math_bits.c
    "$NNGEN_CC" -O2 -march=x86-64-v3 -DNN_DOUBLE=$double -DNN_TARGET=NN_X86_64_V3 -I"$tests" -I"$NNGEN_SOURCE/runtime" \
        "$tests/math_bits.c" -o "$program.bits" -lm
    here=$(NN_SWEEP=1000003 "$program.bits")
    there=$(NN_SWEEP=1000003 qemu-aarch64 "$program")
    if [ "$here" != "$there" ]; then
        echo "bits of NN_DOUBLE $double: $there on aarch64, $here on x86-64-v3"
        exit 1
    fi
done
