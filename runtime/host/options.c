/* The command line. Comes in: argc, argv. Goes out: the command and its options, or an error.
   One table describes the options for parsing and for help. */

#include "host.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    nn_command command;
    const char *help;
} CommandRow;

static const CommandRow commands[] = {
    {"train", NN_TRAIN, "train on a data file"},
    {"predict", NN_PREDICT, "print the outputs for every example, as CSV"},
    {"test", NN_TEST, "print loss and metrics over a data file"},
    {"check", NN_CHECK, "compare the net's gradients with differences of its loss, on a data file"},
    {"sweep", NN_SWEEP, "SETTING A,B,..: train with each of these values, from one start"},
    {"split", NN_SPLIT,
     "share the rows of a data file out, to files for training, validation and test"},
    {"info", NN_INFO, "print what the net is made of"},
};
enum {
    COMMANDS = sizeof commands / sizeof commands[0],
    TRAINING = NN_TRAIN | NN_SWEEP,
    WITH_DATA = TRAINING | NN_PREDICT | NN_TEST | NN_CHECK,
    WITH_TABLE = WITH_DATA | NN_SPLIT,
    WITH_NET = WITH_DATA | NN_INFO,
    ALL = WITH_NET | NN_SPLIT
};

typedef enum {
    TEXT,
    DATA,  /* files to read: one, several separated by commas, or - for standard input */
    READ,  /* a file to read */
    WRITE, /* a file to write */
    PRINT, /* a file to write; - is standard output, which is the default */
    LIST,
    EPOCHS,
    FILES, /* a number of them */
    EVERY, /* a number of epochs, or seconds or minutes: 5, 30s, 10m */
    SEED,
    FLAG,
    SEPARATOR,
    WORD
} OptionKind;

typedef struct {
    const char *name, *argument; /* argument: NULL for a flag, "this|that" for a WORD */
    OptionKind kind;
    size_t place;              /* offset in nn_options (not used for SEED) */
    unsigned commands, needed; /* the commands that accept it, that require it */
    const char *help;
} OptionRow;

