/* What the program nngen does when memory or a call that writes fails, each in turn: this program
   has its own malloc, write and the like, which pass calls on until the one that is to fail. */

#define _GNU_SOURCE
#define main nngen_main
#include "cli.c"
#undef main

#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(faults_cli, .init = scratch_open, .fini = scratch_close);

typedef enum { MEMORY, OPEN, WRITE, CLOSE, RENAME, CHMOD, LINK, KINDS } Fault;

/* Calls until one fails, from 1; 0: none will. After it, all go well again. */
static long left[KINDS];

static long live; /* pieces of memory that nobody has freed */

static bool fails(Fault fault, int reason) {
    if (left[fault] == 0 || --left[fault] > 0)
        return false;
    errno = reason;
    return true;
}

/* Sanitizers have a malloc of their own, which this must not replace. */
#if defined(__SANITIZE_ADDRESS__)
#define OWN_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MEMORY 0
#endif
#endif
#ifndef OWN_MEMORY
#define OWN_MEMORY 1

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

void *malloc(size_t size) {
    void *made = fails(MEMORY, ENOMEM) ? NULL : __libc_malloc(size);
    live += made != NULL;
    return made;
}

void *calloc(size_t count, size_t size) {
    void *made = fails(MEMORY, ENOMEM) ? NULL : __libc_calloc(count, size);
    live += made != NULL;
    return made;
}

void free(void *old) {
    live -= old != NULL;
    __libc_free(old);
}

void *realloc(void *old, size_t size) {
    void *made = fails(MEMORY, ENOMEM) ? NULL : __libc_realloc(old, size);
    live += made && !old;
    return made;
}
#endif

