#include "host.h"

#include "child.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(save, .init = scratch_open, .fini = scratch_close);

static bool save(const char *path, const char *text, nn_error *error) {
    nn_save save;
    *error = (nn_error){NN_FINE, ""};
    FILE *file = nn_save_open(&save, path, error);
    if (!file)
        return false;
    fputs(text, file);
    return nn_save_close(&save, true, error);
}

static void expect_text(const char *path, const char *text) {
    size_t size;
    char *found = scratch_read(path, &size);
    cr_assert(found, "%s is gone", path);
    cr_assert_str_eq(found, text);
    free(found);
}

Test(save, writes_and_replaces) {
    nn_error error;
    const char *path = scratch_path("file");
    cr_assert(save(path, "one", &error), "%s", error.text);
    expect_text(path, "one");
    cr_assert(save(path, "two", &error), "%s", error.text);
    expect_text(path, "two");
    cr_assert_eq(scratch_count(), 1);
}

Test(save, in_the_working_directory) {
    nn_error error;
    cr_assert_eq(chdir(scratch_folder()), 0);
    cr_assert(save("file", "one", &error), "%s", error.text);
    cr_assert(save("file", "two", &error), "%s", error.text);
    expect_text("file", "two");
    cr_assert_eq(scratch_count(), 1);
}

Test(save, not_kept) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    const char *path = scratch_text("file", "old");
    fputs("new", nn_save_open(&out, path, &error));
    cr_assert_not(nn_save_close(&out, false, &error));
    cr_assert_eq(error.code, NN_FINE);
    expect_text(path, "old");
    cr_assert_eq(scratch_count(), 1);
}

Test(save, the_old_file_stands_until_the_end) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    const char *path = scratch_text("file", "old");
    FILE *file = nn_save_open(&out, path, &error);
    fputs("new", file);
    fflush(file);
    expect_text(path, "old");
    cr_assert(nn_save_close(&out, true, &error));
    expect_text(path, "new");
}

Test(save, mode_and_links_stay) {
    nn_error error;
    struct stat status;
    const char *path = scratch_text("file", "old"), *link = scratch_path("link");
    chmod(path, 0640);
    cr_assert_eq(symlink("file", link), 0);
    cr_assert(save(link, "new", &error), "%s", error.text);
    expect_text(path, "new");
    cr_assert_eq(lstat(link, &status), 0);
    cr_assert(S_ISLNK(status.st_mode));
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0640);
}

Test(save, a_new_file_gets_the_usual_mode) {
    nn_error error;
    struct stat status;
    umask(027);
    cr_assert(save(scratch_path("file"), "new", &error));
    cr_assert_eq(stat(scratch_path("file"), &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0640);
}

static void expect_failure(const char *path, const char *text) {
    nn_error error;
    char expected[2048];
    cr_assert_not(save(path, "new", &error), "%s", path);
    snprintf(expected, sizeof expected, "%s: error: cannot write: %s", path, text);
    cr_assert_str_eq(error.text, expected);
    cr_assert_eq(error.code, NN_FAILED);
}

/* Refused when it is asked for beforehand, and when it is tried. */
static void expect_refusal(const char *path, const char *text) {
    nn_error error;
    char expected[2048];
    cr_assert_not(nn_save_check(path, &error), "%s", path);
    snprintf(expected, sizeof expected, "%s: error: cannot write: %s", path, text);
    cr_assert_str_eq(error.text, expected);
    expect_failure(path, text);
}

Test(save, places_that_cannot_be) {
    size_t count = scratch_count();
    expect_refusal(scratch_path("none/file"), "No such file or directory");
    expect_refusal(scratch_folder(), "Is a directory");
    expect_refusal(scratch_path("none/"), "Is a directory");
    expect_refusal("", "No such file or directory");
    scratch_text("file", "old");
    expect_refusal(scratch_path("file/file"), "Not a directory");
    cr_assert_eq(scratch_count(), count + 1);
}

Test(save, a_full_device) {
    struct stat before, after;
    cr_assert_eq(stat("/dev/full", &before), 0);
    expect_failure("/dev/full", "No space left on device");
    cr_assert_eq(stat("/dev/full", &after), 0);
    cr_assert_eq(before.st_ino, after.st_ino);
    cr_assert(S_ISCHR(after.st_mode));
}

Test(save, a_device_is_written_as_it_is) {
    nn_error error;
    struct stat status;
    cr_assert(save("/dev/null", "new", &error), "%s", error.text);
    cr_assert_eq(stat("/dev/null", &status), 0);
    cr_assert(S_ISCHR(status.st_mode));
}

/* A file system that fills up in the middle: here, a limit on the size of files. */
Test(save, a_write_that_fails) {
    struct rlimit limit = {100, 100};
    nn_error error = {NN_FINE, ""};
    nn_save out;
    char expected[2048];
    const char *path = scratch_text("file", "old");
    FILE *file = nn_save_open(&out, path, &error);
    cr_assert(file, "%s", error.text);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; i < 1000; i++)
        fputs("new", file);
    bool is_kept = nn_save_close(&out, true, &error);
    cr_assert_not(is_kept);
    snprintf(expected, sizeof expected, "%s: error: cannot write: File too large", path);
    cr_assert_str_eq(error.text, expected);
    expect_text(path, "old");
    cr_assert_eq(scratch_count(), 1);
}

