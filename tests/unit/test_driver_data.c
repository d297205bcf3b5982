/* The command line's choices of how data files are read, for all commands and all files alike. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(driver_data, .init = driver_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

/* What the command prints and says of its files. */
static void expect_run(const nn_network *network, const char *words, const char *out,
                       const char *said) {
    Run result = run(network, words);
    cr_assert_eq(result.code, 0, "%s: %s", words, result.err);
    cr_assert_str_eq(result.err, "", "%s", words);
    cr_assert_str_eq(result.said, said, "%s said\n%s", words, result.said);
    if (out)
        cr_assert_str_eq(result.out, out, "%s", words);
    run_free(result);
}

static const char rows_text[] = "0.5,0.25,0.125,1.5\n0.75,-0.5,0.5,1.25\n-0.25,0.5,1.5,4.5\n";

static const char *with_line(const char *name, const char *first) {
    char text[400];
    snprintf(text, sizeof text, "%s\n%s", first, rows_text);
    return scratch_text(name, text);
}

/* "0,1,2,3" above fractions, as pandas writes it over a table without names, is no example. */
Test(driver_data, a_header_of_numbers_is_not_trained_on) {
    static const char *const headers[] = {"0,1,2,3", "1,2,3,4"};
    scratch_text("rows.csv", rows_text);
    char *plain = run_fine(line, "train --data rows.csv --epochs 3");
    for (size_t i = 0; i < 2; i++) {
        char said[200];
        with_line("named.csv", headers[i]);
        snprintf(said, sizeof said,
                 "named.csv: note: read as comma-separated, header of numbers in line 1; a from "
                 "'%d', b from '%d' to '%d', y from '%d'\n",
                 (int)i, (int)i + 1, (int)i + 2, (int)i + 3);
        expect_run(line, "train --data named.csv --epochs 3", plain, said);
    }
    Run taken = run(line, "train --data named.csv --epochs 3 --header no");
    cr_assert_eq(taken.code, 0);
    cr_assert_str_neq(taken.out, plain);
    run_free(taken);
    free(plain);
}

/* A spectrum: positions for names, an index in front, the target alone named as in the model. */
Test(driver_data, a_header_that_names_the_target_alone) {
    scratch_text("s.csv", "sample_id,9.997515 ,-0.046865,kind\n109 ,13.75 ,-1213 ,1\n11 ,3956.75 "
                          ",1650.5 ,0\n12 ,1.5,2,2\n");
    scratch_text("bare.csv", "13.75,-1213,1\n3956.75,1650.5,0\n1.5,2,2\n");
    char *plain = run_fine(classes, "train --data bare.csv --epochs 2");
    expect_failure(classes, "train --data s.csv", 1,
                   "s.csv:1: error: no column 'x.0', and 3 columns are left for the 2 of 'x'\n"
                   "hint: say which columns feed what, as in --columns x=1:3\n");
    expect_run(classes, "train --data s.csv --epochs 2 --columns x=1:3", plain,
               "s.csv: note: read as comma-separated, header in line 1; x from '9.997515' to "
               "'-0.046865', kind from 'kind'; 'sample_id' feeds nothing\n");
    scratch_text("s.csv",
                 "9.997515 ,-0.046865,kind\n13.75 ,-1213 ,1\n3956.75 ,1650.5 ,0\n1.5,2,2\n");
    expect_run(classes, "train --data s.csv --epochs 2", plain,
               "s.csv: note: read as comma-separated, header in line 1; x from '9.997515' to "
               "'-0.046865', kind from 'kind'\n");
    free(plain);
}

/* y;b;a;b with decimal commas. */
static const char odd_text[] = "1,5;0,25;0,5;0,125\n1,25;-0,5;0,75;0,5\n4,5;0,5;-0,25;1,5\n";
#define ODD "--separator semicolon --decimal comma --header no --columns y=0,a=2,b=1,b=3"
#define ODD_SAID                                                                                   \
    "odd.csv: note: read as semicolon-separated, no header, decimal commas; a from column 2, b "   \
    "from columns 1 and 3, y from column 0\n"

