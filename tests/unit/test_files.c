/* gen/base/files.c: reading, writing all or nothing, depfiles. */

#define _XOPEN_SOURCE 700

#include "base/base.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4096];

static void enter_folder(void) {
    snprintf(folder, sizeof folder, "%s/XXXXXX", NNGEN_SCRATCH);
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

TestSuite(files, .init = enter_folder);

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void expect_text(const char *path, const char *text) {
    size_t size;
    FileError error;
    char *found = file_read(path, 1000, &size, &error);
    cr_assert(found, "%s is missing", path);
    cr_expect_str_eq(found, text, "%s", path);
    free(found);
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static int count_files(void) {
    DIR *here = opendir(".");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(here));)
        count += entry->d_name[0] != '.';
    closedir(here);
    return count;
}

static OutputFile output(const char *path, const char *text) {
    return (OutputFile){path, text, strlen(text), false};
}

static time_t set_old_time(const char *path) {
    const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    return 1000000000;
}

static time_t time_of(const char *path) {
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    return status.st_mtime;
}

Test(files, reads_the_whole_file) {
    put("a", "one\ntwo");
    size_t size;
    FileError error;
    char *text = file_read("a", 100, &size, &error);
    cr_assert(text);
    cr_expect_eq(size, 7);
    cr_expect_str_eq(text, "one\ntwo");
    free(text);
}

Test(files, reads_one_byte_past_the_limit_and_no_more) {
    put("a", "0123456789");
    size_t size;
    FileError error;
    char *text = file_read("a", 4, &size, &error);
    cr_assert(text);
    cr_expect_eq(size, 5);
    cr_expect_str_eq(text, "01234");
    free(text);
}

Test(files, reading_says_what_is_wrong) {
    size_t size;
    FileError error;
    cr_expect_null(file_read("none", 4, &size, &error));
    cr_expect_str_eq(error.doing, "read");
    cr_expect_str_eq(error.path, "none");
    cr_expect_str_eq(error.reason, "No such file or directory");
    cr_expect_null(file_read(".", 4, &size, &error));
    cr_expect_str_eq(error.reason, "Is a directory");
}

