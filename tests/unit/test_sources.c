/* sources: the columns of a later table, by the names of the first. */

#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(sources, .init = scratch_open, .fini = scratch_close);

static const nn_network *const line = &hand_line_network;

/* A net of an input x[2] and a target y[2]. */
static const nn_field x = {"x", 2, 1, {2}, 0, 0}, y = {"y", 2, 1, {2}, 0, 0};
static const nn_network square = {.name = "square",
                                  .real_size = sizeof(double),
                                  .input_count = 1,
                                  .target_count = 1,
                                  .inputs = &x,
                                  .targets = &y};

typedef struct {
    const char *columns, *text; /* what --columns says, or NULL */
    bool may_lack_targets;
} Table;

static nn_data *load(const nn_network *network, nn_sources *sources, const Table *table,
                     nn_error *error) {
    const nn_reading reading = {
        .columns = table->columns, .sources = sources, .may_lack_targets = table->may_lack_targets};
    cr_assert_eq(chdir(scratch_folder()), 0);
    scratch_text("t.csv", table->text);
    return nn_data_load(network, "t.csv", &reading, error);
}

/* What is said of the second table once the first was read. The notes are without what every one
   begins with. */
static void expect_said(const nn_network *network, Table first, Table second, const char *said) {
    nn_error error;
    nn_sources *sources = nn_sources_new(network);
    nn_data *data = load(network, sources, &first, &error);
    cr_assert(data, "%s: %s", first.text, error.text);
    nn_data_free(data);
    data = load(network, sources, &second, &error);
    const char *note = strstr(error.text, "; "), *text = data && note ? note + 2 : error.text;
    cr_expect_str_eq(text, said, "%s behind %s:\n%s\nnot\n%s", second.text, first.text, text, said);
    cr_expect_eq(data != NULL, !strstr(said, "error: "), "%s", error.text);
    nn_data_free(data);
    nn_sources_free(sources);
}

/* Of one column no range is spoken of. */
Test(sources, of_one_column) {
    const Table first = {"a=age", "age,b.0,b.1,y\n1,2,3,4\n", false};
    expect_said(line, first, (Table){NULL, "b.0,b.1,y,age\n2,3,4,1\n", false},
                "a from 'age', b from 'b.0' to 'b.1', y from 'y'");
    expect_said(line, first, (Table){NULL, "years,b.0,b.1,y\n1,2,3,4\n", false},
                "t.csv:1: error: no column 'age' alone, which fed 'a' in training\n"
                "hint: name columns as in training; where others mean the same, --columns a=NAME "
                "says so by name, in place of 'age'");
    expect_said(line, first, (Table){NULL, "1,2,3,4\n", false},
                "a from column 0, taken for 'age' of training, b from columns 1 to 2, y from "
                "column 3");
}

/* Names that two columns have tell nothing, nor do no names. */
Test(sources, names_that_tell_nothing) {
    static const char *const first[] = {"p,p,y.0,y.1\n1,2,3,4\n", "p,,y.0,y.1\n1,2,3,4\n"};
    for (size_t i = 0; i < 2; i++)
        expect_said(&square, (Table){"x=0:2", first[i], false},
                    (Table){"x=0:2", "q,r,y.0,y.1\n1,2,3,4\n", false},
                    "x from 'q' to 'r', y from 'y.0' to 'y.1'");
    expect_said(&square, (Table){NULL, "p,q,y.0,y.1\n1,2,3,4\n", false},
                (Table){NULL, "q,p,y.0,y.1,p\n1,2,3,4,5\n", false},
                "t.csv:1: error: no column 'p' alone, which fed 'x' in training\n"
                "hint: name columns as in training; where others mean the same, --columns "
                "x=NAME,.. says so by name, in place of 'p' to 'q'");
}

/* A first table for prediction has no names of targets to keep. */
Test(sources, of_a_table_without_targets) {
    expect_said(&square, (Table){NULL, "p,q\n1,2\n", true},
                (Table){NULL, "y.0,q,p,y.1\n3,2,1,4\n", false},
                "x from 'p' and 'q' (in the order of training), y from 'y.0' and 'y.1'");
}

/* Prediction does without targets, but not with half of one. */
Test(sources, targets_that_are_not_there_to_predict) {
    const Table first = {"x=0:2,y=2:4", "p,q,r,s\n1,2,3,4\n", false};
    expect_said(&square, first, (Table){NULL, "q,p\n2,1\n", true},
                "x from 'p' and 'q' (in the order of training); no targets");
    static const char half[] = "t.csv:1: error: no column 'r' alone, which fed 'y' in training\n"
                               "hint: name columns as in training; where others mean the same, "
                               "--columns y=NAME,.. says so by name, in place of 'r' to 's'";
    expect_said(&square, first, (Table){NULL, "q,p,s\n2,1,4\n", true}, half);
    expect_said(&square, first, (Table){NULL, "q,p\n2,1\n", false}, half);
}

/* Columns by number are those of training only if their names are. */
Test(sources, columns_by_number) {
    const Table first = {NULL, "p,q,y.0,y.1\n1,2,3,4\n", false};
    static const char other[] =
        "t.csv:1: error: --columns gives 'x' other columns than in training, without 'q'\n"
        "hint: name columns as in training; where others mean the same, --columns x=NAME,.. says "
        "so by name, in place of 'p' to 'q'";
    expect_said(&square, first, (Table){"x=1:3", "q,p,z,y.0,y.1\n2,1,0,3,4\n", false}, other);
    expect_said(&square, first, (Table){"x=0:2", "q,p,z,y.0,y.1\n2,1,0,3,4\n", false},
                "x from 'p' and 'q' (in the order of training), y from 'y.0' to 'y.1'; 'z' feeds "
                "nothing");
}

/* What --columns said of a table without names is no matter where there are names, or it says so
   again. */
Test(sources, columns_given_in_training) {
    const Table first = {"x=2:4,y=0:2", "1,2,3,4\n", false};
    expect_said(&square, first, (Table){NULL, "x.0,x.1,y.0,y.1\n1,2,3,4\n", false},
                "x from 'x.0' to 'x.1', y from 'y.0' to 'y.1'");
    expect_said(&square, first, (Table){"x=2:4,y=0:2", "1,2,3,4\n", false},
                "x from columns 2 to 3, y from columns 0 to 1");
}

/* Items of pairs have the names of their columns anew in every file: those of one item in
   training, those of both in prediction. */
Test(sources, of_pairs) {
    static const nn_field inputs[] = {{"a", 2, 1, {2}, 0, 0}, {"b", 2, 1, {2}, 0, 0}};
    static const nn_field same = {.name = "same", .count = 1};
    static const nn_network twin = {.name = "twin",
                                    .real_size = sizeof(double),
                                    .input_count = 2,
                                    .target_count = 1,
                                    .is_pairs = 1,
                                    .inputs = inputs,
                                    .targets = &same};
    const Table first = {NULL, "p,q,same\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n", false};
    expect_said(&twin, first, (Table){NULL, "a.0,a.1,b.0,b.1\n1,2,3,4\n", true},
                "a from 'a.0' to 'a.1', b from 'b.0' to 'b.1'; no targets");
}
