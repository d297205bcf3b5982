/* A weights file, as saving and loading share it.

   The file: 8 bytes, little-endian, the length of the header; the header, JSON: for each tensor its
   dtype, shape and data_offsets, and __metadata__ with strings; then the data, little-endian,
   without gaps. Ours carries in __metadata__ the net's name, the model's hash, names of classes where
   there are any, the counters, header_crc32 over these, and for each tensor "crc32 NAME" over its bytes, so that what is left can
   be checked where another program took tensors out or put them in another order. */

#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "host.h"

#include <jansson.h>

enum { COUNTERS = 4 };
extern const char *const nn_counter_names[COUNTERS];

#define CHECKSUM_OF_HEADER "header_crc32"
#define CHECKSUM_OF "crc32 " /* and a tensor's name */

/* How numbers of a tensor are stored; the first two are also ours. */
typedef enum { NN_F32, NN_F64, NN_F16, NN_BF16, NN_DTYPES } nn_dtype;
extern const char *const nn_dtype_names[NN_DTYPES];
extern const size_t nn_dtype_sizes[NN_DTYPES];

/* Why a tensor of the file is none of the net's. */
typedef enum {
    NN_NOT_KNOWN,
    NN_AS_MAPPED,
    NN_COUNTS_BATCHES,
    NN_OF_OPTIMIZER,
    NN_OF_PARTIAL_OPTIMIZER
} nn_left_out;

/* A tensor as the file has it. */
typedef struct {
    const char *name;
    const json_t *entry;
    const nn_tensor *tensor; /* of the net: what it becomes; NULL: left out */
    nn_left_out why;
    bool is_mapped, is_turned; /* by --map; by --transpose: the file has [in, out] */
    bool is_checked;           /* by a checksum in the metadata */
    nn_dtype dtype;
    size_t begin, end; /* bytes of the data */
} nn_part;

typedef struct {
    const nn_network *network;
    void *net;
    nn_classes *classes; /* or NULL */
    nn_means *means;     /* or NULL */
    const char *path;
    const nn_weights_from *from;
    nn_error *error;
    const char *classes_text, *means_text; /* as the file has them, or NULL */
    json_t *header;
    nn_part *parts;
    size_t part_count;
    nn_part **sources; /* per tensor of the net: what it comes from; NULL: absent */
    unsigned char *data;
    size_t data_size;
    uint64_t counters[COUNTERS];
} nn_weights_file;

/* Says what is wrong with the file, and returns false. */
bool nn_weights_fail(const nn_weights_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void nn_weights_free(nn_weights_file *file);
nn_dtype nn_weights_dtype(const nn_network *network);
/* Eight hexadecimal digits: of name, hash, classes, means and counters; of bytes. */
typedef struct {
    char text[16];
} nn_checksum;
nn_checksum nn_header_checksum(const nn_weights_file *file, const char *name, const char *hash);
nn_checksum nn_data_checksum(const void *bytes, size_t size);
/* Little-endian: the low `size` bytes of a number, and a real. */
void nn_little_store(unsigned char *bytes, uint64_t bits, size_t size);
uint64_t nn_little_load(const unsigned char *bytes, size_t size);
double nn_little_real(const unsigned char *bytes, nn_dtype dtype);

// weights_names.c -- which tensor of a file becomes which of the net

/* Names as messages show them, the first few and how many more: "'a', 'b', 'c', 'd' and 6 more". */
typedef struct {
    char text[320];
    size_t count;
} nn_names;
void nn_names_add(nn_names *names, const char *name);
const char *nn_names_end(nn_names *names);
/* The file's tensor of that name; NULL where it has none. */
nn_part *nn_weights_part(const nn_weights_file *file, const char *name);
/* Fills file->sources, and says of file->parts which are left out or not known. */
bool nn_weights_match(nn_weights_file *file);
/* Why 'name' of the net is missing, and what may stand for it in the file. */
bool nn_weights_missing_fail(const nn_weights_file *file, const nn_tensor *tensor);
/* 'part' is not known. */
bool nn_weights_extra_fail(const nn_weights_file *file, const nn_part *part);
/* Notes on what was left out or taken under another name, and which way round. */
void nn_weights_match_note(const nn_weights_file *file);

// weights_means.c -- means of inputs

/* What a file says of them, to be freed; NULL where they are not known. False without memory. */
bool nn_means_text(const nn_means *means, char **text);
/* Fills file->means from file->means_text, if they are not known. */
bool nn_means_take(const nn_weights_file *file);

// weights_classes.c -- names of classes

/* What a file says of them, to be freed; NULL where there are none. False without memory. */
bool nn_classes_text(const nn_classes *classes, char **text);
/* Whether file->classes_text is in order and says what file->classes already says. */
bool nn_classes_check(const nn_weights_file *file);
/* Fills file->classes from a text that is in order. */
bool nn_classes_take(const nn_weights_file *file);

#endif
