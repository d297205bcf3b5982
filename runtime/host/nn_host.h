/* The host side of a generated net: data files, weights files and the training driver. It works
   with any net, through its nn_network. Comes in: paths and a net. Goes out: filled structs,
   files, or an nn_error that says what is wrong and where. Link with -lnngen -ljansson -lz -lm.
   Emitted code needs none of this to predict or to train. */

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
    NN_USAGE = 2,  /* the command line is wrong */
    NN_FAILED = 3, /* input or output failed */
    NN_MEMORY = 4, /* there is not enough memory */
} nn_code;

/* What went wrong, ready to print: "train.csv:12: error: column 'image.2': 'abc' is not a number".
   Where a function succeeds, code is NN_FINE and text is "" or notes to be shown, one per line. */
typedef struct nn_error {
    nn_code code;
    char text[4096];
} nn_error;

/* Names of the classes of a net's targets, for data files whose labels are text: "setosa" is
   class 0, "versicolor" 1. They are given, or set by the first file with labels, sorted by their
   bytes. They then apply to all other files, and are saved in weights files. */
typedef struct nn_classes nn_classes;
nn_classes *nn_classes_new(const nn_network *network); /* NULL: no memory */
void nn_classes_free(nn_classes *classes);
/* Sets the names of all classes of a target, in order, from "kind=setosa,versicolor,virginica"; two
   names for a target that is 0 or 1. */
bool nn_classes_give(nn_classes *classes, const char *given, nn_error *error);
/* The number of names; 0 where the classes of a target have none. */
size_t nn_classes_count(const nn_classes *classes, size_t target);
const char *nn_classes_name(const nn_classes *classes, size_t target, size_t index);

/* Means of the columns of inputs, which replace missing values. The first file that is read in this
   way sets them; they then apply to all other files, and are saved in weights files. */
typedef struct nn_means nn_means;
nn_means *nn_means_new(const nn_network *network); /* NULL: no memory */
void nn_means_free(nn_means *means);

/* Names of the columns that feed inputs and targets, where a file has other names than the model's:
   the first file sets them, all others are read by them, in whatever order their columns stand, and
   weights files keep them. */
typedef struct nn_sources nn_sources;
nn_sources *nn_sources_new(const nn_network *network); /* NULL: no memory */
void nn_sources_free(nn_sources *sources);

/* Where training stands inside an epoch, so that it can go on from the very next example: their
   order follows from seed, epoch and number of examples. All 0 between epochs. */
typedef struct nn_bookmark {
    uint64_t done;     /* examples of the epoch that the net was trained on */
    uint64_t examples; /* of the epoch */
    uint64_t data;     /* a hash of them in their order; 0: not known */
} nn_bookmark;

/* What is known from training, and saved with a net. */
typedef struct nn_kept {
    nn_classes *classes;   /* or NULL */
    nn_means *means;       /* or NULL */
    nn_sources *sources;   /* or NULL */
    nn_bookmark *bookmark; /* or NULL */
} nn_kept;

/* Examples for one net. values[i] belongs to input i, or from input_count on to target
   i - input_count: count rows of numbers (float or double, as in the net), or of one int32_t for a
   onehot target. The array can be passed to the thunks of nn_network as `in`. */
typedef struct nn_items nn_items;
typedef struct nn_data {
    const nn_network *network;
    size_t count;
    bool has_targets;
    void **values;
    const nn_classes *classes; /* used for reading the file, or NULL */
    size_t capacity;
    nn_items *items; /* the items that pairs are drawn from, or NULL */
} nn_data;

/* How a data file is to be read. All zero: everything is found from the file, and where that is not
   possible it is an error. */
