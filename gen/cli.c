/* The command line. In: its words. Out: files, messages on standard error, the exit code.
   `compile` does all compiling, base/files.c writes files completely or not at all. */

#define _GNU_SOURCE

#include "nngen.h"
#include "options.h"
#include "target/target.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The path of the output, or NULL for standard output. */
static const char *output_path(const CommandLine *line) {
    const char *path = line->values[OPTION_OUTPUT].text;
    return path && strcmp(path, "-") != 0 ? path : NULL;
}

static bool is_stdin(const char *path) {
    return strcmp(path, "-") == 0;
}

/* The files that are read, the model and the plans, without standard input and what is not given. */
static int named_inputs(const CommandLine *line, const char *paths[2]) {
    const char *plans = line->values[OPTION_PLANS].text;
    int count = 0;
    if (!is_stdin(line->input))
        paths[count++] = line->input;
    if (plans && !is_stdin(plans))
        paths[count++] = plans;
    return count;
}

static int check_line(const CommandLine *line) {
    const OptionValue *values = line->values;
    bool shapes_depfile = values[OPTION_DEPEND_FILE].is_given ||
                          values[OPTION_DEPEND_TARGET].is_given ||
                          values[OPTION_DEPEND_PHONY].is_given;
    bool names_depfile =
        values[OPTION_DEPEND_FILE].is_given && values[OPTION_DEPEND_TARGET].is_given;
    if (!line->input)
        return usage_error(line, NULL, "no model given");
    if (values[OPTION_PLANS].is_given && is_stdin(line->input) &&
        is_stdin(values[OPTION_PLANS].text))
        return usage_error(line, NULL, "the model and the plans are both standard input");
    if (!values[OPTION_OUTPUT].is_given && !values[OPTION_DUMP].is_given)
        return usage_error(line, NULL, "no output given: -o FILE, or -o - for standard output");
    if (shapes_depfile && !values[OPTION_DEPEND].is_given)
        return usage_error(line, NULL, "-MF, -MT and -MP need -MD");
    if (values[OPTION_DEPEND].is_given && !names_depfile && !output_path(line))
        return usage_error(line, NULL, "-MD without an output file needs -MF and -MT");
    return 0;
}

static Target target_of(const CommandLine *line) {
    const OptionValue *value = &line->values[OPTION_TARGET];
    Target target = value->is_given ? (Target)value->choice : TARGET_ANY;
    return target == TARGET_NATIVE ? target_native() : target;
}

/* Of --target=any; nothing is named: those that pay. */
static int check_versions(const CommandLine *line) {
    const char *text = line->values[OPTION_VERSIONS].text;
    bool is_any = target_of(line) == TARGET_ANY;
    unsigned set = 0;
    if (line->values[OPTION_PLANS].is_given && is_any)
        return usage_error(line, NULL, "--plans are for one target: name it with --target");
    if (!text)
        return 0;
    if (!is_any)
        return usage_error(line, NULL, "--versions are those of --target=any");
    const char *culprit = versions_parse(text, &set);
    if (culprit)
        return usage_error(line, NULL,
                           "--versions: '%.*s' is not one of v4, v3, aarch64, generic, c99",
                           (int)strcspn(culprit, ","), culprit);
    if (!versions_serve_all(set))
        return usage_error(line, NULL, "--versions: '%s' leaves processors out: add generic or c99",
                           text);
    return 0;
}

/* Files */

static int files_error(const CommandLine *line, FileError error) {
    if (error.no_memory)
        return memory_error(line);
    usage_error(line, error.hint, "cannot %s '%s': %s", error.doing, error.path, error.reason);
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
    const char *plans = line->values[OPTION_PLANS].text;
    const struct {
        const char *role, *path;
    } files[] = {
        {"the model", is_stdin(line->input) ? "/dev/stdin" : line->input},
        {"the plans file", plans && is_stdin(plans) ? "/dev/stdin" : plans},
        {"the output", outputs->output ? outputs->output : "/dev/stdout"},
        {"its header", outputs->header},
        {"the depfile", outputs->depfile},
    };
    for (int i = 0; i < 5; i++)
        for (int j = i + 1; j < 5; j++)
            if (files[i].path && files[j].path && file_same(files[i].path, files[j].path))
                return usage_error(line, NULL, "%s '%s' and %s '%s' are one file", files[i].role,
                                   files[i].path, files[j].role, files[j].path);
    return 0;
}

