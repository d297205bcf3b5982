/* What the host side does when memory, fsync or rename fail, each in turn. */

#define _GNU_SOURCE
#include "faults.inc"

#include "hand_net.h"
#include "host.h"
#include "scratch.h"
#include "tensor_file.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(faults, .init = scratch_open, .fini = scratch_close);

static int sync_reason = EIO;

int fsync(int file) {
    return fails(SYNC, sync_reason) ? -1 : sync_spared(file);
}

int fchmod(int file, mode_t mode) {
    return fails(CHMOD, EIO) ? -1 : (int)syscall(SYS_fchmod, file, mode);
}

enum { ENOUGH = 5000 }; /* allocations; no call here needs as many */

/* True where the fault was reached: the call must then say that memory failed. */
static bool expect_report(bool is_fine, const nn_error *error, long fault) {
    bool is_reached = left[MEMORY] == 0;
    left[MEMORY] = 0;
    if (is_reached && is_fine)
        return true; /* a library did without */
    cr_assert_eq(is_fine, !is_reached, "allocation %ld: %s", fault, error->text);
    bool is_memory = error->code == NN_MEMORY && strstr(error->text, "memory");
    cr_assert(is_fine || is_memory, "allocation %ld: %s", fault, error->text);
    return is_reached;
}

static hand_classes net_make(void) {
    hand_classes net;
    uint64_t seed = 3;
    const void *in[] = {&seed};
    memset(&net, 0, sizeof net);
    hand_classes_network.init(&net, NULL, 1, in, NULL);
    return net;
}

Test(faults, memory_of_data) {
    static const char *const texts[] = {"kind,x.1,x.0,\"other\"\n0,1,2,3\n", "1,2,0\n",
                                        "a,b,kind\n1,2,0\n", "a;b\n0;1,5;2\n1;NA;3\n"};
    static const nn_reading readings[4] = {[3] = {.columns = "kind=0,x=\"a\",x=rest",
                                                  .decimal = NN_DECIMAL_COMMA,
                                                  .missing = NN_MISSING_MEAN}};
    nn_error error;
    skip_without_own_memory();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *path = scratch_text("d.csv", texts[i]);
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            left[MEMORY] = fault;
            nn_data *data = nn_data_load(&hand_classes_network, path, &readings[i], &error);
            is_reached = expect_report(data != NULL, &error, fault);
            nn_data_free(data);
            cr_assert_lt(fault, ENOUGH);
        }
        cr_assert_gt(fault, 8);
    }
}

Test(faults, memory_of_idx_files) {
    nn_error error;
    char path[2100];
    long fault = 1;
    snprintf(path, sizeof path, "%s,%s",
             scratch_write("x.idx", "\0\0\x08\x02\0\0\0\2\0\0\0\2\3\4\5\6", 16),
             scratch_write("k.idx", "\0\0\x08\x01\0\0\0\2\2\1", 10));
    skip_without_own_memory();
    for (bool is_reached = true; is_reached; fault++) {
        nn_classes *names = nn_classes_new(&hand_classes_network);
        const nn_reading reading = {.classes = names};
        left[MEMORY] = fault;
        nn_data *data = nn_data_load(&hand_classes_network, path, &reading, &error);
        is_reached = expect_report(data != NULL, &error, fault);
        nn_data_free(data);
        nn_classes_free(names);
        cr_assert_lt(fault, ENOUGH);
    }
    cr_assert_gt(fault, 8);
}

/* Tables that are refused: with the reason, or without memory; never without a word. */
Test(faults, memory_of_refusals) {
    static const struct {
        const char *text, *columns, *error;
    } rows[] = {
        {"x.0,x.2,kind\n1,2,0\n", NULL, "no column 'x.1'"},
        {"x.0,x.1,kid\n1,2,0\n", NULL, "no column 'kind'"},
        {"a,b,c,d\n1,2,0,1\n", NULL, "names no input and no target"},
        {"1,2,0,1\n3,1,1,2\n", NULL, "4 columns, inputs take 2 and targets 1"},
        {"tea,2,0\n5,1,1\n", NULL, "is this a header with numbers in it"},
        {"1,2,0\n3,1,1\n", "x=1:4", "--columns: "},
        {"1,2,0\n3,1,1\n", "", "--columns: "},
    };
    skip_without_own_memory();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = scratch_text("d.csv", rows[i].text);
        const nn_reading reading = {.columns = rows[i].columns};
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            nn_error error;
            left[MEMORY] = fault;
            nn_data *data = nn_data_load(&hand_classes_network, path, &reading, &error);
            is_reached = left[MEMORY] == 0;
            left[MEMORY] = 0;
            cr_assert_null(data, "%s, allocation %ld", rows[i].text, fault);
            bool is_memory = error.code == NN_MEMORY && strstr(error.text, "memory");
            cr_assert(strstr(error.text, rows[i].error) || (is_memory && is_reached),
                      "%s, allocation %ld: %s", rows[i].text, fault, error.text);
            cr_assert_lt(fault, ENOUGH);
        }
        cr_assert_gt(fault, 5);
    }
}

