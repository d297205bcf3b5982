/* The command line. In: its words. Out: files, messages on standard error, the exit code.
   `compile` does all compiling, base/files.c writes files completely or not at all. */

#define _GNU_SOURCE

#include "nngen.h"
#include "rewrite/rewrite.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG = 256 }; /* getopt's number of a long option: this plus its Option */
enum { EXIT_USAGE = 2, EXIT_FILES = 3, EXIT_LIMIT = 4 };
enum { MAX_MESSAGE = 10000 }; /* bytes; two paths fit */

/* Options */

typedef enum {
    OPTION_OUTPUT,
    OPTION_DUMP,
    OPTION_TARGET,
    OPTION_UNROLL,
    OPTION_PRECISION,
    OPTION_EXACT,
    OPTION_DEPEND,
    OPTION_DEPEND_FILE,
    OPTION_DEPEND_TARGET,
    OPTION_DEPEND_PHONY,
    OPTION_MUTANT,
    OPTION_LIST,
    OPTION_SHOW,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_COUNT
} Option;

/* One row per option, in the order of Option: the parser and --help both read it. */
typedef struct {
    const char *spelling; /* -o, -MF or --target */
    const char *argument; /* its name, or choices separated by | in their enum's order; or NULL */
    const char *help;     /* NULL: nobody but tests of nngen itself has a use for it */
} OptionRow;

static const OptionRow option_rows[OPTION_COUNT] = {
    {"-o", "FILE", "write C to FILE, its header beside it; - is standard output, header inside"},
    {"--dump", "parse|check|grad|update|fold|fuse|layout|schedule|place|emit",
     "print what this stage leaves, to FILE or standard output, and stop there"},
    {"--target", "c99|generic|x86-64-v3|x86-64-v4|aarch64|native",
     "strict ISO C, 128-bit vectors of gcc and clang, AVX2, AVX-512, NEON, or what this CPU has\n"
     "        (default c99)"},
    {"--unroll", "auto|full|tile|none", "how far loops are written out (default auto)"},
    {"--precision", "float|double", "the type of all real numbers (default float)"},
    {"--exact", NULL, "divide and take roots as IEEE 754 says where an estimate would be faster"},
    {"-MD", NULL, "write a depfile for make or ninja: FILE with .d, or as -MF says"},
    {"-MF", "FILE", "the depfile's name"},
    {"-MT", "TARGET", "the depfile's target, in place of the outputs; may be repeated"},
    {"-MP", NULL, "add an empty rule for each file read, for the day it is deleted"},
    {"--mutant", "N", NULL}, /* falsifies row N of the tables of rules, for the tests of nngen */
    {"--list", "[FAMILY]",
     "print the definitions of the prelude with their comments: all, or those of a family"},
    {"--show", "NAME", "print the text of a definition of the prelude"},
    {"--version", NULL, "print the version"},
    {"--help", NULL, "print this"},
};

typedef struct {
    bool is_given;
    const char *text; /* of the argument */
    int choice;       /* which one, where it is a choice */
} OptionValue;

typedef struct {
    const char *input;
    OptionValue values[OPTION_COUNT];
    const char **targets; /* of each -MT */
    int target_count;
} CommandLine;

/* Quoted text may contain any bytes. */
static int print_error(int code, const char *format, va_list arguments) {
    char text[MAX_MESSAGE];
    vsnprintf(text, sizeof text, format, arguments);
    fputs("nngen: error: ", stderr);
    print_shown(stderr, text);
    fputc('\n', stderr);
    return code;
}

static int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int usage_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int code = print_error(EXIT_USAGE, format, arguments);
    va_end(arguments);
    return code;
}

static int memory_error(void) {
    fputs("nngen: error: out of memory\n", stderr);
    return EXIT_LIMIT;
}

