/* Logs as JSON lines: the same as those of CSV, in another form. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

TestSuite(log_json, .init = driver_open, .fini = scratch_close);

static void trains(const nn_network *network, const char *words) {
    free(run_fine(network, words));
}

static char *file(const char *name) {
    size_t size;
    char *text = scratch_read(name, &size);
    cr_assert_not_null(text);
    return text;
}

static void expect_file(const char *name, const char *text) {
    char *there = file(name);
    cr_assert_str_eq(there, text, "%s is %s", name, there);
    free(there);
}

/* What CSV with a header is as JSON lines. */
static char *json_of(char *csv) {
    char *names[16], *json = calloc(1, 1 << 16), *to = json, *rest;
    size_t count = 0;
    for (char *name = strtok_r(strtok_r(csv, "\n", &csv), ",", &rest); name;
         name = strtok_r(NULL, ",", &rest))
        names[count++] = name;
    for (char *row = strtok_r(NULL, "\n", &csv); row; row = strtok_r(NULL, "\n", &csv)) {
        size_t at = 0;
        for (char *cell = strtok_r(row, ",", &rest); cell; cell = strtok_r(NULL, ",", &rest))
            to += sprintf(to, "%s\"%s\": %s", at ? ", " : "{", names[at], cell), at++;
        cr_assert_eq(at, count);
        to += sprintf(to, "}\n");
    }
    return json;
}

static void expect_same(const char *json_name, const char *csv_name) {
    char *csv = file(csv_name), *json = json_of(csv);
    expect_file(json_name, json);
    free(csv);
    free(json);
}

Test(log_json, has_what_csv_has) {
    static const char *const names[] = {"a.jsonl", "a.ndjson", "a.json", "a.JSONL"};
    trains(classes, "train --data data.csv --test data.csv --epochs 4 --log a.csv");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char words[200];
        snprintf(words, sizeof words,
                 "train --data data.csv --test data.csv --epochs 4 --log %s --quiet", names[i]);
        trains(classes, words);
        expect_same(names[i], "a.csv");
    }
}

Test(log_json, of_a_sweep) {
    trains(line, "sweep rate 0.1,.05,1e-2 --data line.csv --epochs 2 --log a.csv");
    trains(line, "sweep rate 0.1,.05,1e-2 --data line.csv --epochs 2 --log a.jsonl");
    char *json = file("a.jsonl"), *second = strstr(json, "\n{\"rate\": 0.05, \"epoch\": 1, ");
    cr_assert_eq(strncmp(json, "{\"rate\": 0.1, \"epoch\": 1, \"train_loss\": ", 40), 0, "%s",
                 json);
    cr_assert(second && strstr(second, "\n{\"rate\": 0.01, \"epoch\": 2, "), "%s", json);
    free(json);
    /* Another sweep of this kind may take its place, but no other log. */
    trains(line, "sweep rate 0.1 --data line.csv --epochs 1 --log a.jsonl");
}

/* JSON has no infinity. */
Test(log_json, what_is_not_finite_is_null) {
    scratch_text("far.csv", "1e200,0,0,1e200\n");
    trains(line, "train --data line.csv --test far.csv --epochs 1 --log a.jsonl");
    char *json = file("a.jsonl");
    cr_assert(strstr(json, ", \"test_loss\": null"), "%s", json);
    free(json);
    trains(line, "train --data line.csv --epochs 1 --save w");
    trains(line, "train --data line.csv --test far.csv --epochs 1 --log a.jsonl --save w");
    trains(line, "train --data line.csv --test far.csv --epochs 1 --log a.jsonl --load w");
}

/* In pieces, and where the log of a run that was killed is ahead of the weights. */
Test(log_json, goes_on) {
    trains(classes, "train --data data.csv --epochs 5 --of 5 --log whole.jsonl");
    char *whole = file("whole.jsonl");
    trains(classes, "train --data data.csv --epochs 2 --of 5 --log a.jsonl --save w");
    trains(classes, "train --data data.csv --epochs 1 --of 5 --log a.jsonl --save w --load w");
    trains(classes, "train --data data.csv --log a.jsonl --load w");
    expect_file("a.jsonl", whole);
    Run result = run(classes, "train --data data.csv --log a.jsonl --load w --save w");
    cr_assert_eq(result.code, 0);
    cr_assert_str_eq(result.err,
                     "a.jsonl: note: rows from epoch 4 on are taken away: the weights were saved "
                     "before them, and they are trained again\n");
    run_free(result);
    expect_file("a.jsonl", whole);
    free(whole);
}

#define FIRST "{\"epoch\": 1, \"train_loss\": 2, \"train_accuracy\": 0.5}\n"
Test(log_json, what_is_no_such_log) {
    static const struct {
        const char *log, *error;
    } rows[] = {
        {FIRST, "a.json: error: the log ends with epoch 1, training goes on with epoch 3"},
        {FIRST "{\"epoch\": 3, \"train_loss\": 2, \"train_accuracy\": 1}\n", "a.json:2: error: "},
        {FIRST "{\"epoch\": 2, \"train_loss\": 2}\n", "a.json:2: error: "},
        {FIRST "{\"epoch\": 2, \"train_loss\": 2, \"accuracy\": 1}\n", "a.json:2: error: "},
        {FIRST "{\"epoch\": 2, \"train_loss\": 2, \"train_accuracy\": 1, \"x\": 1}\n",
         "a.json:2: error: "},
        {FIRST "{\"epoch\": 2, \"train_loss\": \"a\", \"train_accuracy\": 1}\n",
         "a.json:2: error: "},
        {FIRST "{\"epoch\": 2, \"train_loss\": 2, \"train_accuracy\": 1\n", "a.json:2: error: "},
        {FIRST "\n", "a.json:2: error: "},
        {"epoch,train_loss,train_accuracy\n1,2,3\n", "a.json:1: error: "},
        {"[1, 2]\n", "a.json:1: error: "},
    };
    trains(classes, "train --data data.csv --epochs 2 --save w");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scratch_text("a.json", rows[i].log);
        Run result = run(classes, "train --data data.csv --log a.json --load w");
        cr_assert_eq(result.code, NN_WRONG, "%s", rows[i].log);
        cr_assert_eq(strncmp(result.err, rows[i].error, strlen(rows[i].error)), 0, "%s: %s",
                     rows[i].log, result.err);
        run_free(result);
        expect_file("a.json", rows[i].log);
    }
    /* Blanks do not matter, null is a number that was not finite, and an empty file is a beginning. */
    scratch_text("a.json", "{\"epoch\":1,\"train_loss\":null,\"train_accuracy\":1}\n"
                           "{ \"epoch\" : 2, \"train_loss\": 1e-3, \"train_accuracy\":1}\n");
    trains(classes, "train --data data.csv --log a.json --load w --epochs 1");
    scratch_text("a.json", "");
    trains(classes, "train --data data.csv --log a.json --load w --epochs 1");
}

/* Without --load, a file that is no such log is not replaced. */
Test(log_json, other_files_stay) {
    static const char *const texts[] = {"{\"name\": \"package\"}\n", "epoch,train_loss\n1,2\n"};
    for (size_t i = 0; i < 2; i++) {
        scratch_text("a.json", texts[i]);
        expect_failure(classes, "train --data data.csv --log a.json", NN_USAGE,
                       "a.json: error: --log would replace this file, which is no log\n"
                       "hint: move it away, or give another name\n");
        expect_file("a.json", texts[i]);
    }
    scratch_text("a.json", FIRST);
    trains(classes, "train --data data.csv --log a.json");
}