Test(driver_data, choices_hold_for_every_file_and_command) {
    scratch_text("rows.csv", rows_text);
    scratch_text("odd.csv", odd_text);
    char *plain = run_fine(line, "train --data rows.csv --test rows.csv --epochs 2 --save w");
    expect_run(line, "train --data odd.csv --test odd.csv --epochs 2 " ODD, plain,
               ODD_SAID ODD_SAID);
    free(plain);
    static const char *const commands[] = {"test --weights w", "predict --weights w --out p",
                                           "check", "sweep rate 0.01,0.02"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char words[300];
        snprintf(words, sizeof words, "%s --data rows.csv", commands[i]);
        plain = run_fine(line, words);
        snprintf(words, sizeof words, "%s --data odd.csv " ODD, commands[i]);
        expect_run(line, words, plain, ODD_SAID);
        free(plain);
    }
}

Test(driver_data, rows_without_a_value) {
    scratch_text("rows.csv", rows_text);
    scratch_text("holes.csv", "0.5,0.25,0.125,1.5\n?,1,1,1\n0.75,-0.5,0.5,1.25\n1,1,NA,1\n"
                              "-0.25,0.5,1.5,4.5\n1,1,1,\n");
    char *plain = run_fine(line, "train --data rows.csv --epochs 2");
    expect_failure(line, "train --data holes.csv", 1,
                   "holes.csv:2: error: column 0 (from 0): '?' is no value\nhint: --missing skip "
                   "leaves such rows out, --missing mean puts the mean of the column there\n");
    expect_run(
        line, "train --data holes.csv --epochs 2 --missing skip", plain,
        "holes.csv: note: read as comma-separated, no header; a from column 0, b from columns "
        "1 to 2, y from column 3; 3 rows without a value left out, in lines 2, 4, 6\n");
    free(plain);
    char many[2000] = "", *at = many;
    for (int i = 1; i <= 50; i++) /* of runs of 3, 1, 3, 1, .. lines */
        at += sprintf(at, i % 6 == 1 || i % 6 == 5 ? "1,2,3,4\n" : "1,2,NA,4\n");
    scratch_text("many.csv", many);
    free(run_fine(line, "train --data rows.csv --epochs 1 --save w"));
    Run result = run(line, "predict --data many.csv --weights w --missing skip");
    cr_assert(strstr(result.said,
                     "; 33 rows without a value left out, in lines 2 to 4, 6, 8 to 10, "
                     "12, 14 to 16, 18, 20 to 22, 24, 26 to 28, 30, 32 to 34, 36 and "
                     "9 more\n"),
              "%s", result.said);
    run_free(result);
}

/* The means of a test file are those of the training file. */
Test(driver_data, means_are_those_of_training) {
    scratch_text("train.csv", "1,0,0,3\n3,?,1,4\n5,3,2,5\n");
    scratch_text("filled.csv", "1,0,0,3\n3,1.5,1,4\n5,3,2,5\n");
    scratch_text("test.csv", "?,1,1,2\n9,NA,1,3\n");
    scratch_text("test_filled.csv", "3,1,1,2\n9,1.5,1,3\n");
    char *plain = run_fine(line, "train --data filled.csv --test test_filled.csv --epochs 2");
    expect_run(
        line, "train --data train.csv --test test.csv --epochs 2 --missing mean", plain,
        "train.csv: note: read as comma-separated, no header; a from column 0, b from columns "
        "1 to 2, y from column 3; 1 cell became the mean of the file's column, the first in "
        "line 2\n"
        "test.csv: note: read as comma-separated, no header; a from column 0, b from columns "
        "1 to 2, y from column 3; 2 cells became means of the training data's column, the "
        "first in line 1\n");
    free(plain);
    scratch_text("none.csv", "NA,1,1,2\nNA,2,1,3\n");
    expect_failure(line, "train --data none.csv --missing mean", 1,
                   "none.csv: error: column 0 (from 0) has no value to take the mean of\n");
    scratch_text("none.csv", "NA,1,1,2\nNA,2,1,3\n");
    expect_failure(line, "train --data none.csv --missing skip", 1,
                   "none.csv: error: every row has a cell without a value\n");
}