#define COMMAND_LIST "train, predict, test, check, sweep, split"
#define COMMAND_NAMES COMMAND_LIST " and info"
#define COMMAND_CHOICE COMMAND_LIST " or info"
#define AT(member) offsetof(nn_options, member)
static const OptionRow rows[] = {
    {"data", "FILE", DATA, AT(data), WITH_TABLE, WITH_TABLE,
     "examples: CSV, or IDX files with commas between; - is standard input"},
    {"test", "FILE", DATA, AT(test), TRAINING, 0, "examples to measure on after every epoch"},
    {"classes", "T=A,B,..", TEXT, AT(classes), WITH_NET, 0,
     "labels of target T that are class 0, 1, ..: else they are sorted"},
    {"columns", "LIST", TEXT, AT(reading.columns), WITH_TABLE, 0,
     "which columns feed what: image=1:785,digit=label; by number from 0, the end not included, by "
     "name, or rest"},
    {"header", "yes|no", WORD, AT(reading.header), WITH_TABLE, 0, "is the first line a header?"},
    {"separator", "NAME", SEPARATOR, AT(reading.separator), WITH_TABLE, 0,
     "of cells: comma, semicolon, tab, bar or blank"},
    {"decimal", "point|comma", WORD, AT(reading.decimal), WITH_TABLE, 0, "of numbers (point)"},
    {"missing", "skip|mean|error", WORD, AT(reading.missing), WITH_DATA, 0,
     "where a cell holds no value: leave the row out, put the column's mean in the training data "
     "there, or stop (error)"},
    {"epochs", "N", EPOCHS, AT(epochs), TRAINING, 0,
     "passes over the data, now (what is left of --of or of the weights' number in all, else 10)"},
    {"of", "N", EPOCHS, AT(of), TRAINING, 0,
     "epochs in all, for schedules that use `epochs` (as the weights say, or up to the last now)"},
    {"seed", "N", SEED, 0, TRAINING | NN_CHECK | NN_SPLIT, 0,
     "of initial weights, order and dropout, and of what split draws (1)"},
    {"save", "FILE", WRITE, AT(save), NN_TRAIN, 0,
     "write the weights at the end, also where a signal, a failure or an infinite loss ends it"},
    {"save-every", "N|30s|10m", EVERY, AT(save_every), NN_TRAIN, 0,
     "write them after every N epochs, or so many seconds or minutes, too"},
    {"keep", "N", FILES, AT(keep), NN_TRAIN, 0,
     "keep the N weights files that --save FILE replaced last: FILE.1, the one before it, to "
     "FILE.N"},
    {"load", "FILE", READ, AT(load), TRAINING, 0, "go on from these weights"},
    {"log", "FILE", WRITE, AT(log), TRAINING, 0,
     "write losses and metrics of every epoch, as CSV, or as JSON lines where the name ends in "
     ".jsonl, .ndjson or .json; with --load, go on in the file"},
    {"report", NULL, FLAG, AT(wants_report), NN_TRAIN | NN_TEST, 0,
     "print all metrics at the end, with tables, of the test data if there is any"},
    {"watch", NULL, FLAG, AT(wants_watch), NN_TRAIN, 0,
     "print the size of every parameter, its gradient and its steps, after every epoch"},
    {"quiet", NULL, FLAG, AT(is_quiet), TRAINING, 0, "print no line per epoch, and draw no bar"},
    {"weights", "FILE", READ, AT(weights), NN_PREDICT | NN_TEST | NN_CHECK | NN_INFO,
     NN_PREDICT | NN_TEST, "weights that train saved"},
    {"map", "NAME=NAME", LIST, AT(map), WITH_NET, 0,
     "what the weights file calls a tensor, and what the net does, as in 0.weight=h.weight; "
     "NAME= leaves one out; more with commas or --map between"},
    {"transpose", "NAME", LIST, AT(transpose), WITH_NET, 0,
     "a matrix of the net that the weights file has as [in, out], as Keras does; more as for map"},
    {"out", "FILE", PRINT, AT(out), NN_PREDICT, 0, "write there instead of standard output"},
    {"parts", "A,B,..", TEXT, AT(parts), NN_SPLIT, NN_SPLIT,
     "what each file gets of the rows, of every class alike: 0.7,0.15,0.15"},
    {"into", "FILE,..", TEXT, AT(into), NN_SPLIT, 0,
     "the files (of x.csv: x.train.csv, x.test.csv, and of three parts x.valid.csv between)"},
    {"force", NULL, FLAG, AT(is_forced), NN_SPLIT, 0, "replace files that are there"},
    {"help", NULL, FLAG, AT(wants_help), ALL, 0, "print this"},
};
enum { ROWS = sizeof rows / sizeof rows[0], MOST_FILES = 1000 };

static const char *program_name(const char *path) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "nn";
}

static const char *command_name(nn_command command) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].command == command)
            return commands[i].name;
    return "";
}

static void row_help(FILE *out, const OptionRow *row) {
    char left[40];
    snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    fprintf(out, "  %-25s %s", left, row->help);
    const char *before = " [";
    for (size_t i = 0; i < COMMANDS && row->commands != ALL; i++)
        if (row->commands & commands[i].command) {
            fprintf(out, "%s%s%s", before, commands[i].name,
                    row->needed & commands[i].command ? "*" : "");
            before = ", ";
        }
    fputs(row->commands == ALL ? "\n" : "]\n", out);
}

void nn_options_help(FILE *out, const char *program) {
    char shown[400];
    nn_show_text(shown, sizeof shown, program_name(program), SIZE_MAX);
    fprintf(out, "usage: %s COMMAND [OPTIONS]\n\ncommands:\n", shown);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-25s %s\n", commands[i].name, commands[i].help);
    fputs("\noptions, with the commands that take them (* that need them):\n", out);
    for (size_t i = 0; i < ROWS; i++)
        row_help(out, &rows[i]);
    fputs(
        "\n--version says which of its versions for several processors the net uses, and which it has; "
        "NNGEN_CPU in the\nenvironment names another\n",
        out);
    fputs(
        "\nexit status: 0 fine, 1 data, weights or gradients are wrong, 2 usage, 3 input or output "
        "failed, 4 not enough\nmemory, 128 and a signal's number where that stopped training\n",
        out);
}

