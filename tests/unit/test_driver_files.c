/* What the command line of a net writes, and what it leaves alone: files that are read, logs that
   are gone on in, links, devices. */

#include "host.h"

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

TestSuite(driver_files, .init = driver_open, .fini = scratch_close);

static void expect_text(const char *path, const char *text) {
    size_t size;
    char *found = scratch_read(path, &size);
    cr_assert(found, "%s is gone", path);
    cr_assert_str_eq(found, text, "%s", path);
    free(found);
}

#define OVER "are one file, which would be written over\n"

Test(driver_files, what_is_read_is_not_written_over) {
    static const struct {
        const char *words, *error;
    } rows[] = {
        {"train --data data.csv --save data.csv", "--save 'data.csv' and --data 'data.csv' "},
        {"train --data data.csv --save ./in/../data.csv",
         "--save './in/../data.csv' and --data 'data.csv' "},
        {"train --data link.csv --log data.csv", "--log 'data.csv' and --data 'link.csv' "},
        {"train --data data.csv --log link.csv", "--log 'link.csv' and --data 'data.csv' "},
        {"train --data data.csv --save hard.csv", "--save 'hard.csv' and --data 'data.csv' "},
        {"train --data line.csv --test data.csv --save data.csv",
         "--save 'data.csv' and --test 'data.csv' "},
        {"train --data data.csv --load w --log w", "--log 'w' and --load 'w' "},
        {"sweep rate 1 --data data.csv --log data.csv", "--log 'data.csv' and --data 'data.csv' "},
        {"sweep rate 1 --data data.csv --load w --log w", "--log 'w' and --load 'w' "},
        {"predict --weights w --data data.csv --out data.csv",
         "--out 'data.csv' and --data 'data.csv' "},
        {"predict --weights w --data data.csv --out w", "--out 'w' and --weights 'w' "},
        {"train --data data.csv,w --save w", "--save 'w' and --data 'data.csv,w' "},
        {"train --data data.csv,link.csv --log ./data.csv",
         "--log './data.csv' and --data 'data.csv,link.csv' "},
        {"train --data data.csv --save new --log new", "--save 'new' and --log 'new' "},
        {"train --data data.csv --save in/new --log into/./new",
         "--save 'in/new' and --log 'into/./new' "},
        {"train --data data.csv --save w --log w", "--save 'w' and --log 'w' "},
        {"train --data data.csv --save dangling --log in/new",
         "--save 'dangling' and --log 'in/new' "},
        {"train --data data.csv --log stdout", "standard output and --log 'stdout' "},
    };
    size_t size, data_size;
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    cr_assert(symlink("data.csv", "link.csv") == 0 && link("data.csv", "hard.csv") == 0);
    cr_assert(mkdir("in", 0777) == 0 && symlink("in", "into") == 0);
    cr_assert(symlink("in/new", "dangling") == 0);
    char *before = scratch_read("w", &size), *data = scratch_read("data.csv", &data_size);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "hand: error: %s" OVER, rows[i].error);
        expect_failure(classes, rows[i].words, 2, expected);
        size_t now;
        char *after = scratch_read("w", &now);
        cr_assert(now == size && memcmp(before, after, size) == 0, "%s", rows[i].words);
        free(after);
        expect_text("data.csv", data);
        cr_assert(access("in/new", F_OK) != 0 && access("new", F_OK) != 0);
    }
    free(before);
    free(data);
}