/* optopt is 0 for a long option that getopt does not know, else the option's letter or number. */
static int unknown_option(const char *word) {
    if (optopt >= FIRST_LONG)
        return usage_error("%s takes no argument", option_rows[optopt - FIRST_LONG].spelling);
    if (optopt)
        return usage_error("unknown option '-%c'", optopt);
    const char *spellings[OPTION_COUNT];
    size_t length = strcspn(word, "=");
    char *name = strndup(word, length);
    for (int i = 0; i < OPTION_COUNT; i++)
        spellings[i] = option_rows[i].help ? option_rows[i].spelling : "";
    const char *nearest = name ? nearest_name(name, spellings, OPTION_COUNT) : NULL;
    free(name);
    int code = usage_error("unknown option '%s'", word);
    if (nearest)
        fprintf(stderr, "hint: did you mean '%s'?\n", nearest);
    return code;
}

/* The index of `text` among choices, or -1. */
static int choice_index(const char *choices, const char *text) {
    size_t size = strlen(text);
    for (int index = 0;; index++) {
        size_t length = strcspn(choices, "|");
        if (length == size && memcmp(choices, text, size) == 0)
            return index;
        if (!choices[length])
            return -1;
        choices += length + 1;
    }
}

static bool is_number(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 9 && !text[digits];
}

static int set_option(CommandLine *line, Option option, const char *text) {
    const OptionRow *row = &option_rows[option];
    bool is_choice = row->argument && strchr(row->argument, '|');
    int choice = is_choice ? choice_index(row->argument, text) : 0;
    if (choice < 0)
        return usage_error("%s: '%s' is not one of %s", row->spelling, text, row->argument);
    if (option == OPTION_MUTANT && !is_number(text))
        return usage_error("%s: '%s' is not a number", row->spelling, text);
    bool is_file = option == OPTION_OUTPUT || option == OPTION_DEPEND_FILE;
    if (option == OPTION_DEPEND_TARGET && !*text)
        return usage_error("%s: a target has a name", row->spelling);
    if (is_file && !*text)
        return usage_error("%s: a file has a name", row->spelling);
    if (option == OPTION_DEPEND_FILE && strcmp(text, "-") == 0)
        return usage_error("%s: '-' is no file; standard output is /dev/stdout", row->spelling);
    line->values[option] = (OptionValue){true, text, choice};
    if (option == OPTION_DEPEND_TARGET)
        line->targets[line->target_count++] = text;
    return 0;
}

/* gcc's -M options have one dash and more than a letter: getopt gives -MFx as -M with the argument
   Fx. Their argument is what follows, or the next word. */
static int set_depend_option(CommandLine *line, int count, char **words) {
    const char *name = optarg;
    for (int i = OPTION_DEPEND; i <= OPTION_DEPEND_PHONY; i++) {
        const OptionRow *row = &option_rows[i];
        if (name[0] != row->spelling[2] || (!row->argument && name[1]))
            continue;
        if (!row->argument || name[1])
            return set_option(line, (Option)i, name + 1);
        if (optind == count)
            return usage_error("%s needs an argument", row->spelling);
        return set_option(line, (Option)i, words[optind++]);
    }
    return usage_error("unknown option '-M%s'", name);
}

/* The table's long options as getopt wants them. */
static void fill_long_options(struct option *options) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *row = &option_rows[i];
        int has_argument = !row->argument            ? no_argument
                           : row->argument[0] == '[' ? optional_argument
                                                     : required_argument;
        if (row->spelling[1] == '-')
            *options++ = (struct option){row->spelling + 2, has_argument, NULL, FIRST_LONG + i};
    }
    *options = (struct option){NULL, 0, NULL, 0};
}

static int parse_options(CommandLine *line, int count, char **words) {
    struct option long_options[OPTION_COUNT + 1];
    fill_long_options(long_options);
    opterr = 0;
    int id, code = 0;
    while (!code && (id = getopt_long(count, words, ":o:M:", long_options, NULL)) != -1) {
        if (id == ':')
            code = usage_error("%s needs an argument", words[optind - 1]);
        else if (id == '?')
            code = unknown_option(words[optind - 1]);
        else if (id == 'M')
            code = set_depend_option(line, count, words);
        else
            code = set_option(line, id == 'o' ? OPTION_OUTPUT : (Option)(id - FIRST_LONG), optarg);
    }
    return code;
}