typedef enum { NN_HEADER_FOUND, NN_HEADER_YES, NN_HEADER_NO } nn_header;
typedef enum { NN_DECIMAL_FOUND, NN_DECIMAL_POINT, NN_DECIMAL_COMMA } nn_decimal;
typedef enum { NN_MISSING_FOUND, NN_MISSING_SKIP, NN_MISSING_MEAN, NN_MISSING_ERROR } nn_missing;
typedef struct nn_reading {
    bool may_lack_targets; /* targets may be missing, as for prediction */
    char separator;        /* one of , ; | tab, or ' ' for any run of blanks; 0: to be found */
    nn_header header;      /* whether the first row is one */
    nn_decimal decimal;    /* point or comma; a comma that is found, not given, is an error */
    /* What becomes of missing values in columns that are used: their rows are left out, or (in
       inputs) they become the mean of the column, or they are an error, which is the default. */
    nn_missing missing;
    /* Which columns feed which field, such as "image=1:785,digit=0". Columns are names, numbers
       from 0 (the end of a range excluded), ranges of names "a":"b" (the last included) or
       `rest`; a field that is given twice gets further columns. For NULL, and for fields that
       are not named, see nn_data_load. */
    const char *columns;
    nn_classes *classes; /* the classes of labels that are text; NULL: such labels are an error */
    nn_means *means;     /* NULL: the means of this file */
    nn_sources *sources; /* NULL: column names of other files do not matter */
} nn_reading;

/* Reads a CSV file, or IDX files "images.idx.gz,labels.idx.gz", one per field in the order of
   declaration; all may be gzipped; "-" is standard input. Columns go to fields by
   reading->columns, then by the names in the header (image.0, image.1, ..., or the name of the
   field where that is one column). Remaining columns go to the remaining fields in order of
   declaration, if there is no header with names or only one array to fill, and if the counts are
   equal; else it is an error. Bytes of an IDX file become the numbers 0 to 255. On success error
   contains a note on how the file was read. reading NULL: all zero. NULL on failure. */
nn_data *nn_data_load(const nn_network *network, const char *path, const nn_reading *reading,
                      nn_error *error);
void nn_data_free(nn_data *data);
/* The size of one row of values[field] in bytes. */
size_t nn_data_row_size(const nn_network *network, size_t field);

/* For a net on pairs, a row of the file is one item and its label (in the column of the target),
   and nn_data_load draws as many pairs as there are items, always the same ones. This function
   draws other pairs, which depend on seed and epoch. Where the file may lack targets, a row is a
   pair, and this does nothing; nor does it for other nets. */
void nn_data_draw(nn_data *data, uint64_t seed, uint32_t epoch);
/* Sets the scaling of inputs and targets from data; the same one for both items of pairs. False,
   with nothing changed, if one of the numbers is not finite. */
bool nn_data_fit(const nn_data *data, void *net, nn_error *error);
/* Tells the net the number of training examples, if its model uses it. */
void nn_data_tell(const nn_data *data, void *net);

/* Sets order to a permutation of 0 .. count - 1, which depends on seed and epoch only. */
void nn_shuffle(size_t *order, size_t count, uint64_t seed, uint32_t epoch);

/* Weights files are safetensors files: parameters, state, scaling, optimizer state, settings, and
   the counters as metadata. Saving replaces the file in one step: a failure at any moment leaves
   the old file; what another process is writing is refused. Loading checks everything before it
   changes the net.

   A file may lack settings, optimizer state and scaling; these keep their values, and error->text
   names them, scaling first. Steps and epochs keep their values where optimizer state is missing,
   all counters where the file is from another program. F16 and BF16 are converted to the type of
   the net. Optimizer state that the net does not have is ignored.

   kept, which may be NULL, is saved as well, and filled on loading: names of classes that it has
   must be equal to those in the file; means and column names that it has stay; a bookmark becomes
   the file's. */
bool nn_weights_save(const nn_network *network, const void *net, const nn_kept *kept,
                     const char *path, nn_error *error);
bool nn_weights_load(const nn_network *network, void *net, const nn_kept *kept, const char *path,
                     nn_error *error);

/* Loss and metrics over all examples: results[0] is the loss, then follow the figure_count
   numbers of the metrics. work: as in nn_network, for training. Unless bad is NULL, *bad becomes
   the number (from 1) of the first batch whose loss is not finite, or 0. False if there is no
   memory. */
bool nn_evaluate(const nn_data *data, void *net, void *work, double *results, size_t *bad);

/* Zeroed memory for a net or its work, to be freed with free; NULL if there is none. */
void *nn_storage_new(size_t size, size_t align);

/* Runs the command line: train, predict, test, check, sweep, split, info. Returns the exit code. */
int nn_main(const nn_network *network, int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
