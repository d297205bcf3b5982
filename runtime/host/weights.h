/* A weights file, as saving and loading share it.

   The file: 8 bytes, little-endian, the length of the header; the header, JSON: for each tensor its
   dtype, shape and data_offsets, and __metadata__ with strings; then the data, little-endian,
   without gaps. Ours carries in __metadata__ the net's name, the model's hash, names of classes where
   there are any, the counters, and crc32 over all of these and the data in the net's order of tensors. */

#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "host.h"

#include <jansson.h>

enum { COUNTERS = 4 };
extern const char *const nn_counter_names[COUNTERS];

typedef struct {
    const nn_network *network;
    void *net;
    nn_classes *classes; /* or NULL */
    const char *path;
    nn_error *error;
    const char *classes_text; /* as the file has them, or NULL */
    json_t *header;
    unsigned char *data;
    size_t data_size;
    uint64_t counters[COUNTERS];
} nn_weights_file;

/* Says what is wrong with the file, and returns false. */
bool nn_weights_fail(const nn_weights_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void nn_weights_free(nn_weights_file *file);
const char *nn_weights_dtype(size_t real_size);
/* Of name, hash, classes and counters; nn_checksum_add goes on with the data. */
uLong nn_weights_checksum(const nn_weights_file *file, const char *name, const char *hash);
uLong nn_checksum_add(uLong checksum, const void *bytes, size_t size);
/* Little-endian: the low `size` bytes of a number, and a float or double. */
void nn_little_store(unsigned char *bytes, uint64_t bits, size_t size);
uint64_t nn_little_load(const unsigned char *bytes, size_t size);
double nn_little_real(const unsigned char *bytes, size_t size);

// weights_classes.c -- names of classes

/* What a file says of them, to be freed; NULL where there are none. False without memory. */
bool nn_classes_text(const nn_classes *classes, char **text);
/* Whether file->classes_text is in order and says what file->classes already says. */
bool nn_classes_check(const nn_weights_file *file);
/* Fills file->classes from a text that is in order. */
bool nn_classes_take(const nn_weights_file *file);

#endif
