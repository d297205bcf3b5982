/* The options: one table that the parser and --help read. In: words. Out: values, messages. */

#define _GNU_SOURCE

#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG = 256 }; /* getopt's number of a long option: this plus its Option */
enum { MAX_MESSAGE = 10000, MAX_HINT = 100 }; /* bytes; two paths fit into the first */

/* One row per option, in the order of Option: the parser and --help both read it. */
typedef struct {
    const char *spelling; /* -o, -MF or --target */
    const char *
        argument; /* its name in capitals, or choices separated by | in their enum's order; or NULL;
                             in brackets where it may be left out */
    const char *help; /* NULL: nobody but tests of nngen itself has a use for it */
} OptionRow;

static const OptionRow option_rows[OPTION_COUNT] = {
    {"-o", "FILE", "write C to FILE, its header beside it; - is standard output, header inside"},
    {"--dump", "parse|check|grad|update|fold|fuse|layout|schedule|lower|place|emit",
     "print what this stage leaves, to FILE or standard output, and stop there"},
    {"--emit", "runtime",
     "write no net but nn.h, the runtime in one file; with --target only what that needs"},
    {"--target", "c99|generic|x86-64-v3|x86-64-v4|aarch64|native|any",
     "strict ISO C, 128-bit vectors of gcc and clang, AVX2, AVX-512, NEON, what this CPU has, or\n"
     "        versions for all of these, of which the program chooses one (default any)"},
    {"--versions", "LIST", "those that --target=any writes, such as v4,v3,generic"},
    {"--unroll", "auto|full|tile|none", "how far loops are written out (default auto)"},
    {"--precision", "float|double", "the type of all real numbers (default float)"},
    {"--exact", NULL, "divide and take roots as IEEE 754 says where an estimate would be faster"},
    {"--plans", "FILE",
     "how kernels run, as --dump=schedule prints it: all of them, or some, by these plans"},
    {"-MD", NULL, "write a depfile for make or ninja: FILE with .d, or as -MF says"},
    {"-MF", "FILE", "the depfile's name"},
    {"-MT", "TARGET", "the depfile's target, in place of the outputs; may be repeated"},
    {"-MP", NULL, "add an empty rule for each file read, for the day it is deleted"},
    {"--color", "[=auto|always|never]",
     "of messages: for a terminal that has them and no NO_COLOR, always (as by --color alone), or\n"
     "        never (default auto)"},
    {"--diagnostics", "text|json|sarif",
     "messages as people read them, as a JSON object a line, or as a SARIF log (default text)"},
    {"--mutant", "N", NULL}, /* falsifies row N of the tables of rules, for the tests of nngen */
    {"--list", "[FAMILY]",
     "print the definitions of the prelude with their comments: all, or those of a family"},
    {"--show", "NAME", "print the text of a definition of the prelude"},
    {"--version", NULL, "print the version, the targets and a hash of the prelude"},
    {"--help", NULL, "print this"},
};

