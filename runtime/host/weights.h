/* Weights files: the structures that the files weights*.c share for saving and loading.

   The format is safetensors: 8 bytes, little-endian, with the length of the header; the header in
   JSON, with dtype, shape and data_offsets of each tensor and strings in __metadata__; then the
   data, little-endian, without gaps. Files of nngen have in __metadata__ the name of the net, the
   hash of the model, names of classes and of columns, means and the place in an epoch where there
   are any, the counters, header_crc32 over all that, and for each tensor "crc32 NAME" over its
   bytes: so tensors can still be checked after another program has removed or reordered some. */

#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "host.h"

#include <jansson.h>

enum { COUNTERS = 4 };
extern const char *const nn_counter_names[COUNTERS];

#define CHECKSUM_OF_HEADER "header_crc32"
#define CHECKSUM_OF "crc32 " /* followed by the name of a tensor */

/* The type of the stored numbers; nngen writes the first two. */
typedef enum { NN_F32, NN_F64, NN_F16, NN_BF16, NN_DTYPES } nn_dtype;
extern const char *const nn_dtype_names[NN_DTYPES];
extern const size_t nn_dtype_sizes[NN_DTYPES];

/* Why a tensor of the file is not loaded. */
typedef enum {
    NN_NOT_KNOWN,
    NN_AS_MAPPED,
    NN_COUNTS_BATCHES,
    NN_OF_OPTIMIZER,
    NN_OF_PARTIAL_OPTIMIZER
} nn_left_out;

/* A tensor in the file. */
typedef struct {
    const char *name;
    const json_t *entry;
    const nn_tensor *tensor; /* the tensor of the net that it becomes; NULL: left out */
    nn_left_out why;
    bool is_mapped, is_turned; /* is_turned: transposed in the file, [in, out], by --transpose */
    bool is_checked;           /* there was a checksum for it */
    nn_dtype dtype;
    size_t begin, end; /* its bytes in the data */
} nn_part;

typedef struct {
    const nn_network *network;
    void *net;
    nn_classes *classes;         /* or NULL */
    nn_means *means;             /* or NULL */
    nn_sources *sources_of_data; /* or NULL */
    nn_bookmark *bookmark;       /* or NULL */
    const char *path;
    const nn_weights_from *from;
    nn_error *error;
    /* The texts in the file, or NULL. */
    const char *classes_text, *means_text, *columns_text, *training_text;
    nn_bookmark place; /* what training_text says */
    json_t *header;
    nn_part *parts;
    size_t part_count;
    nn_part **sources; /* per tensor of the net: where it comes from; NULL: not in the file */
    unsigned char *data;
    size_t data_size;
    uint64_t counters[COUNTERS];
} nn_weights_file;

/* Reports what is wrong with the file, and returns false. */
bool nn_weights_fail(const nn_weights_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void nn_weights_free(nn_weights_file *file);
nn_dtype nn_weights_dtype(const nn_network *network);
/* A checksum as eight hexadecimal digits: of the metadata (name, hash, classes, means,
   columns, training, counters), or of the bytes of a tensor. */
typedef struct {
    char text[16];
} nn_checksum;
nn_checksum nn_header_checksum(const nn_weights_file *file, const char *name, const char *hash);
nn_checksum nn_data_checksum(const void *bytes, size_t size);
/* Little-endian numbers: whole ones of `size` bytes, and a real one. */
void nn_little_store(unsigned char *bytes, uint64_t bits, size_t size);
uint64_t nn_little_load(const unsigned char *bytes, size_t size);
double nn_little_real(const unsigned char *bytes, nn_dtype dtype);

// weights_names.c -- which tensor of the file belongs to which tensor of the net

/* A list of names for messages, the first few and how many more: "'a', 'b', 'c', 'd' and 6
   more". */
typedef struct {
    char text[320];
    size_t count;
} nn_names;
void nn_names_add(nn_names *names, const char *name);
const char *nn_names_end(nn_names *names);
/* The tensor of that name in the file, or NULL. */
nn_part *nn_weights_part(const nn_weights_file *file, const char *name);
/* Fills file->sources, and notes in file->parts which are left out or unknown. */
bool nn_weights_match(nn_weights_file *file);
/* The error for a tensor of the net that is missing in the file, with names that may be meant. */
bool nn_weights_missing_fail(const nn_weights_file *file, const nn_tensor *tensor);
/* Whether a tensor is the field's scaling, x.low or x.scale. */
bool nn_weights_is_field(const nn_field *field, const char *tensor);
/* The error for a tensor in the file that the net does not have. */
bool nn_weights_extra_fail(const nn_weights_file *file, const nn_part *part);
/* Adds notes on tensors that were left out, renamed or transposed. */
void nn_weights_match_note(const nn_weights_file *file);

// weights_json.c -- memory for jansson

/* Around all of a load, until its JSON is freed. enter: false if there is no memory; leave: false if
   there was too little. */
bool nn_json_enter(void);
bool nn_json_leave(void);

// weights_bookmark.c -- where training stands

/* *text: the text for a file, to be freed; NULL between epochs. False if there is no memory. */
bool nn_bookmark_text(const nn_bookmark *bookmark, char **text);
/* Fills file->place from file->training_text. */
bool nn_bookmark_read(nn_weights_file *file);

// weights_means.c -- means of inputs

/* *text: the text for a file, to be freed; NULL if they are not known. False if there is no
   memory. */
bool nn_means_text(const nn_means *means, char **text);
/* Fills file->means from file->means_text, unless they are known already. */
bool nn_means_take(const nn_weights_file *file);

// weights_sources.c -- names of columns

/* What a file says of them, to be freed; NULL where there are none. False without memory. */
bool nn_sources_text(const nn_sources *sources, char **text);
/* Fills file->sources_of_data from file->columns_text, if they are not known. */
bool nn_sources_take(const nn_weights_file *file);

// weights_classes.c -- names of classes

/* *text: the text for a file, to be freed; NULL if there are none. False if there is no memory. */
bool nn_classes_text(const nn_classes *classes, char **text);
/* Checks file->classes_text, also against the names that file->classes has already. */
bool nn_classes_check(const nn_weights_file *file);
/* Fills file->classes from a text that was checked. */
bool nn_classes_take(const nn_weights_file *file);

#endif