static int refuse_overwrite(const CommandLine *line, const char *path) {
    return usage_error(line, "move it away, or give -o another name",
                       "'%s' was not written by nngen, and would be replaced", path);
}

/* C and header replace only files that nngen wrote: any other file is there by mistake, and the
   name of the header is not even given by the user. */
static int check_overwrites(const CommandLine *line, const Outputs *outputs) {
    const char *paths[] = {outputs->output, outputs->header};
    for (int i = 0; outputs->header && i < 2; i++) {
        if (!file_lacks(paths[i], "generated by nngen"))
            continue;
        return refuse_overwrite(line, paths[i]);
    }
    return 0;
}

/* Targets of -MT are copied as the user has escaped them, several or one, but on one line. */
static int check_targets(const CommandLine *line) {
    for (int i = 0; i < line->target_count; i++)
        if (strpbrk(line->targets[i], "\r\n"))
            return usage_error(line, NULL, "-MT has a line break in '%s'", line->targets[i]);
    return 0;
}

/* Refuses names that make would misread. */
static int check_depfile(const CommandLine *line, const Outputs *outputs) {
    const char *paths[4];
    int inputs = named_inputs(line, paths), count = inputs;
    char shown[SHOWN_SIZE];
    if (!line->target_count) {
        paths[count++] = outputs->output;
        paths[count++] = outputs->header;
    }
    for (int i = 0; outputs->depfile && i < count; i++) {
        bool is_target = i >= inputs;
        const char *culprit = paths[i] ? depfile_culprit(paths[i], is_target) : NULL;
        if (!culprit)
            continue;
        show_character(culprit, strlen(culprit), shown);
        return usage_error(line, is_target ? "-MT gives the depfile another target" : NULL,
                           "a depfile cannot name '%s': make would misread its '%s'", paths[i],
                           shown);
    }
    return check_targets(line);
}

/* The depfile's text: targets as given with -MT, else the outputs; every file that was read. */
static bool write_depfile_text(const CommandLine *line, Outputs *outputs) {
    char *escaped[2] = {NULL, NULL};
    const char *inputs[2];
    Depfile depfile = {line->targets, line->target_count, inputs, named_inputs(line, inputs),
                       line->values[OPTION_DEPEND_PHONY].is_given};
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

static int finish_stdout(const CommandLine *line) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return files_error(
        line, (FileError){"write", "standard output", strerror(errno), NULL, errno == ENOMEM});
}

/* A build that is killed in between goes on rightly: it runs nngen again while the C is the old
   one, and the depfile comes last. */
static int write_outputs(const CommandLine *line, const Outputs *outputs, const Result *result) {
    const char *main_text = result->dump ? result->dump : result->source;
    OutputFile files[3];
    int count = 0;
    FileError error;
    if (outputs->output)
        files[count++] = (OutputFile){outputs->output, main_text, strlen(main_text), false};
    if (outputs->header)
        files[count++] =
            (OutputFile){outputs->header, result->header, strlen(result->header), true};
    if (outputs->depfile)
        files[count++] = (OutputFile){outputs->depfile, outputs->depfile_text,
                                      strlen(outputs->depfile_text), false};
    if (!files_write(files, count, &error))
        return files_error(line, error);
    if (!outputs->output)
        fputs(main_text, stdout);
    return finish_stdout(line);
}

/* What a compilation or a look-up said; its exit code. */
static int print_said(const CommandLine *line, const Result *result) {
    if (result->diagnostics == no_memory)
        return memory_error(line);
    if (result->diagnostics)
        messages_said(line->messages, result->diagnostics, result->said, result->said_count);
    return result->exit_code;
}