/* They are kept with the weights, so that no prediction depends on other rows of its file. */
Test(driver_data, means_are_kept_with_the_weights) {
    scratch_text("train.csv", "1,0,0,3\n3,?,1,4\n5,3,2,5\n");
    scratch_text("filled.csv", "1,0,0,3\n3,1.5,1,4\n5,3,2,5\n");
    scratch_text("test.csv", "?,1,1,2\n");
    scratch_text("test_filled.csv", "3,1,1,2\n");
    Run trained = run(line, "train --data train.csv --epochs 1 --missing mean --save w");
    cr_assert_eq(trained.code, 0);
    run_free(trained);
    static const char *const commands[] = {"test --weights w", "predict --weights w --out p",
                                           "check --weights w", "train --epochs 1 --load w"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char words[200];
        snprintf(words, sizeof words, "%s --data test_filled.csv", commands[i]);
        char *plain = run_fine(line, words);
        snprintf(words, sizeof words, "%s --data test.csv --missing mean", commands[i]);
        expect_run(line, words, plain,
                   "test.csv: note: read as comma-separated, no header; a from column 0, b from "
                   "columns 1 to 2, y from column 3; 1 cell became the mean of the training data's "
                   "column, the first in line 1\n");
        free(plain);
    }
    free(run_fine(line, "train --data filled.csv --epochs 1 --save w"));
    expect_failure(line, "test --weights w --data test.csv --missing mean", 1,
                   "w: error: no means for --missing mean are kept with these weights\nhint: train "
                   "--missing mean keeps them; --missing skip does without\n");
}

Test(driver_data, means_in_a_weights_file) {
    nn_error error;
    nn_means *means = nn_means_new(line), *others = nn_means_new(line),
             *fewer = nn_means_new(classes);
    hand_line net = {.rate = 0.5};
    nn_kept kept = {.means = means};
    *means = (nn_means){true, 3, means->values};
    means->values[0] = 0.1;
    means->values[1] = NAN;
    means->values[2] = -1e300 / 3;
    cr_assert(nn_weights_save(line, &net, &kept, "w", &error), "%s", error.text);
    kept.means = others;
    cr_assert(nn_weights_load(line, &net, &kept, "w", &error), "%s", error.text);
    cr_assert(others->are_known && others->values[0] == 0.1 && isnan(others->values[1]));
    cr_assert_eq(others->values[2], -1e300 / 3);
    others->values[0] = 7;
    cr_assert(nn_weights_load(line, &net, &kept, "w", &error));
    cr_assert_eq(others->values[0], 7, "means that are known stay");
    kept.means = fewer;
    cr_assert(nn_weights_load(line, &net, &kept, "w", &error));
    cr_assert_str_eq(error.text, "w: note: means of 3 values are left out, the inputs have 2");
    cr_assert_not(fewer->are_known);
    size_t size;
    char *bytes = scratch_read("w", &size), *at = memmem(bytes, size, "[0.10", 5);
    cr_assert(at);
    at[1] = '1';
    scratch_write("w", bytes, size);
    kept.means = fewer;
    cr_assert_not(nn_weights_load(line, &net, &kept, "w", &error), "a digit was changed");
    free(bytes);
    nn_means_free(means);
    nn_means_free(others);
    nn_means_free(fewer);
}

static const char plain_names[] = "len,wid,kind\n1,5,0\n2,-3,1\n0.5,7,2\n-1,4,0\n";
static const char other_order[] = "wid,len,kind\n5,1,0\n-3,2,1\n7,0.5,2\n4,-1,0\n";