/* Labels found in a file, names kept with weights, and compared with those of others. */
Test(faults, memory_of_classes) {
    nn_error error;
    hand_classes net = net_make();
    const char *path = scratch_text("d.csv", "x.0,x.1,kind\n1,2,c\n1,2,a\n1,2,b\n"),
               *weights = scratch_path("w");
    long fault = 1;
    skip_without_own_memory();
    for (bool is_reached = true; is_reached; fault++) {
        nn_classes *names = nn_classes_new(&hand_classes_network),
                   *loaded = nn_classes_new(&hand_classes_network),
                   *others = nn_classes_new(&hand_classes_network);
        cr_assert(nn_classes_give(others, "kind=b,a,c", &error));
        left[MEMORY] = fault;
        nn_data *data =
            nn_data_load(&hand_classes_network, path, &(nn_reading){.classes = names}, &error);
        bool is_fine = data &&
                       nn_weights_save(&hand_classes_network, &net, &(nn_kept){.classes = names},
                                       weights, &error) &&
                       nn_weights_load(&hand_classes_network, &net, &(nn_kept){.classes = loaded},
                                       weights, &error);
        if (is_fine) {
            cr_assert_not(nn_weights_load(&hand_classes_network, &net,
                                          &(nn_kept){.classes = others}, weights, &error));
            is_fine = error.code == NN_WRONG;
        }
        is_reached = expect_report(is_fine, &error, fault);
        nn_data_free(data);
        nn_classes_free(names);
        nn_classes_free(loaded);
        nn_classes_free(others);
        cr_assert_lt(fault, ENOUGH);
    }
    cr_assert_gt(fault, 20);
}

/* Names of columns, kept and gone by, and what --columns said of a table without names. */
Test(faults, memory_of_names_of_columns) {
    static const struct {
        const char *first, *first_columns, *later, *later_columns;
    } rows[] = {
        {"u,v,kind\n1,2,0\n1,2,1\n", NULL, "v,kind,u\n1,0,2\n1,1,2\n", NULL},
        {"u,v,kind\n1,2,0\n1,2,1\n", NULL, "v,u,kind\n1,2,0\n", "x=0:2"},
        {"2,7,1.5\n0,6,2.5\n", "kind=0,x=rest", "1,5,3\n", "kind=0,x=rest"},
    };
    nn_error error;
    hand_classes net = net_make();
    const nn_network *network = &hand_classes_network;
    skip_without_own_memory();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = scratch_text("d.csv", rows[i].first),
                   *later = scratch_text("e.csv", rows[i].later), *weights = scratch_path("w");
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            nn_sources *sources = nn_sources_new(network), *loaded = nn_sources_new(network);
            nn_kept kept = {.sources = sources}, others = {.sources = loaded};
            const nn_reading reading = {.sources = sources, .columns = rows[i].first_columns},
                             again = {.sources = loaded, .columns = rows[i].later_columns};
            left[MEMORY] = fault;
            nn_data *data = nn_data_load(network, path, &reading, &error), *second = NULL;
            bool is_fine = data && nn_weights_save(network, &net, &kept, weights, &error) &&
                           nn_weights_load(network, &net, &others, weights, &error);
            if (is_fine)
                second = nn_data_load(network, later, &again, &error);
            is_reached = expect_report(is_fine && second, &error, fault);
            nn_data_free(data);
            nn_data_free(second);
            nn_sources_free(sources);
            nn_sources_free(loaded);
            cr_assert_lt(fault, ENOUGH);
        }
        cr_assert_gt(fault, 20);
    }
}

