#include "host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(error);

Test(error, text_with_its_place) {
    nn_error error;
    cr_assert_not(nn_fail(&error, NN_WRONG, (nn_place){"a.csv", 12}, "%d columns", 3));
    cr_assert_str_eq(error.text, "a.csv:12: error: 3 columns");
    cr_assert_eq(error.code, NN_WRONG);
    nn_fail(&error, NN_WRONG, (nn_place){"a.csv", 0}, "empty");
    cr_assert_str_eq(error.text, "a.csv: error: empty");
    nn_fail(&error, NN_USAGE, (nn_place){NULL, 0}, "wrong");
    nn_hint(&error, "try %s", "this");
    cr_assert_str_eq(error.text, "error: wrong\nhint: try this");
    cr_assert_eq(error.code, NN_USAGE);
    errno = ENOENT;
    nn_fail_errno(&error, "b", "cannot open");
    cr_assert_str_eq(error.text, "b: error: cannot open: No such file or directory");
    cr_assert_eq(error.code, NN_FAILED);
}

/* A path is any bytes; what would move a terminal's cursor, or begin a line, is written out. */
Test(error, paths_with_control_characters) {
    nn_error error;
    nn_fail(&error, NN_WRONG, (nn_place){"a\x1b]0;b\n.csv", 3}, "empty");
    cr_assert_str_eq(error.text, "a\\x1b]0;b\\x0a.csv:3: error: empty");
    error = (nn_error){NN_FINE, ""};
    nn_note(&error, "\r\xFF", "look");
    cr_assert_str_eq(error.text, "\\x0d\\xff: note: look");
}

Test(error, a_note_is_no_error) {
    nn_error error = {NN_FINE, ""};
    nn_note(&error, "a.csv", "%s", "look");
    cr_assert_str_eq(error.text, "a.csv: note: look");
    cr_assert_eq(error.code, NN_FINE);
    nn_note(&error, "a.csv", "again");
    cr_assert_str_eq(error.text, "a.csv: note: look\na.csv: note: again");
}

/* Whatever is said, it ends within the buffer. */
Test(error, text_that_is_too_long) {
    nn_error error;
    char path[5000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    nn_fail(&error, NN_WRONG, (nn_place){path, 7}, "%s", path);
    nn_hint(&error, "%s", path);
    cr_assert_eq(strlen(error.text), sizeof error.text - 1);
    cr_assert_eq(strncmp(error.text + 300, ":7: error: ppp", 14), 0);
}

Test(error, quotes) {
    nn_quoted quoted;
    char text[200];
    cr_assert_str_eq(nn_quote(&quoted, ""), "''");
    cr_assert_str_eq(nn_quote(&quoted, "abc"), "'abc'");
    cr_assert_str_eq(nn_quote(&quoted, "a\tb\x7f\n"), "'a\\x09b\\x7f\\x0a'");
    cr_assert_str_eq(nn_quote(&quoted, "\x1b[2J\xC2\x9B"
                                       "0m"),
                     "'\\x1b[2J\\xc2\\x9b0m'");
    cr_assert_str_eq(nn_quote(&quoted, "\x9B"
                                       "0m\xC3"),
                     "'\\x9b0m\\xc3'");
    cr_assert_str_eq(nn_quote(&quoted, "\xE2\x82\xAC\xF0\x9F\x98\x80"),
                     "'\xE2\x82\xAC\xF0\x9F\x98\x80'");
    cr_assert_str_eq(nn_quote(&quoted, "\xC3\xA4"), "'\xC3\xA4'");
    memset(text, 'x', sizeof text);
    text[57] = '\0'; /* as much as fits */
    cr_assert_eq(strlen(nn_quote(&quoted, text)), 59);
    cr_assert_null(strstr(quoted.text, "..."));
    text[57] = 'x';
    text[58] = '\0';
    cr_assert_eq(strlen(nn_quote(&quoted, text)), 62);
    cr_assert_str_eq(quoted.text + 57, "x...'");
    memcpy(text + 56, "\xC3\xA4", 2); /* a character across the end is left out whole */
    cr_assert_str_eq(nn_quote(&quoted, text) + 56, "x...'");
}

Test(error, the_nearest_name) {
    static const char *const names[] = {"train", NULL, "test", "predict", "image.12"};
    cr_assert_str_eq(nn_nearest("trian", names, 5), "train");
    cr_assert_str_eq(nn_nearest("rain", names, 5), "train");
    cr_assert_str_eq(nn_nearest("trains", names, 5), "train");
    cr_assert_str_eq(nn_nearest("tst", names, 5), "test");
    cr_assert_str_eq(nn_nearest("predicate", names, 5), "predict");
    cr_assert_str_eq(nn_nearest("image.1", names, 5), "image.12");
    cr_assert_str_eq(nn_nearest("test", names, 5), "test");
    cr_assert_str_eq(nn_nearest("tra", names, 1), "train");
    cr_assert_null(nn_nearest("tr", names, 1));
    cr_assert_null(nn_nearest("abc", names, 5));
    cr_assert_null(nn_nearest("x", names, 5));
    cr_assert_null(nn_nearest("", names, 5));
    cr_assert_null(nn_nearest("train", names, 0));
}
