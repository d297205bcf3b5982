/* Prints one hash over all functions of nn_math.h and the normal numbers of nn_random.h.
   test_math_compilers.c compiles this in many ways: all must print the same. In: NN_DOUBLE,
   NN_TARGET from the command line. */

#include "math_sweep.inc"

int main(void)
{
    uint64_t all = 0, differences = 0;
    for (int row = 0; row <= NORMAL; row++)
        all = mixed(all ^ sweep_hash(row, &differences));
    printf("%016" PRIx64 " %" PRIu64 "\n", all, differences);
    return 0;
}

#include "nn_end.h"
