#include "host.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(options);

enum { WORDS = 12 };
typedef char *const Line[WORDS];

static bool parse(nn_options *options, char *const *words, nn_error *error) {
    char *line[WORDS] = {"path/to/digits"};
    int count = 1;
    for (; words[count - 1]; count++)
        line[count] = words[count - 1];
    *error = (nn_error){NN_FINE, ""};
    return nn_options_parse(options, count, line, error);
}

Test(options, of_train) {
    nn_options options;
    nn_error error;
    cr_assert(parse(&options,
                    (Line){"train", "--data", "a", "--test=b", "--epochs", "7", "--seed",
                           "18446744073709551615", "--quiet"},
                    &error),
              "%s", error.text);
    cr_assert_eq(options.command, NN_TRAIN);
    cr_assert_str_eq(options.data, "a");
    cr_assert_str_eq(options.test, "b");
    cr_assert_eq(options.epochs, 7);
    cr_assert_eq(options.seed, UINT64_MAX);
    cr_assert(options.has_seed && options.is_quiet);
    cr_assert(!options.save && !options.load && !options.log && !options.wants_help);
    cr_assert(parse(&options,
                    (Line){"train", "--save", "s", "--load", "l", "--log", "c", "--data", "d"},
                    &error));
    cr_assert_str_eq(options.save, "s");
    cr_assert_str_eq(options.load, "l");
    cr_assert_str_eq(options.log, "c");
    cr_assert(options.epochs == 0 && options.of == 0 && options.seed == 1 && !options.has_seed &&
              !options.is_quiet);
}

Test(options, of_the_others) {
    nn_options options;
    nn_error error;
    cr_assert(
        parse(&options, (Line){"predict", "--weights", "w", "--data", "-", "--out", "o"}, &error));
    cr_assert_eq(options.command, NN_PREDICT);
    cr_assert_str_eq(options.weights, "w");
    cr_assert_str_eq(options.data, "-");
    cr_assert_str_eq(options.out, "o");
    cr_assert(parse(&options, (Line){"test", "--weights", "w", "--data", "d"}, &error));
    cr_assert_eq(options.command, NN_TEST);
    cr_assert(parse(&options, (Line){"info"}, &error));
    cr_assert_eq(options.command, NN_INFO);
    cr_assert_null(options.weights);
}

Test(options, of_check_and_sweep) {
    nn_options options;
    nn_error error;
    cr_assert(parse(&options, (Line){"check", "--data", "d", "--seed", "3"}, &error));
    cr_assert_eq(options.command, NN_CHECK);
    cr_assert(options.seed == 3 && !options.weights && !options.setting);
    cr_assert(parse(&options, (Line){"sweep", "rate", "--data", "d", "1,2", "--log", "l"}, &error),
              "%s", error.text);
    cr_assert_eq(options.command, NN_SWEEP);
    cr_assert_str_eq(options.setting, "rate");
    cr_assert_str_eq(options.values, "1,2");
    cr_assert_str_eq(options.log, "l");
    cr_assert(parse(&options, (Line){"train", "--report", "--watch", "--data", "d"}, &error));
    cr_assert(options.wants_report && options.wants_watch && !options.is_quiet);
}

/* What is given more than once stands together. */
Test(options, lists) {
    nn_options options;
    nn_error error;
    cr_assert(parse(&options,
                    (Line){"predict", "--map", "a=b", "--weights", "w", "--map=c=d,e=", "--data",
                           "d", "--transpose", "h.weight"},
                    &error),
              "%s", error.text);
    cr_assert_str_eq(options.map, "a=b,c=d,e=");
    cr_assert_str_eq(options.transpose, "h.weight");
    nn_options_free(&options);
    cr_assert(parse(&options, (Line){"info", "--weights", "w", "--map", ""}, &error));
    cr_assert_str_eq(options.map, "");
    cr_assert_null(options.transpose);
    nn_options_free(&options);
}

Test(options, of_data_files) {
    nn_options options;
    nn_error error;
    static const struct {
        char *words;
        char separator;
    } separators[] = {{"comma", ','}, {";", ';'},   {"semicolon", ';'}, {"tab", '\t'},
                      {"\\t", '\t'},  {"bar", '|'}, {" ", ' '},         {"blank", ' '}};
    cr_assert(parse(&options, (Line){"test", "--weights", "w", "--data", "d"}, &error));
    cr_assert(options.reading.separator == 0 && options.reading.header == NN_HEADER_FOUND);
    cr_assert(options.reading.decimal == NN_DECIMAL_FOUND && !options.reading.columns);
    cr_assert(parse(&options,
                    (Line){"sweep", "r", "1", "--data", "d", "--header=no", "--decimal=comma",
                           "--missing=mean", "--columns=x=0"},
                    &error),
              "%s", error.text);
    cr_assert(options.reading.header == NN_HEADER_NO &&
              options.reading.decimal == NN_DECIMAL_COMMA);
    cr_assert_eq(options.reading.missing, NN_MISSING_MEAN);
    cr_assert_str_eq(options.reading.columns, "x=0");
    cr_assert(
        parse(&options,
              (Line){"check", "--data", "d", "--header=yes", "--decimal=point", "--missing=skip"},
              &error));
    cr_assert(options.reading.header == NN_HEADER_YES &&
              options.reading.decimal == NN_DECIMAL_POINT);
    cr_assert_eq(options.reading.missing, NN_MISSING_SKIP);
    cr_assert(parse(&options, (Line){"train", "--data", "d", "--missing=error"}, &error));
    cr_assert_eq(options.reading.missing, NN_MISSING_ERROR);
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        cr_assert(parse(
            &options, (Line){"train", "--data", "d", "--separator", separators[i].words}, &error));
        cr_assert_eq(options.reading.separator, separators[i].separator);
    }
}