/* An array that the header does not name is fed by the names of training, wherever they stand. */
Test(driver_data, columns_of_later_files_go_by_name) {
    scratch_text("tr.csv", plain_names);
    scratch_text("same.csv", plain_names);
    scratch_text("te.csv", other_order);
    scratch_text("in.csv", "id,wid,len\n1,5,1\n2,-3,2\n");
    scratch_text("in_same.csv", "len,wid\n1,5\n2,-3\n");
    scratch_text("bare.csv", "1,5,0\n2,-3,1\n0.5,7,2\n-1,4,0\n");
    const char *read = "read as comma-separated, header in line 1; x from ";
    char said[600];
    char *plain = run_fine(classes, "train --data tr.csv --test same.csv --epochs 3 --save w");
    static const char *const words[] = {"train --data tr.csv --test te.csv --epochs 3",
                                        "train --data tr.csv --test te.csv --epochs 3 --columns "
                                        "x=0:2"};
    snprintf(said, sizeof said,
             "tr.csv: note: %s'len' to 'wid', kind from 'kind'\n"
             "te.csv: note: %s'len' and 'wid' (in the order of training), kind from 'kind'\n",
             read, read);
    for (size_t i = 0; i < 2; i++)
        expect_run(classes, words[i], plain, said);
    free(plain);
    static const char *const later[] = {"test --weights w",

                                        "train --epochs 1 --load w", "predict --weights w --out p",
                                        "test --weights w --columns x=wid:len",
                                        "test --weights w --columns x=0:2"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        char command[200];
        snprintf(command, sizeof command, "%s --data same.csv", later[i]);
        plain = run_fine(classes, i < 3 ? command : "test --weights w --data same.csv");
        snprintf(command, sizeof command, "%s --data te.csv", later[i]);
        expect_run(classes, command, plain, strstr(said, "te.csv"));
        free(plain);
    }
    plain = run_fine(classes, "predict --weights w --data in_same.csv");
    expect_run(classes, "predict --weights w --data in.csv", plain,
               "in.csv: note: read as comma-separated, header in line 1; x from 'len' and 'wid' "
               "(in the order of training); no targets; 'id' feeds nothing\n");
    free(plain);
    plain = run_fine(classes, "test --weights w --data same.csv");
    expect_run(classes, "test --weights w --data bare.csv", plain,
               "bare.csv: note: read as comma-separated, no header; x from columns 0 to 1, taken "
               "for 'len' to 'wid' of training, kind from column 2\n");
    free(plain);
}

Test(driver_data, columns_of_other_names_than_in_training) {
    scratch_text("tr.csv", plain_names);
    scratch_text("new.csv", "len,new,kind\n1,5,0\n2,-3,1\n");
    scratch_text("own.csv", "x.1,x.0,kind\n1,5,0\n2,-3,1\n");
    static const char hint[] = "hint: name columns as in training; where others mean the same, "
                               "--columns x=NAME,.. says so by name, in place of 'len' to 'wid'\n";
    char text[400];
    snprintf(text, sizeof text,
             "new.csv:1: error: no column 'wid' alone, which fed 'x' in training\n%s", hint);
    Run trained = run(classes, "train --data tr.csv --test new.csv --epochs 1");
    cr_assert_eq(trained.code, 1);
    cr_assert_str_eq(trained.err, text);
    run_free(trained);
    free(run_fine(classes, "train --data tr.csv --epochs 1 --save w"));
    expect_failure(classes, "test --weights w --data new.csv", 1, text);
    expect_failure(classes, "predict --weights w --data new.csv", 1, text);
    snprintf(text, sizeof text,
             "new.csv:1: error: --columns gives 'x' other columns than in training, without "
             "'wid'\n%s",
             hint);
    expect_failure(classes, "test --weights w --data new.csv --columns x=0:2", 1, text);
    expect_failure(classes, "test --weights w --data new.csv --columns x=rest", 1, text);
    expect_failure(classes, "test --weights w --data new.csv --columns x=NAME", 1,
                   "new.csv: error: --columns: no column 'NAME'\n");
    expect_run(classes, "test --weights w --data new.csv --columns x=len:new", NULL,
               "new.csv: note: read as comma-separated, header in line 1; x from 'len' to 'new', "
               "kind from 'kind'\n");
    expect_run(classes, "test --weights w --data own.csv", NULL,
               "own.csv: note: read as comma-separated, header in line 1; x from 'x.0' and 'x.1', "
               "kind from 'kind'\n");
}