Test(faults, memory_of_saving) {
    nn_error error;
    hand_classes net = net_make(), loaded;
    size_t size;
    long fault = 1;
    skip_without_own_memory();
    for (bool is_reached = true; is_reached; fault++) {
        const char *path = scratch_text("w", "old");
        left[MEMORY] = fault;
        bool is_fine = nn_weights_save(&hand_classes_network, &net, NULL, path, &error);
        is_reached = expect_report(is_fine, &error, fault);
        cr_assert_eq(scratch_count(), 1);
        if (is_fine) {
            memset(&loaded, 0, sizeof loaded);
            cr_assert(nn_weights_load(&hand_classes_network, &loaded, NULL, path, &error), "%s",
                      error.text);
            cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
        } else {
            char *old = scratch_read(path, &size);
            cr_assert_str_eq(old, "old");
            free(old);
        }
        cr_assert_lt(fault, ENOUGH);
    }
    cr_assert_gt(fault, 8);
}

Test(faults, memory_of_loading) {
    nn_error error;
    hand_classes net = net_make(), loaded, before;
    const char *path = scratch_path("w");
    long fault = 1;
    skip_without_own_memory();
    cr_assert(nn_weights_save(&hand_classes_network, &net, NULL, path, &error));
    memset(&before, 0, sizeof before);
    for (bool is_reached = true; is_reached; fault++) {
        loaded = before;
        left[MEMORY] = fault;
        bool is_fine = nn_weights_load(&hand_classes_network, &loaded, NULL, path, &error);
        is_reached = expect_report(is_fine, &error, fault);
        cr_assert_eq(memcmp(&loaded, is_fine ? &net : &before, sizeof net), 0, "allocation %ld",
                     fault);
        cr_assert_lt(fault, ENOUGH);
    }
    cr_assert_gt(fault, 20);
}

/* The same of a file with other names, of which some tensors are left out. */
Test(faults, memory_of_mapping) {
    static const TensorRow rows[] = {{"0.weight", "F16", "[2, 3]", 6, {0}},
                                     {"0.bias", "F32", "[3]", 3, {0}},
                                     {"head", "F32", "[1]", 1, {0}},
                                     {NULL, NULL, NULL, 0, {0}}};
    static const char *const maps[] = {"0.weight=weight,0.bias=bias,head=", "0.weigth=weight"};
    const char *path = tensor_file("w", NULL, rows);
    skip_without_own_memory();
    for (size_t i = 0; i < 2; i++) {
        nn_weights_from from = {.map = maps[i], .transpose = "weight"};
        for (long fault = 1, rest = 0; rest == 0; fault++) {
            nn_error error;
            hand_classes net = net_make(), before = net;
            left[MEMORY] = fault;
            bool is_fine = nn_weights_import(&hand_classes_network, &net, path, &from, &error);
            rest = left[MEMORY];
            left[MEMORY] = 0;
            cr_assert(is_fine || memcmp(&net, &before, sizeof net) == 0, "allocation %ld", fault);
            cr_assert(is_fine || error.code != NN_FINE, "allocation %ld", fault);
            cr_assert(rest == 0 || is_fine == (i == 0), "allocation %ld", fault);
            cr_assert_lt(fault, ENOUGH);
        }
    }
}

static int main_quietly(const nn_network *network, const char *const *words) {
    char *argv[16], copies[16][1024];
    int argc = 0;
    for (; words[argc]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    return nn_main(network, argc, argv);
}

/* The whole program, every command: 4, or 0 where the fault came after all allocations. */
Test(faults, memory_of_the_driver) {
    skip_without_own_memory();
    const char *data = scratch_text("d.csv", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n7,7,2\n9,9,1\n");
    const char *points = scratch_text("l.csv", "1,2,3,4\n2,3,4,5\n0,1,1,1\n0,0,0,1\n");
    const char *holes = scratch_text("h.csv", "x.0,x.1,kind\n1,?,0\n3,4,1\n?,6,2\n");
    const char *other = scratch_text("o.csv", "one,two,three\n1,2,0\n3,4,1\n");
    const char *words = scratch_text("c.csv", "x.0,x.1,kind\n1,2,b\n3,4,a\n5,6,c\n7,7,c\n");
    const char *weights = scratch_path("w"), *out = scratch_path("p");
    const char *const lines[][12] = {
        {"hand", "train", "--data", data, "--test", data, "--save", weights, "--log", "/dev/null",
         "--quiet"},
        {"hand", "predict", "--data", data, "--weights", weights, "--out", out},
        {"hand", "test", "--data", data, "--weights", weights, "--report"},
        {"line", "train", "--data", points, "--watch", "--log", "/dev/null"},
        {"line", "check", "--data", points},
        {"line", "sweep", "rate", "0.1,0.2", "--data", points, "--epochs", "2", "--log",
         "/dev/null"},
        {"hand", "train", "--data", holes, "--missing", "mean", "--save", weights, "--epochs", "1"},
        {"hand", "test", "--data", holes, "--weights", weights, "--missing", "mean"},
        {"hand", "predict", "--data", other, "--weights", weights, "--columns",
         "x=\"one\":two,kind=rest"},
        {"hand", "train", "--data", words, "--classes", "kind=c,a,b", "--epochs", "1", "--log",
         "/dev/null"},
        {"hand", "info", "--weights", weights},
        {"hand", "train", "--data", other, "--columns", "x=\"one\":two,kind=three", "--save",
         weights, "--epochs", "1"},
    };
    cr_assert(freopen("/dev/null", "w", stdout));
    cr_assert(freopen("/dev/null", "w", stderr));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const nn_network *network =
            strcmp(lines[i][0], "hand") == 0 ? &hand_classes_network : &hand_line_network;
        int code = 1;
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            left[MEMORY] = fault;
            code = main_quietly(network, lines[i]);
            is_reached = left[MEMORY] == 0;
            left[MEMORY] = 0;
            cr_assert(code == 0 || (is_reached && code == NN_MEMORY),
                      "line %zu, allocation %ld: %d", i, fault, code);
            cr_assert_lt(fault, ENOUGH);
        }
        cr_assert_eq(code, 0);
        cr_assert_gt(fault, i == 4 ? 10 : 20);
    }
}

