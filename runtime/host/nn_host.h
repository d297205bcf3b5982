/* The host side of a generated net: data files, weights files and the training driver, for any net
   by its nn_network. Comes in: paths and a net. Goes out: filled structs, files, or an nn_error
   that says what is wrong and where. Link with -lnngen -ljansson -lz -lm. Emitted code needs none
   of this to predict or to train. */

#ifndef NN_HOST_H
#define NN_HOST_H

#include "nn_network.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Also the exit codes of nn_main. */
typedef enum {
    NN_FINE = 0,
    NN_WRONG = 1,  /* what was read is wrong: data, weights, a loss that is not finite */
    NN_USAGE = 2,  /* the command line is */
    NN_FAILED = 3, /* input, output or memory failed */
} nn_code;

/* What went wrong, ready to print: "train.csv:12: error: column 'image.2': 'abc' is not a number".
   Where a function succeeds, code is NN_FINE and text is "" or notes worth showing, each a line. */
typedef struct nn_error {
    nn_code code;
    char text[4096];
} nn_error;

/* Names of the classes of a net's targets, where data files have labels as text: "setosa" is class
   0, "versicolor" 1. The first file with labels sets them, sorted by their bytes, unless they are
   given; all other files are read by them, and weights files keep them. */
typedef struct nn_classes nn_classes;
nn_classes *nn_classes_new(const nn_network *network); /* NULL without memory */
void nn_classes_free(nn_classes *classes);
/* "kind=setosa,versicolor,virginica": the names of all classes, in order; two of them for a target
   of the numbers 0 and 1. */
bool nn_classes_give(nn_classes *classes, const char *given, nn_error *error);
/* 0 where the classes of a target have no names. */
size_t nn_classes_count(const nn_classes *classes, size_t target);
const char *nn_classes_name(const nn_classes *classes, size_t target, size_t index);

/* Means of the inputs' columns, which cells without a value become: the first file that is read so
   sets them, all others take them, and weights files keep them. */
typedef struct nn_means nn_means;
nn_means *nn_means_new(const nn_network *network); /* NULL without memory */
void nn_means_free(nn_means *means);

/* What the training data say beside the net. */
typedef struct nn_kept {
    nn_classes *classes; /* or NULL */
    nn_means *means;     /* or NULL */
} nn_kept;

/* Examples of one net. values[i] belongs to input i, then to target i - input_count: count rows of
   reals (float or double, as the net has it), of one int32_t for a onehot target. The array is what
   the thunks of nn_network take as `in`. */
typedef struct nn_items nn_items;
typedef struct nn_data {
    const nn_network *network;
    size_t count;
    bool has_targets;
    void **values;
    const nn_classes *classes; /* that the file was read with, or NULL */
    size_t capacity;
    nn_items *items; /* what pairs are drawn from, or NULL */
} nn_data;

/* How a data file is to be read. All zero: what the file itself says, and what it does not say is
   an error. */
typedef enum { NN_HEADER_FOUND, NN_HEADER_YES, NN_HEADER_NO } nn_header;
typedef enum { NN_DECIMAL_FOUND, NN_DECIMAL_POINT, NN_DECIMAL_COMMA } nn_decimal;
typedef enum { NN_MISSING_FOUND, NN_MISSING_SKIP, NN_MISSING_MEAN, NN_MISSING_ERROR } nn_missing;
typedef struct nn_reading {
    bool may_lack_targets; /* all of them, as for prediction */
    char separator;        /* one of , ; | tab, or ' ' for any run of blanks; 0: found */
    nn_header header;      /* the first row is one */
    nn_decimal decimal;    /* numbers have a decimal comma: found is refused */
    /* Cells without a value in columns of use: their rows are left out, or in inputs they become
       the mean of the column, or, found too, they are an error. */
    nn_missing missing;
    /* "image=1:785,digit=0": which columns feed which field, by name, by number from 0 with the end
       not included, "a":"b" by name with the last included, or `rest`; a field given again goes on.
       NULL, and for fields that it does not name: as nn_data_load has it. */
    const char *columns;
    nn_classes *classes; /* what labels as text mean; NULL: they are refused */
    nn_means *means;     /* NULL: those of the file */
} nn_reading;

/* Reads a CSV file, or IDX files "images.idx.gz,labels.idx.gz", one per field in the model's order
   of declaration, gzipped or not; "-" is standard input. Columns go to fields by reading->columns,
   then by header (image.0, image.1, ...; the bare name where a field is one column). What is left
   goes in order of declaration to the columns that are left, if there is no header of names or but
   one array to fill, and nothing may be over; else it is an error. Bytes of an IDX file become the
   numbers 0 to 255. error becomes a note of what the file was taken for. reading NULL: all zero.
   NULL on failure. */
nn_data *nn_data_load(const nn_network *network, const char *path, const nn_reading *reading,
                      nn_error *error);
void nn_data_free(nn_data *data);
/* Bytes of one row of values[i]. */
size_t nn_data_row_size(const nn_network *network, size_t field);

/* For a net on pairs a row of the file is one item and, in the target's column, its label,
   unless the file may lack targets; nn_data_load draws as many pairs of them, always the same. This
   draws others: the same for a seed and an epoch. It does nothing to other data. Where the file may
   lack targets, a row is a pair. */
void nn_data_draw(nn_data *data, uint64_t seed, uint32_t epoch);
/* Sets what scales inputs and targets; both items of pairs alike. False, and nothing has changed,
   where one of their numbers is not finite. */
bool nn_data_fit(const nn_data *data, void *net, nn_error *error);
/* Says how many examples training has, to a net whose model asks for it. */
void nn_data_tell(const nn_data *data, void *net);

/* order becomes a permutation of 0 .. count - 1, everywhere the same for a seed and an epoch. */
void nn_shuffle(size_t *order, size_t count, uint64_t seed, uint32_t epoch);

/* Weights files are safetensors: parameters, state, scaling, optimizer state, settings, and the
   counters as metadata. Saving replaces path in one step: a failure at any moment leaves the old
   file. Loading checks everything before it touches the net. A file may leave out settings, the
   optimizer's and the scaling's tensors; those keep their values, and error->text names them,
   scaling first. So do steps and epochs where optimizer state is missing, and all counters where
   the file is another program's. F16 and BF16 become the net's type; optimizer state that the net
   does not have is left out. kept: what is saved too, or gets what the file has; names of classes
   that it has must be the file's, means that it has stay. May be NULL. */
bool nn_weights_save(const nn_network *network, const void *net, const nn_kept *kept,
                     const char *path, nn_error *error);
bool nn_weights_load(const nn_network *network, void *net, const nn_kept *kept, const char *path,
                     nn_error *error);

/* Over all examples: results[0] is the loss, then come the metrics, figure_count numbers. work is
   as in nn_network, for training. Unless bad is NULL, *bad becomes the number, from 1 on, of the
   first batch whose loss is not finite, 0 if all are. False without memory. */
bool nn_evaluate(const nn_data *data, void *net, void *work, double *results, size_t *bad);

/* Zeroed memory for a net or its work; NULL without memory. Give back with free. */
void *nn_storage_new(size_t size, size_t align);

/* The command line: train, predict, test, check, sweep, info. Returns the exit code. */
int nn_main(const nn_network *network, int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