static bool usage_fail(nn_error *error, const char *program, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool usage_fail(nn_error *error, const char *program, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return nn_fail(error, NN_USAGE, (nn_place){program_name(program), 0}, "%s", text);
}

static bool command_parse(nn_options *options, const char *word, const char *program,
                          nn_error *error) {
    const char *names[COMMANDS];
    nn_quoted quoted;
    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (strcmp(word, names[i]) == 0) {
            options->command = commands[i].command;
            return true;
        }
    }
    usage_fail(error, program, "unknown command %s", nn_quote(&quoted, word));
    const char *nearest = nn_nearest(word, names, COMMANDS);
    if (nearest)
        nn_hint(error, "is '%s' meant?", nearest);
    else
        nn_hint(error, "the commands are " COMMAND_NAMES "; --help says more");
    return false;
}

/* Appends a comma and value to what was given before. False if there is no memory. */
static bool list_add(char **list, const char *value) {
    size_t before = *list ? strlen(*list) + 1 : 0, size = strlen(value) + 1;
    char *longer = realloc(*list, before + size);
    if (!longer)
        return false;
    if (before > 0)
        longer[before - 1] = ',';
    memcpy(longer + before, value, size);
    *list = longer;
    return true;
}

/* Stores the position of the word in "this|that", from 1. */
static bool word_store(const OptionRow *row, int *place, const char *value) {
    int number = 1;
    for (const char *at = row->argument; *at; at += *at == '|', number++) {
        size_t length = strcspn(at, "|");
        if (strlen(value) == length && strncmp(value, at, length) == 0) {
            *place = number;
            return true;
        }
        at += length;
    }
    return false;
}

static bool interval_store(nn_interval *interval, const char *value) {
    char digits[16];
    size_t length = strspn(value, "0123456789");
    const char *unit = value + length;
    uint64_t number;
    snprintf(digits, sizeof digits, "%.*s", (int)length, value);
    if (length >= sizeof digits || !nn_whole_parse(digits, UINT32_MAX, &number) || number == 0)
        return false;
    *interval = (nn_interval){.epochs = *unit ? 0 : number,
                              .seconds = *unit == 's'   ? number
                                         : *unit == 'm' ? 60 * number
                                                        : 0};
    return !*unit || (interval->seconds > 0 && !unit[1]);
}

static bool value_store(nn_options *options, const OptionRow *row, const char *value) {
    char *place = (char *)options + row->place;
    switch (row->kind) {
    case TEXT:
    case DATA:
    case READ:
    case WRITE:
    case PRINT:
        *(const char **)(void *)place = value;
        return true;
    case LIST:
        return list_add((char **)(void *)place, value);
    case EPOCHS:
        return nn_whole_parse(value, UINT32_MAX, (uint64_t *)(void *)place) &&
               *(uint64_t *)(void *)place > 0;
    case EVERY:
        return interval_store((nn_interval *)(void *)place, value);
    case FILES:
        return nn_whole_parse(value, MOST_FILES, (uint64_t *)(void *)place) &&
               *(uint64_t *)(void *)place > 0;
    case SEED:
        options->has_seed = true;
        return nn_whole_parse(value, UINT64_MAX, &options->seed);
    case FLAG:
        *(bool *)(void *)place = true;
        return true;
    case SEPARATOR:
        *place = nn_separator_parse(value);
        return *place != 0;
    case WORD:
        return word_store(row, (int *)(void *)place, value);
    }
    return false;
}

static bool unknown_fail(const nn_options *options, char **argv, const struct option *longs,
                         nn_error *error) {
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt > 0 && optopt < 256;
    const char *names[ROWS + 1], *word = is_letter ? letter : argv[optind];
    size_t count = 0;
    nn_quoted quoted;
    for (; longs[count].name; count++)
        names[count] = longs[count].name;
    usage_fail(error, argv[0], "%s takes no option %s", command_name(options->command),
               nn_quote(&quoted, word));
    const char *nearest = strncmp(word, "--", 2) == 0 ? nn_nearest(word + 2, names, count) : NULL;
    if (nearest)
        nn_hint(error, "is '--%s' meant?", nearest);
    return false;
}

