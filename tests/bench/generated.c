/* Emitted code as a contender. Compiled once per net and target, with NET, its header, its name in
   the report, the number INPUT_FIELDS of its inputs, IS_MODULE where it is one, and, of code for any
   processor, the VERSION that is to run. */

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

/* set gives every other number. */
static void start(void *self) {
    const uint64_t counters[4] = {1, 0, 0, 1};
    memset(self, 0, sizeof(Self));
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
#if defined VERSION
    return CALL(_use)(VERSION);
#elif defined CPU_FEATURE
    return __builtin_cpu_supports(CPU_FEATURE);
#else
    return 1;
#endif
}

#ifdef IS_MODULE
#define OPEN static Contender open_net(void)
#else
#define OPEN Contender CALL(_open)(void)
Contender CALL(_open)(void);
#endif

OPEN {
    Self *self = can_run() ? aligned_alloc(64, (sizeof *self + 63) / 64 * 64) : NULL;
    if (self) {
        start(self);
    }
    return (Contender){.name = NAME,
                       .self = self,
                       .network = &CALL(_network),
                       .self_size = sizeof *self,
                       .is_generated = true,
                       .start = start,
                       .set = set,
                       .get = get,
                       LOOPS};
}

#ifdef IS_MODULE
__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    (void)net;
    contenders[0] = open_net();
    return 1;
}
#endif