/* A path with a comma that is a file is one; of two that are not there, names decide. */
Test(driver_files, what_is_not_read_may_be_written) {
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w --log log"));
    free(run_fine(classes, "train --data data.csv --test data.csv --epochs 1 --load w --save w"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --save /dev/null --log /dev/null"));
    cr_assert(rename("data.csv", "data.csv,w") == 0 && mkdir("in", 0777) == 0);
    free(run_fine(classes, "train --data data.csv,w --epochs 1 --save w --log in/w"));
    free(run_fine(classes, "train --data data.csv,w --epochs 1 --save a,b --log a"));
    cr_assert(access("a,b", F_OK) == 0 && access("b", F_OK) != 0);
    Run result = run(classes, "predict --weights w --data data.csv,w --out -");
    cr_assert(result.code == 0 && lines_of(result.out) == 31, "%s", result.out);
    cr_assert(access("-", F_OK) != 0);
    run_free(result);
}

Test(driver_files, pipes_are_written) {
    int ends[2], others[2];
    char words[200], text[4096];
    cr_assert(pipe(ends) == 0 && pipe(others) == 0);
    snprintf(words, sizeof words,
             "train --data data.csv --epochs 1 --log /dev/fd/%d --save "
             "/dev/fd/%d",
             ends[1], others[1]);
    free(run_fine(classes, words));
    snprintf(words, sizeof words,
             "train --data data.csv --epochs 1 --log /dev/fd/%d --save "
             "/dev/fd/%d",
             ends[1], ends[1]);
    free(run_fine(classes, words));
    ssize_t size = read(ends[0], text, sizeof text);
    cr_assert(size > 0 && strncmp(text, "epoch,train_loss,", 17) == 0);
    size = read(others[0], text, sizeof text);
    cr_assert(size > 8 && text[8] == '{');
}

/* Standard input may be one of the files, and so may standard output. */
Test(driver_files, standard_streams) {
    int file = open("data.csv", O_RDONLY);
    cr_assert(dup2(file, STDIN_FILENO) == 0);
    expect_failure(classes, "train --data - --save data.csv", 2,
                   "hand: error: --save 'data.csv' and --data '-' " OVER);
    expect_failure(classes, "train --data - --test -", 2,
                   "hand: error: --data - and --test -: standard input is read once\n");
    cr_assert(freopen("data.csv", "a", stdout));
    Run result = {0};
    pid_t child = start(classes, "train --data data.csv --epochs 1", STDOUT_FILENO, STDERR_FILENO);
    result.code = wait_for(child);
    cr_assert_eq(result.code, 2);
    cr_assert_eq(wait_for(start(classes, "train --data line.csv --log data.csv --epochs 1",
                                STDOUT_FILENO, STDERR_FILENO)),
                 2);
    cr_assert(strstr(scratch_read("data.csv", &(size_t){0}), "kind\n0,50.5,0\n"));
}

Test(driver_files, names_of_no_file) {
    expect_failure(classes, "train --data data.csv --save -", 2,
                   "hand: error: --save takes no '-': a file has a name\n");
    expect_failure(classes, "train --data data.csv --log -", 2,
                   "hand: error: --log takes no '-': a file has a name\n");
    expect_failure(classes, "train --data data.csv --load -", 2,
                   "hand: error: --load takes no '-': a file has a name\n");
    static const char *const options[] = {"save", "load", "log", "test", "data"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char words[100], expected[100];
        snprintf(words, sizeof words, "train --data data.csv --%s=", options[i]);
        snprintf(expected, sizeof expected, "hand: error: --%s: a file has a name\n", options[i]);
        if (strcmp(options[i], "data") == 0)
            snprintf(words, sizeof words, "train --data=");
        expect_failure(classes, words, 2, expected);
    }
    expect_failure(classes, "predict --weights w --data data.csv --out=", 2,
                   "hand: error: --out: a file has a name\n");
}

/* Said before the training: a folder's name, one that is too long. */
Test(driver_files, places_that_cannot_be) {
    char name[256 + 1], words[400];
    memset(name, 'n', 256);
    name[256] = '\0';
    snprintf(words, sizeof words, "train --data data.csv --save %s", name);
    Run result = run(classes, words);
    cr_assert(result.code == 3 && strcmp(result.out, "") == 0, "%s", result.out);
    cr_assert(strstr(result.err, "error: cannot write: File name too long\n"), "%s", result.err);
    run_free(result);
    expect_failure(classes, "train --data data.csv --save new/", 3,
                   "new/: error: cannot write: Is a directory\n");
    scratch_text("fixed", "mine");
    chmod("fixed", 0444);
    expect_failure(classes, "train --data data.csv --save fixed", 3,
                   "fixed: error: cannot write: Permission denied\n");
    expect_text("fixed", "mine");
}

/* A slip of the pen costs no other file. */
Test(driver_files, weights_and_logs_replace_their_like) {
    static const char *const contents[] = {"x.0,x.1,kind\n1,2,0\n", "network m\n", "short"};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        scratch_text("mine", contents[i]);
        expect_failure(classes, "train --data data.csv --save mine", 2,
                       "mine: error: --save would replace this file, which is no weights file\n"
                       "hint: move it away, or give another name\n");
        expect_failure(classes, "train --data data.csv --log mine", 2,
                       "mine: error: --log would replace this file, which is no log\n"
                       "hint: move it away, or give another name\n");
        expect_text("mine", contents[i]);
    }
    scratch_text("mine", "");
    for (int i = 0; i < 2; i++) {
        free(run_fine(classes, "train --data data.csv --epochs 1 --save mine"));
        free(run_fine(classes, "train --data data.csv --epochs 1 --log log"));
    }
    free(run_fine(line, "train --data line.csv --epochs 1 --log log")); /* another net's */
    free(run_fine(line, "sweep rate 0.1 --data line.csv --epochs 1 --log log"));
    free(run_fine(line, "train --data line.csv --epochs 1 --log log"));
}

/* A link stays one; where there is nothing at its end, it may be there by mistake. */
Test(driver_files, links_are_followed) {
    struct stat status;
    cr_assert(mkdir("in", 0777) == 0 && symlink("in/w", "link") == 0);
    expect_failure(line, "train --data line.csv --save link", 3,
                   "link: error: cannot write: No such file or directory\n"
                   "hint: this is a link, and it leads to no file\n");
    scratch_text("in/w", "");
    for (int i = 0; i < 2; i++) {
        free(run_fine(line, "train --data line.csv --epochs 1 --save link"));
        cr_assert(lstat("link", &status) == 0 && S_ISLNK(status.st_mode));
        cr_assert(stat("in/w", &status) == 0 && S_ISREG(status.st_mode));
    }
    cr_assert(symlink("round", "around") == 0 && symlink("around", "round") == 0);
    expect_failure(line, "train --data line.csv --save round", 3,
                   "round: error: cannot write: Too many levels of symbolic links\n");
}

Test(driver_files, a_log_goes_on) {
    size_t size;
    free(run_fine(classes, "train --data data.csv --epochs 5 --seed 3 --log whole"));
    free(run_fine(classes, "train --data data.csv --epochs 2 --seed 3 --save w --log log"));
    free(run_fine(classes, "train --data data.csv --epochs 2 --load w --save w --log log"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --save v --log log"));
    char *whole = scratch_read("whole", &size);
    expect_text("log", whole);
    /* A file that is empty, or that has no row, begins where training does. */
    scratch_text("log", "");
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --log log"));
    char *from = strstr(whole, "\n5,"), expected[200];
    snprintf(expected, sizeof expected, "%.*s%s", (int)strcspn(whole, "\n"), whole, from);
    expect_text("log", expected);
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --log new"));
    expect_text("new", expected);
    free(whole);
}

Test(driver_files, a_log_that_does_not_fit_is_left) {
#define GO_ON "train --data data.csv --epochs 1 --load w --log log"
#define HEADER "epoch,train_loss,train_accuracy\n"
    static const struct {
        const char *log, *error;
    } rows[] = {
        {HEADER "1,2,3\n", "log: error: the log ends with epoch 1, training goes on with epoch 3"},
        {HEADER "2,2,3\n3,1,1\n",
         "log: error: the log ends with epoch 3, training goes on with epoch 3"},
        {HEADER "1,2,3\n3,1,1\n",
         "log:3: error: this is no log to go on in: no row of the next epoch"},
        {HEADER "1,2,3\n2,1,1,1\n",
         "log:3: error: this is no log to go on in: no row of the next epoch"},
        {HEADER "0,2,3\n1,1,1\n",
         "log:2: error: this is no log to go on in: no row of the next epoch"},
        {HEADER "1,2,3\ntwo,1,1\n",
         "log:3: error: this is no log to go on in: no row of the next epoch"},
        {HEADER "1,2,3\n\n", "log:3: error: this is no log to go on in: no row of the next epoch"},
        {"epoch,train_loss\n1,2\n2,2\n",
         "log:1: error: this is no log to go on in: it begins with 'epoch,train_loss', not "
         "'epoch,train_loss,train_accuracy'"},
        {"epoch,train_loss,train_accurate\n1,2,3\n2,2,3\n",
         "log:1: error: this is no log to go on in: it begins with "
         "'epoch,train_loss,train_accurate', not 'epoch,train_loss,train_accuracy'"},
        {"1,2,0\n2,3,1\n", "log:1: error: this is no log to go on in: it begins with '1,2,0', not "
                           "'epoch,train_loss,train_accuracy'"},
    };
    free(run_fine(classes, "train --data data.csv --epochs 2 --save w"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[300];
        snprintf(expected, sizeof expected, "%s\nhint: --log with another file begins a new log\n",
                 rows[i].error);
        scratch_text("log", rows[i].log);
        expect_failure(classes, GO_ON, 1, expected);
        expect_text("log", rows[i].log);
    }
    scratch_text("log", HEADER "1,2,3\n2,4,1"); /* a line's end that is missing is no harm */
    free(run_fine(classes, GO_ON));
    size_t size;
    char *log = scratch_read("log", &size);
    cr_assert_eq(strncmp(log, HEADER "1,2,3\n2,4,1\n3,", strlen(HEADER) + 14), 0, "%s", log);
    scratch_text("log", "epoch,train_loss,train_accuracy\r\n1,2,3\r\n2,4,1\r\n"); /* nor is a CR */
    free(run_fine(classes, GO_ON));
    expect_text("log", log);
    free(log);
    scratch_write("log", HEADER "1,2,3\n2,4,\0001\n", strlen(HEADER) + 13); /* but a NUL is */
    expect_failure(classes, GO_ON, 1,
                   "log:3: error: this is no log to go on in: no row of the next epoch\n"
                   "hint: --log with another file begins a new log\n");
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --log /dev/null"));
}

/* A sweep has a log of its own: it begins anew, but in no other file's place. */
Test(driver_files, the_log_of_a_sweep_from_weights) {
    static const char sweep[] =
        "sweep rate 0.01,0.02 --data line.csv --epochs 2 --load w --log log";
    size_t size;
    free(run_fine(line, "train --data line.csv --epochs 1 --save w --log log"));
    char *before = scratch_read("log", &size);
    expect_failure(line, sweep, 1,
                   "log:1: error: this is no log to go on in: it begins with 'epoch,train_loss', "
                   "not 'rate,epoch,train_loss'\nhint: --log with another file begins a new log\n");
    expect_text("log", before);
    free(before);
    cr_assert_eq(unlink("log"), 0);
    for (int i = 0; i < 2; i++) {
        free(run_fine(line, sweep));
        char *log = scratch_read("log", &size);
        cr_assert_eq(lines_of(log), 5, "%s", log);
        free(log);
    }
}

static uint64_t counter(const char *path, int index) {
    hand_classes net;
    nn_error error;
    cr_assert(nn_weights_load(classes, &net, NULL, path, &error), "%s", error.text);
    return net.counters[index];
}

/* A schedule that began for fewer epochs does not change its end in silence. */
Test(driver_files, more_epochs_than_were_to_be) {
    free(run_fine(classes, "train --data data.csv --epochs 2 --of 4 --save w"));
    Run result = run(classes, "train --data data.csv --epochs 3 --load w --save v");
    cr_assert(result.code == 0 && strncmp(result.out, "epoch 3/5", 9) == 0, "%s", result.out);
    cr_assert_str_eq(result.err,
                     "w: note: training was to end with epoch 4 and now ends with epoch 5, which "
                     "schedules see as `epochs`; --of says how many in all\n");
    run_free(result);
    free(run_fine(classes, "train --data data.csv --epochs 3 --of 5 --load w --save v"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --load v"));
}

/* --epochs says how many now, --of how many in all. */
Test(driver_files, epochs_now_and_in_all) {
    char *out = run_fine(classes, "train --data data.csv --epochs 2 --of 12 --save w");
    cr_assert(strncmp(out, "epoch  1/12", 11) == 0 && lines_of(out) == 3, "%s", out);
    free(out);
    cr_assert(counter("w", 2) == 1 && counter("w", 3) == 12);
    out = run_fine(classes, "train --data data.csv --epochs 3 --load w --save w");
    cr_assert(strncmp(out, "epoch  3/12", 11) == 0 && lines_of(out) == 4, "%s", out);
    free(out);
    cr_assert(counter("w", 2) == 4 && counter("w", 3) == 12);
    expect_failure(classes, "train --data data.csv --epochs 8 --of 12 --load w", 2,
                   "error: --of 12: training now ends with epoch 13\n");
    expect_failure(classes, "train --data data.csv --of 5 --load w", 2,
                   "error: --of 5: the weights have 5 epochs behind them\n");
    out = run_fine(classes, "train --data data.csv --of 7 --load w --save v"); /* what is left */
    cr_assert(strncmp(out, "epoch 6/7", 9) == 0 && lines_of(out) == 3, "%s", out);
    free(out);
    cr_assert(counter("v", 2) == 6 && counter("v", 3) == 7);
    out = run_fine(classes, "train --data data.csv --load v --save v"); /* nothing is left */
    cr_assert(strncmp(out, "epoch  8/17", 11) == 0 && lines_of(out) == 11, "%s", out);
    free(out);
    out = run_fine(classes, "train --data data.csv --load w --save v"); /* as the weights say */
    cr_assert(strncmp(out, "epoch  6/12", 11) == 0 && lines_of(out) == 8, "%s", out);
    free(out);
    cr_assert(counter("v", 2) == 11 && counter("v", 3) == 12);
    out = run_fine(classes, "train --data data.csv --of 3 --save v");
    cr_assert_eq(lines_of(out), 4, "%s", out);
    free(out);
    expect_failure(classes, "train --data data.csv --of 0", 2,
                   "hand: error: --of: '0' is not a number from 1 to 4294967295\n");
}
