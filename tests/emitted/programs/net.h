/* One net under the names of macros, for programs that any net is compiled with: -DNET=digits
   -DSELF=digits (its type) -DHEADER='"digits.h"' -DREAL=float -DINPUTS=1 -DFIELDS=2 -DOUTPUTS=1,
   and -DNETWORK_SIZE=DIGITS_SIZE and the like. */

#ifndef NET_H
#define NET_H

#include HEADER

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_NOW(a, b) a##b
#define JOIN(a, b) JOIN_NOW(a, b)
#define CALL(function) JOIN(NET, function)
#define NETWORK (&CALL(_network))

/* in[0], in[1], ..: void pointers, which become what each parameter asks for. */
#if INPUTS == 1
#define INPUTS_OF(in) (in)[0]
#else
#define INPUTS_OF(in) (in)[0], (in)[1]
#endif
#define FIELDS_OF(in) INPUTS_OF(in), (in)[FIELDS - 1]
#if OUTPUTS == 1
#define OUTPUTS_OF(out) (out)[0]
#else
#define OUTPUTS_OF(out) (out)[0], (out)[1]
#endif

typedef SELF Net;
typedef CALL(_work) Work;
typedef CALL(_predict_work) PredictWork;

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                        \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Zeroed, in a block of its own. */
static inline void *storage_new(size_t size, size_t align) {
    void *storage = aligned_alloc(align, (size + align - 1) / align * align);
    CHECK(storage, "no memory");
    return memset(storage, 0, size);
}

static inline Net *net_new(uint64_t seed) {
    Net *net = (Net *)storage_new(NETWORK->net_size, NETWORK->net_align);
    CALL(_init)(net, seed);
    return net;
}

static inline Work *work_new(void) {
    return (Work *)storage_new(NETWORK->work_size, NETWORK->work_align);
}

static inline PredictWork *predict_work_new(void) {
    return (PredictWork *)storage_new(NETWORK->predict_work_size, NETWORK->predict_work_align);
}

/* n examples; each field ends where its block of memory ends and is aligned as its type, no
   better. */
typedef struct {
    size_t n;
    void *in[FIELDS];
    char *blocks[FIELDS];
} Data;

static inline const nn_field *field_of(size_t field) {
    return field < INPUTS ? &NETWORK->inputs[field] : &NETWORK->targets[field - INPUTS];
}

/* Bytes of one example. */
static inline size_t field_size(size_t field) {
    return field_of(field)->is_onehot ? sizeof(int32_t) : field_of(field)->count * sizeof(REAL);
}

static inline uint32_t draw(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Inputs in -1.5 .. 1.5, targets in 0.06 .. 0.94, classes in range. Every step is exact, so that no
   compiler changes it. */
static inline void fill_row(const Data *data, size_t row, uint32_t *state) {
    for (size_t f = 0; f < FIELDS; f++) {
        const nn_field *field = field_of(f);
        char *at = (char *)data->in[f] + row * field_size(f);
        if (field->is_onehot) {
            *(int32_t *)(void *)at = (int32_t)(draw(state) % field->count);
            continue;
        }
        for (size_t i = 0; i < field->count; i++) {
            REAL part = (REAL)draw(state) / 65536;
            ((REAL *)(void *)at)[i] =
                f < INPUTS ? 3 * part - (REAL)1.5 : (REAL)0.0625 + (REAL)0.875 * part;
        }
    }
}

static inline Data data_new(size_t n, uint32_t seed) {
    Data data = {.n = n};
    for (size_t f = 0; f < FIELDS; f++) {
        size_t least = field_of(f)->is_onehot ? sizeof(int32_t) : sizeof(REAL);
        data.blocks[f] = (char *)malloc(least + n * field_size(f));
        CHECK(data.blocks[f], "no memory");
        data.in[f] = data.blocks[f] + least;
    }
    for (size_t row = 0; row < n; row++)
        fill_row(&data, row, &seed);
    return data;
}

static inline void data_free(Data *data) {
    for (size_t f = 0; f < FIELDS; f++)
        free(data->blocks[f]);
}

/* Rows first .. first + n - 1 in memory of their own. */
static inline Data data_part(const Data *data, size_t first, size_t n) {
    Data part = data_new(n, 1);
    for (size_t f = 0; f < FIELDS; f++)
        memcpy(part.in[f], (char *)data->in[f] + first * field_size(f), n * field_size(f));
    return part;
}

static inline void fit(Net *net, const Data *data) {
    int is_fine;
    if (NETWORK->fit)
        NETWORK->fit(net, NULL, data->n, (const void *const *)data->in, &is_fine);
}

#endif
