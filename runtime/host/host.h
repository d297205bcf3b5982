/* Declarations that the files of the host side share, file by file: a table of contents. Users
   include nn_host.h instead. Included before any other header, because it defines _GNU_SOURCE
   (for locale_t, faccessat, strdup). */

#ifndef NN_HOST_INTERNAL_H
#define NN_HOST_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "nn_host.h"
#include "replace/replace.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <zlib.h>

// error.c -- messages

/* Where an error is: a path or NULL, and a line or 0. The functions below fill error and return
   false. */
typedef struct {
    const char *path;
    size_t line;
} nn_place;
bool nn_fail(nn_error *error, nn_code code, nn_place place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds a line "hint: ..." to the latest message or note. */
void nn_hint(nn_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reports a system call that failed: what, and the text of errno. */
bool nn_fail_errno(nn_error *error, const char *path, const char *what);
bool nn_fail_memory(nn_error *error);
/* Whether all that was printed has reached standard output. To be asked right after printing, while
   errno still is what a failed write left there. */
bool nn_printed(nn_error *error);
/* Adds a note after those that are there already. */
void nn_note(nn_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds text to the latest message or note. */
void nn_add(nn_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Copies text in a form that is safe for a terminal: control characters and bytes that are not
   UTF-8 become \x1b and the like. Copies as much as fits of the first `most` bytes; returns
   where it stopped. */
const char *nn_show_text(char *shown, size_t room, const char *text, size_t most);
/* The same in single quotes, cut to the size of the buffer, which is returned. */
typedef struct {
    char text[64];
} nn_quoted;
const char *nn_quote(nn_quoted *buffer, const char *text);
/* The candidate nearest to name, within edit distance 2 and less than the length of name, or NULL.
   NULL candidates are skipped. */
const char *nn_nearest(const char *name, const char *const *candidates, size_t count);

// number.c -- decimal text to numbers, independent of the locale

typedef enum { NN_NUMBER, NN_NOT_A_NUMBER, NN_NOT_FINITE } nn_number_kind;
/* Reads the whole text as a number, rounded correctly to a float (as_float) or a double. "nan",
   "inf" and numbers that overflow are NN_NOT_FINITE. */
nn_number_kind nn_number_parse(const char *text, bool as_float, double *value);
/* Reads a number of decimal digits only; false if it is anything else or more than limit. */
bool nn_whole_parse(const char *text, uint64_t limit, uint64_t *value);
/* Whether the text stands for a missing value: empty, ? . NA N/A #N/A <NA> nan NULL None \N, in
   upper or lower case. */
bool nn_is_missing(const char *text);
/* Makes this thread read and write numbers as in the C locale, until the locale is left.
   (locale_t)0 if there is no memory. */
typedef struct {
    locale_t plain, before;
} nn_locale;
bool nn_locale_enter(nn_locale *locale, nn_error *error);
void nn_locale_leave(nn_locale *locale);

// stream.c -- bytes of a file, gunzipped where it is a gzip file

enum { NN_STREAM_BUFFER = 1 << 16 };
typedef struct {
    const char *path; /* as shown in messages */
    gzFile file;
    nn_error *error; /* filled when reading fails */
    size_t size, next;
    unsigned char buffer[NN_STREAM_BUFFER];
} nn_stream;
/* NULL, with the reason in error, if the file cannot be opened and read. error must outlive the
   stream. */
nn_stream *nn_stream_open(const char *path, nn_error *error);
void nn_stream_close(nn_stream *stream);
/* The next byte; -1 at the end and when reading fails (then error->code is set). */
int nn_stream_byte(nn_stream *stream);
int nn_stream_peek(nn_stream *stream);
size_t nn_stream_read(nn_stream *stream, void *out, size_t size);
/* Whether the file begins as an IDX file does. */
bool nn_stream_is_idx(const nn_stream *stream);

#define NN_NONE ((size_t)-1) /* as an index: none */

// csv.c -- rows of cells

enum { NN_AHEAD = 32 };
typedef struct {
    nn_stream *stream;
    const nn_reading *reading;
    char separator; /* , ; | tab, or ' ' for any run of blanks; 0: not known yet */
    bool has_comma; /* numbers have a decimal comma, not a point */
    size_t line;    /* where the current row begins, from 1 */
    size_t cell_count;
    char **cells;
    size_t cell_capacity;
    size_t quoted_count; /* cells of the row that are in quotes */
    char *text;          /* the bytes of the current row; cells point into it */
    size_t size, capacity;
    size_t next_line;
    size_t ahead_count, ahead_next, ahead_size; /* rows read to find separator and header */
    struct {
        char *text;
        size_t line;
    } ahead[NN_AHEAD];
} nn_csv;
/* Reads ahead, up to NN_AHEAD rows, finds the separator and cuts the rows into cells by it. */
bool nn_csv_start(nn_csv *csv, nn_stream *stream, const nn_reading *reading);
/* False at the end, and on failure (then stream->error->code is set). */
bool nn_csv_next(nn_csv *csv);
/* Makes a row that was read ahead the current one; nn_csv_next is not affected. It cannot fail, as
   nn_csv_start has cut the row and made room for it. */
void nn_csv_ahead(nn_csv *csv, size_t index);
void nn_csv_end(nn_csv *csv);
/* The number in a cell. During the call a decimal comma of the cell becomes a point. */
nn_number_kind nn_csv_number(const nn_csv *csv, char *cell, bool as_float, double *value);
/* "1,234" and "1,234,567", where commas may separate thousands, or decimals. */
bool nn_may_be_thousands(const char *text);
/* The separator for "comma" and so on, or for the character itself; 0 if it is none. */
char nn_separator_parse(const char *text);

// header.c -- whether the first row is a header

typedef enum { NN_NO_HEADER, NN_NAMES, NN_NUMBERS } nn_header_kind;
/* knows_name: a cell of the first row is the name of a field. False, with an error, if it cannot be
   decided. */
bool nn_header_find(nn_csv *csv, bool knows_name, nn_header_kind *kind);

// table.c, columns.c, choices.c -- which column feeds which value

/* One value of an input or target, which one column feeds. A onehot target has one slot, its
   class. */
typedef struct {
    size_t field, position;
    size_t column;   /* NN_NONE: not found yet */
    bool is_by_name; /* --columns names its column */
    bool is_kept;    /* found by the name that its column had in training */
} nn_slot;
typedef struct {
    const nn_network *network;
    const nn_reading *reading;
    nn_csv csv;
    nn_error *error;
    nn_slot *slots; /* those of the inputs, then those of the targets */
    size_t input_slots, slot_count;
    nn_header_kind header;
    char **names;        /* the cells of the header; NULL: no names */
    size_t column_count; /* the same in every row */
    size_t header_line;
    bool has_targets;
} nn_table;
bool nn_table_open(nn_table *table, const nn_network *network, const nn_reading *reading,
                   nn_stream *stream);
void nn_table_close(nn_table *table);
/* Decides which column feeds which slot, from the rows read ahead. */
bool nn_columns_assign(nn_table *table);
/* Adds a hint to the error that columns are assigned wrongly: how they could be. */
void nn_columns_propose(nn_table *table);
/* Decides for the fields that reading->columns names. */
bool nn_choices_assign(nn_table *table);
/* Whether the text of --columns (or NULL) contains this column name. */
bool nn_choices_name(const char *columns, const char *name);
/* The slot that a column name such as "image.12" or "digit" stands for; NULL if none. */
nn_slot *nn_slot_named(const nn_table *table, const char *name);
/* The first slot of a field; the others follow it. */
nn_slot *nn_field_slots(const nn_table *table, size_t field);
/* Writes the note on how the file was read. */
bool nn_table_note(const nn_table *table);
/* Writes "'width'", or "column 3 (from 0)" for a column without a name. */
const char *nn_column_name(const nn_table *table, size_t column, nn_quoted *buffer);
/* Whether, by its name, the column belongs to a field other than but_field that has no column
   yet. */
bool nn_column_is_named(const nn_table *table, size_t column, size_t but_field);
const char *nn_columns_text(size_t count); /* "column" or "columns" */

// means.c -- means of columns, which replace missing values

struct nn_means {
    bool are_known;
    size_t count; /* of values of all inputs; for pairs, of one item */
    double *values;
};

// sources.c -- names of the columns that feed fields

struct nn_sources {
    bool are_known;          /* a file has said which, or that there are none */
    const nn_field **fields; /* inputs, of pairs those of an item, then targets */
    size_t field_count, count;
    char **names; /* per value of the fields; NULL where columns had no names but the net's */
    char *given;  /* what --columns said of a table without names; or NULL */
};
/* After the first table, which sets them. */
bool nn_sources_keep(nn_sources *sources, const nn_table *table);
/* Feeds fields by the names of training, and checks those that --columns feeds. */
bool nn_sources_assign(nn_table *table, const bool *is_chosen);
/* Adds to the note on a field what columns without names are taken for. */
void nn_sources_note(const nn_table *table, size_t field);
/* Adds a note where columns without names are taken in order, and in training were not. */
void nn_sources_given_note(const nn_table *table);

// classes.c -- names of classes (labels.c finds them in data files)

/* To be called for an IDX file, which has class indices. Where classes have names, adds a note on
   what the indices mean; else no file may give them names later. */
bool nn_classes_by_number(const nn_data *data, const char *path, nn_error *error);
/* A name as a cell of CSV, in quotes if necessary, in the form that --classes reads. */
typedef struct {
    char text[1024];
} nn_cell_text;
const char *nn_cell(nn_cell_text *cell, const char *before, const char *name);
/* The target that an output or metric belongs to, if its classes have names; else NN_NONE. targets:
   output_targets or metric_targets of nn_network. */
size_t nn_named_target(const nn_classes *classes, const int *targets, size_t index);
/* Prints a line "classes  kind: cat=0, dog=1" for each target whose classes have names. */
void nn_classes_print(const nn_classes *classes);

// decisions.c -- output of predict for classes with names

/* Prints "p.2", or "p.dog" where the value belongs to a class with a name. */
void nn_value_heading(const nn_data *data, size_t output, size_t value, FILE *out);
/* For each target whose classes have names and an output: prints ",kind" in the heading, and in
   a row ",dog", the class with the largest value. */
void nn_decisions_heading(const nn_data *data, FILE *out);
void nn_decisions_print(const nn_data *data, void *const *outputs, size_t row, FILE *out);

// data.c, rows.c, idx.c, evaluate.c -- files to examples

/* Field number `index`, counting inputs, then targets. */
const nn_field *nn_data_field(const nn_network *network, size_t index);
size_t nn_data_field_count(const nn_data *data);
/* The field at a place in the order of declaration. */
size_t nn_field_declared(const nn_network *network, size_t place);
/* How many columns a field has in a file: 1 where it is onehot. */
size_t nn_field_width(const nn_field *field);
/* Makes room for at least one more example. */
bool nn_data_grow(nn_data *data, nn_error *error);
/* Stores a number of the example that is being read; false if a onehot target has no such class. */
bool nn_data_put(nn_data *data, size_t field, size_t position, double value);
/* The error for a row that is longer or shorter than those before it. */
bool nn_cells_fail(const nn_table *table);
bool nn_csv_load(nn_data *data, nn_stream *stream, const nn_reading *reading);
/* One stream per field, in the order of declaration. */
bool nn_idx_load(nn_data *data, nn_stream *const *streams);

/* The index in the results of nn_evaluate where the figures of a metric begin. For metric_count:
   the index after the last of them. */
size_t nn_result_at(const nn_network *network, size_t metric);

/* nn_evaluate, which also gives up, with false, once `is_over` says so; it is asked before every
   batch, or never where it is NULL. */
bool nn_evaluate_until(const nn_data *data, void *net, void *work, double *results, size_t *bad,
                       int (*is_over)(void));

/* Sets in[i] to the row of example `first` in field i. */
void nn_data_at(const nn_data *data, size_t first, const void **in);

// fingerprint.c -- a number that tells data sets apart

/* A hash of the examples in their order; of pairs, of their items. Never 0. */
uint64_t nn_data_fingerprint(const nn_data *data);

// doubts.c -- data that may not be what they were taken for

/* False, with an error, where rows without names have a class at the other end as well, and more of
   them. Only of the first table. */
bool nn_order_check(const nn_table *table, const nn_data *data);
/* Adds a note where all examples have one class. */
void nn_one_class_note(const nn_data *data, const char *path, nn_error *error);

// shuffle.c, pairs.c -- random numbers by Philox, and what is chosen by them

typedef struct {
    uint64_t drawn;
    uint32_t epoch, stream;
    uint32_t key[2];
} nn_draws;
nn_draws nn_draws_new(uint64_t seed, uint32_t epoch, uint32_t stream);
/* A number in 0 .. bound - 1, each equally likely. */
uint64_t nn_draw_below(nn_draws *draws, uint64_t bound);

/* The items that pairs are drawn from: one item and its label per row. */
struct nn_items {
    nn_network network;  /* that of the net, but with the inputs of one item only */
    size_t *order;       /* of network */
    nn_classes *classes; /* the labels as names */
    nn_data *data;
    void **twice;              /* per input of the net: the array of items for it */
    struct nn_member *members; /* sorted by label */
};
nn_items *nn_items_new(const nn_network *network, nn_error *error);
void nn_items_free(nn_items *items);
/* Replaces the items in data by pairs of them. */
bool nn_pairs_make(nn_data *data, const char *path, nn_error *error);

// parts.c -- examples in parts, as for training and test

/* The group of every example, as its class. */
typedef struct {
    size_t example_count, count;
    size_t *of; /* per example, below count */
} nn_groups;
/* Cuts every group by ids: that of example i, below id_count, is at ids[i * stride]. Groups are
   then in the order of old group and id. False if there is no memory. */
bool nn_groups_cut(nn_groups *groups, const uint32_t *ids, size_t stride, size_t id_count);
enum { NN_MOST_PARTS = 16 };
/* What each part has of all examples; together 1. */
typedef struct {
    size_t count;
    double of[NN_MOST_PARTS];
} nn_shares;
/* Reads "0.7,0.15,0.15", the value of --parts. */
bool nn_shares_parse(nn_shares *shares, const char *text, nn_error *error);
/* Sets part_of[i], below shares->count, for each example. Of every group each part gets its share,
   and the first part at least one example. */
bool nn_parts_draw(const nn_groups *groups, const nn_shares *shares, uint64_t seed,
                   unsigned char *part_of, nn_error *error);

// weights_load.c -- loading weights files of nngen and of other programs

/* What happens if a file has no scaling of inputs or targets, without which outputs are wrong. */
typedef enum {
    NN_SCALING_STAYS,  /* the net's own stays */
    NN_SCALING_NEEDED, /* the file is refused */
    NN_SCALING_FITTED  /* the caller sets it from training data */
} nn_absent_scaling;

/* How a file is read. */
typedef struct {
    const char *map; /* names in the file and in the net, "0.weight=h.weight,1.bias=", or NULL */
    const char *transpose; /* names of matrices that are transposed in the file, or NULL */
    nn_absent_scaling scaling;
    nn_kept kept;    /* filled with what the file contains */
    bool *is_absent; /* per tensor of the net: set where the file has none; or NULL */
} nn_weights_from;
bool nn_weights_import(const nn_network *network, void *net, const char *path,
                       const nn_weights_from *from, nn_error *error);

// paths.c -- which files paths refer to

/* A list of files: the path cut at commas, unless the whole is the name of a file. */
typedef struct {
    char *text;
    char **paths;
    size_t count;
} nn_files;
bool nn_files_cut(nn_files *files, const char *path, nn_error *error);
void nn_files_free(nn_files *files);
/* The standard streams as arguments of nn_path_same, which compares these pointers, not the
   text. */
extern const char nn_stdin[], nn_stdout[];
/* *is_same: whether both paths refer to the same file, which writing to one would replace; it
   need not exist. Pipes and devices other than disks do not count. False if there is no memory. */
bool nn_path_same(const char *a, const char *b, bool *is_same);
/* The path with links followed, even if the file at their end does not exist. The caller frees it;
   NULL if there is no memory. */
char *nn_path_target(const char *path);
/* The folder that contains the file; the caller frees it; NULL if there is no memory. */
char *nn_path_folder(const char *path);

// stop.c -- signals that stop a run

/* What signals did before. */
typedef struct {
    struct sigaction actions[3], size, pipe;
    bool is_taken[3];
} nn_stop;
/* From enter to leave, SIGINT, SIGTERM and SIGHUP end the process, and writes fail where a file
   would become larger than it may be. */
void nn_stop_enter(nn_stop *before);
void nn_stop_leave(const nn_stop *before);
/* In between, from true to false, the first of these signals is only kept, and writes to a pipe
   that nobody reads fail. */
void nn_stop_gently(bool is_wanted, nn_stop *before);
/* The signal that was kept, or 0; and its name. */
int nn_stop_signal(void);
const char *nn_stop_name(void);

// save.c -- files that are written

/* A file that is replaced in one step, once or many times. From begin to end no other process
   writes it. */
typedef struct {
    const char *path;     /* as in messages; NULL before begin */
    nn_replacement place; /* of the file, links followed */
    uint64_t size;        /* room that is kept free for it */
    uint64_t older;       /* how many files are kept that it replaced: path.1, .. */
    FILE *file;           /* while it is written */
} nn_save;
/* Checks that the path can be written, with so many bytes. To be ended even if this fails. */
bool nn_save_begin(nn_save *save, const char *path, uint64_t size, nn_error *error);
/* A device, a pipe or anything else but a regular file is written directly. */
bool nn_save_is_special(const nn_save *save);
FILE *nn_save_open(nn_save *save, nn_error *error);
/* With keep: the new file is on disk in place of the old one, or nothing has changed and error says
   why; where the new one is there all the same, error says that. */
bool nn_save_close(nn_save *save, bool keep, nn_error *error);
/* The two halves of this, for several files that belong together: all are on disk before the first
   is in its place. */
bool nn_save_sync(nn_save *save, nn_error *error);
bool nn_save_commit(nn_save *save, nn_error *error);
/* Keeps room for the next time. */
bool nn_save_reserve(nn_save *save, nn_error *error);
/* The path, as in messages, of an older file, from 1; the caller frees it; NULL if there is no
   memory. */
char *nn_save_older(const nn_save *save, uint64_t number);
void nn_save_end(nn_save *save);
/* Reads the beginning of the file at the path, and appends a NUL. Returns how many bytes; 0 where
   there is no file to be replaced. */
enum { NN_SAVE_HEAD = 4096 };
size_t nn_save_head(const char *path, char head[NN_SAVE_HEAD + 1]);

// weights.c -- saving

/* nn_weights_save to a file that was begun. */
bool nn_weights_write(const nn_network *network, const void *net, const nn_kept *kept,
                      nn_save *save, nn_error *error);
/* About how large the file will be, rather more than less. */
uint64_t nn_weights_size(const nn_network *network);

// progress.c -- a bar on a terminal

typedef struct {
    FILE *out;    /* NULL: nothing is drawn */
    double start; /* seconds */
    double drawn; /* when the bar was last drawn */
    bool is_visible, has_color;
    size_t total, done; /* examples of the whole run */
    uint32_t epoch, epochs;
    size_t seen;          /* examples of this epoch, in this run */
    double losses;        /* the sum of their losses */
    double valid;         /* the loss on validation data after the last epoch; or NAN */
    double best;          /* the least of these, or where there are none, of training; or NAN */
    uint32_t best_epoch;
} nn_progress;
/* NO_COLOR in the environment takes the color away. */
void nn_progress_start(nn_progress *progress, FILE *out, size_t total, double now);
/* Begins an epoch, from 1. */
void nn_progress_epoch(nn_progress *progress, uint32_t epoch);
/* A step on n examples, and its mean loss. */
void nn_progress_step(nn_progress *progress, size_t n, double loss);
/* The losses at the end of an epoch; valid: NAN where there is no validation. */
void nn_progress_measured(nn_progress *progress, double loss, double valid);
/* Draws the bar, at most ten times a second, as wide as the terminal is then. */
void nn_progress_show(nn_progress *progress, double now);
void nn_progress_clear(nn_progress *progress);
/* The bar's text, at most width characters. */
void nn_progress_line(const nn_progress *progress, double now, size_t width, char line[256]);
double nn_clock(void);

// options.c -- the command line

typedef enum {
    NN_TRAIN = 1,
    NN_PREDICT = 2,
    NN_TEST = 4,
    NN_INFO = 8,
    NN_CHECK = 16,
    NN_SWEEP = 32,
    NN_SPLIT = 64
} nn_command;
/* A number of epochs, or else of seconds. */
typedef struct {
    uint64_t epochs, seconds;
} nn_interval;
typedef struct {
    nn_command command;
    bool wants_help, wants_version, is_quiet, has_seed, wants_report, wants_watch;
    const char *data, *test, *save, *load, *weights, *out, *log;
    const char *classes;
    const char *setting, *values; /* for sweep */
    const char *parts, *into;     /* for split */
    bool is_forced;
    char *map, *transpose;        /* all that were given, joined by commas, or NULL */
    uint64_t seed, epochs, of;    /* epochs: in this run; of: in all runs; 0: not given */
    uint64_t keep;                /* how many saves before the last one are kept */
    nn_interval save_every;       /* all 0: not given */
    nn_reading reading;
} nn_options;
/* The options must be freed even if this fails. */
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
    nn_bookmark bookmark;   /* which `kept` refers to */
    bool *is_absent;        /* per tensor: not in the weights file that was loaded */
    nn_save save, log, out; /* the files of these options */
    int stopped;            /* by this signal, or 0 */
} nn_session;
/* Prints the notes in session->error to stderr. */
void nn_session_note(nn_session *session);
/* Loads a data file and shows its note. */
nn_data *nn_session_data(nn_session *session, const char *path);
/* Loads a weights file as the options say, and shows its notes. */
bool nn_session_weights(nn_session *session, const char *path, nn_absent_scaling scaling);
/* Sets from data the scaling that did not come from a weights file. */
bool nn_session_fit(nn_session *session, const nn_data *data);
/* A loss or metric as text: "0.9750", "1.2000e-05". */
typedef struct {
    char text[32];
} nn_shown;
const char *nn_show(nn_shown *buffer, double value);

// outputs.c -- the files that a command writes

/* Takes hold of them all. To be ended even if this fails. */
bool nn_outputs_begin(nn_session *session);
void nn_outputs_end(nn_session *session);

// report.c -- results of nn_evaluate as text

/* Prints the names of scaled targets between two texts, or nothing where no target is scaled. */
void nn_scaled_print(const nn_network *network, const char *before, const char *after, FILE *out);
#define NN_SCALED_LOSS " (of the scaled ", ")" /* after a loss */
/* Prints "  loss 0.0812  accuracy 0.9750", with `before` in front of each name. */
void nn_results_print(const nn_network *network, const char *before, const double *results);
/* Prints all results, with tables, under a line "360 examples of the test data"; what: "test",
   "training" or NULL. */
void nn_report_print(const nn_data *data, const char *what, const double *results);

// log.c -- losses and metrics of every epoch, as CSV or JSON lines

typedef struct {
    const nn_network *network;
    nn_save *save; /* NULL: no log */
    nn_error *error;
    const char *setting, *value; /* for sweep: the first column, and what it contains */
    bool has_test;
    bool goes_on;    /* training continues from weights: an old log that ends there is kept */
    bool may_be_cut; /* and where it ends later, too, without its later rows */
    uint64_t first;  /* the next epoch, from 0 */
    bool is_json;    /* as the name of the file says */
    char *names;     /* of its cells, with commas between */
    FILE *memory;    /* the whole log; written to the file from time to time and at the end */
    char *text;
    size_t size;
    bool is_behind; /* the file lacks rows */
    double written; /* time of the last write, or -infinity */
} nn_log;
/* Whether a file of this name has JSON lines: .jsonl, .ndjson or .json. */
bool nn_log_is_json(const char *path);
bool nn_log_open(nn_log *log);
bool nn_log_epoch(nn_log *log, uint64_t epoch, const double *results, const double *test_results);
/* Writes the rows that the file lacks; not to a device or pipe, which is written once, at the
   end. */
bool nn_log_write(nn_log *log);
bool nn_log_close(nn_log *log);

// checkpoint.c -- weights saved while training goes on, and when it ends

typedef struct {
    nn_session *session;
    nn_log *log;
    void *good;    /* the net after the last epoch with finite losses; NULL: nothing is saved */
    bool has_good; /* there was such an epoch */
    double saved;  /* when: seconds */
} nn_checkpoint;
bool nn_checkpoint_open(nn_checkpoint *checkpoint, nn_session *session, nn_log *log);
void nn_checkpoint_free(nn_checkpoint *checkpoint);
/* Notes that the net is good: after an epoch, with all losses finite. */
void nn_checkpoint_mark(nn_checkpoint *checkpoint);
/* To be called after a step and after an epoch: saves if it is time. session->bookmark says where
   training stands. False where the log, which is to be no older, cannot be written. */
bool nn_checkpoint_step(nn_checkpoint *checkpoint, double now);
bool nn_checkpoint_epoch(nn_checkpoint *checkpoint, uint64_t epoch);
/* To be called when training has ended, after a failure as well: saves what was learned. False if
   this fails, or has failed before: then session->error says where the weights are. */
bool nn_checkpoint_end(nn_checkpoint *checkpoint, bool is_fine);
/* Writes "after epoch 3" or "after 12 of 30 examples of epoch 3". */
void nn_checkpoint_place(const nn_session *session, char *text, size_t size);

// watch.c -- the size of parameters, gradients and steps

typedef struct nn_watch nn_watch;
nn_watch *nn_watch_new(const nn_session *session); /* NULL: no memory */
void nn_watch_free(nn_watch *watch);
/* To be called before and after a training step on these n examples. */
void nn_watch_before(nn_watch *watch, size_t n, const void *const *in);
void nn_watch_after(nn_watch *watch);
/* Prints a line per parameter about the steps since the last call. */
void nn_watch_print(nn_watch *watch);

// train.c -- the command train, and its parts that sweep uses

typedef struct {
    nn_session *session;
    nn_data *data, *test;
    size_t *order;
    void **rows;                    /* per field: the rows of one batch */
    double *results, *test_results; /* the loss, then the metrics */
    nn_log log;
    nn_checkpoint checkpoint;
    nn_watch *watch; /* or NULL */
    bool is_quiet;
    uint64_t seed;
    uint64_t first, end; /* epochs, counted from 0 */
    uint64_t total;      /* the number of epochs for schedules of rates */
    bool is_inside;      /* the first one is under way: a run was stopped there */
    size_t start;        /* examples of it that were trained on before */
    uint64_t fingerprint; /* of data */
    nn_progress progress;
} nn_training;
/* Prepares data, memory and the net for training. To be closed even if this fails. */
bool nn_training_open(nn_training *training, nn_session *session);
void nn_training_close(nn_training *training);
/* Trains all epochs, unless a signal stops it: then session->stopped is set. A loss that is not
   finite ends it with NN_WRONG. */
bool nn_training_run(nn_training *training);
bool nn_train(nn_session *session);

// sweep.c, split.c, differences.c -- more commands

bool nn_sweep(nn_session *session);
bool nn_split(nn_session *session);
bool nn_check(nn_session *session);
/* Element `index` of an array of the net's numbers (float or double). */
double nn_real_get(const nn_network *network, const void *reals, size_t index);
void nn_real_put(const nn_network *network, void *reals, size_t index, double value);

#endif
