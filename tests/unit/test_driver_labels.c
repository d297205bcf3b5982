/* The driver with labels as text: what it prints, keeps and refuses. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

/* animals.csv: the 30 points of data.csv, of which 0 is a dog, 1 a bird, 2 a cat. */
static void labels_open(void) {
    driver_open();
    static const char *const labels[] = {"dog", "bird", "cat"};
    size_t size;
    char *numbers = scratch_read("data.csv", &size), text[4096], *end = text;
    for (char *at = strtok(numbers, "\n"); at; at = strtok(NULL, "\n")) {
        char *last = strrchr(at, ',');
        bool is_header = last[1] == 'k';
        end += sprintf(end, "%.*s,%s\n", (int)(last - at), at,
                       is_header ? "kind" : labels[last[1] - '0']);
    }
    scratch_text("animals.csv", text);
    free(numbers);
}

TestSuite(driver_labels, .init = labels_open, .fini = scratch_close);

/* Runs well; both outputs, the errors cut to lines that speak of classes. */
static Run run_well(const char *words) {
    Run result = run(classes, words);
    cr_assert_eq(result.code, 0, "%s: %s", words, result.err);
    return result;
}

static char *trained(void) {
    Run result = run_well("train --data animals.csv --epochs 12 --quiet --save w");
    cr_assert(strstr(result.err, "animals.csv: note: the classes of 'kind' are its labels, sorted: "
                                 "bird=0, cat=1, dog=2\n"),
              "%s", result.err);
    free(result.err);
    return result.out;
}

Test(driver_labels, are_said_once_and_kept) {
    char *out = trained();
    cr_assert_str_eq(out, "train accuracy 1.0000\n");
    free(out);
    Run result = run_well("info --weights w");
    cr_assert(strstr(result.out, "\nclasses  kind: bird=0, cat=1, dog=2\n"), "%s", result.out);
    run_free(result);
    result = run_well("test --weights w --data animals.csv");
    cr_assert(strstr(result.out, "accuracy 1.0000\n"), "%s", result.out);
    cr_assert_null(strstr(result.err, "sorted"), "%s", result.err);
    run_free(result);
}

/* Of the same points under other names of the same order the same weights come. */
Test(driver_labels, are_no_more_than_class_indices) {
    hand_classes net, other;
    nn_error error;
    memset(&net, 0, sizeof net);
    memset(&other, 0, sizeof other);
    free(trained());
    size_t size;
    char *text = scratch_read("animals.csv", &size), *at;
    while ((at = strstr(text, ",dog")) || (at = strstr(text, ",cat")))
        memcpy(at, at[1] == 'd' ? ",2  " : ",1  ", 4);
    while ((at = strstr(text, ",bird")))
        memcpy(at, ",0   ", 5);
    scratch_text("numbers.csv", text);
    free(text);
    run_free(run_well("train --data numbers.csv --epochs 12 --quiet --save v"));
    cr_assert(nn_weights_load(classes, &net, NULL, "w", &error), "%s", error.text);
    cr_assert(nn_weights_load(classes, &other, NULL, "v", &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &other, sizeof net), 0);
}

Test(driver_labels, name_the_report) {
    hand_classes net = {.scale = {1, 1}, .bias = {20, 0, 0}};
    nn_error error;
    nn_classes *names = nn_classes_new(classes);
    cr_assert(nn_classes_give(names, "kind=k\xC3\xA4se,cat,dog", &error), "%s", error.text);
    cr_assert(nn_weights_save(classes, &net, &(nn_kept){.classes = names}, "w", &error), "%s",
              error.text);
    nn_classes_free(names);
    scratch_text("four.csv", "x.0,x.1,kind\n1,2,k\xC3\xA4se\n1,2,k\xC3\xA4se\n1,2,cat\n");
    Run result = run_well("test --weights w --data four.csv --report");
    const char *matrix = strstr(result.out, "confusion_matrix");
    cr_assert(matrix, "%s", result.out);
    cr_assert_str_eq(matrix, "confusion_matrix: a row per true class, a column per predicted one\n"
                             "                 k\xC3\xA4se  cat  dog\n"
                             "            k\xC3\xA4se    2    0    0\n"
                             "             cat    1    0    0\n"
                             "             dog    0    0    0\n"
                             "\n"
                             "           class  precision     recall         f1    support\n"
                             "            k\xC3\xA4se     0.6667     1.0000     0.8000          2\n"
                             "             cat     0.0000     0.0000     0.0000          1\n"
                             "             dog     0.0000     0.0000     0.0000          0\n"
                             "     mean, total     0.2222     0.3333     0.2667          3\n"
                             "\n"
                             "predicted\n"
                             "                  0  1  2\n"
                             "                  1  0  0\n");
    run_free(result);
}