int usage_error(const CommandLine *line, const char *hint, const char *format, ...) {
    char text[MAX_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    messages_error(line->messages, text, hint);
    return EXIT_USAGE;
}

int memory_error(const CommandLine *line) {
    messages_error(line->messages, "out of memory", NULL);
    return EXIT_LIMIT;
}

const char *option_spelling(Option option) {
    return option_rows[option].spelling;
}

const char *option_choices(Option option) {
    const char *argument = option_rows[option].argument;
    const char *word = argument ? argument + strspn(argument, "[=") : "";
    return islower((unsigned char)*word) ? word : NULL;
}

/* optopt is 0 for a long option that getopt does not know, else the option's letter or number. */
static int unknown_option(const CommandLine *line, const char *word) {
    if (optopt >= FIRST_LONG)
        return usage_error(line, NULL, "%s takes no argument",
                           option_rows[optopt - FIRST_LONG].spelling);
    if (optopt)
        return usage_error(line, NULL, "unknown option '-%c'", optopt);
    const char *spellings[OPTION_COUNT];
    size_t length = strcspn(word, "=");
    char *name = strndup(word, length);
    for (int i = 0; i < OPTION_COUNT; i++)
        spellings[i] = option_rows[i].help ? option_rows[i].spelling : "";
    const char *nearest = name ? nearest_name(name, spellings, OPTION_COUNT) : NULL;
    free(name);
    char hint[MAX_HINT];
    if (nearest)
        snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
    return usage_error(line, nearest ? hint : NULL, "unknown option '%s'", word);
}

/* The index of `text` among choices, or -1. */
static int choice_index(const char *choices, const char *text) {
    size_t size = strlen(text);
    for (int index = 0;; index++) {
        size_t length = strcspn(choices, "|]");
        if (length == size && memcmp(choices, text, size) == 0)
            return index;
        if (choices[length] != '|')
            return -1;
        choices += length + 1;
    }
}

void preset_option(CommandLine *line, Option option, const char *text) {
    int choice = text ? choice_index(option_choices(option), text) : 0;
    if (choice < 0)
        return;
    line->values[option] = (OptionValue){true, text, choice};
    if (option == OPTION_DIAGNOSTICS)
        line->messages->form = (MessageForm)choice;
}

static bool is_number(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 9 && !text[digits];
}

static int set_option(CommandLine *line, Option option, const char *text) {
    const OptionRow *row = &option_rows[option];
    const char *choices = option_choices(option);
    int choice = choices && text ? choice_index(choices, text) : 0;
    if (choice < 0)
        return usage_error(line, NULL, "%s: '%s' is not one of %.*s", row->spelling, text,
                           (int)strcspn(choices, "]"), choices);
    if (option == OPTION_MUTANT && !is_number(text))
        return usage_error(line, NULL, "%s: '%s' is not a number", row->spelling, text);
    bool is_file =
        option == OPTION_OUTPUT || option == OPTION_DEPEND_FILE || option == OPTION_PLANS;
    if (option == OPTION_DEPEND_TARGET && !*text)
        return usage_error(line, NULL, "%s: a target has a name", row->spelling);
    if (is_file && !*text)
        return usage_error(line, NULL, "%s: a file has a name", row->spelling);
    if (option == OPTION_DEPEND_FILE && strcmp(text, "-") == 0)
        return usage_error(line, NULL, "%s: '-' is no file; standard output is /dev/stdout",
                           row->spelling);
    if (option == OPTION_PLANS && line->values[option].is_given)
        return usage_error(line, NULL, "%s is given twice: '%s' and '%s'", row->spelling,
                           line->values[option].text, text);
    line->values[option] = (OptionValue){true, text, choice};
    if (option == OPTION_DIAGNOSTICS)
        line->messages->form = (MessageForm)choice;
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
            return usage_error(line, NULL, "%s needs an argument", row->spelling);
        return set_option(line, (Option)i, words[optind++]);
    }
    return usage_error(line, NULL, "unknown option '-M%s'", name);
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

int parse_options(CommandLine *line, int count, char **words) {
    struct option long_options[OPTION_COUNT + 1];
    fill_long_options(long_options);
    opterr = 0;
    int id, code = 0;
    while (!code && (id = getopt_long(count, words, ":o:M:", long_options, NULL)) != -1) {
        if (id == ':')
            code = usage_error(line, NULL, "%s needs an argument", words[optind - 1]);
        else if (id == '?')
            code = unknown_option(line, words[optind - 1]);
        else if (id == 'M')
            code = set_depend_option(line, count, words);
        else
            code = set_option(line, id == 'o' ? OPTION_OUTPUT : (Option)(id - FIRST_LONG), optarg);
    }
    return code;
}

void print_options(FILE *out) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *row = &option_rows[i];
        if (!row->help)
            continue;
        const char *argument = row->argument ? row->argument : "";
        bool is_apart = row->spelling[1] != '-' || (argument[0] == '[' && argument[1] != '=');
        const char *between = argument[0] == '\0' || argument[1] == '=' ? "" : is_apart ? " " : "=";
        fprintf(out, "  %s%s%s\n", row->spelling, between, argument);
        fprintf(out, "        %s\n", row->help);
    }
}
