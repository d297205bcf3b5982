# The runtime's headers on a machine whose bytes lie the other way round, s390x, by a cross compiler and an emulator: the tests of
# vectors, maths and random numbers, and bits that are those of the same target here. The default run leaves out plain C, in which
# no byte order is seen, and of the rest what the comparison of bits sees as well.
set -e
machine=s390x
level=-O1
. "$NNGEN_SOURCE/tests/unit/cross/headers.sh"

targets=NN_GENERIC
[ "${NNGEN_LONG:-}" != 1 ] || targets="NN_GENERIC NN_C99"
for target in $targets; do
    for double in 0 1; do
        options="-DNN_TARGET=$target -DNN_DOUBLE=$double"
        all="simd random math"
        [ "${NNGEN_LONG:-}" = 1 ] || [ $double = 1 ] || all="simd random"
        [ "${NNGEN_LONG:-}" = 1 ] || [ $double = 0 ] || all=simd
        for cases in $all; do
            run_cases $cases "$options" 20000003
        done
        compare_bits "$options" "$options"
    done
done