/* Names of 40 characters do not stand above columns: their numbers do. */
Test(driver_labels, that_are_long_stand_beside_rows) {
    hand_classes net = {.scale = {1, 1}, .bias = {20, 0, 0}};
    nn_error error;
    char given[200], expected[300], name[3][41];
    nn_classes *names = nn_classes_new(classes);
    for (int i = 0; i < 3; i++) {
        memset(name[i], 'a' + i, 40);
        name[i][40] = '\0';
    }
    snprintf(given, sizeof given, "kind=%s,%s,%s", name[0], name[1], name[2]);
    cr_assert(nn_classes_give(names, given, &error), "%s", error.text);
    cr_assert(nn_weights_save(classes, &net, &(nn_kept){.classes = names}, "w", &error), "%s",
              error.text);
    nn_classes_free(names);
    snprintf(given, sizeof given, "x.0,x.1,kind\n1,2,%s\n", name[1]);
    scratch_text("one.csv", given);
    Run result = run_well("test --weights w --data one.csv --report");
    snprintf(expected, sizeof expected, "%45d  1  2\n%s=0  0  0  0\n%s=1  1  0  0\n", 0, name[0],
             name[1]);
    cr_assert(strstr(result.out, expected), "%s", result.out);
    run_free(result);
}

/* Of a target of one number the classes are 0 and 1; what is of no target has numbers. */
Test(driver_labels, name_the_report_of_one_number, .init = cr_redirect_stdout) {
    static const nn_field targets[] = {{"sick", 1, 0, {0}, 0, 0}};
    static const nn_field metrics[] = {{"confusion_matrix", 4, 2, {2, 2}, 0, 0},
                                       {"confusion_matrix.q", 4, 2, {2, 2}, 0, 0}};
    static const int of[] = {1, 0};
    static const double results[] = {0.5, 3, 1, 0, 2, 3, 1, 0, 2};
    nn_network network = {.target_count = 1,
                          .targets = targets,
                          .metric_count = 2,
                          .metrics = metrics,
                          .metric_targets = of};
    nn_error error;
    nn_classes *names = nn_classes_new(&network);
    cr_assert(nn_classes_give(names, "sick=benign,malign", &error), "%s", error.text);
    nn_data data = {.network = &network, .count = 6, .classes = names};
    nn_report_print(&data, NULL, results);
    fflush(stdout);
    cr_assert_stdout_eq_str("6 examples\n"
                            "loss                 0.5000\n"
                            "\n"
                            "confusion_matrix: a row per true class, a column per predicted one\n"
                            "                 benign malign\n"
                            "          benign      3      1\n"
                            "          malign      0      2\n"
                            "\n"
                            "           class  precision     recall         f1    support\n"
                            "          benign     1.0000     0.7500     0.8571          4\n"
                            "          malign     0.6667     1.0000     0.8000          2\n"
                            "     mean, total     0.8333     0.8750     0.8286          6\n"
                            "\n"
                            "confusion_matrix.q: a row per true class, a column per predicted one\n"
                            "                  0  1\n"
                            "               0  3  1\n"
                            "               1  0  2\n"
                            "\n"
                            "           class  precision     recall         f1    support\n"
                            "               0     1.0000     0.7500     0.8571          4\n"
                            "               1     0.6667     1.0000     0.8000          2\n"
                            "     mean, total     0.8333     0.8750     0.8286          6\n");
    nn_classes_free(names);
}

