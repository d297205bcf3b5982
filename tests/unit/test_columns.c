/* A CSV file's columns to fields: whole files through nn_data_load, for the nets of hand_net.h. */

#include "host.h"

#include "comma_locale.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(columns, .init = scratch_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

static nn_data *load(const nn_network *network, const char *text, bool needs_targets) {
    nn_error error;
    nn_data *data = nn_data_load(network, scratch_text("d.csv", text),
                                 &(nn_reading){.may_lack_targets = !needs_targets}, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(error.code, NN_FINE);
    return data;
}

/* Two examples: (1, 2) of class 0, (3, 4) of class 2. */
static void expect_classes(const char *text) {
    nn_data *data = load(classes, text, true);
    const float *x = data->values[0];
    const int32_t *kind = data->values[1];
    cr_assert_eq(data->count, 2, "%s", text);
    cr_assert(data->has_targets);
    cr_assert(x[0] == 1 && x[1] == 2 && x[2] == 3 && x[3] == 4, "%s", text);
    cr_assert(kind[0] == 0 && kind[1] == 2, "%s", text);
    nn_data_free(data);
}

Test(columns, by_order_without_header) {
    expect_classes("1,2,0\n3,4,2\n");
    expect_classes("1 2 0.0\n3 4 2e0\n");
}

Test(columns, by_header_in_any_order) {
    expect_classes("x.0,x.1,kind\n1,2,0\n3,4,2\n");
    expect_classes("kind,x.1,x.0\n0,2,1\n2,4,3\n");
    expect_classes("kind.0;x.1;x.0\n0;2;1\n2;4;3\n");
    expect_classes("\"x.1\" \"kind\" \"x.0\"\n2 0 1\n4 2 3\n");
}

Test(columns, other_columns_may_hold_anything) {
    expect_classes("name,x.0,x.1,when,kind\nAnn,1,2,\"1,2\",0\nBob,3,4,,2\n");
}

Test(columns, are_told) {
    nn_error error;
    nn_data_free(nn_data_load(classes, scratch_text("d.csv", "1;2;0\n"), NULL, &error));
    cr_assert_str_eq(strstr(error.text, "d.csv"),
                     "d.csv: note: read as semicolon-separated, no header; x from columns 0 to 1, "
                     "kind from column 2");
    nn_data_free(nn_data_load(classes,
                              scratch_text("d.csv", "id,kind,x.1,x.0,,b,c,d,e\n1,2,3,4,,6,7,8,9\n"),
                              NULL, &error));
    cr_assert_str_eq(strstr(error.text, "d.csv"),
                     "d.csv: note: read as comma-separated, header in line 1; x from 'x.0' and "
                     "'x.1', kind from 'kind'; 'id', column 4, 'b', 'c' and 2 others feed nothing");
}

Test(columns, a_fifth_that_feeds_nothing_is_one_other) {
    nn_error error;
    nn_data_free(nn_data_load(
        classes, scratch_text("d.csv", "id,kind,x.1,x.0,,b,c,d\n1,2,3,4,,6,7,8\n"), NULL, &error));
    cr_assert(strstr(error.text, "; 'id', column 4, 'b', 'c' and 1 other feed nothing"), "%s",
              error.text);
}

/* Of many fields the first eight are told. */
Test(columns, more_fields_than_are_told) {
    nn_field inputs[10];
    nn_error error;
    for (size_t i = 0; i < 10; i++)
        inputs[i] = (nn_field){
            .name = (const char *[]){"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}[i],
            .count = 1};
    const nn_network many = {
        .name = "many", .real_size = sizeof(float), .inputs = inputs, .input_count = 10};
    nn_data_free(
        nn_data_load(&many, scratch_text("d.csv", "1,2,3,4,5,6,7,8,9,10\n"), NULL, &error));
    cr_assert_eq(error.code, NN_FINE, "%s", error.text);
    cr_assert(strstr(error.text, "h from column 7 and 2 more"), "%s", error.text);
}

Test(columns, several_inputs_in_double) {
    nn_data *data = load(line, "y,b.1,a,b.0\n0.1,0.3,0.7,1e-3\n", true);
    cr_assert_eq(((double *)data->values[0])[0], 0.7);
    cr_assert_eq(((double *)data->values[1])[0], 1e-3);
    cr_assert_eq(((double *)data->values[1])[1], 0.3);
    cr_assert_eq(((double *)data->values[2])[0], 0.1);
    nn_data_free(data);
    data = load(line, "0.7,1e-3,0.3,0.1\n", true);
    cr_assert_eq(((double *)data->values[2])[0], 0.1);
    nn_data_free(data);
}

Test(columns, targets_may_be_missing_to_predict) {
    static const char *const texts[] = {"x.0,x.1\n1,2\n", "9,2\n", "id,x.1,x.0\nn,2,1\n",
                                        "u,v\n1,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        nn_data *data = load(classes, texts[i], false);
        cr_assert_not(data->has_targets, "%s", texts[i]);
        cr_assert_eq(((float *)data->values[0])[1], 2, "%s", texts[i]);
        nn_data_free(data);
    }
    nn_data *data = load(classes, "1,2,1\n", false);
    cr_assert(data->has_targets);
    cr_assert_eq(*(int32_t *)data->values[1], 1);
    nn_data_free(data);
}

/* A second target, as weights of examples are one: w. */
Test(columns, a_target_that_is_not_there_leaves_the_others_unread_to_predict) {
    static const nn_field targets[] = {{"kind", 3, 1, {3}, 1, 0}, {"w", 1, 0, {0}, 0, 0}};
    nn_network network = *classes;
    nn_error error;
    network.targets = targets;
    network.target_count = 2;
    nn_data *data = load(&network, "x.0,kind,x.1,w\n1,2,2,0.5\n", false);
    cr_assert(data->has_targets);
    nn_data_free(data);
    static const char *const texts[] = {"x.0,kind,x.1\n1,?,2\n", "x.0,w,x.1\n1,?,2\n",
                                        "a,kind,b\n1,?,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const nn_reading reading = {.may_lack_targets = true};
        data = nn_data_load(&network, scratch_text("d.csv", texts[i]), &reading, &error);
        cr_assert(data, "%s: %s", texts[i], error.text);
        cr_assert_not(data->has_targets);
        cr_assert(((float *)data->values[0])[0] == 1 && ((float *)data->values[0])[1] == 2);
        cr_assert(strstr(error.text, i == 1 ? "; no target 'kind', so that none is read"
                                            : "; no target 'w', so that none is read"));
        nn_data_free(data);
        cr_assert_null(nn_data_load(&network, scratch_text("d.csv", texts[i]), NULL, &error));
        cr_assert(strstr(error.text, i == 1 ? "no column 'kind'" : "no column '"), "%s",
                  error.text);
    }
}

typedef struct {
    const char *text, *error;
} Wrong;

static void expect_errors(const nn_network *network, bool needs_targets, const Wrong *rows) {
    for (; rows->text; rows++) {
        nn_error error;
        nn_data *data = nn_data_load(network, scratch_text("d.csv", rows->text),
                                     &(nn_reading){.may_lack_targets = !needs_targets}, &error);
        cr_assert_null(data, "accepted:\n%s", rows->text);
        cr_assert_eq(error.code, NN_WRONG);
        const char *place = strstr(error.text, "d.csv");
        cr_assert_str_eq(place ? place : error.text, rows->error);
    }
}

#define MISSING_HINT                                                                               \
    "\nhint: --missing skip leaves such rows out, --missing mean puts the mean of the column "     \
    "there"
#define HEADER_HINT "\nhint: say --header yes or --header no"

Test(columns, errors) {
    static const Wrong rows[] = {
        {"", "d.csv: error: the file is empty"},
        {"\n\n", "d.csv: error: the file is empty"},
        {"\xEF\xBB\xBF", "d.csv: error: the file is empty"},
        {"x.0,x.1,kind\n", "d.csv: error: there is a header and no data"},
        {"1,2,0\n3,4\n", "d.csv:2: error: 2 columns, the lines before have 3"},
        {"1,2,0\n\n3,4,0,5\n", "d.csv:3: error: 4 columns, the lines before have 3"},
        {"1,2,0\n3\n", "d.csv:2: error: 1 column, the lines before have 3"},
        {"x.0,x.1,kind\n1,2,0\n3,abc,0\n", "d.csv:3: error: column 'x.1': 'abc' is not a number"},
        {"1,2,0\n3,abc,0\n", "d.csv:2: error: column 1 (from 0): 'abc' is not a number"},
        {"1,2,0\n3,,0\n", "d.csv:2: error: column 1 (from 0): the cell is empty" MISSING_HINT},
        {"1,,0\n", "d.csv:1: error: column 1 (from 0): the cell is empty" MISSING_HINT},
        {"1,2,0\nnan,3,0\n", "d.csv:2: error: column 0 (from 0): 'nan' is no value" MISSING_HINT},
        {"1,-inf,0\n", "d.csv:1: error: column 1 (from 0): '-inf' is not a finite number"},
        {"1,1e39,0\n", "d.csv:1: error: column 1 (from 0): '1e39' is not a finite number"},
        {"x.0,x.1,kind\n1,2,3\n",
         "d.csv:2: error: column 'kind': '3' is not a class of 'kind', which are 0 to 2\nhint: "
         "--classes kind=1,2,3 reads numbers from 1 on"},
        {"1,2,-1\n", "d.csv:1: error: column 2 (from 0): '-1' is not a class of 'kind', which are "
                     "0 to 2\nhint: "
                     "--classes kind=-1,0,1 reads -1 as class 0, 0 as 1 and 1 as 2"},
        {"1,2,0.5\n",
         "d.csv:1: error: column 2 (from 0): '0.5' is not a class of 'kind', which are 0 to 2"},
        {"1,2,1e30\n",
         "d.csv:1: error: column 2 (from 0): '1e30' is not a class of 'kind', which are 0 to 2"},
        {"1,2,0\n3,\"4,1\n", "d.csv:2: error: a quote that opens here is never closed"},
        {"x.0,x.1,knd\n1,2,0\n", "d.csv:1: error: no column 'kind'\nhint: is 'knd' meant?"},
        {"x.0,x.1\n1,2\n", "d.csv:1: error: no column 'kind'"},
        {"x.0,x.1,what\n1,2,0\n", "d.csv:1: error: no column 'kind'\nhint: say which columns feed "
                                  "what, as in --columns kind=2"},
        {"x.0,X.1,kind\n1,2,0\n", "d.csv:1: error: no column 'x.1'\nhint: is 'X.1' meant?"},
        {"x.0,x.2,kind\n1,2,0\n", "d.csv:1: error: no column 'x.1'\nhint: say which columns feed "
                                  "what, as in --columns x=0:2"},
        {"x,x.1,kind\n1,2,0\n", "d.csv:1: error: no column 'x.0'\nhint: say which columns feed "
                                "what, as in --columns x=0:2"},
        {"x.0,kind\n1,0\n", "d.csv:1: error: no column 'x.1'"},
        {"x.0,x.1,kind,x.0\n1,2,0,1\n",
         "d.csv:1: error: columns 0 and 3 (from 0) are both named 'x.0'"},
        {"x.0,x.1,kind,kind.0\n1,2,0,1\n",
         "d.csv:1: error: columns 2 and 3 (from 0) are both named 'kind.0'"},
        {"1.5,oops,0\n1,2,0\n", "d.csv:1: error: is this a header with numbers in it, or data with "
                                "'oops' by mistake?" HEADER_HINT},
        {"\na b,3,1\n1,2,0\n", "d.csv:2: error: is this a header with numbers in it, or data with "
                               "'a b' by mistake?" HEADER_HINT},
        {"1;2,5;0\n", "d.csv:1: error: numbers such as '2,5' seem to have a decimal comma\nhint: "
                      "--decimal comma reads them, --decimal point says that it separates"},
        {"1;2;0\n1;1.002,5;0\n",
         "d.csv:2: error: column 1 (from 0): '1.002,5' is not a number\nhint: numbers have a "
         "decimal point at most, and no separators of thousands"},
        {"1;2;0\n1;2,5,x;0\n",
         "d.csv:2: error: column 1 (from 0): '2,5,x' is not a number\nhint: numbers "
         "stand alone in their cells, without currencies, units, blanks or other signs"},
        {"1,2\n", "d.csv:1: error: 2 columns, inputs take 2 and targets 1"},
        {"1,2,3,4\n",
         "d.csv:1: error: 4 columns, inputs take 2 and targets 1\nhint: say which "
         "columns feed what, as in --columns x=FIRST:END,kind=COLUMN, by number from 0, END not "
         "included, or by name"},
        {"u,v\n1,2\n",
         "d.csv:1: error: the header of 2 columns, 'u' to 'v', names no input and no target"},
        {"u,v,w\n1,2,0\n",
         "d.csv:1: error: the header of 3 columns, 'u' to 'w', names no input and "
         "no target\nhint: say which columns feed what, as in --columns "
         "x=FIRST:END,kind=COLUMN, by number from 0, END not included, or by name"},
        {"1,2,0\n3,a\x01\n\n", "d.csv:2: error: 2 columns, the lines before have 3"},
        {"1,2,0\n3,a\x01\x7f,2\n",
         "d.csv:2: error: column 1 (from 0): 'a\\x01\\x7f' is not a number"},
        {NULL, NULL},
    };
    expect_errors(classes, true, rows);
}

Test(columns, errors_of_prediction) {
    static const Wrong rows[] = {
        {"1\n",
         "d.csv:1: error: 1 column, inputs take 2 and targets 1\nhint: --separator says what "
         "stands between cells"},
        {"1,2,3,4\n",
         "d.csv:1: error: 4 columns, inputs take 2 and targets 1\nhint: say which "
         "columns feed what, as in --columns x=FIRST:END,kind=COLUMN, by number from 0, END not "
         "included, or by name"},
        {"x.0,kind\n1,2\n", "d.csv:1: error: no column 'x.1'"},
        {"1,2,3\n",
         "d.csv:1: error: column 2 (from 0): '3' is not a class of 'kind', which are 0 to 2\nhint: "
         "--classes kind=1,2,3 reads numbers from 1 on"},
        {"1,2,\n",
         "d.csv:1: error: column 2 (from 0): the cell is empty\nhint: --columns that names "
         "the inputs alone leaves the targets away, --missing skip such rows"},
        {NULL, NULL},
    };
    expect_errors(classes, false, rows);
}

Test(columns, a_long_cell_is_cut_in_the_message) {
    char text[400] = "1,2,0\n3,";
    nn_error error;
    memset(text + strlen(text), 'z', 300);
    strcpy(text + 308, ",1\n");
    cr_assert_null(nn_data_load(classes, scratch_text("d.csv", text), NULL, &error));
    cr_assert(strstr(error.text, "column 1 (from 0): 'zzzzzzzzzz"), "%s", error.text);
    cr_assert(strstr(error.text, "zzz...' is not a number"), "%s", error.text);
    cr_assert_leq(strlen(strstr(error.text, "column 1")), 100);
}

Test(columns, many_rows) {
    enum { ROWS = 20000 };
    char *text = malloc(ROWS * 24 + 1), *end = text;
    for (int i = 0; i < ROWS; i++)
        end += sprintf(end, "%d,%d.5,%d\n", i, -i, i % 3);
    nn_data *data = load(classes, text, true);
    cr_assert_eq(data->count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        cr_assert_eq(((float *)data->values[0])[2 * i], (float)i);
        cr_assert_eq(((float *)data->values[0])[2 * i + 1],
                     (i ? -(float)i : 0) - (i ? 0.5f : -0.5f));
        cr_assert_eq(((int32_t *)data->values[1])[i], i % 3);
    }
    nn_data_free(data);
    free(text);
}

Test(columns, whatever_the_locale) {
    if (!comma_locale_set(scratch_folder()))
        cr_skip_test("no locale with a decimal comma can be made here");
    nn_data *data = load(line, "0.5;1.25;1e-1;3.75e0\n", true);
    cr_assert_eq(((double *)data->values[1])[0], 1.25);
    cr_assert_eq(((double *)data->values[2])[0], 3.75);
    nn_data_free(data);
}

/* Behind the rows that are read ahead no table begins. */
Test(columns, a_longer_row_far_below) {
    char text[1000] = "x.0,x.1,kind\n", expected[2000];
    nn_error error;
    for (int i = 0; i < 40; i++)
        strcat(text, "1,2,0\n");
    strcat(text, "1,2,0,9\n1,2,0,9\n");
    const char *path = scratch_text("d.csv", text);
    cr_assert_null(nn_data_load(classes, path, NULL, &error));
    snprintf(expected, sizeof expected, "%s:42: error: 4 columns, the lines before have 3", path);
    cr_assert_str_eq(error.text, expected);
}

/* Of many holes each gets the mean of its column. */
Test(columns, many_missing_values) {
    char text[2000] = "x.0,x.1,kind\n3,4,1\n5,8,1\n";
    nn_error error;
    const nn_reading reading = {.missing = NN_MISSING_MEAN};
    for (int i = 0; i < 100; i++)
        strcat(text, i % 2 ? "?,6,0\n" : "4,?,0\n");
    nn_data *data = nn_data_load(classes, scratch_text("d.csv", text), &reading, &error);
    cr_assert(data, "%s", error.text);
    for (size_t row = 2; row < 102; row++)
        cr_assert(((float *)data->values[0])[2 * row] == 4 &&
                  ((float *)data->values[0])[2 * row + 1] == 6);
    nn_data_free(data);
}
