/* Dropout's factors for plain loops, drawn as emitted code draws them so that all contenders see
   the same net: keep[i] is 0, or 1 / kept with the probability kept. In a file of its own
   because the runtime does not compile with -ffast-math. */

#include "plain_dropout.h"

#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#include "nn_random.h"

void plain_dropout(size_t count, float *keep, float kept, Draw draw) {
    for (size_t i = 0; i < count; i += 4) {
        float uniform[4];
        nn_uniform_block_1(1, draw.step, draw.number, draw.example, (uint32_t)i / 4, uniform);
        for (size_t j = 0; j < 4 && i + j < count; j++) {
            keep[i + j] = uniform[j] < kept ? 1 / kept : 0;
        }
    }
}