Test(files, writes_new_files_with_the_usual_mode) {
    umask(027);
    FileError error;
    OutputFile files[] = {output("net.c", "source"), output("net.h", "header")};
    cr_assert(files_write(files, 2, &error));
    expect_text("net.c", "source");
    expect_text("net.h", "header");
    cr_expect_eq(count_files(), 2, "temporaries are left");
    struct stat status;
    cr_assert_eq(stat("net.c", &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0640);
}

Test(files, replaces_and_keeps_the_mode) {
    put("net.c", "old");
    chmod("net.c", 0604);
    FileError error;
    OutputFile file = output("net.c", "new");
    cr_assert(files_write(&file, 1, &error));
    expect_text("net.c", "new");
    cr_expect_eq(count_files(), 1);
    struct stat status;
    cr_assert_eq(stat("net.c", &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0604);
}

Test(files, unchanged_bytes_keep_their_time) {
    put("net.c", "same");
    put("net.h", "old");
    time_t old = set_old_time("net.c");
    set_old_time("net.h");
    FileError error;
    OutputFile files[] = {output("net.c", "same"), output("net.h", "new")};
    cr_assert(files_write(files, 2, &error));
    cr_expect_eq(time_of("net.c"), old);
    cr_expect_neq(time_of("net.h"), old);
    expect_text("net.h", "new");
}

Test(files, same_size_but_other_bytes_are_written) {
    put("net.c", "same");
    FileError error;
    OutputFile file = output("net.c", "some");
    cr_assert(files_write(&file, 1, &error));
    expect_text("net.c", "some");
}

Test(files, a_missing_folder_fails_and_writes_nothing) {
    put("net.c", "old");
    FileError error;
    OutputFile files[] = {output("net.c", "new"), output("none/net.h", "header")};
    cr_assert_not(files_write(files, 2, &error));
    cr_expect_str_eq(error.path, "none/net.h");
    cr_expect_str_eq(error.reason, "No such file or directory");
    expect_text("net.c", "old");
    cr_expect_eq(count_files(), 1);
}

Test(files, a_folder_in_the_place_fails_and_writes_nothing) {
    mkdir("net.h", 0777);
    FileError error;
    OutputFile files[] = {output("net.c", "new"), output("net.h", "header")};
    cr_assert_not(files_write(files, 2, &error));
    cr_expect_str_eq(error.reason, "Is a directory");
    cr_expect_not(exists("net.c"));
    cr_expect_eq(count_files(), 1);
}

Test(files, a_read_only_file_stays) {
    put("net.c", "old");
    put("net.h", "old header");
    chmod("net.h", 0444);
    FileError error;
    OutputFile files[] = {output("net.c", "new"), output("net.h", "header")};
    cr_assert_not(files_write(files, 2, &error));
    cr_expect_str_eq(error.doing, "write");
    cr_expect_str_eq(error.path, "net.h");
    cr_expect_str_eq(error.reason, "Permission denied");
    expect_text("net.c", "old");
    expect_text("net.h", "old header");
    cr_expect_eq(count_files(), 2);
}

Test(files, a_symbolic_link_is_followed) {
    mkdir("real", 0777);
    put("real/net.c", "old");
    cr_assert_eq(symlink("real/net.c", "net.c"), 0);
    FileError error;
    OutputFile file = output("net.c", "new");
    cr_assert(files_write(&file, 1, &error));
    expect_text("real/net.c", "new");
    struct stat status;
    cr_assert_eq(lstat("net.c", &status), 0);
    cr_expect(S_ISLNK(status.st_mode));
}

/* Not as root: were the code wrong, it would put a file in the device's place. */
Test(files, a_device_is_written_straight) {
    if (geteuid() == 0)
        cr_assert_eq(setuid(65534), 0);
    FileError error;
    OutputFile file = output("/dev/null", "text");
    cr_expect(files_write(&file, 1, &error));
    cr_expect(file_is_special("/dev/null"));
    file.path = "/dev/full";
    cr_expect_not(files_write(&file, 1, &error));
    cr_expect_str_eq(error.reason, "No space left on device");
    cr_expect(file_is_special("/dev/full"));
}

/* Another user's file, which anybody may write: it would be this user's afterwards. */
Test(files, a_file_whose_owner_would_change_stays) {
    if (geteuid() != 0)
        cr_skip_test("needs root to make another user's file");
    put("net.c", "old");
    put("net.h", "old header");
    chmod("net.h", 0666);
    cr_assert_eq(chown("net.c", 65534, 65534), 0);
    cr_assert_eq(chown("net.h", 1, 1), 0);
    cr_assert_eq(chown(".", 2, 2), 0);
    cr_assert_eq(chmod(".", 01777), 0);
    cr_assert(setgid(65534) == 0 && setuid(65534) == 0);
    FileError error;
    OutputFile files[] = {output("net.c", "new"), output("net.h", "header"),
                          output("net.d", "depfile")};
    cr_assert_not(files_write(files, 3, &error));
    cr_expect_str_eq(error.path, "net.h");
    cr_expect_str_eq(error.reason, "owner and group of the file cannot be kept");
    cr_expect_str_eq(error.hint, "give another name, or remove the file first");
    expect_text("net.c", "old");
    expect_text("net.h", "old header");
    cr_expect_eq(count_files(), 2);
}

Test(files, knows_the_same_file_by_any_name) {
    put("a", "x");
    put("b", "x");
    cr_assert_eq(link("a", "c"), 0);
    cr_expect(file_same("a", "./a"));
    cr_expect(file_same("a", "c"));
    cr_expect_not(file_same("a", "b"));
    cr_expect(file_same("none", "none"));
    cr_expect_not(file_same("none", "a"));
    cr_assert_eq(mkdir("in", 0777), 0);
    cr_assert_eq(symlink("in", "into"), 0);
    cr_assert_eq(symlink("../a", "in/link"), 0);
    cr_expect(file_same("a", "into/link"));
    cr_expect(file_same("in/none", "into/../into/./none"));
    cr_expect_not(file_same("in/none", "in/other"));
    cr_expect_not(file_same("in/none", "none"));
    cr_expect(file_same("nowhere/none", "nowhere/none"));
    cr_expect_not(file_same("nowhere/none", "nowhere/other"));
    cr_expect_not(file_same("/dev/null", "/dev/null"));
    cr_expect_not(file_is_special("a"));
    cr_expect_not(file_is_special("."));
}

Test(files, tells_its_own_from_others) {
    put("empty", "");
    put("own", "/* made by it */\n");
    put("other", "int x;\n");
    cr_expect_not(file_lacks("empty", "made by it"));
    cr_expect_not(file_lacks("own", "made by it"));
    cr_expect(file_lacks("other", "made by it"));
    cr_expect_not(file_lacks("none", "made by it"));
    cr_expect_not(file_lacks("/dev/zero", "made by it"));
    cr_expect_not(file_lacks(".", "made by it"));
}

static void expect_escape(const char *path, const char *expected) {
    char *escaped = depfile_escape(path);
    cr_assert(escaped);
    cr_expect_str_eq(escaped, expected);
    free(escaped);
}

Test(files, escapes_for_make) {
    expect_escape("plain.def", "plain.def");
    expect_escape("two words", "two\\ words");
    expect_escape("a\tb", "a\\\tb");
    expect_escape("a#b", "a\\#b");
    expect_escape("a$b", "a$$b");
    expect_escape("back\\slash", "back\\slash");
    expect_escape("a\\ b", "a\\\\\\ b");
    expect_escape("", "");
}

Test(files, depfile_sorts_inputs_and_names_each_once) {
    const char *targets[] = {"net.c", "net.h"};
    const char *inputs[] = {"z.def", "a b.def", "z.def"};
    Depfile depfile = {targets, 2, inputs, 3, true};
    char *text = depfile_text(&depfile);
    cr_assert(text);
    cr_expect_str_eq(text, "net.c net.h: a\\ b.def z.def\na\\ b.def:\nz.def:\n");
    free(text);
    depfile.phony = false;
    depfile.input_count = 0;
    text = depfile_text(&depfile);
    cr_expect_str_eq(text, "net.c net.h:\n");
    free(text);
}
