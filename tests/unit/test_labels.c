/* Labels as text: what a data file makes of classes, and what it says where it cannot. For
   hand_classes (x.0, x.1, then one of three kinds) and hand_line (a, b.0, b.1, then y). */

#include "classes.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(labels, .init = scratch_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

/* Classes as --classes gives them; NULL: none are given. */
static nn_classes *named(const nn_network *network, const char *given) {
    nn_error error = {NN_FINE, ""};
    nn_classes *made = nn_classes_new(network);
    cr_assert(made);
    cr_assert(!given || nn_classes_give(made, given, &error), "%s", error.text);
    return made;
}

static nn_data *load(nn_classes *names, const char *text, nn_error *error) {
    return nn_data_load(names->network, scratch_text("d.csv", text),
                        &(nn_reading){.classes = names}, error);
}

/* The file's classes as digits, "0212", and the names, "bird cat dog". */
static void expect_kinds(nn_classes *names, const char *text, const char *kinds,
                         const char *expected) {
    nn_error error;
    char found[100] = "";
    nn_data *data = load(names, text, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(data->count, strlen(kinds), "%s", text);
    for (size_t i = 0; i < data->count; i++)
        cr_assert_eq(((int32_t *)data->values[1])[i], kinds[i] - '0', "%s row %zu", text, i);
    for (size_t i = 0; i < nn_classes_count(names, 0); i++) {
        strcat(found, i ? " " : "");
        strcat(found, nn_classes_name(names, 0, i));
    }
    cr_assert_str_eq(found, expected);
    nn_data_free(data);
}

static void expect_error(nn_classes *names, const char *text, const char *expected) {
    nn_error error;
    nn_data *data = load(names, text, &error);
    cr_assert_null(data, "accepted: %s", text);
    cr_assert_eq(error.code, NN_WRONG);
    const char *place = strstr(error.text, "d.csv");
    cr_assert_str_eq(place ? place : error.text, expected);
}

/* Both are part of what is said. */
static void expect_said(nn_classes *names, const char *text, const char *first,
                        const char *second) {
    nn_error error;
    cr_assert_null(load(names, text, &error), "accepted: %s", text);
    cr_assert(strstr(error.text, first), "%s", error.text);
    cr_assert(strstr(error.text, second), "%s", error.text);
}

#define HEAD "x.0,x.1,kind\n"

/* Sorted by bytes, as np.unique has them: capitals before small letters, letters of ASCII before
   others, whatever comes first in the file. */
Test(labels, are_sorted_by_their_bytes) {
    static const struct {
        const char *text, *kinds, *names;
    } rows[] = {
        {HEAD "1,2,dog\n1,2,cat\n1,2,bird\n1,2,dog\n", "2102", "bird cat dog"},
        {HEAD "1,2,a10\n1,2,a9\n1,2,B\n", "120", "B a10 a9"},
        {HEAD "1,2,zebra\n1,2,\xC3\xA4hre\n1,2,ahre\n", "120", "ahre zebra \xC3\xA4hre"},
        {HEAD "1,2,\" dog\"\n1,2,\"cat \"\n1,2,bird\n1,2,  dog  \n", "2102", "bird cat dog"},
        {HEAD "1,2,\"a\"\"b\"\n1,2,\"a,b\"\n1,2,'\n", "120", "' a\"b a,b"},
        {HEAD "1,2,0\n1,2,2\n", "02", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_classes *names = named(classes, NULL);
        expect_kinds(names, rows[i].text, rows[i].kinds, rows[i].names);
        nn_classes_free(names);
    }
}

Test(labels, the_order_is_said) {
    nn_error error;
    nn_classes *names = named(classes, NULL);
    nn_data_free(load(names, HEAD "1,2,dog\n1,2,cat\n1,2,bird\n", &error));
    cr_assert(strstr(error.text, "d.csv: note: the classes of 'kind' are its labels, sorted: "
                                 "bird=0, cat=1, dog=2"),
              "%s", error.text);
    nn_classes_free(names);
}

/* Once there are names, files are read by them, with fewer labels and in any order. */
Test(labels, later_files_are_read_by_the_first) {
    nn_error error;
    nn_classes *names = named(classes, NULL);
    expect_kinds(names, HEAD "1,2,dog\n1,2,cat\n1,2,bird\n", "210", "bird cat dog");
    expect_kinds(names, HEAD "1,2,dog\n1,2,dog\n", "22", "bird cat dog");
    nn_data_free(load(names, HEAD "1,2,cat\n", &error));
    cr_assert_null(strstr(error.text, "sorted"), "%s", error.text);
    expect_said(names, HEAD "1,2,cat\n1,2,catt\n",
                "d.csv:3: error: column 'kind': 'catt' is not a label of 'kind'; from /",
                "d.csv those are bird=0, cat=1, dog=2\nhint: is 'cat' meant?");
    nn_classes_free(names);
}

Test(labels, are_either_text_or_numbers) {
    nn_classes *names = named(classes, NULL);
    expect_error(names, HEAD "1,2,cat\n1,2,1\n",
                 "d.csv:3: error: column 'kind': '1' is a number, and line 2 has the label "
                 "'cat'\nhint: --classes kind=A,B,.. gives the labels of class 0, 1 and so on");
    expect_error(names, HEAD "1,2,1\n1,2,1x\n",
                 "d.csv:3: error: column 'kind': '1x' is not a number, and line 2 has one\n"
                 "hint: --classes kind=A,B,.. gives the labels of class 0, 1 and so on");
    expect_kinds(names, HEAD "1,2,2\n", "2", "");
    expect_said(names, HEAD "1,2,cat\n", "column 'kind': 'cat' is a label as text, and /",
                "d.csv has classes of 'kind' as "
                "numbers\nhint: --classes kind=A,B,..");
    nn_classes_free(names);
    names = named(classes, NULL);
    expect_kinds(names, HEAD "1,2,dog\n1,2,cat\n1,2,bird\n", "210", "bird cat dog");
    expect_said(names, HEAD "1,2,0\n", "'0' is not a label of 'kind'; from /",
                "d.csv those are bird=0");
    nn_classes_free(names);
}

Test(labels, must_be_as_many_as_classes) {
    nn_classes *names = named(classes, NULL);
    expect_error(names, HEAD "1,2,d\n1,2,a\n1,2,c\n1,2,b\n",
                 "d.csv:5: error: column 'kind': 'b' is a label too many: 'kind' has 3 classes, "
                 "and before came 'd', 'a', 'c'");
    expect_error(names, HEAD "1,2,d\n1,2,a\n",
                 "d.csv: error: 2 labels of 'kind', which has 3 classes: 'a', 'd'\n"
                 "hint: --classes kind=A,B,.. names all 3");
    nn_classes_free(names);
}

Test(labels, must_be_fit_to_be_shown) {
    static char long_label[400] = HEAD "1,2,";
    nn_classes *names = named(classes, NULL);
    expect_error(names, HEAD "1,2,a\x1b[2J\n",
                 "d.csv:2: error: column 'kind': a label has control characters or is not UTF-8");
    expect_error(names, HEAD "1,2,\"a\nb\"\n",
                 "d.csv:2: error: column 'kind': a label has control characters or is not UTF-8");
    expect_error(names, HEAD "1,2,K\xF6ln\n",
                 "d.csv:2: error: column 'kind': a label has control characters or is not UTF-8\n"
                 "hint: save the file as UTF-8, if it is of another encoding");
    expect_error(names, HEAD "1,2,nan\n",
                 "d.csv:2: error: column 'kind': 'nan' is no value\n"
                 "hint: --missing skip leaves such rows out, --classes kind=A,B,.. with this among "
                 "them takes it for a label");
    expect_error(names, HEAD "1,2,\n",
                 "d.csv:2: error: column 'kind': the cell is empty\n"
                 "hint: --missing skip leaves such rows out; a target has no mean");
    memset(long_label + strlen(long_label), 'x', 256);
    expect_error(names, long_label,
                 "d.csv:2: error: column 'kind': a label is longer than 255 bytes");
    nn_classes_free(names);
}

Test(labels, are_refused_where_no_names_can_be_kept) {
    nn_error error;
    cr_assert_null(nn_data_load(classes, scratch_text("d.csv", HEAD "1,2,cat\n"), NULL, &error));
    cr_assert(strstr(error.text, "'cat' is not a number"), "%s", error.text);
}

Test(labels, in_a_given_order) {
    nn_classes *names = named(classes, "kind=dog, cat ,bird");
    expect_kinds(names, HEAD "1,2,dog\n1,2,bird\n", "02", "dog cat bird");
    nn_classes_free(names);
    names = named(classes, "kind=\"a,b\",\"a\"\"b\",c=d");
    expect_kinds(names, HEAD "1,2,\"a,b\"\n1,2,c=d\n1,2,\"a\"\"b\"\n", "021", "a,b a\"b c=d");
    nn_classes_free(names);
}

/* Numbers are labels by their value once they are given. */
Test(labels, that_are_numbers) {
    nn_classes *names = named(classes, "kind=1,2,3");
    expect_kinds(names, HEAD "1,2,3\n1,2,1.0\n1,2,02\n", "201", "1 2 3");
    expect_said(names, HEAD "1,2,0\n", "'0' is not a label of 'kind'; from --classes those are ",
                "1=0, 2=1, 3=2");
    nn_classes_free(names);
    names = named(classes, "kind=1,2,other");
    expect_kinds(names, HEAD "1,2,other\n1,2,1e0\n", "20", "1 2 other");
    nn_classes_free(names);
}

Test(labels, numbers_from_one_are_explained) {
    nn_field pair[] = {{"kind", 2, 1, {2}, 1, 0}};
    nn_network two = *classes;
    nn_classes *names = named(classes, NULL);
    expect_error(names, HEAD "1,2,1\n1,2,3\n",
                 "d.csv:3: error: column 'kind': '3' is not a class of 'kind', which are 0 to 2\n"
                 "hint: --classes kind=1,2,3 reads numbers from 1 on");
    nn_classes_free(names);
    two.targets = pair;
    names = named(&two, NULL);
    expect_error(names, HEAD "1,2,-1\n",
                 "d.csv:2: error: column 'kind': '-1' is not a class of 'kind', which are 0 to 1\n"
                 "hint: --classes kind=-1,1 reads -1 as class 0 and 1 as class 1");
    nn_classes_free(names);
}

/* Whether two labels are 0 and 1, or -1 and 1, a target of one number does not tell. */
Test(labels, of_a_target_of_one_number) {
    nn_error error;
    nn_classes *names = named(line, NULL);
    expect_error(names, "a,b.0,b.1,y\n1,2,3,M\n1,2,3,B\n",
                 "d.csv:2: error: column 'y': 'M' is not a number\n"
                 "hint: of two labels, --classes y=A,B reads A as 0 and B as 1");
    nn_classes_free(names);
    names = named(line, "y=B,M");
    nn_data *data = load(names, "a,b.0,b.1,y\n1,2,3,M\n1,2,3,B\n", &error);
    cr_assert(data, "%s", error.text);
    cr_assert(((double *)data->values[2])[0] == 1 && ((double *)data->values[2])[1] == 0);
    nn_data_free(data);
    expect_said(names, "a,b.0,b.1,y\n1,2,3,1\n", "'1' is not a label of 'y'", "B=0, M=1");
    nn_classes_free(names);
}

Test(labels, given_wrongly) {
    static const struct {
        const char *given, *said;
    } rows[] = {
        {"", "as in kind=a,b,c, where kind is a target, and not ''"},
        {"a,b,c", "as in kind=a,b,c, where kind is a target, and not 'a,b,c'"},
        {"knd=a,b,c", "as in kind=a,b,c, where kind is a target, and not 'knd=a,b,c'"},
        {"kind=a,b", "2 labels of 'kind', which has 3 classes"},
        {"kind=a", "1 label of 'kind', which has 3 classes"},
        {"kind=a,b,c,d", "4 labels of 'kind', which has 3 classes"},
        {"kind=a,b,a", "given twice is the label 'a'"},
        {"kind=1,2,1.0", "given twice is the label '1.0'"},
        {"kind=a,,b", "a label is empty"},
        {"kind=a,b,\"c", "a quote is not closed before a comma or the end"},
        {"kind=a,b,\"c\"d", "a quote is not closed before a comma or the end"},
        {"kind=a,b,\"c \"", "a label begins or ends with a blank 'c '"},
        {"kind=a,b,\x1b", "a label has control characters or is not UTF-8 '\\x1b'"},
        {"kind=a,b,c,kind=a,b,c", "named twice is the target 'kind'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_error error = {NN_FINE, ""};
        nn_classes *names = named(classes, NULL);
        cr_assert_not(nn_classes_give(names, rows[i].given, &error), "accepted: %s", rows[i].given);
        cr_assert_eq(error.code, NN_USAGE);
        cr_assert_str_eq(strstr(error.text, "--classes: ") + 11, rows[i].said);
        nn_classes_free(names);
    }
}

/* Of the letters, class 0 may be missing, or be 1. */
Test(labels, that_begin_with_one_perhaps_are_pointed_at) {
    nn_error error;
    nn_classes *names = named(classes, NULL);
    nn_data_free(load(names, HEAD "1,2,1\n1,2,2\n", &error));
    cr_assert(strstr(error.text,
                     "d.csv: note: class 0 of 'kind' does not occur; if its numbers begin "
                     "with 1, say --classes kind=1,2,3"),
              "%s", error.text);
    nn_data_free(load(names, HEAD "1,2,1\n1,2,2\n", &error)); /* said once */
    cr_assert_null(strstr(error.text, "does not occur"), "%s", error.text);
    nn_classes_free(names);
    names = named(classes, NULL);
    nn_data_free(load(names, HEAD "1,2,1\n1,2,1\n", &error)); /* a class alone tells nothing */
    cr_assert_null(strstr(error.text, "does not occur"), "%s", error.text);
    nn_classes_free(names);
}

/* Numbers of IDX files are indices: names say what they mean, or come too late. */
Test(labels, of_idx_files) {
    static const unsigned char x[] = {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9},
                               kind[] = {0, 0, 8, 1, 0, 0, 0, 1, 2};
    char paths[1000];
    nn_error error;
    snprintf(paths, sizeof paths, "%s,%s", scratch_write("x.idx", x, sizeof x),
             scratch_write("k.idx", kind, sizeof kind));
    nn_classes *names = named(classes, "kind=a,b,c");
    nn_data *data = nn_data_load(classes, paths, &(nn_reading){.classes = names}, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(*(int32_t *)data->values[1], 2);
    cr_assert(strstr(error.text, "the numbers of 'kind' are taken for its classes: a=0, b=1, c=2"));
    nn_data_free(data);
    nn_classes_free(names);
    names = named(classes, NULL);
    data = nn_data_load(classes, paths, &(nn_reading){.classes = names}, &error);
    cr_assert(data, "%s", error.text);
    nn_data_free(data);
    expect_said(names, HEAD "1,2,cat\n1,2,dog\n1,2,ape\n", "'cat' is a label as text, and /",
                "x.idx has classes of 'kind' as numbers");
    nn_classes_free(names);
}

Test(labels, are_not_scaled) {
    nn_field scaled[] = {{"y", 1, 0, {0}, 0, 1}};
    nn_network priced = *line;
    nn_error error = {NN_FINE, ""};
    priced.targets = scaled;
    nn_classes *names = named(&priced, NULL);
    cr_assert_not(nn_classes_give(names, "y=a,b", &error));
    cr_assert_str_eq(strstr(error.text, "--classes"),
                     "--classes: scaled, and so of no classes, is the target 'y'");
    nn_classes_free(names);
}

/* Of many classes the first and the last are said; a thousand labels are told apart. */
Test(labels, of_many_classes) {
    enum { MANY = 1000 };
    nn_field many[] = {{"kind", MANY, 1, {MANY}, 1, 0}};
    nn_network wide = *classes;
    nn_error error;
    char *text = malloc(MANY * 20 + 20), *end = text + sprintf(text, HEAD);
    for (int i = 0; i < MANY; i++)
        end += sprintf(end, "1,2,c%03d\n", i * 7 % MANY);
    wide.targets = many;
    nn_classes *names = named(&wide, NULL);
    nn_data *data = load(names, text, &error);
    cr_assert(data, "%s", error.text);
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(((int32_t *)data->values[1])[i], i * 7 % MANY);
    cr_assert(strstr(error.text, "sorted: c000=0, c001=1, c002=2, "), "%s", error.text);
    const char *last = strstr(error.text, ", .., c999=999");
    cr_assert(last, "%s", error.text);
    cr_assert_lt(strlen(strstr(error.text, "sorted")), 600);
    nn_data_free(data);
    nn_classes_free(names);
    free(text);
}