/* The options of this command in the form that getopt takes; val is the row's index plus 256. */
static void longs_make(const nn_options *options, struct option longs[ROWS + 1]) {
    size_t count = 0;
    for (int i = 0; i < ROWS; i++)
        if (rows[i].commands & options->command)
            longs[count++] = (struct option){rows[i].name, rows[i].argument != NULL, NULL, 256 + i};
    longs[count] = (struct option){0};
}

static bool value_fail(const OptionRow *row, const char *value, const char *program,
                       nn_error *error) {
    nn_quoted quoted;
    nn_quote(&quoted, value);
    if (row->kind == LIST)
        return nn_fail_memory(error);
    if (row->kind == SEPARATOR)
        return usage_fail(error, program,
                          "--separator: %s is none of comma, semicolon, tab, bar and blank",
                          quoted.text);
    if (row->kind == WORD)
        return usage_fail(error, program, "--%s: %s is none of %s", row->name, quoted.text,
                          row->argument);
    if (row->kind == EVERY)
        return usage_fail(error, program,
                          "--%s: %s is no number of epochs, seconds or minutes, such as 5, 30s or "
                          "10m",
                          row->name, quoted.text);
    if (row->kind == FILES)
        return usage_fail(error, program, "--%s: %s is not a number from 1 to %d", row->name,
                          quoted.text, MOST_FILES);
    return usage_fail(error, program, "--%s: %s is not a number from %d to %s", row->name,
                      quoted.text, row->kind == EPOCHS,
                      row->kind == EPOCHS ? "4294967295" : "18446744073709551615");
}

/* seen: per row, whether the option has been given already. */
static bool option_parse(nn_options *options, int found, char **argv, bool *seen, nn_error *error) {
    const OptionRow *row = &rows[found - 256];
    if (seen[found - 256] && row->kind != FLAG && row->kind != LIST)
        return usage_fail(error, argv[0], "--%s is given twice", row->name);
    seen[found - 256] = true;
    return value_store(options, row, optarg) || value_fail(row, optarg, argv[0], error);
}

/* getopt gets the command in place of the program, so that argv[optind] is the word just read. */
static bool options_read(nn_options *options, int argc, char **argv, nn_error *error) {
    struct option longs[ROWS + 1];
    bool seen[ROWS] = {false};
    nn_quoted quoted;
    int found;
    longs_make(options, longs);
    optind = 0;
    opterr = 0;
    while ((found = getopt_long(argc - 1, argv + 1, ":h", longs, NULL)) != -1) {
        if (found == 'h')
            options->wants_help = true;
        else if (found == ':')
            return usage_fail(error, argv[0], "%s needs a value", nn_quote(&quoted, argv[optind]));
        else if (found == '?')
            return unknown_fail(options, argv, longs, error);
        else if (!option_parse(options, found, argv, seen, error))
            return false;
    }
    char **words = argv + optind + 1; /* arguments that are not options */
    int count = argc - 1 - optind, wanted = options->command == NN_SWEEP ? 2 : 0;
    if (count > wanted)
        return usage_fail(error, argv[0], "nothing is known of %s; a file is given by an option",
                          nn_quote(&quoted, words[wanted]));
    options->setting = count > 0 ? words[0] : NULL;
    options->values = count > 1 ? words[1] : NULL;
    return true;
}

static bool needs_check(const nn_options *options, const char *program, nn_error *error) {
    if (options->command == NN_SWEEP && !options->values)
        return usage_fail(error, program,
                          "sweep needs a setting and its values, as in: sweep rate 0.001,0.01");
    if ((options->map || options->transpose) && !options->load && !options->weights)
        return usage_fail(error, program, "--%s is about a weights file, and --%s names none",
                          options->map ? "map" : "transpose",
                          options->command & TRAINING ? "load" : "weights");
    bool has_every = options->save_every.epochs > 0 || options->save_every.seconds > 0;
    if (!options->save && (has_every || options->keep > 0))
        return usage_fail(error, program, "--%s is about saved weights, and --save names no file",
                          has_every ? "save-every" : "keep");
    for (size_t i = 0; i < ROWS; i++)
        if ((rows[i].needed & options->command) &&
            !*(char *const *)(const void *)((const char *)options + rows[i].place))
            return usage_fail(error, program, "%s needs --%s %s", command_name(options->command),
                              rows[i].name, rows[i].argument);
    return true;
}

