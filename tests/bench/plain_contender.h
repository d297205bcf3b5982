/* Makes a contender of plain loops. The file that ends with this has a PlainNet, its `tensors`,
   its BATCH, `float train_step(void *, in)` and `void predict(void *, n, in, out)`; NET and the
   number INPUT_FIELDS of its inputs come from outside. */

typedef void Self;
#define FIELDS (INPUT_FIELDS + 1)

static __attribute__((noinline)) float step(Self *self, const void *const *in) {
    return train_step(self, in);
}

static __attribute__((noinline)) void predict_one(Self *self, const void *const *in, float *out) {
    predict(self, 1, in, out);
}

static __attribute__((noinline)) void predict_many(Self *self, const void *const *in, float *out) {
    predict(self, BATCH, in, out);
}

#include "loops.h"

static void start(void *self) {
    memset(self, 0, sizeof(PlainNet));
}

static void set(void *self, const char *name, const float *values) {
    const PlainTensor *tensor = plain_find(name, tensors, sizeof tensors / sizeof *tensors);
    if (tensor) {
        memcpy((char *)self + tensor->offset, values, tensor->size);
    }
}

static size_t get(void *self, const char *name, float *values) {
    const PlainTensor *tensor = plain_find(name, tensors, sizeof tensors / sizeof *tensors);
    if (tensor) {
        memcpy(values, (const char *)self + tensor->offset, tensor->size);
    }
    return tensor ? tensor->size / sizeof(float) : 0;
}

Contender PLAIN_OPEN(void);
Contender PLAIN_OPEN(void) {
    static PlainNet net;
    return (Contender){
        .name = PLAIN_NAME, .self = &net, .start = start, .set = set, .get = get, LOOPS};
}
