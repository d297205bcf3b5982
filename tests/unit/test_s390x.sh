# The runtime's headers on a machine whose bytes lie the other way round, s390x, by a cross compiler and an emulator: the tests of
# vectors, maths and random numbers, and bits that are those of the same target here. The default run leaves out plain C, in which
# no byte order is seen, and of the rest what the comparison of bits sees as well.
set -e
tests=$NNGEN_SOURCE/tests/unit
program=$(mktemp "$NNGEN_SCRATCH/s390x.XXXXXX")
trap 'rm -f "$program" "$program.bits"' EXIT

for tool in s390x-linux-gnu-gcc qemu-s390x; do
    if ! command -v $tool > /dev/null; then
        echo "skipped: no $tool (gcc-s390x-linux-gnu, libc6-dev-s390x-cross, qemu-user)"
        exit 77
    fi
done

# compile OPTIONS FILE: for s390x
compile() {
    s390x-linux-gnu-gcc -static -O1 -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror -DSUITE=s390x \
        -I"$tests/cross" -I"$tests" -I"$NNGEN_SOURCE/tests" -I"$NNGEN_SOURCE/runtime" $1 -x c "$tests/$2" -o "$program" -lm
}

targets=NN_GENERIC
[ -z "${NNGEN_LONG:-}" ] || targets="NN_GENERIC NN_C99"
for target in $targets; do
    for double in 0 1; do
        options="-DNN_TARGET=$target -DNN_DOUBLE=$double"
        all="simd random math"
        [ -n "${NNGEN_LONG:-}" ] || [ $double = 1 ] || all="simd random"
        [ -n "${NNGEN_LONG:-}" ] || [ $double = 0 ] || all=simd
        for cases in $all; do
            echo "$cases, $options"
            compile "$options" ${cases}_cases.inc
            NN_SWEEP=20000003 qemu-s390x "$program"
        done
        compile "$options" math_bits.c
        # shellcheck disable=SC2086  # the options are words
        "$NNGEN_CC" -O1 $options -I"$tests" -I"$NNGEN_SOURCE/runtime" "$tests/math_bits.c" -o "$program.bits" -lm
        here=$(NN_SWEEP=1000003 "$program.bits")
        there=$(NN_SWEEP=1000003 qemu-s390x "$program")
        if [ "$here" != "$there" ]; then
            echo "bits of $options: $there on s390x, $here here"
            exit 1
        fi
    done
done
