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
#include <sys/xattr.h>
#include <unistd.h>

TestSuite(save, .init = scratch_open, .fini = scratch_close);

static bool save(const char *path, const char *text, nn_error *error) {
    nn_save save;
    *error = (nn_error){NN_FINE, ""};
    FILE *file = nn_save_begin(&save, path, 0, error) ? nn_save_open(&save, error) : NULL;
    bool is_fine = file && fputs(text, file) >= 0;
    is_fine = file && nn_save_close(&save, is_fine, error);
    nn_save_end(&save);
    return is_fine;
}

static FILE *begin(nn_save *save, const char *path, nn_error *error) {
    cr_assert(nn_save_begin(save, path, 0, error), "%s", error->text);
    FILE *file = nn_save_open(save, error);
    cr_assert(file, "%s", error->text);
    return file;
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
    fputs("new", begin(&out, path, &error));
    cr_assert_not(nn_save_close(&out, false, &error));
    nn_save_end(&out);
    cr_assert_eq(error.code, NN_FINE);
    expect_text(path, "old");
    cr_assert_eq(scratch_count(), 1);
}

Test(save, the_old_file_stands_until_the_end) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    const char *path = scratch_text("file", "old");
    FILE *file = begin(&out, path, &error);
    fputs("new", file);
    fflush(file);
    expect_text(path, "old");
    cr_assert(nn_save_close(&out, true, &error));
    nn_save_end(&out);
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

/* Refused before anything is written. */
static void expect_refusal(const char *path, const char *text) {
    nn_error error;
    nn_save out;
    char expected[2048];
    cr_assert_not(nn_save_begin(&out, path, 0, &error), "%s", path);
    nn_save_end(&out);
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
    FILE *file = begin(&out, path, &error);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; i < 1000; i++)
        fputs("new", file);
    cr_assert_not(nn_save_close(&out, true, &error));
    nn_save_end(&out);
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
    nn_save out;
    bool is_fine = nn_save_begin(&out, scratch_path("file"), 0, &error);
    nn_save_end(&out);
    return is_fine ? 1 : 0;
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
    cr_assert(geteuid() != 0 || chown(scratch_path("file"), 65534, (gid_t)-1) == 0);
    chmod(scratch_folder(), 0333);
    cr_assert_eq(as_nobody(write_both), 0);
    chmod(scratch_folder(), 0755);
    expect_text(scratch_path("file"), "new");
    expect_text(scratch_path("other"), "new");
    cr_assert_eq(scratch_count(), 2);
}

/* What a process left that was killed is taken away; what is no such file is not. */
Test(save, beside_what_others_left) {
    nn_error error;
    scratch_text("file.nngen-new", "left");
    cr_assert(save(scratch_path("file"), "one", &error), "%s", error.text);
    expect_text(scratch_path("file"), "one");
    cr_assert_eq(scratch_count(), 1);
    cr_assert_eq(mkdir(scratch_path("file.nngen-new"), 0777), 0);
    expect_refusal(scratch_path("file"), "File exists");
    cr_assert_eq(rmdir(scratch_path("file.nngen-new")), 0);
    cr_assert_eq(symlink("file", scratch_path("file.nngen-new")), 0);
    expect_refusal(scratch_path("file"), "Too many levels of symbolic links");
    expect_text(scratch_path("file"), "one");
    expect_refusal(scratch_path("a.nngen-new"), "names that end in .nngen-new are for temporary "
                                                "files");
}

/* A name as long as names can be, in bytes that are characters of three each. */
Test(save, names_of_any_length) {
    nn_error error;
    for (size_t length = 240; length <= 255; length++) {
        char name[256], other[256];
        for (size_t i = 0; i < length; i++)
            name[i] = i < length / 3 * 3 ? "\xe2\x82\xac"[i % 3] : 'n';
        name[length] = '\0';
        strcpy(other, name);
        other[length - 1] ^= 1;
        nn_save out, beside;
        fputs("new", begin(&out, scratch_path(name), &error));
        fputs("other", begin(&beside, scratch_path(other), &error));
        cr_assert_eq(scratch_count(), 2, "%zu", length);
        cr_assert(nn_save_close(&out, true, &error) && nn_save_close(&beside, true, &error), "%s",
                  error.text);
        nn_save_end(&out);
        nn_save_end(&beside);
        expect_text(scratch_path(name), "new");
        expect_text(scratch_path(other), "other");
        cr_assert_eq(unlink(scratch_path(name)) | unlink(scratch_path(other)), 0);
    }
}

/* One process after the other, but not two at a time: before the first save, between two, while one
   is under way. */
Test(save, one_process_at_a_time) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    const char *path = scratch_path("file"), busy[] = "another process is writing it";
    FILE *file = begin(&out, path, &error);
    expect_refusal(path, busy);
    for (int i = 0; i < 3; i++) {
        fprintf(file, "%d", i);
        expect_refusal(path, busy);
        cr_assert(nn_save_close(&out, true, &error), "%s", error.text);
        expect_text(path, i == 0 ? "0" : i == 1 ? "1" : "2");
        expect_refusal(path, busy);
        if (i == 1)
            cr_assert(nn_save_reserve(&out, &error));
        expect_refusal(path, busy);
        file = nn_save_open(&out, &error);
        cr_assert(file, "%s", error.text);
    }
    fputs("lost", file);
    cr_assert_not(nn_save_close(&out, false, &error));
    nn_save_end(&out);
    cr_assert(save(path, "other", &error), "%s", error.text);
    expect_text(path, "other");
    cr_assert_eq(scratch_count(), 1);
}

