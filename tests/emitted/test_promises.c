/* What emitted functions promise, checked on running code under AddressSanitizer and
   UndefinedBehaviorSanitizer: the promises are the functions of programs/promises.c, and each is
   kept by every net below. */

#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANITIZERS " -g -fsanitize=address,undefined -fno-sanitize-recover=all "

typedef struct {
    const char *model;
    Variant variant;
    const char *compiler;
} Case;

/* Each model straight and in tiles, each target, each type and each way to unroll, both compilers;
   those for a CPU that is not here are left out. The slice of the short run comes first. */
static const Case cases[] = {
    {"xor", {TARGET_C99, UNROLL_AUTO, false, false}, "gcc"},
    {"linear", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"skip", {TARGET_C99, UNROLL_NONE, true, false}, "clang"},
    {"affine", {TARGET_C99, UNROLL_FULL, true, false}, "gcc"},
    {"affine", {TARGET_GENERIC, UNROLL_TILE, false, false}, "clang"},
    {"running", {TARGET_C99, UNROLL_TILE, false, false}, "clang"},
    {"wave", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"digits", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"xor", {TARGET_X86_64_V4, UNROLL_AUTO, false, false}, "clang"},
    {"digits", {TARGET_X86_64_V4, UNROLL_AUTO, false, false}, "gcc"},
    {"running", {TARGET_X86_64_V3, UNROLL_TILE, true, true}, "gcc"},
    {"xor", {TARGET_GENERIC, UNROLL_NONE, true, false}, "clang"},
    {"logistic", {TARGET_GENERIC, UNROLL_FULL, true, false}, "clang"},
    {"logistic", {TARGET_C99, UNROLL_TILE, false, false}, "gcc"},
    {"skip", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "gcc"},
    {"digits", {TARGET_C99, UNROLL_AUTO, true, false}, "gcc"},
    {"running", {TARGET_GENERIC, UNROLL_AUTO, true, false}, "gcc"},
    {"wave", {TARGET_C99, UNROLL_NONE, false, false}, "gcc"},
    {"wave", {TARGET_GENERIC, UNROLL_NONE, true, false}, "gcc"},
    {"skip", {TARGET_X86_64_V4, UNROLL_AUTO, true, false}, "clang"},
    {"wave", {TARGET_X86_64_V3, UNROLL_AUTO, false, false}, "clang"},
};
enum { CASES = sizeof cases / sizeof *cases, SLICE = 11 };

/* The program of one case, and the command that makes it, as a line of a list. */
static void prepare_case(int number, FILE *list) {
    const Case *one = &cases[number];
    const Model *model = model_named(one->model);
    char file[64], flags[1024];
    char *text = model_text(model);
    snprintf(file, sizeof file, "net_%d", number);
    generate(file, text, one->variant);
    program_flags(flags, sizeof flags, model, one->variant.is_double);
    fprintf(list,
            "%s -std=c11 %s -Wall -Wextra -Werror" SANITIZERS RUNTIME
            "%s -DHEADER='\"%s.h\"' -o %s %s.c ",
            one->compiler, variant_flag(one->variant), flags, file, file, file);
    fprintf(list, PROGRAMS "promises.c -lm\n");
    free(text);
}

/* Before the first test: all programs, two at a time. */
ReportHook(PRE_ALL)(struct criterion_test_set *tests) {
    (void)tests;
    workshop_open("promises");
    FILE *list = fopen(NNGEN_SCRATCH "/promises/list", "w");
    for (int i = 0; list && i < slice_of(SLICE, CASES); i++)
        if (target_runs_here(cases[i].variant.target))
            prepare_case(i, list);
    if (!list || fclose(list) != 0 ||
        run("tr '\\n' '\\0' < list | xargs -0 -n 1 -P 2 sh -c") != 0) {
        fprintf(stderr, "the programs cannot be made:\n%s", run_output());
        exit(1);
    }
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats) {
    if (stats->tests_failed == 0 && stats->tests_crashed == 0)
        workshop_remove();
}

static void expect_kept(const char *promise, bool only_where_it_splits) {
    workshop_enter("promises");
    for (int i = 0; i < slice_of(SLICE, CASES); i++) {
        if ((only_where_it_splits && !model_named(cases[i].model)->splits) ||
            !target_runs_here(cases[i].variant.target))
            continue;
        int status = run("./net_%d %s", i, promise);
        cr_expect_eq(status, 0, "%s, %s, %s: net_%d %s\n%.1500s", cases[i].model,
                     variant_name(cases[i].variant), cases[i].compiler, i, promise, run_output());
    }
}

#define PROMISE(name)                                                                              \
    Test(promises, name) {                                                                         \
        expect_kept(#name, false);                                                                 \
    }
#define PROMISE_OF_PARTS(name)                                                                     \
    Test(promises, name) {                                                                         \
        expect_kept(#name, true);                                                                  \
    }

PROMISE(step_is_gradient_and_update)
PROMISE_OF_PARTS(gradients_add_up)
PROMISE(gradient_add_begins_anew)
PROMISE_OF_PARTS(incomplete_is_mean)
PROMISE_OF_PARTS(loss_of_incomplete_is_mean)
PROMISE(copies_are_nets)
PROMISE(wrong_sizes_do_nothing)
PROMISE(rows_beyond_n_are_not_seen)
PROMISE(work_is_forgotten)
PROMISE(batches_predict_as_examples)
PROMISE(classes_out_of_range_are_no_class)
PROMISE(get_and_set_agree)
PROMISE(counters_are_in_reach)
PROMISE(init_begins_anew)
PROMISE(gradients_are_one_block)
PROMISE(network_says_what_is)
PROMISE(evaluation_adds_up)
PROMISE(update_waits_for_gradients)
PROMISE(values_that_are_not_finite_are_no_error)
PROMISE(fit_takes_finite_values_alone)
PROMISE(arrays_need_no_alignment)