/* Headings are for the outputs of classes; the label is that of the largest. */
Test(driver_labels, name_predictions) {
    hand_classes net = {.scale = {1, 1}, .weight = {{1, 0}, {0, 1}, {-1, -1}}};
    nn_error error;
    nn_classes *names = nn_classes_new(classes);
    cr_assert(nn_classes_give(names, "kind=\"a,b\",\"say \"\"c\"\"\",d", &error), "%s", error.text);
    cr_assert(nn_weights_save(classes, &net, &(nn_kept){.classes = names}, "w", &error), "%s",
              error.text);
    nn_classes_free(names);
    scratch_text("x.csv", "x.0,x.1\n50,0\n0,50\n-20,-20\n-50,-50\n");
    Run result = run_well("predict --weights w --data x.csv");
    cr_assert(strstr(result.out, "\"p.a,b\",\"p.say \"\"c\"\"\",p.d,kind\n1,") == result.out, "%s",
              result.out);
    cr_assert(strstr(result.out, ",\"a,b\"\n"), "%s", result.out);
    cr_assert(strstr(result.out, ",\"say \"\"c\"\"\"\n"), "%s", result.out);
    cr_assert(strstr(result.out, ",1,d\n"), "%s", result.out);
    cr_assert(strstr(result.out, "nan,\n"), "%s", result.out); /* no number, no class */
    run_free(result);
}

static void expect_same_file(const char *first, const char *second) {
    size_t sizes[2];
    char *a = scratch_read(first, &sizes[0]), *b = scratch_read(second, &sizes[1]);
    cr_assert(a && b && sizes[0] == sizes[1] && memcmp(a, b, sizes[0]) == 0);
    free(a);
    free(b);
}

Test(driver_labels, survive_a_stop_to_the_byte) {
    run_free(run_well("train --data animals.csv --epochs 5 --seed 3 --quiet --save whole"));
    run_free(run_well("train --data animals.csv --epochs 3 --seed 3 --quiet --save part"));
    run_free(run_well("train --data animals.csv --epochs 2 --load part --quiet --save part"));
    expect_same_file("whole", "part");
}

/* What the weights call classes is asked for in data, too. */
Test(driver_labels, of_weights_bind_later_data) {
    free(trained());
    scratch_text("two.csv", "x.0,x.1,kind\n5,55.5,dog\n106,-6.5,bird\n");
    run_free(run_well("train --data two.csv --load w --epochs 1 --quiet --save v"));
    Run result = run_well("test --weights v --data animals.csv");
    run_free(result);
    scratch_text("fish.csv", "x.0,x.1,kind\n5,55.5,dog\n106,-6.5,fish\n");
    static const char *const commands[] = {
        "test --weights w --data fish.csv", "predict --weights w --data fish.csv",
        "check --weights w --data fish.csv", "train --load w --data fish.csv",
        "train --data animals.csv --test fish.csv"};
    for (int i = 0; i < 5; i++) {
        result = run(classes, commands[i]);
        bool has_gradient = i != 2; /* hand_classes does not tell its gradients */
        cr_assert_eq(result.code, has_gradient ? 1 : 2, "%s: %s", commands[i], result.err);
        const char *from = i < 4 ? "'fish' is not a label of 'kind'; from w those are bird=0"
                                 : "'fish' is not a label of 'kind'; from animals.csv those are";
        cr_assert(!has_gradient || strstr(result.err, "fish.csv:3: error: "), "%s", result.err);
        cr_assert(!has_gradient || strstr(result.err, from), "%s", result.err);
        run_free(result);
    }
}

Test(driver_labels, of_weights_and_line_must_agree) {
    free(trained());
    run_free(run_well("test --weights w --data animals.csv --classes kind=bird,cat,dog"));
    Run result = run(classes, "test --weights w --data animals.csv --classes kind=dog,cat,bird");
    cr_assert_eq(result.code, 1);
    cr_assert_str_eq(result.err, "w: error: the classes of 'kind' are bird=0, cat=1, dog=2 there, "
                                 "and by --classes dog=0, cat=1, bird=2\n");
    run_free(result);
}

