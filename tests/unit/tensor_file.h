/* Weights files as other programs write them, made for tests from rows. */

#ifndef TENSOR_FILE_H
#define TENSOR_FILE_H

#include <stddef.h>

/* F32 and F64 of these values; of other types the values are the bits. */
typedef struct {
    const char *name, *dtype, *shape;
    size_t count;
    double values[8];
} TensorRow;

/* A safetensors file of rows up to one without a name, in the scratch folder: `metadata` is the
   text of its __metadata__, or NULL. Returns its path. */
const char *tensor_file(const char *name, const char *metadata, const TensorRow *rows);

#endif
