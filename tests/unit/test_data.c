#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

TestSuite(data, .init = scratch_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

static void expect_failure(const char *path, nn_code code, const char *text) {
    nn_error error;
    char expected[2048];
    cr_assert_null(nn_data_load(classes, path, NULL, &error));
    snprintf(expected, sizeof expected, "%s%s", path, text);
    cr_assert_str_eq(error.text, expected);
    cr_assert_eq(error.code, code);
}

Test(data, files_that_cannot_be_read) {
    expect_failure(scratch_path("none.csv"), NN_FAILED,
                   ": error: cannot open: No such file or directory");
    expect_failure(scratch_folder(), NN_FAILED, ": error: cannot read: Is a directory");
    expect_failure("/dev/null", NN_WRONG, ": error: the file is empty");
}

Test(data, a_comma_in_a_name_is_no_list) {
    nn_error error;
    nn_data *data = nn_data_load(classes, scratch_text("a,b.csv", "1,2,0\n"), NULL, &error);
    cr_assert(data, "%s", error.text);
    nn_data_free(data);
}

Test(data, several_files_are_for_idx) {
    nn_error error;
    char path[2048];
    const char *first = scratch_text("a.csv", "1,2,0\n"),
               *second = scratch_text("b.csv", "1,2,0\n");
    snprintf(path, sizeof path, "%s,%s", first, second);
    cr_assert_null(nn_data_load(classes, path, NULL, &error));
    cr_assert(strstr(error.text, "a.csv: error: not an IDX file, and only IDX files can be given "
                                 "several at once"),
              "%s", error.text);
}

Test(data, standard_input) {
    nn_error error;
    cr_assert(freopen(scratch_text("in.csv", "1,2,1\n3,x,1\n"), "r", stdin));
    cr_assert_null(nn_data_load(classes, "-", NULL, &error));
    cr_assert_str_eq(error.text, "<stdin>:2: error: column 1 (from 0): 'x' is not a number");
    cr_assert(freopen(scratch_text("in.csv", "1,2,1\n"), "r", stdin));
    nn_data *data = nn_data_load(classes, "-", NULL, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(data->count, 1);
    nn_data_free(data);
}

Test(data, row_sizes) {
    cr_assert_eq(nn_data_row_size(classes, 0), 2 * sizeof(float));
    cr_assert_eq(nn_data_row_size(classes, 1), sizeof(int32_t));
    cr_assert_eq(nn_data_row_size(line, 0), sizeof(double));
    cr_assert_eq(nn_data_row_size(line, 1), 2 * sizeof(double));
    cr_assert_eq(nn_data_row_size(line, 2), sizeof(double));
}

Test(data, rows_lie_one_after_another) {
    nn_error error;
    const void *in[3];
    nn_data *data = nn_data_load(line, scratch_text("d.csv", "1,2,3,4\n5,6,7,8\n"), NULL, &error);
    cr_assert(data, "%s", error.text);
    nn_data_at(data, 1, in);
    cr_assert_eq(*(const double *)in[0], 5);
    cr_assert_eq(((const double *)in[1])[1], 7);
    cr_assert_eq(*(const double *)in[2], 8);
    nn_data_free(data);
}

/* More classes than an int32_t counts could not be told apart; an index must fit as well as be a
   class. */
Test(data, class_indices) {
    nn_error error = {NN_FINE, ""};
    nn_field target = *classes->targets;
    nn_network wide = *classes;
    target.count = (size_t)1 << 40;
    wide.targets = &target;
    nn_data *data = nn_data_load(&wide, scratch_text("d.csv", "1,2,2147483647\n"), NULL, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(*(int32_t *)data->values[1], INT32_MAX);
    nn_data_free(data);
    cr_assert_null(nn_data_load(&wide, scratch_text("d.csv", "1,2,2147483648\n"), NULL, &error));
    cr_assert_eq(error.code, NN_WRONG);
}

/* A field whose rows cannot all be in memory is refused, not wrapped around. */
Test(data, sizes_that_overflow) {
    nn_error error = {NN_FINE, ""};
    nn_field input = {"x", (size_t)1 << 58, 1, {(size_t)1 << 58}, 0, 0};
    nn_network huge = *classes;
    void *values[2] = {NULL, NULL};
    huge.inputs = &input;
    nn_data data = {.network = &huge, .values = values, .has_targets = true};
    cr_assert_not(nn_data_grow(&data, &error));
    cr_assert_str_eq(error.text, "error: out of memory");
    cr_assert_eq(error.code, NN_MEMORY);
}

Test(data, the_callers_locale_stays) {
    nn_error error;
    locale_t before = uselocale((locale_t)0);
    nn_data_free(nn_data_load(classes, scratch_text("d.csv", "1,2,0\n"), NULL, &error));
    cr_assert_eq(uselocale((locale_t)0), before);
    nn_data_free(nn_data_load(classes, scratch_text("d.csv", "1,x,0\n"), NULL, &error));
    cr_assert_eq(uselocale((locale_t)0), before);
}

static void fits_nothing(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n, (void)in;
    *(int *)out = 0;
}

/* No file has such numbers; one that a caller puts there is named. */
Test(data, a_scaled_target_that_is_not_finite_has_no_range) {
    nn_error error;
    nn_field targets[] = {line->targets[0]};
    nn_network network = *line;
    targets[0].is_scaled = 1;
    network.targets = targets;
    network.fit = fits_nothing;
    nn_data *data =
        nn_data_load(&network, scratch_text("line.csv", "9,2,3,4\n1,2,3,5\n"), NULL, &error);
    cr_assert(data, "%s", error.text);
    ((double *)data->values[2])[1] = (double)INFINITY;
    cr_assert_not(nn_data_fit(data, NULL, &error));
    cr_assert_str_eq(error.text, "error: example 2: 'y' is not finite, and so has no range");
    nn_data_free(data);
}