static Options options_of(const CommandLine *line) {
    Options options = {
        .target = target_of(line),
        .unroll = (Unroll)line->values[OPTION_UNROLL].choice,
        .is_double = line->values[OPTION_PRECISION].choice == 1,
        .is_exact = line->values[OPTION_EXACT].is_given,
        .is_colored = line->messages->is_colored,
        .dump = line->values[OPTION_DUMP].text,
    };
    if (line->values[OPTION_VERSIONS].text)
        versions_parse(line->values[OPTION_VERSIONS].text, &options.versions);
    if (line->values[OPTION_MUTANT].text)
        options.mutant = atoi(line->values[OPTION_MUTANT].text);
    return options;
}

/* For messages. */
static const char *input_name(const char *path) {
    return is_stdin(path) ? "<stdin>" : path;
}

static int compile_text(const CommandLine *line, Outputs *outputs, const char *text, size_t size,
                        const Options *options) {
    const char *slash = outputs->header ? strrchr(outputs->header, '/') : NULL;
    Result result =
        compile(input_name(line->input), text, size, slash ? slash + 1 : outputs->header, options);
    int code = print_said(line, &result);
    if (!code)
        code = write_outputs(line, outputs, &result);
    result_free(&result);
    return code;
}

static int compile_and_write(const CommandLine *line, Outputs *outputs) {
    size_t size;
    FileError error;
    Options options = options_of(line);
    const char *plans = line->values[OPTION_PLANS].text;
    char *plans_text = NULL, *text = file_read(line->input, MAX_SOURCE, &size, &error);
    if (text && plans) {
        plans_text = file_read(plans, MAX_SOURCE, &options.plans.size, &error);
        options.plans.name = input_name(plans);
        options.plans.text = plans_text;
    }
    int code = text && (!plans || plans_text) ? compile_text(line, outputs, text, size, &options)
                                              : files_error(line, error);
    free(plans_text);
    free(text);
    return code;
}

static int run(CommandLine *line) {
    Outputs outputs = {NULL, NULL, NULL, NULL};
    int code = check_line(line);
    if (!code)
        code = check_versions(line);
    bool has_memory = code || (name_outputs(line, &outputs) &&
                               (!outputs.depfile || write_depfile_text(line, &outputs)));
    if (!has_memory)
        code = memory_error(line);
    if (!code)
        code = check_outputs(line, &outputs);
    if (!code)
        code = check_depfile(line, &outputs);
    if (!code)
        code = check_overwrites(line, &outputs);
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
        return usage_error(line, NULL, "'%s' has nothing to do with %s", line->input,
                           option_spelling(is_list ? OPTION_LIST : OPTION_SHOW));
    Options options = {.is_colored = line->messages->is_colored};
    Result result = is_list ? list_prelude(family ? family : line->input, &options)
                            : show_definition(line->values[OPTION_SHOW].text, &options);
    int code = print_said(line, &result);
    if (!code) {
        fputs(result.dump, stdout);
        code = finish_stdout(line);
    }
    result_free(&result);
    return code;
}

/* --emit=runtime [--target=..] -o FILE */
static int write_runtime(const CommandLine *line) {
    static const Option others[] = {OPTION_DUMP,        OPTION_UNROLL,      OPTION_PRECISION,
                                    OPTION_EXACT,       OPTION_PLANS,       OPTION_DEPEND,
                                    OPTION_VERSIONS,    OPTION_DEPEND_FILE, OPTION_DEPEND_TARGET,
                                    OPTION_DEPEND_PHONY};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (line->values[others[i]].is_given)
            return usage_error(line, NULL, "%s has nothing to do with --emit=runtime",
                               option_spelling(others[i]));
    if (line->input)
        return usage_error(line, NULL, "'%s' has nothing to do with --emit=runtime", line->input);
    if (!line->values[OPTION_OUTPUT].is_given)
        return usage_error(line, NULL, "no output given: -o nn.h, or -o - for standard output");
    Outputs outputs = {.output = output_path(line)};
    if (outputs.output && file_lacks(outputs.output, "generated by nngen"))
        return refuse_overwrite(line, outputs.output);
    Options options = options_of(line);
    Result result = runtime_header(&options, options.target != TARGET_ANY);
    int code = print_said(line, &result);
    if (!code)
        code = write_outputs(line, &outputs, &result);
    result_free(&result);
    return code;
}

