/* What emitted functions promise, checked on running code under AddressSanitizer and
   UndefinedBehaviorSanitizer: the promises are the functions of programs/promises.c, and each is
   kept by every net below. */

#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANITIZERS " -g1 -fsanitize=address,undefined -fno-sanitize-recover=all "

typedef struct {
    const char *model;
    Variant variant;
    const char *compiler;
} Case;

/* Each model straight and in tiles, each target, each type and each way to unroll, both compilers;
   those for a CPU that is not here are left out. The slice of the short run comes first. */
static const Case cases[] = {
    {"xor", {TARGET_C99, UNROLL_AUTO, false, false}, "gcc"},
    {"skip", {TARGET_C99, UNROLL_NONE, true, false}, "clang"},
    {"affine", {TARGET_C99, UNROLL_FULL, true, false}, "gcc"},
    {"affine", {TARGET_GENERIC, UNROLL_TILE, false, false}, "clang"},
    {"running", {TARGET_C99, UNROLL_TILE, false, false}, "clang"},
    {"wave", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"digits", {TARGET_X86_64_V4, UNROLL_AUTO, false, false}, "gcc"},
    {"running", {TARGET_X86_64_V3, UNROLL_TILE, true, true}, "gcc"},
    {"linear", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"digits", {TARGET_GENERIC, UNROLL_AUTO, false, false}, "clang"},
    {"xor", {TARGET_X86_64_V4, UNROLL_AUTO, false, false}, "clang"},
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
enum { CASES = sizeof cases / sizeof *cases, SLICE = 8 };

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

/* Those of parts are kept where a mean over the batch is a mean over its parts. */
static const struct {
    const char *name;
    bool is_of_parts;
} promises[] = {
    {"step_is_gradient_and_update", false},
    {"gradients_add_up", true},
    {"gradient_add_begins_anew", false},
    {"incomplete_is_mean", true},
    {"loss_of_incomplete_is_mean", true},
    {"copies_are_nets", false},
    {"wrong_sizes_do_nothing", false},
    {"rows_beyond_n_are_not_seen", false},
    {"work_is_forgotten", false},
    {"batches_predict_as_examples", false},
    {"classes_out_of_range_are_no_class", false},
    {"get_and_set_agree", false},
    {"counters_are_in_reach", false},
    {"init_begins_anew", false},
    {"gradients_are_one_block", false},
    {"network_says_what_is", false},
    {"evaluation_adds_up", false},
    {"update_waits_for_gradients", false},
    {"values_that_are_not_finite_are_no_error", false},
    {"fit_takes_finite_values_alone", false},
    {"arrays_need_no_alignment", false},
};

ParameterizedTestParameters(promises, are_kept) {
    static int numbers[CASES];
    for (int i = 0; i < CASES; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, (size_t)slice_of(SLICE, CASES));
}

/* All in one process, for a sanitizer's start takes longer than most of them; the last that it names
   is the one that is broken. */
ParameterizedTest(int *number, promises, are_kept) {
    const Case *one = &cases[*number];
    bool splits = model_named(one->model)->splits;
    char words[2048] = "";
    if (!target_runs_here(one->variant.target))
        return;
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
        if (splits || !promises[i].is_of_parts)
            sprintf(words + strlen(words), " %s", promises[i].name);
    workshop_enter("promises");
    int status = run("./net_%d%s", *number, words);
    cr_expect_eq(status, 0, "%s, %s, %s: net_%d:\n%.3000s", one->model, variant_name(one->variant),
                 one->compiler, *number, run_output());
}