/* The label in front, as digits come, and a last column that is always 0. */
Test(driver_data, a_class_may_stand_at_the_other_end) {
    scratch_text("front.csv", "1,5,0\n2,-3,0\n0,7,0\n1,-1,0\n");
    scratch_text("behind.csv", "5,1,1\n7,0,0\n-1,1,1\n");
    scratch_text("zeros.csv", "0,4,2\n0,1,1\n0,3,0\n");
    expect_failure(
        classes, "train --data front.csv", 1,
        "front.csv: error: is 'kind' the last column or the first? The last has 1 of its "
        "3 classes, the other has 3\nhint: --columns kind=0 takes the first, --columns "
        "kind=2 the last\n");
    expect_run(classes, "train --data front.csv --epochs 1 --columns kind=0", NULL,
               "front.csv: note: read as comma-separated, no header; x from columns 1 to 2, kind "
               "from column 0\n");
    Run one = run(classes, "train --data front.csv --epochs 1 --columns kind=2");
    cr_assert_eq(one.code, 0);
    cr_assert_str_eq(one.err, "front.csv: note: all 4 examples are of class 0 of 'kind'\n");
    run_free(one);
    expect_run(classes, "train --data zeros.csv --test behind.csv --epochs 1 --save w", NULL,
               "zeros.csv: note: read as comma-separated, no header; x from columns 0 to 1, kind "
               "from column 2\nbehind.csv: note: read as comma-separated, no header; x from "
               "columns 0 to 1, kind from column 2\n");
    free(run_fine(classes, "test --weights w --data behind.csv"));
    static const size_t order[] = {1, 0};
    nn_network mixed = *classes;
    mixed.order = order;
    scratch_text("behind.csv", "0,5,1\n0,7,0\n0,-1,2\n");
    expect_failure(&mixed, "train --data behind.csv", 1,
                   "behind.csv: error: is 'kind' the last column or the first? The first has 1 of "
                   "its 3 classes, the other has 3\nhint: --columns kind=0 takes the first, "
                   "--columns kind=2 the last\n");
    scratch_write("x.idx", "\0\0\x08\x02\0\0\0\2\0\0\0\2\3\4\5\6", 16);
    scratch_write("kind.idx", "\0\0\x08\x01\0\0\0\2\2\2", 10);
    one = run(classes, "train --data x.idx,kind.idx --epochs 1");
    cr_assert_eq(one.code, 0);
    cr_assert_str_eq(one.err, "x.idx: note: all 2 examples are of class 2 of 'kind'\n");
    run_free(one);
}

/* Without names nothing tells that the columns of a later file were chosen in training. */
Test(driver_data, columns_chosen_in_training_are_remembered) {
    scratch_text("front.csv", "1,5,0.5\n2,-3,0.25\n0,7,2\n");
    scratch_text("behind.csv", "5,0.5,1\n-3,0.25,2\n");
    free(run_fine(classes, "train --data front.csv --epochs 1 --columns kind=0 --save w"));
    free(run_fine(classes, "test --weights w --data front.csv --columns kind=0"));
    Run taken = run(classes, "test --weights w --data behind.csv");
    cr_assert_eq(taken.code, 0);
    cr_assert_str_eq(taken.err, "behind.csv: note: training was with --columns kind=0, these "
                                "columns are taken in order\n");
    run_free(taken);
}