Test(options, help) {
    nn_options options;
    nn_error error;
    static char *const lines[][WORDS] = {
        {"--help"}, {"-h"}, {"help"}, {"train", "--help"}, {"test", "-h"}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cr_assert(parse(&options, lines[i], &error), "%s", error.text);
        cr_assert(options.wants_help);
    }
}

Test(options, help_names_every_option) {
    char *text;
    size_t size;
    static const char *const names[] = {"digits COMMAND",
                                        "  train  ",
                                        "  predict  ",
                                        "  test  ",
                                        "  info  ",
                                        "--data FILE",
                                        "--test FILE",
                                        "--epochs N",
                                        "--seed N",
                                        "--save FILE",
                                        "--load FILE",
                                        "--log FILE",
                                        "--quiet",
                                        "--columns LIST",
                                        "--header yes|no",
                                        "--separator NAME",
                                        "--decimal point|comma",
                                        "--missing skip|mean|error",
                                        "--of N",
                                        "--map NAME=NAME",
                                        "--transpose NAME",
                                        "--weights FILE",
                                        "--out FILE",
                                        "--help",
                                        "--log FILE",
                                        "--report",
                                        "--watch",
                                        "  check  ",
                                        "  sweep  ",
                                        "[train, test]",
                                        "[predict*, test*, check, info]",
                                        "[train*, predict*, test*, check*, sweep*, split*]",
                                        "  split  ",
                                        "--parts A,B,..",
                                        "--into FILE,..",
                                        "--force"};
    FILE *out = open_memstream(&text, &size);
    nn_options_help(out, "path/to/digits");
    fclose(out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert(strstr(text, names[i]), "%s is not in\n%s", names[i], text);
    free(text);
}

Test(options, mistakes) {
    static const struct {
        char *words[WORDS];
        const char *error;
    } rows[] = {
        {{NULL}, "digits: error: a command is needed: train, predict, test, check, sweep, split or info"},
        {{"trian"}, "digits: error: unknown command 'trian'\nhint: is 'train' meant?"},
        {{"run"},
         "digits: error: unknown command 'run'\n"
         "hint: the commands are train, predict, test, check, sweep, split and info; --help says more"},
        {{"train"}, "digits: error: train needs --data FILE"},
        {{"predict", "--data", "d"}, "digits: error: predict needs --weights FILE"},
        {{"test", "--weights", "d"}, "digits: error: test needs --data FILE"},
        {{"train", "--data"}, "digits: error: '--data' needs a value"},
        {{"train", "--epoch", "3", "--dta", "x"},
         "digits: error: train takes no option '--dta'\nhint: is '--data' meant?"},
        {{"test", "--epochs", "3"}, "digits: error: test takes no option '--epochs'"},
        {{"train", "-xy"}, "digits: error: train takes no option '-x'"},
        {{"train", "-x"}, "digits: error: train takes no option '-x'"},
        {{"train", "--quiet=1", "--data", "d"},
         "digits: error: train takes no option '--quiet=1'\nhint: is '--quiet' meant?"},
        {{"sweep", "--data", "d"},
         "digits: error: sweep needs a setting and its values, as in: sweep rate 0.001,0.01"},
        {{"sweep", "rate", "--data", "d"},
         "digits: error: sweep needs a setting and its values, as in: sweep rate 0.001,0.01"},
        {{"sweep", "rate", "1,2"}, "digits: error: sweep needs --data FILE"},
        {{"sweep", "rate", "1,", "2", "--data", "d"},
         "digits: error: nothing is known of '2'; a file is given by an option"},
        {{"sweep", "rate", "1", "--save", "w"}, "digits: error: sweep takes no option '--save'"},
        {{"check"}, "digits: error: check needs --data FILE"},
        {{"test", "--watch"}, "digits: error: test takes no option '--watch'"},
        {{"swep"}, "digits: error: unknown command 'swep'\nhint: is 'sweep' meant?"},
        {{"sweep", "rate", "1", "--data", "d", "--map", "a=b"},
         "digits: error: --map is about a weights file, and --load names none"},
        {{"check", "--data", "d", "--transpose", "w"},
         "digits: error: --transpose is about a weights file, and --weights names none"},
        {{"train", "d.csv"},
         "digits: error: nothing is known of 'd.csv'; a file is given by an option"},
        {{"train", "--data", "d", "--epochs", "0"},
         "digits: error: --epochs: '0' is not a number from 1 to 4294967295"},
        {{"train", "--data", "d", "--epochs", "4294967296"},
         "digits: error: --epochs: '4294967296' is not a number from 1 to 4294967295"},
        {{"train", "--data", "d", "--epochs", "1.5"},
         "digits: error: --epochs: '1.5' is not a number from 1 to 4294967295"},
        {{"train", "--data", "d", "--seed", "-1"},
         "digits: error: --seed: '-1' is not a number from 0 to 18446744073709551615"},
        {{"train", "--data", "d", "--seed", ""},
         "digits: error: --seed: '' is not a number from 0 to 18446744073709551615"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_options options;
        nn_error error;
        cr_assert_not(parse(&options, rows[i].words, &error), "%s", rows[i].error);
        cr_assert_str_eq(error.text, rows[i].error);
        cr_assert_eq(error.code, NN_USAGE);
        nn_options_free(&options);
    }
}

Test(options, no_program_name) {
    nn_options options;
    nn_error error;
    char *none[] = {NULL};
    cr_assert_not(nn_options_parse(&options, 0, none, &error));
    cr_assert_str_eq(error.text,
                     "nn: error: a command is needed: train, predict, test, check, sweep, split or info");
}
