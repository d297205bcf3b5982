/* Emitted code as a contender. Compiled once per net and target, with NET, its header and the
   number of its inputs. */

#include HEADER

#include "bench.h"

#include <stdlib.h>

#define PASTE(a, b) a##b
#define JOIN(a, b) PASTE(a, b)
#define CALL(suffix) JOIN(NET, suffix)

#if INPUTS == 1
#define IN in[0]
#define DATA in[0], in[1]
#else
#define IN in[0], in[1]
#define DATA in[0], in[1], in[2]
#endif

typedef struct {
    NET net;
    CALL(_work) work;
    CALL(_predict_work) scratch;
} Self;

static void start(void *self) {
    CALL(_init)(&((Self *)self)->net, 1);
}

static void set(void *self, const char *tensor, const float *values) {
    CALL(_set)(&((Self *)self)->net, tensor, values);
}

static float train_step(void *self, const void *const *in) {
    Self *own = self;
    return CALL(_train_step)(&own->net, &own->work, BATCH, DATA);
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    Self *own = self;
    if (n == 1) {
        CALL(_predict)(&own->net, &own->scratch, IN, out);
    } else {
        CALL(_predict_batch)(&own->net, &own->scratch, n, IN, out);
    }
}

Contender CALL(_open)(void);
Contender CALL(_open)(void) {
    Self *self = aligned_alloc(64, (sizeof *self + 63) / 64 * 64);
    if (self) {
        *self = (Self){0};
    }
    return (Contender){TARGET, self, start, set, train_step, predict};
}