/* Two values apart, a name that is no UTF-8, and a file of another net. */
Test(driver_data, names_of_columns_in_a_weights_file) {
    nn_error error;
    hand_line net = {.rate = 0.5};
    nn_sources *sources = nn_sources_new(line), *others = nn_sources_new(line),
               *fewer = nn_sources_new(classes);
    nn_reading reading = {.sources = sources};
    scratch_text("tr.csv", "a,H\xF6he,wid,y\n1,2,3,4\n");
    nn_data_free(nn_data_load(line, "tr.csv", &reading, &error));
    cr_assert_str_eq(sources->names[1], "H\\xf6he");
    cr_assert_null(sources->names[0], "the net's own name says nothing");
    cr_assert(nn_weights_save(line, &net, &(nn_kept){.sources = sources}, "w", &error));
    cr_assert(nn_weights_load(line, &net, &(nn_kept){.sources = others}, "w", &error));
    cr_assert_str_eq(others->names[1], "H\\xf6he");
    cr_assert_str_eq(others->names[2], "wid");
    cr_assert(nn_weights_load(line, &net, &(nn_kept){.sources = fewer}, "w", &error));
    cr_assert_str_eq(error.text,
                     "w: note: names of 2 columns of 'b' are left out, the net has no such field");
    scratch_text("te.csv", "wid,a,y,H\xF6he\n3,1,4,2\n");
    reading.sources = others;
    nn_data *data = nn_data_load(line, "te.csv", &reading, &error);
    cr_assert(data && ((double *)data->values[1])[0] == 2 && ((double *)data->values[1])[1] == 3);
    nn_data_free(data);
    size_t size;
    char *bytes = scratch_read("w", &size), *at = memmem(bytes, size, "wid", 3);
    *at = 'v';
    scratch_write("w", bytes, size);
    cr_assert_not(nn_weights_load(line, &net, NULL, "w", &error), "a letter was changed");
    free(bytes);
    nn_sources_free(sources);
    nn_sources_free(others);
    nn_sources_free(fewer);
}

Test(driver_data, mistakes) {
    expect_failure(line, "train --data line.csv --data line.csv", 2,
                   "hand: error: --data is given twice\n");
    expect_failure(line, "train --data line.csv --columns y=0 --columns y=1", 2,
                   "hand: error: --columns is given twice\n");
    expect_failure(line, "train --data line.csv --header maybe", 2,
                   "hand: error: --header: 'maybe' is none of yes|no\n");
    expect_failure(line, "train --data line.csv --decimal ,", 2,
                   "hand: error: --decimal: ',' is none of point|comma\n");
    expect_failure(line, "train --data line.csv --missing drop", 2,
                   "hand: error: --missing: 'drop' is none of skip|mean|error\n");
    expect_failure(line, "train --data line.csv --separator dot", 2,
                   "hand: error: --separator: 'dot' is none of comma, semicolon, tab, bar and "
                   "blank\n");
    expect_failure(
        line, "train --data line.csv --columns z=0", 2,
        "error: --columns: 'z' is no input or target that a row of the file holds\nhint: "
        "it goes as in --columns a=0\n");
    expect_failure(line, "info --columns a=0", 2,
                   "hand: error: info takes no option '--columns'\n");
    scratch_write("x.idx", "\0\0\x08\x02\0\0\0\1\0\0\0\2\3\4", 14);
    scratch_write("kind.idx", "\0\0\x08\x01\0\0\0\1\2", 9);
    expect_run(classes, "train --data x.idx,kind.idx --epochs 1", NULL,
               "x.idx: note: read as IDX; x from file 1, kind from file 2\n");
    static const char *const choices[] = {"--columns x=0:2", "--separator tab", "--header no",
                                          "--decimal comma", "--missing skip"};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        char words[100];
        snprintf(words, sizeof words, "train --data x.idx,kind.idx %s", choices[i]);
        expect_failure(classes, words, 2,
                       "x.idx: error: an IDX file has neither cells nor columns, so --separator, "
                       "--header, --decimal, --missing and --columns are not for it\n");
    }
}

/* The file of a net that declares its target between its inputs: in that order. */
Test(driver_data, fields_go_in_the_order_of_declaration) {
    static const size_t order[] = {2, 1, 0}; /* y, b, a */
    nn_network mixed = *line;
    mixed.order = order;
    scratch_text("rows.csv", rows_text);
    scratch_text("mixed.csv", "1.5,0.25,0.125,0.5\n1.25,-0.5,0.5,0.75\n4.5,0.5,1.5,-0.25\n");
    char *plain = run_fine(line, "train --data rows.csv --epochs 2");
    expect_run(
        &mixed, "train --data mixed.csv --epochs 2", plain,
        "mixed.csv: note: read as comma-separated, no header; y from column 0, b from columns "
        "1 to 2, a from column 3\n");
    free(plain);
    static const size_t target_first[] = {1, 0};
    mixed = *classes;
    mixed.order = target_first;
    scratch_write("x.idx", "\0\0\x08\x02\0\0\0\1\0\0\0\2\3\4", 14);
    scratch_write("kind.idx", "\0\0\x08\x01\0\0\0\1\2", 9);
    plain = run_fine(classes, "train --data x.idx,kind.idx --epochs 1");
    expect_run(&mixed, "train --data kind.idx,x.idx --epochs 1", plain,
               "kind.idx: note: read as IDX; kind from file 1, x from file 2\n");
    free(plain);
}

