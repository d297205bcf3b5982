/* The options of nngen. In: words of the command line. Out: which were given, their arguments, or a
   message and an exit code; --help. */

#ifndef OPTIONS_H
#define OPTIONS_H

#include "messages.h"

enum { EXIT_USAGE = 2, EXIT_FILES = 3, EXIT_LIMIT = 4 };

typedef enum {
    OPTION_OUTPUT,
    OPTION_DUMP,
    OPTION_EMIT,
    OPTION_TARGET,
    OPTION_VERSIONS,
    OPTION_UNROLL,
    OPTION_PRECISION,
    OPTION_EXACT,
    OPTION_PLANS,
    OPTION_DEPEND,
    OPTION_DEPEND_FILE,
    OPTION_DEPEND_TARGET,
    OPTION_DEPEND_PHONY,
    OPTION_COLOR,
    OPTION_DIAGNOSTICS,
    OPTION_MUTANT,
    OPTION_LIST,
    OPTION_SHOW,
    OPTION_VERSION,
    OPTION_HELP,
    OPTION_COUNT
} Option;

typedef struct {
    bool is_given;
    const char *text; /* of the argument */
    int choice;       /* which one, where it is a choice */
} OptionValue;

typedef struct {
    Messages *messages;
    const char *input;
    OptionValue values[OPTION_COUNT];
    const char **targets; /* of each -MT */
    int target_count;
} CommandLine;

/* Says what is wrong, with a hint or NULL, and returns EXIT_USAGE. */
int usage_error(const CommandLine *line, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int memory_error(const CommandLine *line);
/* Fills `line`, whose targets have room for all words; 0, or an exit code. optind is left at the
   first word that is no option. */
int parse_options(CommandLine *line, int count, char **words);
/* Takes a value of an option with choices before all are parsed; a wrong one is left for then. */
void preset_option(CommandLine *line, Option option, const char *text);
/* As --help has it: --target, -o. */
const char *option_spelling(Option option);
/* The choices of an option, separated by | */
const char *option_choices(Option option);
void print_options(FILE *out);

#endif
