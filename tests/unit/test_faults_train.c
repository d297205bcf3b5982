/* Training, prediction, sweep and split when memory or a call that concerns files fails, or a signal
   comes, at each such call in turn: the exit code, a line that says why, files that are the old
   ones or whole new ones, nothing left beside them. */

#define _GNU_SOURCE
#include "faults.inc"

#include "child.h"
#include "hand_net.h"
#include "host.h"
#include "long.h"
#include "scratch.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

int fsync(int file) {
    return fails(SYNC, EIO) ? -1 : sync_spared(file);
}

int open(const char *path, int flags, ...) {
    return fails(OPEN, EIO) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

int close(int file) {
    int code = (int)syscall(SYS_close, file);
    return fails(CLOSE, EIO) ? -1 : code;
}

int fchmod(int file, mode_t mode) {
    return fails(CHMOD, EIO) ? -1 : (int)syscall(SYS_fchmod, file, mode);
}

int link(const char *from, const char *to) {
    return fails(LINK, EPERM) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int posix_fallocate(int file, off_t from, off_t size) {
    if (fails(ROOM, ENOSPC))
        return ENOSPC;
    return syscall(SYS_fallocate, file, 0, from, size) == 0 ? 0 : errno;
}

static const Fault files[] = {OPEN, SYNC, CLOSE, RENAME, CHMOD, LINK, ROOM};
static const char *const names[KINDS] = {
    [MEMORY] = "malloc", [OPEN] = "open",    [SYNC] = "fsync", [CLOSE] = "close",
    [RENAME] = "rename", [CHMOD] = "fchmod", [LINK] = "link",  [ROOM] = "posix_fallocate"};

enum { REACHED = 64, ENOUGH = 5000 };

/* What a run did: exit code or signal, and whether the fault was reached. */
typedef struct {
    int code, signal;
    bool is_reached;
} Outcome;

static const char train[] =
    "train --data d.csv --epochs 3 --save w --save-every 1 --keep 1 --log l";
static const char predict[] = "predict --weights old/w --data d.csv --out p";
static const char sweep[] = "sweep rate 0.1,0.05 --data line.csv --epochs 2 --log s";
static const char split[] = "split --data d.csv --parts 0.6,0.4 --into a,b --force";
static const char *const lines[] = {train, predict, sweep, split};
enum { LINES = sizeof lines / sizeof *lines };

/* The file that a command writes, or the last of them. */
static const char *written_by(const char *words) {
    return words == train ? "w" : words == predict ? "p" : words == sweep ? "s" : "b";
}

static const nn_network *network_of(const char *words) {
    return strncmp(words, "sweep", 5) == 0 ? &hand_line_network : &hand_classes_network;
}

/* Two arguments for "%.*s": the first word. */
#define verb(words) (int)strcspn(words, " "), words

static int nn_main_words(const char *words) {
    char text[400], *argv[32] = {(char *)"hand"};
    int count = 1;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[count++] = word;
    return nn_main(network_of(words), count, argv);
}

static _Noreturn void leave(int code) {
    memset(left, 0, sizeof left);
    child_exit(code);
}

static Outcome run(const char *words, Fault fault, long number, int signal) {
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr))
            leave(99);
        setvbuf(stderr, NULL, _IONBF, 0);
        signal_instead = signal;
        left[fault] = number;
        int code = nn_main_words(words);
        bool is_reached = number > 0 && left[fault] == 0;
        leave(code < REACHED ? code | (is_reached ? REACHED : 0) : code);
    }
    int status = 0;
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status))
        return (Outcome){0, WTERMSIG(status), true};
    int code = WEXITSTATUS(status);
    return code >= 128 ? (Outcome){0, code - 128, true}
                       : (Outcome){code & ~REACHED, 0, (code & REACHED) != 0};
}

static bool is_file(const char *path, const char *other) {
    size_t size, other_size;
    char *a = scratch_read(path, &size), *b = scratch_read(other, &other_size);
    bool is_same = a && b && size == other_size && memcmp(a, b, size) == 0;
    free(a);
    free(b);
    return is_same;
}

static bool loads(const char *path) {
    static hand_classes net;
    nn_error error;
    return nn_weights_load(&hand_classes_network, &net, NULL, path, &error);
}

static const char *in_folder(const char *folder, const char *name) {
    static char path[2][64];
    char *made = path[folder[0] == 'o'];
    snprintf(made, sizeof path[0], "%s/%s", folder, name);
    return made;
}

