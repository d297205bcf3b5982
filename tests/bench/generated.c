/* Emitted code as a contender. Compiled once per net and target, with NET, its header, its name in
   the report, and the number INPUT_FIELDS of its inputs. */

#include HEADER

#include <stddef.h>
#include <stdlib.h>

#define PASTE(a, b) a##b
#define JOIN(a, b) PASTE(a, b)
#define CALL(suffix) JOIN(NET, suffix)

#if INPUT_FIELDS == 1
#define IN in[0]
#define DATA in[0], in[1]
#else
#define IN in[0], in[1]
#define DATA in[0], in[1], in[2]
#endif
#define FIELDS (INPUT_FIELDS + 1)

typedef struct {
    NET net;
    CALL(_work) work;
    CALL(_predict_work) scratch;
} Self;

/* The emitted functions themselves are what is not inlined. */
static inline float step(Self *self, const void *const *in) {
    return CALL(_train_step)(&self->net, &self->work, BATCH, DATA);
}

static inline void predict_one(Self *self, const void *const *in, float *out) {
    CALL(_predict)(&self->net, &self->scratch, IN, out);
}

static inline void predict_many(Self *self, const void *const *in, float *out) {
    CALL(_predict_batch)(&self->net, &self->scratch, BATCH, IN, out);
}

#include "loops.h"

/* The counters alone: set gives every other number. */
static void start(void *self) {
    const uint64_t counters[4] = {1, 0, 0, 1};
    CALL(_network).set_counters(&((Self *)self)->net, NULL, 0, (const void *const[]){counters},
                                NULL);
}

static void set(void *self, const char *tensor, const float *values) {
    CALL(_set)(&((Self *)self)->net, tensor, values);
}

static size_t get(void *self, const char *tensor, float *values) {
    return CALL(_get)(&((Self *)self)->net, tensor, values);
}

static int can_run(void) {
#ifdef CPU_FEATURE
    return __builtin_cpu_supports(CPU_FEATURE);
#else
    return 1;
#endif
}

Contender CALL(_open)(void);
Contender CALL(_open)(void) {
    Self *self = can_run() ? aligned_alloc(64, (sizeof *self + 63) / 64 * 64) : NULL;
    if (self) {
        memset(self, 0, sizeof *self);
        CALL(_init)(&self->net, 1);
    }
    return (Contender){.name = NAME,
                       .self = self,
                       .is_generated = true,
                       .start = start,
                       .set = set,
                       .get = get,
                       LOOPS};
}
