/* The rows of a table as bytes, for split.c. Comes in: the path of a text table. Goes out: where
   each row lies, and the texts in its columns of classes. */

#ifndef NN_SPLIT_H
#define NN_SPLIT_H

#include "host.h"

/* The texts that the column of a target holds, sorted. */
typedef struct {
    const nn_field *field;
    size_t column;
    bool is_class; /* they are classes: of a onehot target, or no more than two of another one */
    size_t count, capacity;
    char **texts;
    size_t *ids; /* per text: in the order of appearance */
} nn_split_column;

typedef struct {
    size_t line;       /* where it begins, from 1 */
    size_t start, end; /* of its bytes, with the line end */
} nn_split_row;

typedef struct {
    char *bytes; /* of the file */
    size_t size;
    size_t head_end; /* the head: what stands before the rows */
    const char *line_end;
    nn_split_row *rows;
    size_t count, capacity;
    nn_split_column *columns; /* targets of one column each */
    size_t column_count;
    uint32_t *ids; /* per row and column: which text */
} nn_split_rows;

/* Reads the table as the options say, and shows the note on it. To be freed even if this fails. */
bool nn_split_rows_read(nn_split_rows *rows, nn_session *session);
void nn_split_rows_free(nn_split_rows *rows);

#endif
