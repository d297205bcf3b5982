/* Labels while a data file is read: what its columns of labels mean. */

#ifndef NN_LABELS_H
#define NN_LABELS_H

#include "classes.h"

typedef struct nn_labels nn_labels;
/* path and classes must outlive it; classes may be NULL. NULL without memory. */
nn_labels *nn_labels_new(const nn_network *network, nn_classes *classes, const char *path);
void nn_labels_free(nn_labels *labels);
/* Cells of the target are labels, and not just numbers. */
bool nn_labels_take(const nn_labels *labels, size_t target);
/* Is it the name of a class? */
bool nn_labels_know(const nn_labels *labels, size_t target, const char *label);
/* What the cell stands for, to be stored and, where it is a text of which the class is not yet
   known, to be replaced by nn_labels_settle. False where it is none: see nn_labels_problem. */
bool nn_labels_read(nn_labels *labels, size_t target, const char *cell, size_t line, double *value);
typedef struct {
    char text[640], hint[200]; /* hint: or "" */
    bool is_memory;            /* there was none */
} nn_label_problem;
const nn_label_problem *nn_labels_problem(const nn_labels *labels);
/* When all rows are read: classes get the names that were found, and the data their order. A note
   says which. */
bool nn_labels_settle(nn_labels *labels, nn_data *data, nn_error *error);

#endif