/* The path of the output, or NULL for standard output. */
static const char *output_path(const CommandLine *line) {
    const char *path = line->values[OPTION_OUTPUT].text;
    return path && strcmp(path, "-") != 0 ? path : NULL;
}

static int check_line(const CommandLine *line) {
    const OptionValue *values = line->values;
    bool shapes_depfile = values[OPTION_DEPEND_FILE].is_given ||
                          values[OPTION_DEPEND_TARGET].is_given ||
                          values[OPTION_DEPEND_PHONY].is_given;
    bool names_depfile =
        values[OPTION_DEPEND_FILE].is_given && values[OPTION_DEPEND_TARGET].is_given;
    if (!line->input)
        return usage_error("no model given");
    if (!values[OPTION_OUTPUT].is_given && !values[OPTION_DUMP].is_given)
        return usage_error("no output given: -o FILE, or -o - for standard output");
    if (shapes_depfile && !values[OPTION_DEPEND].is_given)
        return usage_error("-MF, -MT and -MP need -MD");
    if (values[OPTION_DEPEND].is_given && !names_depfile && !output_path(line))
        return usage_error("-MD without an output file needs -MF and -MT");
    return 0;
}

/* Files */

static int files_error(FileError error) {
    if (error.no_memory)
        return memory_error();
    usage_error("cannot %s '%s': %s", error.doing, error.path, error.reason);
    if (error.hint)
        fprintf(stderr, "hint: %s\n", error.hint);
    return EXIT_FILES;
}

/* path with its ending replaced, or added where it has none; NULL without memory. */
static char *with_ending(const char *path, const char *ending) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot > name ? (size_t)(dot - path) : strlen(path);
    char *result = malloc(length + strlen(ending) + 1);
    if (result)
        strcpy((char *)memcpy(result, path, length) + length, ending);
    return result;
}

/* What is written where; names that are made here are freed at the end of `run`. */
typedef struct {
    const char *output; /* NULL: standard output */
    char *header;       /* NULL where the header stands inside the C, or there is none */
    char *depfile;      /* NULL: none */
    char *depfile_text;
} Outputs;

static bool name_outputs(const CommandLine *line, Outputs *outputs) {
    outputs->output = output_path(line);
    bool is_dump = line->values[OPTION_DUMP].is_given;
    bool has_header = outputs->output && !is_dump && !file_is_special(outputs->output);
    bool has_depfile = line->values[OPTION_DEPEND].is_given;
    const char *depfile = line->values[OPTION_DEPEND_FILE].text;
    outputs->header = has_header ? with_ending(outputs->output, ".h") : NULL;
    outputs->depfile = !has_depfile ? NULL
                       : depfile    ? strdup(depfile)
                                    : with_ending(outputs->output, ".d");
    return (!has_header || outputs->header) && (!has_depfile || outputs->depfile);
}

/* No file is both input and output, or written twice, under whatever path. */
static int check_outputs(const CommandLine *line, const Outputs *outputs) {
    const struct {
        const char *role, *path;
    } files[] = {
        {"the model", strcmp(line->input, "-") == 0 ? "/dev/stdin" : line->input},
        {"the output", outputs->output ? outputs->output : "/dev/stdout"},
        {"its header", outputs->header},
        {"the depfile", outputs->depfile},
    };
    for (int i = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++)
            if (files[i].path && files[j].path && file_same(files[i].path, files[j].path))
                return usage_error("%s '%s' and %s '%s' are one file", files[i].role, files[i].path,
                                   files[j].role, files[j].path);
    return 0;
}

/* C and header replace only files that nngen wrote: any other file is there by mistake, and the
   name of the header is not even given by the user. */
static int check_overwrites(const Outputs *outputs) {
    const char *paths[] = {outputs->output, outputs->header};
    for (int i = 0; outputs->header && i < 2; i++) {
        if (!file_lacks(paths[i], "generated by nngen"))
            continue;
        usage_error("'%s' was not written by nngen, and would be replaced", paths[i]);
        fputs("hint: move it away, or give -o another name\n", stderr);
        return EXIT_USAGE;
    }
    return 0;
}