/* An item of pairs and its label, in the order of declaration too. */
Test(driver_data, items_of_pairs_are_read_by_choice) {
    static const nn_field inputs[] = {{"a", 2, 1, {2}, 0, 0}, {"b", 2, 1, {2}, 0, 0}};
    static const nn_field targets[] = {{"same", 1, 0, {0}, 0, 0}};
    static const size_t order[] = {0, 2, 1};
    nn_network pairs = {.real_size = sizeof(double),
                        .input_count = 2,
                        .target_count = 1,
                        .is_pairs = 1,
                        .inputs = inputs,
                        .targets = targets,
                        .order = order};
    nn_error error;
    const char *path = scratch_text("items.csv", "7;1,5;2\n7;3,5;4\n8;5,5;6\n");
    nn_reading reading = {.decimal = NN_DECIMAL_COMMA, .columns = "same=0,a=rest"};
    nn_data *data = nn_data_load(&pairs, path, &reading, &error);
    cr_assert(data, "%s", error.text);
    cr_assert(strstr(error.text, "a from columns 1 to 2, same from column 0"), "%s", error.text);
    cr_assert_eq(((double *)data->values[0])[4], 5.5);
    nn_data_free(data);
    pairs.order = (const size_t[]){2, 0, 1};
    reading.columns = NULL;
    data = nn_data_load(&pairs, path, &reading, &error);
    cr_assert(data, "%s", error.text);
    cr_assert(strstr(error.text, "same from column 0, a from columns 1 to 2"), "%s", error.text);
    cr_assert_eq(((double *)data->values[0])[4], 5.5);
    nn_data_free(data);
    nn_means *means = nn_means_new(&pairs);
    reading = (nn_reading){.missing = NN_MISSING_MEAN, .means = means, .may_lack_targets = false};
    data = nn_data_load(&pairs, scratch_text("holes.csv", "7,1.5,2\n7,NA,4\n8,5.5,6\n"), &reading,
                        &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(((double *)data->values[0])[2], 3.5);
    nn_data_free(data);
    reading.may_lack_targets = true;
    pairs.order = NULL;
    data = nn_data_load(&pairs, scratch_text("pair.csv", "?,2,?,?\n"), &reading, &error);
    cr_assert(data, "%s", error.text);
    cr_assert(((double *)data->values[0])[0] == 3.5 && ((double *)data->values[1])[0] == 3.5);
    cr_assert_eq(((double *)data->values[1])[1], 4);
    nn_data_free(data);
    reading.means = NULL; /* those of the file, of both items together */
    data = nn_data_load(&pairs, scratch_text("pair.csv", "1,9,3,4\n?,2,5,6\n"), &reading, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(((double *)data->values[0])[2], 3);
    nn_data_free(data);
    nn_means_free(means);
    pairs.order = (const size_t[]){2, 0, 1};
    reading = (nn_reading){.decimal = NN_DECIMAL_COMMA};
    reading.columns = "b=1:3,same=0";
    cr_assert_null(nn_data_load(&pairs, path, &reading, &error));
    cr_assert_str_eq(error.text,
                     "error: --columns: 'b' is no input or target that a row of the file "
                     "holds\nhint: it goes as in --columns a=0");
    reading = (nn_reading){.may_lack_targets = true, .columns = "b=0:2,a=1:3"};
    reading.decimal = NN_DECIMAL_COMMA;
    data = nn_data_load(&pairs, path, &reading, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(((double *)data->values[1])[0], 7);
    cr_assert_eq(((double *)data->values[0])[1], 2);
    nn_data_free(data);
}