// Files

static const char *file_of(const nn_options *options, const OptionRow *row) {
    bool is_file = row->kind >= DATA && row->kind <= PRINT;
    return is_file ? *(char *const *)(const void *)((const char *)options + row->place) : NULL;
}

static bool is_written(const OptionRow *row) {
    return row->kind == WRITE || row->kind == PRINT;
}

static bool name_check(const OptionRow *row, const char *path, const char *program,
                       nn_error *error) {
    if (path[0] == '\0')
        return usage_fail(error, program, "--%s: a file has a name", row->name);
    if (strcmp(path, "-") == 0 && row->kind != DATA && row->kind != PRINT)
        return usage_fail(error, program, "--%s takes no '-': a file has a name", row->name);
    return true;
}

/* *is_found: whether `written` is one of the files that an option names. */
static bool clash_find(const OptionRow *row, const char *value, const char *written, bool *is_found,
                       nn_error *error) {
    nn_files files;
    *is_found = false;
    if (row->kind != DATA)
        return nn_path_same(value, written, is_found) || nn_fail_memory(error);
    bool is_fine = nn_files_cut(&files, value, error);
    for (size_t i = 0; is_fine && !*is_found && i < files.count; i++) {
        bool is_stdin = strcmp(files.paths[i], "-") == 0;
        is_fine = nn_path_same(is_stdin ? nn_stdin : files.paths[i], written, is_found) ||
                  nn_fail_memory(error);
    }
    nn_files_free(&files);
    return is_fine;
}

/* Checks that no other option names the file that this option writes (or standard output, where
   it is NULL). The one exception: new weights may replace those that were loaded. */
static bool clashes_check(const nn_options *options, const OptionRow *row, const char *written,
                          const char *program, nn_error *error) {
    for (const OptionRow *other = rows; other < rows + ROWS; other++) {
        const char *path = file_of(options, other);
        bool is_replaced = row && row->place == AT(save) && other->place == AT(load), is_found;
        if (!path || other == row || is_replaced)
            continue;
        if (!clash_find(other, path, written, &is_found, error))
            return false;
        nn_quoted one, two;
        nn_quote(&two, path);
        if (is_found && row)
            return usage_fail(error, program,
                              "--%s %s and --%s %s are one file, which would be written over",
                              row->name, nn_quote(&one, written), other->name, two.text);
        if (is_found)
            return usage_fail(
                error, program,
                "standard output and --%s %s are one file, which would be written over",
                other->name, two.text);
    }
    return true;
}

static bool files_check(nn_options *options, const char *program, nn_error *error) {
    bool is_stdin_twice = options->data && options->test && strcmp(options->data, "-") == 0 &&
                          strcmp(options->test, "-") == 0;
    for (size_t i = 0; i < ROWS; i++)
        if (file_of(options, &rows[i]) &&
            !name_check(&rows[i], file_of(options, &rows[i]), program, error))
            return false;
    if (is_stdin_twice)
        return usage_fail(error, program, "--data - and --test -: standard input is read once");
    if (options->out && strcmp(options->out, "-") == 0)
        options->out = NULL;
    for (size_t i = 0; i < ROWS; i++)
        if (is_written(&rows[i]) && file_of(options, &rows[i]) &&
            !clashes_check(options, &rows[i], file_of(options, &rows[i]), program, error))
            return false;
    return clashes_check(options, NULL, nn_stdout, program, error);
}

bool nn_options_parse(nn_options *options, int argc, char **argv, nn_error *error) {
    const char *word = argc > 1 ? argv[1] : "";
    *options = (nn_options){.seed = 1};
    if (argc < 2)
        return usage_fail(error, argc > 0 ? argv[0] : NULL, "a command is needed: " COMMAND_CHOICE);
    options->wants_help =
        strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
    options->wants_version = strcmp(word, "--version") == 0;
    if (options->wants_help || options->wants_version)
        return true;
    return command_parse(options, word, argv[0], error) &&
           options_read(options, argc, argv, error) &&
           (options->wants_help ||
            (needs_check(options, argv[0], error) && files_check(options, argv[0], error)));
}

void nn_options_free(nn_options *options) {
    free(options->map);
    free(options->transpose);
}
