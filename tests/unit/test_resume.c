/* For any data, options and stops: training that was stopped and went on leaves the same bytes as
   the straight run. */

#include "driver_run.h"
#include "hand_net.h"
#include "long.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The disk is spared. */
int fsync(int file) {
    (void)file;
    return 0;
}

TestSuite(resume, .init = driver_open, .fini = scratch_close);

static unsigned drawn;

static unsigned draw(unsigned bound) {
    drawn = drawn * 1664525 + 1013904223;
    return (drawn >> 8) % bound;
}

/* A net that sends its own process a signal after a step, from 1 on as its counter has it. */
static struct {
    const nn_network *network;
    uint64_t step;
    int number;
} sent;

static void sending_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    uint64_t counters[4]; /* seed, step, epoch, epochs */
    sent.network->train_step(net, work, n, in, out);
    sent.network->get_counters(net, NULL, 1, NULL, counters);
    if (counters[1] == sent.step)
        raise(sent.number);
}

/* A run, as drawn. */
typedef struct {
    const nn_network *network;
    char reading[120]; /* options on how data are read, which every piece has */
    char options[160]; /* those that a piece that goes on has as well */
    const char *log;
    unsigned rows, epochs, seed;
} Drawn;

static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *format, ...) {
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* Writes one cell: a number, or no value where that is allowed. */
static void number_write(FILE *file, bool may_lack) {
    if (may_lack && draw(6) == 0)
        fputs(draw(2) ? "" : "NA", file);
    else
        fprintf(file, "%u.%u", draw(100), draw(10));
}

/* Columns in drawn order, labels as text or numbers, values that are missing. */
static void classes_write(Drawn *made, const char *path) {
    static const char *const names[] = {"x.0", "x.1", "kind"};
    FILE *file = fopen(path, "w");
    bool has_holes = strstr(made->reading, "--missing") != NULL;
    bool has_text = strstr(made->reading, "--classes") != NULL;
    unsigned first = draw(3), step = 1 + draw(2); /* the order of three */
    cr_assert(file);
    for (unsigned i = 0; i < 3; i++)
        fprintf(file, "%s%s", i ? "," : "", names[(first + i * step) % 3]);
    for (unsigned row = 0; row < made->rows; row++)
        for (unsigned i = 0; i < 3; i++) {
            fputs(i ? "," : "\n", file);
            if ((first + i * step) % 3 < 2)
                number_write(file, has_holes && row > 0);
            else
                fprintf(file, has_text ? "%c" : "%d", (has_text ? 'a' : 0) + (int)draw(3));
        }
    fputc('\n', file);
    fclose(file);
}

static void line_write(const Drawn *made, const char *path) {
    FILE *file = fopen(path, "w");
    cr_assert(file);
    for (unsigned row = 0; row < made->rows; row++)
        fprintf(file, "0.%u,0.%u,0.%u,%u\n", draw(10), draw(10), draw(10), draw(9));
    fclose(file);
}

static Drawn drawn_run(void) {
    Drawn made = {.network = draw(3) ? &hand_classes_network : &hand_line_network,
                  .log = draw(2) ? "log.csv" : "log.jsonl",
                  .rows = 2 + draw(60),
                  .epochs = 1 + draw(6),
                  .seed = draw(1000)};
    bool is_line = made.network == &hand_line_network;
    if (!is_line && draw(3) == 0)
        add(made.reading, sizeof made.reading, " --missing %s", draw(2) ? "mean" : "skip");
    if (!is_line && draw(3) == 0)
        add(made.reading, sizeof made.reading, " --classes kind=c,a,b");
    if (draw(2))
        add(made.options, sizeof made.options, " --test test.csv");
    if (draw(2))
        add(made.options, sizeof made.options, " --save-every %u", 1 + draw(3));
    if (draw(3) == 0)
        add(made.options, sizeof made.options, " --keep 2");
    if (!is_line && draw(4) == 0)
        add(made.options, sizeof made.options, " --report");
    add(made.options, sizeof made.options, draw(4) ? " --quiet" : is_line ? " --watch" : "");
    for (int i = 0; i < 2; i++)
        if (is_line)
            line_write(&made, i == 0 ? "drawn.csv" : "test.csv");
        else
            classes_write(&made, i == 0 ? "drawn.csv" : "test.csv");
    return made;
}

/* The words of a piece: from the beginning, or from the weights that are there. */
static void words_make(const Drawn *made, const char *save, const char *log, unsigned epochs,
                       char *words, size_t size) {
    words[0] = '\0';
    add(words, size, "train --data drawn.csv --save %s --log %s%s%s", save, log, made->reading,
        made->options);
    if (scratch_exists(save))
        add(words, size, " --load %s", save);
    else
        add(words, size, " --seed %u --of %u", made->seed, made->epochs);
    if (epochs > 0)
        add(words, size, " --epochs %u", epochs);
}

/* A piece that a signal ends at a drawn step, or that has few epochs; whether all is done. */
static bool piece_run(const Drawn *made, const char *log, const char *when) {
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGKILL};
    char words[600];
    nn_network network = *made->network;
    unsigned steps = (made->rows + (unsigned)network.batch - 1) / (unsigned)network.batch;
    sent.network = made->network;
    sent.number = signals[draw(4)];
    sent.step = 1 + draw(steps * made->epochs + 1);
    network.train_step = sending_step;
    bool is_short = draw(4) == 0 && made->epochs > 1 && !scratch_exists("part");
    words_make(made, "part", log, is_short ? 1 + draw(made->epochs - 1) : 0, words, sizeof words);
    Run result = run(&network, words);
    cr_assert(result.code == 0 || result.code == 128 + sent.number, "%s: %s: %d, %s", when, words,
              result.code, result.err);
    bool is_done = result.code == 0 && !is_short;
    run_free(result);
    return is_done;
}

static void expect_same_file(const char *first, const char *second, const char *when) {
    size_t first_size, second_size;
    char *a = scratch_read(first, &first_size), *b = scratch_read(second, &second_size);
    cr_assert(a && b && first_size == second_size && memcmp(a, b, first_size) == 0,
              "%s: %s is not %s:\n%s\n%s", when, first, second, a, b);
    free(a);
    free(b);
}

Test(resume, equals_the_straight_run) {
    enum { MOST_PIECES = 12 };
    int runs = slice_of(40, 500);
    unsigned stops = 0;
    for (int i = 0; i < runs; i++) {
        char words[600], when[700], whole_log[40];
        drawn = 7919 * (unsigned)i + 1;
        Drawn made = drawn_run();
        static const char *const names[] = {"part", "whole", "log.csv", "log.jsonl"};
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            unlink(names[j]);
        snprintf(whole_log, sizeof whole_log, "whole%s", strchr(made.log, '.'));
        unlink(whole_log);
        words_make(&made, "whole", whole_log, 0, words, sizeof words);
        Run straight = run(made.network, words);
        cr_assert_eq(straight.code, 0, "%s: %s", words, straight.err);
        run_free(straight);
        snprintf(when, sizeof when, "run %d, %u rows: %s", i, made.rows, words);
        bool is_done = false;
        for (int piece = 0; piece < MOST_PIECES && !is_done && draw(5); piece++, stops++)
            is_done = piece_run(&made, made.log, when);
        words_make(&made, "part", made.log, 0, words, sizeof words);
        if (!is_done)
            run_free(run(made.network, words));
        expect_same_file("part", "whole", when);
        expect_same_file(made.log, whole_log, when);
    }
    fprintf(stderr, "%d drawn runs, %u pieces before the last\n", runs, stops);
    cr_assert_gt(stops, (unsigned)runs);
}