/* As a user without rights, in a child. Returns what went wrong there, 0 if nothing. */
static int as_nobody(int (*body)(void)) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && seteuid(65534) != 0)
            child_exit(99);
        child_exit(body());
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int write_refused(const char *path) {
    nn_error error;
    if (save(path, "new", &error))
        return 1;
    return strstr(error.text, "cannot write: Permission denied") ? 0 : 2;
}

static int write_beside(void) {
    return write_refused(scratch_path("other"));
}

static int write_over(void) {
    return write_refused(scratch_path("file"));
}

static int write_check(void) {
    nn_error error;
    return nn_save_check(scratch_path("file"), &error) ? 1 : 0;
}

Test(save, a_folder_that_is_read_only) {
    scratch_text("file", "old");
    chmod(scratch_path("file"), 0666);
    chmod(scratch_folder(), 0555);
    cr_assert_eq(as_nobody(write_beside), 0);
    cr_assert_eq(as_nobody(write_over), 0);
    cr_assert_eq(as_nobody(write_check), 0);
    chmod(scratch_folder(), 0755);
    expect_text(scratch_path("file"), "old");
    cr_assert_eq(scratch_count(), 1);
}

static int write_both(void) {
    nn_error error;
    return save(scratch_path("file"), "new", &error) && save(scratch_path("other"), "new", &error)
               ? 0
               : 1;
}

/* Nobody lists it, so that it cannot be synced either; what is written there is written all the
   same. */
Test(save, a_folder_that_cannot_be_read) {
    scratch_text("file", "old");
    chmod(scratch_path("file"), 0666);
    chmod(scratch_folder(), 0333);
    cr_assert_eq(as_nobody(write_both), 0);
    chmod(scratch_folder(), 0755);
    expect_text(scratch_path("file"), "new");
    expect_text(scratch_path("other"), "new");
    cr_assert_eq(scratch_count(), 2);
}

/* Names of new files that runs left behind which were killed. A hundred are enough to give up. */
Test(save, beside_what_others_left) {
    nn_error error;
    char name[64];
    for (int i = 0; i < 100; i++) {
        if (i == 99) {
            cr_assert(save(scratch_path("file"), "one", &error), "%s", error.text);
            expect_text(scratch_path("file"), "one");
        }
        snprintf(name, sizeof name, "file.%ld.%d", (long)getpid(), i);
        scratch_text(name, "left");
    }
    expect_refusal(scratch_path("file"), "File exists");
    expect_text(scratch_path("file"), "one");
    expect_text(scratch_path(name), "left");
    cr_assert_eq(scratch_count(), 101);
}

Test(save, a_file_that_is_read_only) {
    scratch_text("file", "old");
    chmod(scratch_path("file"), 0444);
    chmod(scratch_folder(), 0777);
    cr_assert_eq(as_nobody(write_over), 0);
    cr_assert_eq(as_nobody(write_check), 0);
    expect_text(scratch_path("file"), "old");
    cr_assert_eq(scratch_count(), 1);
}