/* What was written before and then given up is not at the end of the next. */
Test(save, a_shorter_one_after_a_failure) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    cr_assert(nn_save_begin(&out, scratch_path("file"), 5000, &error), "%s", error.text);
    fputs("a long text that is not kept", nn_save_open(&out, &error));
    cr_assert_not(nn_save_close(&out, false, &error));
    fputs("short", nn_save_open(&out, &error));
    cr_assert(nn_save_close(&out, true, &error), "%s", error.text);
    nn_save_end(&out);
    expect_text(scratch_path("file"), "short");
}

/* The room that is asked for is there before anything is written, or it is said. */
Test(save, room_is_reserved) {
    struct rlimit limit = {4000, 4000};
    struct stat status;
    nn_error error = {NN_FINE, ""};
    nn_save out;
    cr_assert(nn_save_begin(&out, scratch_path("file"), 1 << 20, &error), "%s", error.text);
    cr_assert_eq(stat(scratch_path("file.nngen-new"), &status), 0);
    cr_assert_geq(status.st_blocks * 512, 1 << 20);
    nn_save_end(&out);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_not(nn_save_begin(&out, scratch_path("file"), 1 << 20, &error));
    nn_save_end(&out);
    cr_assert(strstr(error.text, "error: cannot write: File too large"), "%s", error.text);
    cr_assert_eq(scratch_count(), 0);
}

/* The files that were replaced, under numbers: the one before, the one before that. */
Test(save, older_files) {
    static const char *const texts[] = {"0", "1", "2", "3", "4"};
    nn_error error = {NN_FINE, ""};
    nn_save out;
    cr_assert(nn_save_begin(&out, scratch_path("file"), 0, &error), "%s", error.text);
    out.older = 2;
    for (int i = 0; i < 5; i++) {
        fputs(texts[i], nn_save_open(&out, &error));
        cr_assert(nn_save_close(&out, true, &error), "%s", error.text);
        expect_text(scratch_path("file"), texts[i]);
        cr_assert_eq(scratch_count(), i < 2 ? (size_t)i + 1 : 3);
        for (int back = 1; back <= 2 && back <= i; back++)
            expect_text(scratch_path(back == 1 ? "file.1" : "file.2"), texts[i - back]);
    }
    nn_save_end(&out);
    cr_assert_eq(scratch_count(), 3);
}

static int write_owned(void) {
    nn_error error;
    if (save(scratch_path("file"), "new", &error))
        return 1;
    return strstr(error.text, "error: cannot write: owner and group of the file cannot be kept\n"
                              "hint: give another name, or remove the file first")
               ? 0
               : 2;
}

Test(save, the_owner_stays) {
    nn_error error;
    struct stat status;
    if (geteuid() != 0)
        cr_skip_test("needs root to make another user's file");
    cr_assert_eq(chown(scratch_text("file", "old"), 1, 2), 0);
    cr_assert_eq(chmod(scratch_path("file"), 04666), 0);
    cr_assert(save(scratch_path("file"), "new", &error), "%s", error.text);
    cr_assert_eq(stat(scratch_path("file"), &status), 0);
    cr_assert(status.st_uid == 1 && status.st_gid == 2 && (status.st_mode & 07777) == 04666);
    chmod(scratch_folder(), 0777);
    cr_assert_eq(as_nobody(write_owned), 0);
    expect_text(scratch_path("file"), "new");
    cr_assert_eq(scratch_count(), 1);
}

/* One user more may write it, the group may do nothing: a list of access rights, as the kernel has
   it. */
Test(save, the_list_of_access_rights_stays) {
    static const unsigned char list[] = {2,   0,   0,   0,   1,   0,   6,  0,   255, 255, 255,
                                         255, 2,   0,   6,   0,   7,   0,  0,   0,   4,   0,
                                         0,   0,   255, 255, 255, 255, 16, 0,   6,   0,   255,
                                         255, 255, 255, 32,  0,   0,   0,  255, 255, 255, 255};
    nn_error error;
    char found[sizeof list + 1];
    static const char name[] = "system.posix_acl_access";
    const char *path = scratch_text("file", "old");
    if (setxattr(path, name, list, sizeof list, 0) != 0)
        cr_skip_test("the file system has no lists of access rights");
    cr_assert(save(path, "new", &error), "%s", error.text);
    cr_assert_eq(getxattr(path, name, found, sizeof found), (ssize_t)sizeof list);
    cr_assert_eq(memcmp(found, list, sizeof list), 0);
}

/* Somebody has cleaned up, too early. */
Test(save, a_temporary_that_is_removed) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    const char *path = scratch_text("file", "old");
    cr_assert(nn_save_begin(&out, path, 100, &error), "%s", error.text);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(unlink(scratch_path("file.nngen-new")), 0);
        fputs("new", nn_save_open(&out, &error));
        cr_assert(nn_save_close(&out, true, &error), "%s", error.text);
        expect_text(path, "new");
        cr_assert(nn_save_reserve(&out, &error));
    }
    nn_save_end(&out);
    cr_assert_eq(scratch_count(), 1);
}

/* Permissions that change while the new file is written are those that it gets. */
Test(save, the_mode_of_the_end) {
    nn_error error = {NN_FINE, ""};
    nn_save out;
    struct stat status;
    const char *path = scratch_text("file", "old");
    fputs("new", begin(&out, path, &error));
    chmod(path, 0600);
    cr_assert(nn_save_close(&out, true, &error));
    nn_save_end(&out);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0600);
}

Test(save, a_link_that_leads_nowhere) {
    cr_assert_eq(symlink("none", scratch_path("link")), 0);
    expect_refusal(scratch_path("link"), "No such file or directory\n"
                                         "hint: this is a link, and it leads to no file");
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
