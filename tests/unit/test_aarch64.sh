# The runtime's headers on aarch64, by a cross compiler and an emulator: the tests of vectors, maths
# and random numbers, and bits that are those of x86-64-v3, which does the same operations. The short run tries fewer numbers, and
# of double what it does not share with float.
set -e
machine=aarch64
level=-O2
. "$NNGEN_SOURCE/tests/unit/cross/headers.sh"

distance=20000003
[ "${NNGEN_LONG:-}" != 1 ] || distance=1000003
for double in 0 1; do
    all="simd random math"
    [ "${NNGEN_LONG:-}" = 1 ] || [ $double = 0 ] || all=simd
    for cases in $all; do
        run_cases $cases "-DNN_TARGET=NN_AARCH64 -DNN_DOUBLE=$double" $distance
    done
done

grep -qw fma /proc/cpuinfo || exit 0
for double in 0 1; do
    compare_bits "-DNN_TARGET=NN_AARCH64 -DNN_DOUBLE=$double" "-march=x86-64-v3 -DNN_TARGET=NN_X86_64_V3 -DNN_DOUBLE=$double"
done
