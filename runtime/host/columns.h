/* Fields and columns of a table that are not assigned to each other yet, for the files that assign
   them and that say what to write. */

#ifndef NN_COLUMNS_H
#define NN_COLUMNS_H

#include "host.h"

/* Fields without any column, in the order of declaration, and columns that feed nothing. */
typedef struct {
    size_t *fields, field_count, values;
    size_t input_values, input_fields; /* those of inputs */
    size_t *columns, column_count;
    size_t named_inputs, named_targets; /* slots that have a column */
} nn_left;

/* The number at the end of a name, NN_NONE if there is none; stem: where it begins. */
size_t nn_name_number(const char *name, size_t *stem);

// columns_hint.c -- the hint of an error that columns cannot be assigned

/* Says which columns feed which of the remaining fields where names or cells leave no doubt, else
   how to say it. */
void nn_columns_hint(nn_table *table, const nn_left *left);
/* Says how the classes of a onehot field are read. */
void nn_class_hint(const nn_table *table, const nn_field *field);

#endif
