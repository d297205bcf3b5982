/* Every model of models/ against the generic library, on every target that runs here, in all unroll
   modes; large ones in those that do not take the C compiler minutes. In the short run a model has
   one mode for every third target, the next model the next. */

#include "compare.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FOR_FULL = 300, ROUNDS = 4 };

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    char *text = calloc(1, size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static int64_t parameter_count(const Graph *graph) {
    int64_t count = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        count += graph->variables[v]->kind == VARIABLE_PARAM
                     ? shape_count(graph->variables[v]->shape)
                     : 0;
    }
    return count;
}

static void compare_mode(const char *path, const char *text, Oracle *oracle, Options options) {
    const uint64_t seed = 11;
    Net net = {.text = text, .graph = oracle->graph, .options = options};
    Nets all = {.count = 1, .nets = &net, .level = "-O0"};
    cr_assert(nets_build(&all), "%s: %s", path, all.message);
    Dice dice = dice_new(seed);
    Data *data = data_new(oracle->graph, (size_t)oracle->graph->batch + 3, &dice);
    Comparison comparison = {.limit = limit_of(&options), .splits = splits_batches(text)};
    bool same = compare_net(&net, oracle, data, seed, &comparison);
    cr_expect(same, "%s, %s, unroll %d, %s: %s", path, target_name(options.target),
              (int)options.unroll, options.is_double ? "double" : "float", comparison.failure);
    cr_expect(same == false || comparison.comparisons > 50, "%s: only %zu numbers", path,
              (size_t)comparison.comparisons);
    data_free(data);
    nets_free(&all);
}

static void compare_model(const char *path, unsigned number) {
    Target here[TARGETS];
    char *text = read_file(path);
    Oracle *oracle = oracle_of(text);
    const char *said = oracle->compiler.diagnostics->bytes;
    cr_expect(!said || !*said, "%s: nothing is to be warned of: %s", path, said);
    bool is_large = parameter_count(oracle->graph) > MOST_FOR_FULL;
    unsigned count = targets_here(here), first = is_long() ? 0 : number % ROUNDS;
    unsigned rounds = is_long() ? ROUNDS : 1;
    for (unsigned mode = first * count; mode < (first + rounds) * count; mode++) {
        Options options = mode_in_turn(mode);
        if (is_large && options.unroll != UNROLL_NONE) {
            options.unroll = UNROLL_AUTO;
        }
        if (is_long() || (mode + number / ROUNDS) % 3 == 0) {
            compare_mode(path, text, oracle, options);
        }
    }
    oracle_free(oracle);
    free(text);
}

static size_t compare_models(const char *pattern) {
    glob_t found;
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        compare_model(found.gl_pathv[i], (unsigned)strlen(strrchr(found.gl_pathv[i], '/') + 1));
    }
    size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

Test(models, run_as_the_generic_library_does) {
    cr_assert_geq(compare_models(NNGEN_SOURCE "/models/*.def"), 4);
}

Test(models, run_as_the_generic_library_does_on_digits) {
    cr_assert_geq(compare_models(NNGEN_SOURCE "/models/digits/*.def"), 1);
    cr_assert_geq(compare_models(NNGEN_SOURCE "/models/siamese/*.def"), 1);
}

Test(models, run_as_the_generic_library_does_with_the_hessian) {
    cr_assert_eq(compare_models(NNGEN_SOURCE "/models/newton/*.def"), 2);
}

Test(models, run_as_the_generic_library_does_with_constants) {
    cr_assert_eq(compare_models(NNGEN_SOURCE "/tests/emitted/models/tables.def"), 1);
}

/* Small models for which emitted code once was wrong, and windows where nets seldom have them. */
Test(models, run_as_the_generic_library_does_where_they_did_not) {
    cr_assert_geq(compare_models(NNGEN_SOURCE "/tests/numeric/models/*.def"), 6);
}