/* Training that goes on, with a log of many rows: what was there stays whole. */
Test(faults, memory_of_going_on) {
    skip_without_own_memory();
    size_t size;
    char log[1024];
    snprintf(log, sizeof log, "%s", scratch_path("log"));
    cr_assert_eq(chdir(scratch_folder()), 0);
    scratch_text("d.csv", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n7,7,2\n");
    const char *const first[] = {"hand",   "train", "--data", "d.csv", "--epochs", "400",
                                 "--save", "w",     "--log",  "log",   "--quiet",  NULL};
    const char *const second[] = {"hand",   "train", "--data", "d.csv", "--epochs", "1",
                                  "--load", "w",     "--log",  "log",   "--quiet",  NULL};
    cr_assert(freopen("/dev/null", "w", stdout));
    cr_assert(freopen("/dev/null", "w", stderr));
    cr_assert_eq(main_quietly(&hand_classes_network, first), 0);
    char *before = scratch_read(log, &size);
    long fault = 1;
    for (bool is_reached = true; is_reached; fault++) {
        scratch_text("log", before);
        left[MEMORY] = fault;
        int code = main_quietly(&hand_classes_network, second);
        is_reached = left[MEMORY] == 0;
        left[MEMORY] = 0;
        char *after = scratch_read(log, &size);
        cr_assert(code == 0 || (is_reached && code == NN_MEMORY), "allocation %ld: %d", fault,
                  code);
        cr_assert(strncmp(after, before, strlen(before)) == 0, "allocation %ld", fault);
        free(after);
        cr_assert_lt(fault, ENOUGH);
    }
    cr_assert_gt(fault, 20);
    free(before);
}

/* Where a link points to that leads to no file. */
Test(faults, memory_of_links) {
    static const char *const ends[][2] = {{"there/file", "./there/file"},
                                          {"/nowhere/file", "/nowhere/file"}};
    skip_without_own_memory();
    cr_assert_eq(chdir(scratch_folder()), 0);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(symlink(ends[i][0], "link"), 0);
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            left[MEMORY] = fault;
            char *target = nn_path_target("link");
            is_reached = left[MEMORY] == 0;
            left[MEMORY] = 0;
            cr_assert(is_reached || target, "allocation %ld", fault);
            cr_assert(!target || strcmp(target, ends[i][1]) == 0, "allocation %ld: %s", fault,
                      target);
            free(target);
        }
        cr_assert_gt(fault, 3);
        cr_assert_eq(unlink("link"), 0);
    }
}

static void no_fit(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n, (void)in;
    *(int *)out = 1;
}