static bool is_written(const char *words) {
    return is_file(written_by(words), in_folder("new", written_by(words)));
}

/* Whether the text is the beginning of that of the whole log, in whole lines. */
static bool is_log(const char *path) {
    size_t size, whole_size;
    char *text = scratch_read(path, &size),
         *whole = scratch_read(in_folder("new", path), &whole_size);
    bool is_log = text && size > 0 && text[size - 1] == '\n' && size <= whole_size &&
                  memcmp(text, whole, size) == 0;
    free(text);
    free(whole);
    return is_log || is_file(path, in_folder("old", path));
}

static void copy(const char *from, const char *to) {
    size_t size;
    char *bytes = scratch_read(from, &size);
    cr_assert(bytes, "%s", from);
    FILE *file = fopen(to, "wb");
    cr_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    free(bytes);
}

static const char *const all[] = {"w", "l", "p", "s", "a", "b"};
enum { FILES_WRITTEN = sizeof all / sizeof *all };

/* What a run finds: weights, logs, predictions and parts of before. */
static void old_files(void) {
    remove("w.1");
    for (size_t i = 0; i < FILES_WRITTEN; i++)
        copy(in_folder("old", all[i]), all[i]);
}

static void faults_open(void) {
    scratch_open();
    cr_assert_eq(chdir(scratch_folder()), 0);
    scratch_text("d.csv", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n7,7,2\n9,9,1\n");
    cr_assert(mkdir("old", 0777) == 0 && mkdir("new", 0777) == 0);
    cr_assert_eq(
        run("train --data d.csv --epochs 1 --seed 5 --save old/w --log old/l", MEMORY, 0, 0).code,
        0);
    scratch_text("line.csv", "1,0,0,3\n0,1,0,4\n0,0,1,5\n");
    cr_assert_eq(run("sweep rate 0.2 --data line.csv --log old/s", MEMORY, 0, 0).code, 0);
    for (const char *name = "pab"; *name; name++) {
        const char path[] = {'o', 'l', 'd', '/', *name, '\0'};
        scratch_text(path, "what was there");
    }
    old_files();
    for (size_t i = 0; i < LINES; i++)
        cr_assert_eq(run(lines[i], MEMORY, 0, 0).code, 0, "%s", lines[i]);
    for (size_t i = 0; i < FILES_WRITTEN; i++)
        copy(all[i], in_folder("new", all[i]));
    old_files();
}

TestSuite(faults_train, .init = faults_open, .fini = scratch_close);

/* The files after a run that ended in whatever way. */
static void expect_whole_files(const char *when, bool may_leave) {
    cr_assert(loads("w"), "%s: weights do not load", when);
    cr_assert(!scratch_exists("w.1") || loads("w.1"), "%s: weights before do not load", when);
    cr_assert(is_log("l") && is_log("s"), "%s: no log", when);
    for (const char *name = "pab"; *name; name++) {
        const char path[] = {*name, '\0'};
        cr_assert(is_file(path, in_folder("new", path)) || is_file(path, in_folder("old", path)),
                  "%s: %s is neither old nor new", when, path);
    }
    for (size_t i = 0; i < FILES_WRITTEN; i++) {
        char temporary[64];
        snprintf(temporary, sizeof temporary, "%s.nngen-new", all[i]);
        cr_assert(may_leave || !scratch_exists(temporary), "%s leaves %s", when, temporary);
    }
}

static void expect_said(const char *when, const char *what) {
    size_t size;
    char *said = scratch_read("err", &size);
    cr_assert(strstr(said, what), "%s: said %s", when, said);
    free(said);
}

/* Each call of a kind fails, in steps of `step`; how many points these were. */
static long fail_each(const char *words, Fault fault, long step, long *wrong) {
    long points = 0;
    for (long number = 1; number < ENOUGH; number += step, points++) {
        char when[200];
        snprintf(when, sizeof when, "%.*s: %s number %ld fails", verb(words), names[fault], number);
        old_files();
        Outcome outcome = run(words, fault, number, 0);
        if (!outcome.is_reached) {
            cr_assert_eq(outcome.code, 0, "%s: %d", when, outcome.code);
            return points;
        }
        int wanted = fault == MEMORY ? NN_MEMORY : NN_FAILED;
        cr_assert(outcome.signal == 0 && (outcome.code == 0 || outcome.code == wanted),
                  "%s: %d, signal %d: %s", when, outcome.code, outcome.signal,
                  scratch_read("err", &(size_t){0}));
        if (outcome.code != 0)
            expect_said(when, fault == MEMORY ? "error: out of memory" : "error: ");
        expect_whole_files(when, false);
        cr_assert(outcome.code != 0 || is_written(words), "%s", when);
        *wrong += outcome.code != 0;
    }
    cr_assert_fail("%s: %s without end", words, names[fault]);
    return points;
}

static void print_points(const char *words, Fault fault, long points, long wrong) {
    fprintf(stderr, "%.*s: %ld points of %s, %ld end it\n", verb(words), points, names[fault],
            wrong);
}

Test(faults_train, memory) {
    skip_without_own_memory();
    for (size_t i = 0; i < LINES; i++) {
        long wrong = 0, points = fail_each(lines[i], MEMORY, slice_of(3, 1), &wrong);
        print_points(lines[i], MEMORY, points, wrong);
        cr_assert_gt(wrong, 20);
    }
}

Test(faults_train, files) {
    for (size_t i = 0; i < LINES; i++)
        for (size_t kind = 0; kind < sizeof files / sizeof *files; kind++) {
            long wrong = 0, points = fail_each(lines[i], files[kind], 1, &wrong);
            print_points(lines[i], files[kind], points, wrong);
        }
}

/* No name without its file, no weights without the log: whenever the power fails, what is there is
   whole, and the log is not behind. */
Test(faults_train, the_order_on_the_disk) {
    pid_t child = fork();
    if (child == 0) {
        freopen("out", "w", stdout);
        freopen("err", "w", stderr);
        int code = nn_main_words("train --data d.csv --epochs 2 --save w --save-every 1 --log l");
        leave(code ||
              strcmp(reached, "file l folder file w folder file l folder file w folder ") != 0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

/* A save in between that fails is not the end: the next one may go well. */
Test(faults_train, a_save_in_between) {
    Outcome outcome = run(train, RENAME, 2, 0); /* the first is that of the log */
    cr_assert(outcome.is_reached && outcome.code == 0);
    expect_said("in between", "w: error: cannot write: Input/output error\n"
                              "note: training goes on\n");
    cr_assert(is_file("w", "new/w") && is_file("l", "new/l"));
}

static long resumed; /* runs that went on in the middle after a kill */

/* A signal at each call; what is left then is gone after the next run, which does not notice. */
static long signal_each(const char *words, Fault fault, long step) {
    static const int signals[] = {SIGTERM, SIGKILL, SIGINT, SIGKILL, SIGHUP};
    long points = 0;
    for (long number = 1; number < ENOUGH; number += step, points++) {
        char when[200];
        int signal = signals[number % 5];
        snprintf(when, sizeof when, "%.*s: signal %d at %s number %ld", verb(words), signal,
                 names[fault], number);
        old_files();
        Outcome outcome = run(words, fault, number, signal);
        if (!outcome.is_reached)
            return points;
        cr_assert(outcome.signal == signal || outcome.code == 0, "%s: %d, signal %d", when,
                  outcome.code, outcome.signal);
        expect_whole_files(when, signal == SIGKILL);
        if (outcome.code == 0 && outcome.signal == 0)
            cr_assert(is_written(words), "%s", when);
        if (signal != SIGKILL)
            continue;
        if (words == train && !is_file("w", "old/w") && !is_file("w", "new/w")) {
            Outcome again = run("train --data d.csv --load w --save w --log l", MEMORY, 0, 0);
            cr_assert(again.code == 0 && is_file("w", "new/w") && is_file("l", "new/l"),
                      "%s: goes on elsewhere: %d", when, again.code);
            resumed++;
        }
        cr_assert_eq(run(words, MEMORY, 0, 0).code, 0, "%s: then", when);
        expect_whole_files(when, false);
        cr_assert(is_written(words), "%s", when);
    }
    cr_assert_fail("%s: %s without end", words, names[fault]);
    return points;
}

Test(faults_train, signals) {
    for (size_t i = 0; i < LINES; i++)
        for (size_t kind = 0; kind < sizeof files / sizeof *files; kind++)
            fprintf(stderr, "%.*s: %ld signals at %s\n", verb(lines[i]),
                    signal_each(lines[i], files[kind], slice_of(3, 1)), names[files[kind]]);
    fprintf(stderr, "%ld runs went on after a kill\n", resumed);
    cr_assert_gt(resumed, 0);
}
