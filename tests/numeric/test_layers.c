/* Layers that know the batch or keep a state: layers.txt, which layers.py made with PyTorch, against
   generated code in double, to 1e-6 relative to the largest value of a tensor. */

#include "numbers.h"
#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, ENTRIES = 60, ENTRY_LINES = 60 };

/* A line of the file: a word, for some a name or a number of rows, and numbers. */
typedef struct {
    char word[12], name[40];
    Numbers numbers;
} Line;

typedef struct {
    char expression[120], shape[40], out[40], text[600];
    int line_count;
    Line lines[ENTRY_LINES];
    Oracle *oracle;
} Entry;

static Entry entries[ENTRIES];
static Net nets[ENTRIES];
static int entry_count;

static void read_line(Line *line, const char *text) {
    int used = 0;
    sscanf(text, "%11s %n", line->word, &used);
    text += used;
    if (strcmp(line->word, "set") == 0 || strcmp(line->word, "get") == 0 ||
        strcmp(line->word, "gradient") == 0) {
        cr_assert_eq(sscanf(text, "%39s %n", line->name, &used), 1);
        text += used;
    }
    line->numbers = numbers_of(text);
}

static void write_model(Entry *entry, int number) {
    snprintf(entry->text, sizeof entry->text,
             "network l%d\ninput u%s, w%s\nb = param(%s, 0)\nx = u + b * u^2\nv = %s\n"
             "loss sum(v * w)\nupdate sgd(0.1)\noutput v\nbatch 4\n",
             number, entry->shape, entry->out, entry->shape, entry->expression);
}

static void read_entries(void) {
    static char text[LINE];
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/layers.txt", "r");
    cr_assert(file);
    while (fgets(text, LINE, file)) {
        Entry *entry = &entries[entry_count];
        cr_assert_lt(entry_count, ENTRIES);
        cr_assert_lt(entry->line_count, ENTRY_LINES);
        if (sscanf(text, "layer %119[^\n]", entry->expression) == 1 ||
            sscanf(text, "out %39[^\n]", entry->out) == 1) {
            continue;
        }
        if (sscanf(text, "shape %39[^\n]", entry->shape) == 1) {
            memcpy(entry->out, entry->shape, sizeof entry->out);
            continue;
        }
        if (text[0] == '\n') {
            write_model(entry, entry_count++);
        } else {
            read_line(&entry->lines[entry->line_count++], text);
        }
    }
    fclose(file);
}

typedef struct {
    const Entry *entry;
    Running *running;
    Data data;
    double rows[NUMBERS], weights[NUMBERS];
} Trial;

static void expect_close(const Trial *trial, const Line *line, const double *got) {
    double largest = 0;
    for (int i = 0; i < line->numbers.count; i++) {
        largest = fmax(largest, fabs(line->numbers.values[i]));
    }
    for (int i = 0; i < line->numbers.count; i++) {
        cr_expect(fabs(got[i] - line->numbers.values[i]) <= 1e-6 * largest,
                  "%s: %s %s[%d] is %.12g, not %.12g", trial->entry->expression, line->word,
                  line->name, i, got[i], line->numbers.values[i]);
    }
}

static void take_rows(Trial *trial, const Line *line) {
    size_t n = (size_t)line->numbers.values[0], count = (size_t)(line->numbers.count - 1) / n;
    memcpy(trial->rows, line->numbers.values + 1, n * count * sizeof(double));
    trial->data = (Data){.n = n, .field_count = 2, .input_count = 2, .counts = {count, count}};
    trial->data.in[0] = trial->data.values[0] = trial->rows;
    trial->data.in[1] = trial->data.values[1] = trial->weights;
}

static void run_line(Trial *trial, const Line *line) {
    Running *running = trial->running;
    double got[NUMBERS] = {0};
    size_t n = trial->data.n, count = (size_t)line->numbers.count;
    if (strcmp(line->word, "rows") == 0) {
        take_rows(trial, line);
    } else if (strcmp(line->word, "weights") == 0) {
        memcpy(trial->weights, line->numbers.values, count * sizeof(double));
        trial->data.counts[1] = count / n;
    } else if (strcmp(line->word, "set") == 0) {
        cr_assert(running_set(running, line->name, count, line->numbers.values), "%s", line->name);
    } else if (strcmp(line->word, "step") == 0) {
        running_train_step(running, (size_t)line->numbers.values[0], &trial->data);
    } else {
        if (strcmp(line->word, "cost") == 0) {
            got[0] = running_gradient(running, n, &trial->data);
        } else if (strcmp(line->word, "gradient") == 0) {
            cr_assert(running_get_gradient(running, line->name, count, got), "%s", line->name);
        } else if (strcmp(line->word, "get") == 0) {
            cr_assert(running_get(running, line->name, count, got), "%s", line->name);
        } else {
            cr_assert_str_eq(line->word, "predict");
            running_predict(running, n, &trial->data, (double *[]){got});
        }
        expect_close(trial, line, got);
    }
}

static void check_entry(const Entry *entry, const Net *net) {
    static Trial trial;
    trial = (Trial){.entry = entry, .running = running_new(net, 1)};
    for (int i = 0; i < entry->line_count; i++) {
        run_line(&trial, &entry->lines[i]);
    }
    running_free(trial.running);
}

Test(layers, are_as_those_of_others) {
    read_entries();
    cr_assert_geq(entry_count, 8);
    for (int i = 0; i < entry_count; i++) {
        entries[i].oracle = oracle_of(entries[i].text);
        nets[i] = (Net){.text = entries[i].text, .graph = entries[i].oracle->graph};
        nets[i].options.is_double = true;
        nets[i].options.target = target_in_turn((unsigned)i);
        nets[i].options.unroll = i % 8 < 4 ? UNROLL_AUTO : UNROLL_TILE;
    }
    Nets all = {.count = entry_count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < entry_count; i++) {
        check_entry(&entries[i], &nets[i]);
    }
    nets_free(&all);
    for (int i = 0; i < entry_count; i++) {
        oracle_free(entries[i].oracle);
    }
}