/* Targets of -MT are copied as the user has escaped them, several or one, but on one line. */
static int check_targets(const CommandLine *line) {
    for (int i = 0; i < line->target_count; i++)
        if (strpbrk(line->targets[i], "\r\n"))
            return usage_error("-MT has a line break in '%s'", line->targets[i]);
    return 0;
}

/* Refuses names that make would misread. */
static int check_depfile(const CommandLine *line, const Outputs *outputs) {
    const char *paths[] = {strcmp(line->input, "-") == 0 ? NULL : line->input,
                           line->target_count ? NULL : outputs->output,
                           line->target_count ? NULL : outputs->header};
    char shown[SHOWN_SIZE];
    for (int i = 0; outputs->depfile && i < 3; i++) {
        const char *culprit = paths[i] ? depfile_culprit(paths[i], i > 0) : NULL;
        if (!culprit)
            continue;
        show_character(culprit, strlen(culprit), shown);
        usage_error("a depfile cannot name '%s': make would misread its '%s'", paths[i], shown);
        if (i > 0)
            fputs("hint: -MT gives the depfile another target\n", stderr);
        return EXIT_USAGE;
    }
    return check_targets(line);
}

/* The depfile's text: targets as given with -MT, else the outputs; every file that was read. */
static bool write_depfile_text(const CommandLine *line, Outputs *outputs) {
    char *escaped[2] = {NULL, NULL};
    Depfile depfile = {line->targets, line->target_count, &line->input, 1, false};
    depfile.phony = line->values[OPTION_DEPEND_PHONY].is_given;
    if (strcmp(line->input, "-") == 0)
        depfile.input_count = 0;
    if (!depfile.target_count) {
        escaped[depfile.target_count++] = depfile_escape(outputs->output);
        if (outputs->header)
            escaped[depfile.target_count++] = depfile_escape(outputs->header);
        depfile.targets = (const char *const *)escaped;
    }
    bool has_memory = depfile.targets[depfile.target_count - 1] && depfile.targets[0];
    outputs->depfile_text = has_memory ? depfile_text(&depfile) : NULL;
    free(escaped[0]);
    free(escaped[1]);
    return outputs->depfile_text;
}

static int finish_stdout(void) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return files_error((FileError){"write", "standard output", strerror(errno), NULL, errno == ENOMEM});
}

/* A build that is killed in between goes on rightly: it runs nngen again while the C is the old one,
   and the depfile comes last. */
static int write_outputs(const Outputs *outputs, const Result *result) {
    const char *main_text = result->dump ? result->dump : result->source;
    OutputFile files[3];
    int count = 0;
    FileError error;
    if (outputs->output)
        files[count++] = (OutputFile){outputs->output, main_text, strlen(main_text), false};
    if (outputs->header)
        files[count++] = (OutputFile){outputs->header, result->header, strlen(result->header), true};
    if (outputs->depfile)
        files[count++] = (OutputFile){outputs->depfile, outputs->depfile_text,
                                      strlen(outputs->depfile_text), false};
    if (!files_write(files, count, &error))
        return files_error(error);
    if (!outputs->output)
        fputs(main_text, stdout);
    return finish_stdout();
}

static int compile_and_write(const CommandLine *line, Outputs *outputs) {
    size_t size;
    FileError error;
    char *text = file_read(line->input, MAX_SOURCE, &size, &error);
    if (!text)
        return files_error(error);
    Options options = {
        .target = (Target)line->values[OPTION_TARGET].choice,
        .unroll = (Unroll)line->values[OPTION_UNROLL].choice,
        .is_double = line->values[OPTION_PRECISION].choice == 1,
        .is_exact = line->values[OPTION_EXACT].is_given,
        .dump = line->values[OPTION_DUMP].text,
    };
    if (options.target == TARGET_NATIVE)
        options.target = target_native();
    if (line->values[OPTION_MUTANT].text)
        options.mutant = atoi(line->values[OPTION_MUTANT].text);
    const char *name = strcmp(line->input, "-") == 0 ? "<stdin>" : line->input;
    const char *slash = outputs->header ? strrchr(outputs->header, '/') : NULL;
    Result result = compile(name, text, size, slash ? slash + 1 : outputs->header, &options);
    if (result.diagnostics)
        fputs(result.diagnostics, stderr);
    int code = result.exit_code ? result.exit_code : write_outputs(outputs, &result);
    result_free(&result);
    free(text);
    return code;
}

