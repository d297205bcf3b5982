/* See plain_dropout.c. */

#ifndef PLAIN_DROPOUT_H
#define PLAIN_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t step, number, example; /* number: of the random node in the model's graph */
} Draw;

void plain_dropout(size_t count, float *keep, float kept, Draw draw);

#endif
