/* The host side's table of contents: what its files offer each other. Nothing here is for users;
   nn_host.h is. Included first, for _GNU_SOURCE: locale_t, faccessat, strdup. */

#ifndef NN_HOST_INTERNAL_H
#define NN_HOST_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "nn_host.h"

#include <locale.h>
#include <stdio.h>
#include <zlib.h>

// error.c -- messages

/* Fills error and returns false. `place` is a path, or NULL; `line` 0 where there is none. */
typedef struct {
    const char *path;
    size_t line;
} nn_place;
bool nn_fail(nn_error *error, nn_code code, nn_place place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds a line "hint: ..." to the message or note at hand. */
void nn_hint(nn_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text of a failed call, with errno's. */
bool nn_fail_errno(nn_error *error, const char *path, const char *what);
bool nn_fail_memory(nn_error *error);
/* A note, below those that are there. */
void nn_note(nn_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds to the message or note at hand. */
void nn_add(nn_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text as a terminal may show it: control characters and what is no UTF-8 become \x1b and the like.
   As much as fits of the first `most` bytes; returns where it stopped. */
const char *nn_show_text(char *shown, size_t room, const char *text, size_t most);
/* The same in single quotes, no longer than fits; returns buffer. */
typedef struct {
    char text[64];
} nn_quoted;
const char *nn_quote(nn_quoted *buffer, const char *text);
/* The candidate nearest to name within edit distance 2 (and less than the name's length), or NULL.
   A NULL candidate is skipped. */
const char *nn_nearest(const char *name, const char *const *candidates, size_t count);

// number.c -- decimal text to numbers, whatever the locale

typedef enum { NN_NUMBER, NN_NOT_A_NUMBER, NN_NOT_FINITE } nn_number_kind;
/* The whole text, rounded correctly to a float (as_float) or a double. "nan", "inf" and what
   overflows are NN_NOT_FINITE. */
nn_number_kind nn_number_parse(const char *text, bool as_float, double *value);
/* Decimal digits only; false when it is something else or more than limit. */
bool nn_whole_parse(const char *text, uint64_t limit, uint64_t *value);
/* Text that stands for no value: empty, ? . NA N/A #N/A <NA> nan NULL None \N, in any case. */
bool nn_is_missing(const char *text);
/* For this thread, numbers are read and written as in C until the locale is left. (locale_t)0
   without memory. */
typedef struct {
    locale_t plain, before;
} nn_locale;
bool nn_locale_enter(nn_locale *locale, nn_error *error);
void nn_locale_leave(nn_locale *locale);

// stream.c -- bytes of a file, gunzipped where it is a gzip file

enum { NN_STREAM_BUFFER = 1 << 16 };
typedef struct {
    const char *path; /* as in messages */
    gzFile file;
    nn_error *error; /* where reading says that it failed */
    size_t size, next;
    unsigned char buffer[NN_STREAM_BUFFER];
} nn_stream;
/* NULL, with the reason in error, where the file cannot be opened and read. error must outlive the
   stream. */
nn_stream *nn_stream_open(const char *path, nn_error *error);
void nn_stream_close(nn_stream *stream);
/* -1 at the end, and where reading fails (then error->code is set). */
int nn_stream_byte(nn_stream *stream);
int nn_stream_peek(nn_stream *stream);
size_t nn_stream_read(nn_stream *stream, void *out, size_t size);
/* The file begins as an IDX file does. */
bool nn_stream_is_idx(const nn_stream *stream);

#define NN_NONE ((size_t)-1) /* the number of nothing */

// csv.c -- rows of cells

enum { NN_AHEAD = 32 };
typedef struct {
    nn_stream *stream;
    const nn_reading *reading;
    char separator; /* , ; | tab, or ' ' for any run of blanks; 0 while it is not known */
    bool has_comma; /* numbers have a decimal comma, not a point */
    size_t line;    /* of the row at hand, from 1 */
    size_t cell_count;
    char **cells;
    size_t cell_capacity;
    char *text; /* the row's bytes; the cells lie in it */
    size_t size, capacity;
    size_t next_line;
    size_t ahead_count, ahead_next, ahead_size; /* rows read to find out what the file is */
    struct {
        char *text;
        size_t line;
    } ahead[NN_AHEAD];
} nn_csv;
/* Reads ahead, up to NN_AHEAD rows, and finds the separator. */
bool nn_csv_start(nn_csv *csv, nn_stream *stream, const nn_reading *reading);
/* False at the end, and on failure (then stream->error->code is set). */
bool nn_csv_next(nn_csv *csv);
/* Makes a row that was read ahead the row at hand; nn_csv_next goes on from where it was. */
bool nn_csv_ahead(nn_csv *csv, size_t index);
void nn_csv_end(nn_csv *csv);
/* A cell's number. Changes a decimal comma of the cell to a point for the while. */
nn_number_kind nn_csv_number(const nn_csv *csv, char *cell, bool as_float, double *value);
/* "comma", or the character itself, to what separates cells; 0 if it is none. */
char nn_separator_parse(const char *text);

// header.c -- is the first row one?

typedef enum { NN_NO_HEADER, NN_NAMES, NN_NUMBERS } nn_header_kind;
/* knows_name: a cell of the first row names a field. False, with the reason, if nothing decides. */
bool nn_header_find(nn_csv *csv, bool knows_name, nn_header_kind *kind);

// table.c, columns.c, choices.c -- which column feeds what

/* One value of an input or target; a onehot target has one, its class. */
typedef struct {
    size_t field, position;
    size_t column; /* NN_NONE while not found */
} nn_slot;
typedef struct {
    const nn_network *network;
    const nn_reading *reading;
    nn_csv csv;
    nn_error *error;
    nn_slot *slots; /* of the inputs, then of the targets */
    size_t input_slots, slot_count;
    nn_header_kind header;
    char **names;        /* the header's cells; NULL without names */
    size_t column_count; /* of every row */
    size_t header_line;
    bool has_targets;
} nn_table;
bool nn_table_open(nn_table *table, const nn_network *network, const nn_reading *reading,
                   nn_stream *stream);
void nn_table_close(nn_table *table);
/* Decides which column feeds which slot, from the rows read ahead. */
bool nn_columns_assign(nn_table *table);
/* What reading->columns says. */
bool nn_choices_assign(nn_table *table);
/* Does it name this column? NULL names none. */
bool nn_choices_name(const char *columns, const char *name);
/* The slot that a column's name means: "image.12", "digit"; NULL if none. */
nn_slot *nn_slot_named(const nn_table *table, const char *name);
/* The first slot of a field; its slots lie side by side. */
nn_slot *nn_field_slots(const nn_table *table, size_t field);
/* Begins the note of what the file was taken for. */
bool nn_table_note(const nn_table *table);
/* "'width'", or "column 3 (from 0)" where it has no name. */
const char *nn_column_name(const nn_table *table, size_t column, nn_quoted *buffer);
/* Does the header give the column to a field, other than this one, that has no column yet? */
bool nn_column_is_named(const nn_table *table, size_t column, size_t but_field);
const char *nn_columns_text(size_t count); /* "column" or "columns" */

// means.c -- means of columns, which cells without a value become

struct nn_means {
    bool are_known;
    size_t count; /* values of the inputs; of pairs those of an item */
    double *values;
};

// classes.c -- names of classes; labels.c finds them in data files

/* An IDX file has class indices: that names come too late for it, or a note of what they mean. */
bool nn_classes_by_number(const nn_data *data, const char *path, nn_error *error);
/* A name as a cell of CSV, in quotes where it needs them, as --classes takes it. */
typedef struct {
    char text[1024];
} nn_cell_text;
const char *nn_cell(nn_cell_text *cell, const char *before, const char *name);
/* The target with names whose classes an output or metric is of; targets: as nn_network has them.
   NN_NONE: none. */
size_t nn_named_target(const nn_classes *classes, const int *targets, size_t index);
/* A line per target of named classes on standard output, "classes  kind: cat=0, dog=1". */
void nn_classes_print(const nn_classes *classes);

// decisions.c -- what predict says of named classes

/* "p.2", or "p.dog" where it is for a class with a name. */
void nn_value_heading(const nn_data *data, size_t output, size_t value, FILE *out);
/* ",kind" for each target whose classes have names and an output, and in a row ",dog", the class of
   the largest value. */
void nn_decisions_heading(const nn_data *data, FILE *out);
void nn_decisions_print(const nn_data *data, void *const *outputs, size_t row, FILE *out);

// data.c, rows.c, idx.c, evaluate.c -- files to examples

/* The field of an nn_data by number: inputs, then targets. */
const nn_field *nn_data_field(const nn_network *network, size_t index);
size_t nn_data_field_count(const nn_data *data);
/* The field that comes at a place in the order of declaration. */
size_t nn_field_declared(const nn_network *network, size_t place);
/* Columns that a field has in a file: 1 where it is onehot. */
size_t nn_field_width(const nn_field *field);
/* Room for at least one more example. */
bool nn_data_grow(nn_data *data, nn_error *error);
/* Stores a number at (example, index) of a field; false if a onehot target has no such class. */
bool nn_data_put(nn_data *data, size_t field, size_t position, double value);
bool nn_csv_load(nn_data *data, nn_stream *stream, const nn_reading *reading);
/* One stream per field, in the order of declaration. */
bool nn_idx_load(nn_data *data, nn_stream *const *streams);

/* Where a metric's figures begin among the results of nn_evaluate; what comes after the last, their
   count. */
size_t nn_result_at(const nn_network *network, size_t metric);

/* in[i] becomes the row of example `first` of field i. */
void nn_data_at(const nn_data *data, size_t first, const void **in);

// shuffle.c, pairs.c -- random numbers of Philox, keyed by a seed; what they choose

typedef struct {
    uint64_t drawn;
    uint32_t epoch, stream;
    uint32_t key[2];
} nn_draws;
nn_draws nn_draws_new(uint64_t seed, uint32_t epoch, uint32_t stream);
/* 0 .. bound - 1, each equally likely. */
uint64_t nn_draw_below(nn_draws *draws, uint64_t bound);

/* What pairs are drawn from: an item and its label per row. */
struct nn_items {
    nn_network network;  /* the net's, with the inputs of one item alone */
    size_t *order;       /* network's */
    nn_classes *classes; /* names of the labels */
    nn_data *data;
    void **twice;              /* per input of the net: the rows of its part of the items */
    struct nn_member *members; /* sorted by label */
};
nn_items *nn_items_new(const nn_network *network, nn_error *error);
void nn_items_free(nn_items *items);
/* Makes pairs of data->items. */
bool nn_pairs_make(nn_data *data, const char *path, nn_error *error);

// weights_load.c -- weights files of nngen and of others

/* What is done if a file has no scaling of inputs or targets, without which outputs are wrong. */
typedef enum {
    NN_SCALING_STAYS,  /* as the net has it */
    NN_SCALING_NEEDED, /* the file is refused */
    NN_SCALING_FITTED  /* the caller sets it from training data */
} nn_absent_scaling;

/* How a file is read. */
typedef struct {
    const char *map; /* the file's names and the net's, "0.weight=h.weight,1.bias=", or NULL */
    const char *transpose; /* names of matrices that the file has the other way round, or NULL */
    nn_absent_scaling scaling;
    nn_kept kept;    /* gets what the file has */
    bool *is_absent; /* per tensor of the net: becomes true where the file has none; or NULL */
} nn_weights_from;
bool nn_weights_import(const nn_network *network, void *net, const char *path,
                       const nn_weights_from *from, nn_error *error);

// paths.c -- the files that paths mean

/* A list of files: the path's parts, cut at commas, unless it is itself a file. */
typedef struct {
    char *text;
    char **paths;
    size_t count;
} nn_files;
bool nn_files_cut(nn_files *files, const char *path, nn_error *error);
void nn_files_free(nn_files *files);
/* Names of the standard streams, for nn_path_same: these arrays, not their text. */
extern const char nn_stdin[], nn_stdout[];
/* Do both name one file that would be replaced, there already or not? A pipe or a device but for a
   disk is none. False without memory. */
bool nn_path_same(const char *a, const char *b, bool *is_same);
/* The path with links followed, whether or not there is something at their end. The caller frees
   it; NULL without memory. */
char *nn_path_target(const char *path);
/* The folder that holds it, likewise. */
char *nn_path_folder(const char *path);

// save.c -- a file replaced in one step

typedef struct {
    char *target;    /* the path, links followed */
    char *temporary; /* beside it; NULL where the target is a device or pipe, written as it is */
    int directory;   /* that holds both, or -1 */
    FILE *file;
} nn_save;
/* A device or pipe, or what else is no file of bytes. */
bool nn_save_is_special(const char *path);
/* How what is at the path begins: bytes and a NUL; 0 where there is nothing to be replaced. */
enum { NN_SAVE_HEAD = 4096 };
size_t nn_save_head(const char *path, char head[NN_SAVE_HEAD + 1]);
/* Can the path be written? To know before a long run. */
bool nn_save_check(const char *path, nn_error *error);
FILE *nn_save_open(nn_save *save, const char *path, nn_error *error);
/* With keep, the new file is on disk in the old one's place, or nothing has changed and error says
   why (but if it is the folder that fails to reach the disk: then the new file stands, and its name
   may not outlive a power cut). Without keep, nothing changes. */
bool nn_save_close(nn_save *save, bool keep, nn_error *error);

// progress.c -- a bar on a terminal

typedef struct {
    FILE *out;    /* NULL: no bar */
    double start; /* seconds */
    double drawn; /* when the bar was last drawn */
    bool is_visible;
    size_t total; /* examples of the whole run */
    uint32_t epoch, epochs;
} nn_progress;
void nn_progress_start(nn_progress *progress, FILE *out, size_t total, double now);
/* Draws the bar, at most ten times a second. */
void nn_progress_show(nn_progress *progress, size_t done, double now);
void nn_progress_clear(nn_progress *progress);
/* The bar's text, at most width characters. */
void nn_progress_line(const nn_progress *progress, size_t done, double now, size_t width,
                      char line[256]);
double nn_clock(void);

// options.c -- the command line

typedef enum {
    NN_TRAIN = 1,
    NN_PREDICT = 2,
    NN_TEST = 4,
    NN_INFO = 8,
    NN_CHECK = 16,
    NN_SWEEP = 32
} nn_command;
typedef struct {
    nn_command command;
    bool wants_help, is_quiet, has_seed, wants_report, wants_watch;
    const char *data, *test, *save, *load, *weights, *out, *log;
    const char *classes;
    const char *setting, *values; /* of sweep */
    char *map, *transpose;        /* all that was given, with commas between, or NULL */
    uint64_t seed, epochs, of;    /* epochs now and in all; 0: not given */
    nn_reading reading;
} nn_options;
/* Free the options whatever this says. */
bool nn_options_parse(nn_options *options, int argc, char **argv, nn_error *error);
void nn_options_free(nn_options *options);
void nn_options_help(FILE *out, const char *program);

// driver.c -- the commands

typedef struct {
    const nn_network *network;
    const nn_options *options;
    nn_error *error;
    void *net, *work, *predict_work;
    nn_kept kept;
    bool *is_absent; /* per tensor: not in a weights file that was loaded */
} nn_session;
/* Shows the notes there are on stderr. */
void nn_session_note(nn_session *session);
/* Loads a data file and shows its note. */
nn_data *nn_session_data(nn_session *session, const char *path);
/* Loads a weights file as the options say, and shows its notes. */
bool nn_session_weights(nn_session *session, const char *path, nn_absent_scaling scaling);
/* Sets scaling that no weights file has brought; what it has brought stays. */
bool nn_session_fit(nn_session *session, const nn_data *data);
/* A loss or metric as it is shown: "0.9750", "1.2000e-05". */
typedef struct {
    char text[32];
} nn_shown;
const char *nn_show(nn_shown *buffer, double value);

// report.c -- results of nn_evaluate as text

/* The names of scaled targets between two texts; nothing where there is none. */
void nn_scaled_print(const nn_network *network, const char *before, const char *after, FILE *out);
#define NN_SCALED_LOSS " (of the scaled ", ")" /* behind a loss */
/* "  loss 0.0812  accuracy 0.9750", with `before` in front of each name. */
void nn_results_print(const nn_network *network, const char *before, const double *results);
/* All of it, in tables, below a line "360 examples of the test data"; what: "test", "training", or
   NULL. */
void nn_report_print(const nn_data *data, const char *what, const double *results);

// log.c -- losses and metrics of every epoch, as CSV

typedef struct {
    const nn_network *network;
    const char *path; /* NULL: no log */
    nn_error *error;
    const char *setting, *value; /* of a sweep: the first column */
    bool has_test;
    bool goes_on;   /* from weights: what the file holds stays, if it is what comes before */
    uint64_t first; /* the epoch that comes next, from 0 */
    FILE *memory;   /* all of it; the file is replaced by it now and then, and at the end */
    char *text;
    size_t size;
    double written; /* when, or -infinity */
} nn_log;
bool nn_log_open(nn_log *log);
bool nn_log_epoch(nn_log *log, uint64_t epoch, const double *results, const double *test_results);
bool nn_log_close(nn_log *log);

// watch.c -- the size of parameters, gradients and steps

typedef struct nn_watch nn_watch;
nn_watch *nn_watch_new(const nn_session *session); /* NULL without memory */
void nn_watch_free(nn_watch *watch);
/* Before and after a training step on these n examples. */
void nn_watch_before(nn_watch *watch, size_t n, const void *const *in);
void nn_watch_after(nn_watch *watch);
/* Prints a line per parameter about the steps since the last time. */
void nn_watch_print(nn_watch *watch);

// train.c -- the command train, and what sweep shares with it

typedef struct {
    nn_session *session;
    nn_data *data, *test;
    size_t *order;
    void **rows;                    /* per field: a batch, gathered in this epoch's order */
    double *results, *test_results; /* the loss, then the metrics */
    nn_log log;
    nn_watch *watch; /* or NULL */
    bool is_quiet;
    uint64_t seed;
    uint64_t first, end; /* epochs, counted from 0 */
    uint64_t total;      /* as schedules see it */
    nn_progress progress;
} nn_training;
/* Data, memory and the net as it is when training begins. Close it whatever this says. */
bool nn_training_open(nn_training *training, nn_session *session);
bool nn_training_close(nn_training *training);
/* All epochs. A loss that is not finite ends it with NN_WRONG. */
bool nn_training_run(nn_training *training);
bool nn_train(nn_session *session);

// sweep.c, differences.c -- two more commands

bool nn_sweep(nn_session *session);
bool nn_check(nn_session *session);
/* Number `index` of an array of the net's reals. */
double nn_real_get(const nn_network *network, const void *reals, size_t index);
void nn_real_put(const nn_network *network, void *reals, size_t index, double value);

#endif
