/* Examples for a graph's inputs and targets, drawn from a seed. Numbers are exact in float, so that
   nets of both types see the same. */

#ifndef DATA_H
#define DATA_H

#include "dice.h"
#include "graph/graph.h"
#include "nngen.h"

enum { MAX_FIELDS = 16 };

typedef struct {
    size_t n;
    int field_count, input_count; /* inputs, then targets, in order of declaration */
    const Variable *variables[MAX_FIELDS];
    size_t counts[MAX_FIELDS];  /* numbers of one example; 1 for a class index */
    double *values[MAX_FIELDS]; /* NULL for a class index */
    int32_t *classes[MAX_FIELDS];
    const void *in[MAX_FIELDS]; /* either, as the generic library takes them */
} Data;

/* n examples: inputs in -1.5 .. 1.5, numeric targets of shapes that hold probabilities in 0.05 ..
   0.95, classes in range. */
Data *data_new(const Graph *graph, size_t n, Dice *dice);
/* The same rows from `first` on; does not own them. */
Data data_from(const Data *data, size_t first);
void data_free(Data *data);

#endif