int open(const char *path, int flags, ...) {
    return fails(OPEN, EIO) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

/* Half is written before the disk is full. */
ssize_t write(int file, const void *bytes, size_t size) {
    if (fails(WRITE, ENOSPC))
        return -1;
    return syscall(SYS_write, file, bytes, left[WRITE] == 1 && size > 1 ? size / 2 : size);
}

int close(int file) {
    int code = (int)syscall(SYS_close, file);
    return fails(CLOSE, EIO) ? -1 : code;
}

int rename(const char *from, const char *to) {
    if (fails(RENAME, EIO))
        return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fchmod(int file, mode_t mode) {
    return fails(CHMOD, EIO) ? -1 : (int)syscall(SYS_fchmod, file, mode);
}

int link(const char *from, const char *to) {
    return fails(LINK, EPERM) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

enum { REACHED = 64, ENOUGH = 3000, MOST_KEPT = 1, LEAKS = 97 };

/* Runs nngen in a process of its own, in the scratch folder; its exit code, with REACHED where the
   fault was. What it said is in the file `err`. */
static int run_with(Fault fault, long number, const char *const *words) {
    pid_t child = fork();
    if (child == 0) {
        char *arguments[20] = {"nngen"};
        int count = 1;
        for (; words[count - 1]; count++)
            arguments[count] = strdup(words[count - 1]);
        if (chdir(scratch_folder()) != 0 || !freopen("out", "w", stdout) ||
            !freopen("err", "w", stderr))
            _exit(99);
        setvbuf(stderr, NULL, _IONBF, 0);
        optind = 0;
        left[fault] = number;
        long before = live;
        int code = nngen_main(count, arguments);
        if (live - before > MOST_KEPT) /* the library keeps buffers of streams */
            _exit(LEAKS);
        _exit(code | (number > 0 && left[fault] == 0 ? REACHED : 0));
    }
    int status = 0;
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    cr_assert(WIFEXITED(status), "%s, number %ld: died", words[0], number);
    return WEXITSTATUS(status);
}

static void expect_file(const char *name, const char *text) {
    size_t size;
    char *bytes = scratch_read(scratch_path(name), &size);
    cr_assert(bytes && strcmp(bytes, text) == 0, "%s has\n%.300s", name, bytes ? bytes : "nothing");
    free(bytes);
}

static const char *const models[] = {
    "network a\ninput x[3]\ntarget y[2]\np = dense(tanh(dense(x, 4)), 2)\n"
    "loss mean_squared_error(p, y)\nupdate sgd(0.1)\n",
    "network a\ninput x[3]\noutput dence(x, 2) + q\n",
};

static void write_files(void) {
    scratch_text("m.def", models[0]);
    scratch_text("wrong.def", models[1]);
    scratch_text("net.c", "old c");
    scratch_text("net.h", "old h");
    scratch_text("net.d", "old d");
}

static void expect_old_files(void) {
    expect_file("net.c", "old c");
    expect_file("net.h", "old h");
    expect_file("net.d", "old d");
}

/* The exit code is what it is without a fault, or it is 4, memory is said to be the cause, and all
   files are what they were. */
static void expect_memory_reports(const char *const *words) {
    write_files();
    int usual = run_with(MEMORY, 0, words), code = REACHED;
    long number = 1;
    for (; code & REACHED; number++) {
        write_files();
        code = run_with(MEMORY, number, words);
        cr_assert_eq(scratch_count(), 7, "%s %s, allocation %ld", words[0], words[1], number);
        if ((code & ~REACHED) == usual)
            continue;
        cr_assert_eq(code, REACHED | 4, "%s %s, allocation %ld: %d", words[0], words[1], number,
                     code);
        expect_file("err", "nngen: error: out of memory\n");
        expect_file("out", "");
        expect_old_files();
        cr_assert_lt(number, ENOUGH);
    }
    cr_assert_gt(number, 3);
}

Test(faults_cli, memory) {
    static const char *const lines[][9] = {
        {"m.def", "-o", "net.c", "-MD", "-MP"},
        {"m.def", "-o", "-", "-MD", "-MF", "net.d", "-MT", "stamp"},
        {"--dump=check", "m.def"},
        {"wrong.def", "-o", "net.c"},
        {"--list", "layers"},
        {"--list", "no_family"},
        {"--show", "relu"},
        {"--frobnicate", "m.def"},
        {"--version", NULL},
    };
    if (!OWN_MEMORY)
        cr_skip_test("the sanitizer's malloc does not fail on demand");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect_memory_reports(lines[i]);
}

/* Every call of a kind that fails gives code 3, place and cause, and leaves what was there. */
static long expect_file_reports(Fault fault, const char *doing, const char *reason) {
    static const char *const words[] = {"m.def", "-o", "net.c", "-MD", NULL};
    static const char *const places[] = {"m.def", "net.c", "net.h", "net.d"};
    long faults = 0;
    int code = REACHED;
    for (long number = 1; code & REACHED; number++) {
        write_files();
        code = run_with(fault, number, words);
        cr_assert_eq(scratch_count(), 7, "fault %d, call %ld leaves a file", (int)fault, number);
        if ((code & ~REACHED) == 0)
            continue;
        cr_assert_eq(code, REACHED | 3, "fault %d, call %ld: %d", (int)fault, number, code);
        bool is_said = false;
        size_t size;
        char *said = scratch_read(scratch_path("err"), &size), expected[200];
        for (int i = 0; i < 4; i++) {
            snprintf(expected, sizeof expected, "nngen: error: cannot %s '%s': %s\n", doing,
                     places[i], reason);
            is_said |= strcmp(said, expected) == 0;
        }
        cr_assert(is_said, "fault %d, call %ld: %s", (int)fault, number, said);
        free(said);
        expect_old_files();
        faults++;
    }
    return faults;
}

Test(faults_cli, files) {
    cr_expect_eq(expect_file_reports(OPEN, "read", "Input/output error"), 1);
    cr_expect_eq(expect_file_reports(WRITE, "write", "No space left on device"), 4);
    cr_expect_eq(expect_file_reports(CLOSE, "write", "Input/output error"), 3);
    cr_expect_eq(expect_file_reports(RENAME, "write", "Input/output error"), 3);
    cr_expect_eq(expect_file_reports(CHMOD, "write", "Input/output error"), 3);
    /* Without a second name for the old file all goes ahead. */
    cr_expect_eq(expect_file_reports(LINK, "write", "Operation not permitted"), 0);
}