static int run(CommandLine *line) {
    Outputs outputs = {NULL, NULL, NULL, NULL};
    int code = check_line(line);
    bool has_memory = code || (name_outputs(line, &outputs) &&
                               (!outputs.depfile || write_depfile_text(line, &outputs)));
    if (!has_memory)
        code = memory_error();
    if (!code)
        code = check_outputs(line, &outputs);
    if (!code)
        code = check_depfile(line, &outputs);
    if (!code)
        code = check_overwrites(&outputs);
    if (!code)
        code = compile_and_write(line, &outputs);
    free(outputs.header);
    free(outputs.depfile);
    free(outputs.depfile_text);
    return code;
}

/* --list FAMILY or --list=FAMILY; --show NAME */
static int print_catalogue(const CommandLine *line) {
    bool is_list = line->values[OPTION_LIST].is_given;
    const char *family = line->values[OPTION_LIST].text;
    if (line->input && (!is_list || family))
        return usage_error("'%s' has nothing to do with %s", line->input,
                           option_rows[is_list ? OPTION_LIST : OPTION_SHOW].spelling);
    Result result = is_list ? list_prelude(family ? family : line->input)
                            : show_definition(line->values[OPTION_SHOW].text);
    fputs(result.diagnostics, stderr);
    if (result.exit_code == 0)
        fputs(result.dump, stdout);
    int code = result.exit_code ? result.exit_code : finish_stdout();
    result_free(&result);
    return code;
}

static int print_help(void) {
    printf("usage: nngen [options] -o FILE MODEL\n"
           "       nngen --list [FAMILY]\n"
           "       nngen --show NAME\n"
           "Writes C specialised to the neural network that the file MODEL describes;\n"
           "- is standard input.\n\n"
           "options:\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *row = &option_rows[i];
        if (!row->help)
            continue;
        bool is_word = row->spelling[1] != '-' || (row->argument && row->argument[0] == '[');
        const char *between = !row->argument ? "" : is_word ? " " : "=";
        printf("  %s%s%s\n", row->spelling, between, row->argument ? row->argument : "");
        printf("        %s\n", row->help);
    }
    printf("\nexit codes:\n"
           "  0  fine\n"
           "  1  the model is wrong, or breaks a limit that the message names\n"
           "  2  the command line is wrong\n"
           "  3  a file could not be read or written\n"
           "  4  nngen cannot although the model is right: memory ran out, --unroll=full of\n"
           "     a large net, a bug\n");
    return finish_stdout();
}

static int print_version(void) {
    printf("nngen %s\n", NNGEN_VERSION);
    return finish_stdout();
}

/* A signal that ends nngen leaves no temporary file. */
static void end_at_signal(int number) {
    files_clean();
    signal(number, SIG_DFL);
    raise(number); /* blocked until this function returns */
}

/* Those that are ignored, as under nohup, stay so. */
static void catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, action = {.sa_handler = end_at_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < 3; i++)
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

int main(int count, char **words) {
    CommandLine line = {.targets = calloc((size_t)count, sizeof *line.targets)};
    /* Exceeding a limit on file sizes becomes a failed write, so that temporary files are
       removed. */
    signal(SIGXFSZ, SIG_IGN);
    catch_signals();
    int code = line.targets ? parse_options(&line, count, words) : memory_error();
    if (!code && count - optind > 1)
        code = usage_error("more than one %s: '%s' and '%s'",
                           line.values[OPTION_LIST].is_given ? "family" : "model", words[optind],
                           words[optind + 1]);
    line.input = words[optind < count ? optind : count];
    if (!code && line.values[OPTION_HELP].is_given)
        code = print_help();
    else if (!code && line.values[OPTION_VERSION].is_given)
        code = print_version();
    else if (!code && (line.values[OPTION_LIST].is_given || line.values[OPTION_SHOW].is_given))
        code = print_catalogue(&line);
    else if (!code)
        code = run(&line);
    free(line.targets);
    return code;
}