static int print_help(const CommandLine *line) {
    printf("usage: nngen [options] -o FILE MODEL\n"
           "       nngen --emit=runtime [--target=NAME] -o nn.h\n"
           "       nngen --list [FAMILY]\n"
           "       nngen --show NAME\n"
           "Writes C specialised to the neural network that the file MODEL describes;\n"
           "- is standard input.\n\n"
           "options:\n");
    print_options(stdout);
    printf("\nexit codes:\n"
           "  0  fine\n"
           "  1  the model is wrong, or breaks a limit that the message names\n"
           "  2  the command line is wrong\n"
           "  3  a file could not be read or written\n"
           "  4  nngen cannot although the model is right: memory ran out, --unroll=full of\n"
           "     a large net, a bug\n");
    return finish_stdout(line);
}

/* native is another name of one of the targets. */
static int print_version(const CommandLine *line) {
    const char *targets = option_choices(OPTION_TARGET);
    printf("nngen %s\ntargets:", NNGEN_VERSION);
    for (size_t size; (size = strcspn(targets, "|")) > 0; targets += size + (targets[size] == '|'))
        if (strncmp(targets, "native", size) != 0)
            printf(" %.*s", (int)size, targets);
    printf("\nprelude: %016" PRIx64 "\n", prelude_hash());
    return finish_stdout(line);
}

/* Whether standard error is a terminal with colors, and nobody minds: see no-color.org. */
static bool wants_color(void) {
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no_color && *no_color) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

/* --color and --color=WHEN; text alone has colors. */
static void choose_color(CommandLine *line) {
    enum { AUTO, ALWAYS, NEVER };
    const OptionValue *value = &line->values[OPTION_COLOR];
    int when = value->is_given && !value->text ? ALWAYS : value->choice;
    line->messages->is_colored = line->messages->form == MESSAGES_TEXT &&
                                 (when == ALWAYS || (when == AUTO && wants_color()));
}

/* The form of messages, and their color, hold for what is wrong with the command line, too,
   wherever they stand in it. */
static void prepare_messages(CommandLine *line, int count, char **words) {
    const char form[] = "--diagnostics=", color[] = "--color";
    for (int i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strncmp(words[i], form, sizeof form - 1) == 0)
            preset_option(line, OPTION_DIAGNOSTICS, words[i] + sizeof form - 1);
        else if (strcmp(words[i], color) == 0)
            preset_option(line, OPTION_COLOR, NULL);
        else if (strncmp(words[i], color, sizeof color - 1) == 0 &&
                 words[i][sizeof color - 1] == '=')
            preset_option(line, OPTION_COLOR, words[i] + sizeof color);
    }
    choose_color(line);
}

/* All but the printing of messages at the end. */
static int obey(CommandLine *line, int count, char **words) {
    int code = line->targets ? parse_options(line, count, words) : memory_error(line);
    if (code)
        return code;
    choose_color(line);
    if (count - optind > 1)
        return usage_error(line, NULL, "more than one %s: '%s' and '%s'",
                           line->values[OPTION_LIST].is_given ? "family" : "model", words[optind],
                           words[optind + 1]);
    line->input = words[optind < count ? optind : count];
    if (line->values[OPTION_HELP].is_given)
        return print_help(line);
    if (line->values[OPTION_VERSION].is_given)
        return print_version(line);
    if (line->values[OPTION_EMIT].is_given)
        return write_runtime(line);
    if (line->values[OPTION_LIST].is_given || line->values[OPTION_SHOW].is_given)
        return print_catalogue(line);
    return run(line);
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
    Messages messages = {MESSAGES_TEXT, false, false, false};
    CommandLine line = {.messages = &messages,
                        .targets = calloc((size_t)count, sizeof *line.targets)};
    files_hold_streams();
    /* Exceeding a limit on file sizes becomes a failed write, so that temporary files are
       removed. */
    signal(SIGXFSZ, SIG_IGN);
    catch_signals();
    prepare_messages(&line, count, words);
    int code = obey(&line, count, words);
    messages_end(&messages);
    free(line.targets);
    return code;
}