Test(faults, memory_of_pairs) {
    static const nn_field inputs[] = {{"a", 2, 1, {2}, 0, 1}, {"b", 2, 1, {2}, 0, 1}};
    static const nn_field targets[] = {{"same", 1, 0, {0}, 0, 0}};
    static const nn_network twin = {.name = "twin",
                                    .real_size = sizeof(double),
                                    .batch = 4,
                                    .input_count = 2,
                                    .target_count = 1,
                                    .is_pairs = 1,
                                    .inputs = inputs,
                                    .targets = targets,
                                    .fit = no_fit};
    static const char *const texts[] = {"a.0,a.1,same\n0,5,3\n1,5,1\n2,5,3\n3,5,1\n",
                                        "a.0,a.1,same\n0,5,x\n1,5,y\n2,5,x\n3,5,y\n"};
    skip_without_own_memory();
    for (size_t i = 0; i < 2; i++) {
        const char *path = scratch_text("d.csv", texts[i]);
        long fault = 1;
        for (bool is_reached = true; is_reached; fault++) {
            nn_error error;
            left[MEMORY] = fault;
            nn_data *data = nn_data_load(&twin, path, NULL, &error);
            is_reached = expect_report(data != NULL, &error, fault);
            nn_data_free(data);
            cr_assert_lt(fault, ENOUGH);
        }
        cr_assert_gt(fault, 10);
    }
}

static void expect_save_failure(const char *kept, const char *what) {
    nn_error error;
    char expected[2048];
    size_t size;
    hand_classes net = net_make();
    const char *path = scratch_text("w", "old");
    cr_assert_not(nn_weights_save(&hand_classes_network, &net, NULL, path, &error));
    snprintf(expected, sizeof expected, "%s: error: %s: Input/output error", path, what);
    cr_assert_str_eq(error.text, expected);
    cr_assert_eq(error.code, NN_FAILED);
    cr_assert_eq(scratch_count(), 1);
    char *bytes = scratch_read(path, &size);
    cr_assert_eq(strcmp(bytes, "old") == 0, strcmp(kept, "old") == 0);
    free(bytes);
}

Test(faults, the_file_does_not_reach_the_disk) {
    left[SYNC] = 1;
    expect_save_failure("old", "cannot write");
}

/* Some file systems do not sync, which is no failure. */
Test(faults, a_file_system_without_fsync) {
    static const int reasons[] = {EINVAL, ENOTSUP, EROFS};
    nn_error error;
    hand_classes net = net_make(), loaded;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        const char *path = scratch_text("w", "old");
        sync_reason = reasons[i];
        left[SYNC] = 1;
        cr_assert(nn_weights_save(&hand_classes_network, &net, NULL, path, &error), "%s",
                  error.text);
        cr_assert_eq(left[SYNC], 0);
        cr_assert(nn_weights_load(&hand_classes_network, &loaded, NULL, path, &error));
    }
}

/* Nobody may read it who could not before: no new file without the old one's mode. */
Test(faults, the_mode_cannot_be_kept) {
    left[CHMOD] = 1;
    expect_save_failure("old", "cannot write");
}

Test(faults, the_file_cannot_be_renamed) {
    left[RENAME] = 1;
    expect_save_failure("old", "cannot write");
}

/* What was learned is not lost with the log. */
Test(faults, the_log_cannot_be_written) {
    nn_error error;
    hand_classes net;
    size_t size;
    const char *data = scratch_text("d.csv", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n");
    const char *words[] = {"hand",   "train", "--data", data,  "--epochs", "3",
                           "--save", "w",     "--log",  "log", NULL};
    cr_assert_eq(chdir(scratch_folder()), 0);
    cr_assert(freopen("out", "w", stdout) && freopen("err", "w", stderr));
    left[RENAME] = 1;
    cr_assert_eq(main_quietly(&hand_classes_network, words), NN_FAILED);
    fflush(stderr);
    char *said = scratch_read("err", &size);
    cr_expect(strstr(said, "error: cannot write: Input/output error\n"
                           "hint: the weights after epoch 1 are in 'w'\n"),
              "%s", said);
    cr_assert(nn_weights_load(&hand_classes_network, &net, NULL, "w", &error), "%s", error.text);
    cr_assert_eq(net.counters[2], 0);
    free(said);
}

/* The new file stands, but its name might not outlive a power cut: that is said. */
Test(faults, the_folder_does_not_reach_the_disk) {
    left[SYNC] = 2;
    expect_save_failure("new", "this file is written, but a loss of power could bring the old one "
                               "back, as its folder cannot be synced");
}

/* Saving asks for both, the file before the rename and the folder after it. */
Test(faults, both_are_synced) {
    nn_error error;
    hand_classes net = net_make();
    left[SYNC] = 3;
    cr_assert(nn_weights_save(&hand_classes_network, &net, NULL, scratch_path("w"), &error));
    cr_assert_eq(left[SYNC], 1);
}