/* Weights of classes by number do not say which label is which. */
Test(driver_labels, of_numbered_weights_are_asked_for) {
    free(run_fine(classes, "train --data data.csv --epochs 1 --quiet --save w"));
    Run result = run(classes, "test --weights w --data animals.csv");
    cr_assert_eq(result.code, 1);
    cr_assert(strstr(result.err,
                     "'dog' is a label as text, and w has classes of 'kind' as numbers\n"
                     "hint: --classes kind=A,B,.."),
              "%s", result.err);
    run_free(result);
    run_free(run_well("train --load w --data animals.csv --classes kind=dog,bird,cat --epochs 1 "
                      "--quiet --save v"));
    result = run_well("info --weights v");
    cr_assert(strstr(result.out, "classes  kind: dog=0, bird=1, cat=2\n"), "%s", result.out);
    run_free(result);
}

Test(driver_labels, in_a_sweep_and_a_check) {
    scratch_text("y.csv", "a,b.0,b.1,y\n1,0,0,no\n0,1,0,yes\n0,0,1,no\n");
    Run result = run(line, "sweep rate 0.01,0.1 --data y.csv --epochs 1 --classes y=no,yes");
    cr_assert_eq(result.code, 0, "%s", result.err);
    run_free(result);
    result = run(line, "check --data y.csv --classes y=no,yes");
    cr_assert_eq(result.code, 0, "%s", result.err);
    run_free(result);
    result = run(line, "check --data y.csv");
    cr_assert_eq(result.code, 1);
    cr_assert(strstr(result.err, "hint: of two labels, --classes y=A,B reads A as 0 and B as 1"),
              "%s", result.err);
    run_free(result);
    result = run(line, "check --data y.csv --classes y=no");
    cr_assert_eq(result.code, 2);
    run_free(result);
}

/* Bytes of IDX files are read by --classes as numbers in a table are. */
Test(driver_labels, numbers_of_idx_files_are_labels_as_in_tables) {
    scratch_write("x.idx", "\0\0\x08\x02\0\0\0\3\0\0\0\2\3\4\5\6\7\1", 18);
    scratch_write("kind.idx", "\0\0\x08\x01\0\0\0\3\1\3\2", 11);
    scratch_write("one.idx", "\0\0\x08\x01\0\0\0\3\1\2\2", 11);
    scratch_text("twin.csv", "3,4,1\n5,6,3\n7,1,2\n");
    char *plain =
        run_fine(classes, "train --data twin.csv --epochs 2 --classes kind=1,2,3 --save w");
    static const char said[] = "x.idx: note: the numbers of 'kind' are its labels: 1=0, 2=1, 3=2\n";
    Run result = run(classes, "train --data x.idx,kind.idx --epochs 2 --classes kind=1,2,3");
    cr_assert_str_eq(result.err, said);
    cr_assert_str_eq(result.out, plain);
    run_free(result);
    free(plain);
    plain = run_fine(classes, "test --weights w --data twin.csv");
    result = run(classes, "test --weights w --data x.idx,kind.idx");
    cr_assert_str_eq(result.err, said);
    cr_assert_str_eq(result.out, plain);
    run_free(result);
    free(plain);
    expect_failure(
        classes, "train --data x.idx,kind.idx", 1,
        "kind.idx: error: example 2: 3 is not a class of 'kind', which are 0 to 2\nhint: "
        "--classes kind=1,2,3 reads numbers from 1 on\n");
    expect_failure(
        classes, "train --data x.idx,kind.idx --classes kind=1,2,4", 1,
        "kind.idx: error: example 2: 3 is not a label of 'kind'; from --classes those are "
        "1=0, 2=1, 4=2\n");
    result = run(classes, "train --data x.idx,one.idx --epochs 1");
    cr_assert_str_eq(result.err,
                     "x.idx: note: class 0 of 'kind' does not occur; if its numbers begin with 1, "
                     "say --classes kind=1,2,3\n");
    run_free(result);
    result = run(classes, "train --data x.idx,one.idx --epochs 1 --classes kind=a,b,c");
    cr_assert_str_eq(result.err, "x.idx: note: the numbers of 'kind' are taken for its classes: "
                                 "a=0, b=1, c=2\n");
    run_free(result);
}
