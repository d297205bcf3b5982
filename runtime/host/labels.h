/* Labels in data files: the functions of labels.c, for the files that read data. Comes in: the
   cells of a column of labels, then the end of the file. Goes out: class indices and names. */

#ifndef NN_LABELS_H
#define NN_LABELS_H

#include "classes.h"

typedef struct nn_labels nn_labels;
/* path and classes must outlive the result; classes may be NULL. NULL if there is no memory. */
nn_labels *nn_labels_new(const nn_network *network, nn_classes *classes, const char *path);
void nn_labels_free(nn_labels *labels);
/* Whether the cells of the target are labels, not plain numbers. */
bool nn_labels_take(const nn_labels *labels, size_t target);
/* Whether the label is the name of a class. */
bool nn_labels_know(const nn_labels *labels, size_t target, const char *label);
/* *value: the number to store for a cell. Where the class of a label is not known yet,
   nn_labels_settle replaces it later. False where the cell is not a label: see
   nn_labels_problem. */
bool nn_labels_read(nn_labels *labels, size_t target, const char *cell, size_t line, double *value);
typedef struct {
    char text[640], hint[200]; /* hint: may be "" */
    bool is_memory;            /* the reason is that there is no memory */
} nn_label_problem;
const nn_label_problem *nn_labels_problem(const nn_labels *labels);
/* To be called when all rows are read: the labels found become the names of the classes, and the
   numbers stored in data become class indices. Writes a note on them. */
bool nn_labels_settle(nn_labels *labels, nn_data *data, nn_error *error);

#endif
