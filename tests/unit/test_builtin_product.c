/* builtin_product: contract in index notation: whatever products of two it becomes, the sum of
   products is the one that stands there. */

#define _GNU_SOURCE
#include "random_graph.h"
#include "run_model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MOST_FACTORS = 12, INDICES = 5 };

/* The product of factors that are parameters f0, f1, .., each indexed along each of its axes by
   twice[axis] * one index + another - before[axis], or by one index alone. The first `kept` indices
   are the axes of the result. */
typedef struct {
    int kept, factor_count;
    int size[INDICES];
    struct {
        int rank, first[2], second[2], before[2]; /* second: -1 where there is none */
        int size[2];
    } factor[MOST_FACTORS];
} Notation;

static Notation draw_notation(Draw *draw) {
    Notation notation = {.kept = pick(draw, 3), .factor_count = 1 + pick(draw, MOST_FACTORS)};
    for (int i = 0; i < INDICES; i++)
        notation.size[i] = 2 + pick(draw, 2);
    for (int f = 0; f < notation.factor_count; f++) {
        notation.factor[f].rank = 1 + pick(draw, 2);
        for (int axis = 0; axis < notation.factor[f].rank; axis++) {
            bool is_alone = f == 0 || pick(draw, 4);
            int first = f == 0 && notation.factor[f].rank == 2 ? axis : pick(draw, INDICES);
            notation.factor[f].first[axis] = first;
            notation.factor[f].second[axis] = is_alone ? -1 : pick(draw, INDICES);
            notation.factor[f].before[axis] = is_alone ? 0 : pick(draw, 2);
            notation.factor[f].size[axis] = is_alone ? notation.size[first] : 4;
        }
    }
    return notation;
}

/* Every summed index needs an axis of its own somewhere: one factor more for each. */
static void write_model(const Notation *notation, FILE *out) {
    fprintf(out, "input x\n");
    for (int i = 0; i < INDICES; i++)
        fprintf(out, "s%d = param([%d], 1)\n", i, notation->size[i]);
    for (int f = 0; f < notation->factor_count; f++) {
        fprintf(out, "f%d = param([", f);
        for (int axis = 0; axis < notation->factor[f].rank; axis++)
            fprintf(out, "%s%d", axis ? ", " : "", notation->factor[f].size[axis]);
        fprintf(out, "], 1)\n");
    }
    fprintf(out, "h = 0 * x + contract(-2 * x");
    for (int i = 0; i < INDICES; i++)
        fprintf(out, " * s%d[i%d]", i, i);
    for (int f = 0; f < notation->factor_count; f++) {
        fprintf(out, " * f%d[", f);
        for (int axis = 0; axis < notation->factor[f].rank; axis++) {
            int second = notation->factor[f].second[axis];
            fprintf(out, "%s%si%d", axis ? ", " : "", second < 0 ? "" : "2 * ",
                    notation->factor[f].first[axis]);
            if (second >= 0)
                fprintf(out, " + i%d - %d", second, notation->factor[f].before[axis]);
        }
        fprintf(out, "]");
    }
    for (int i = 0; i < notation->kept; i++)
        fprintf(out, ", i%d = %d", i, notation->size[i]);
    fprintf(out, ")\noutput h\n");
}

/* The factor's number where the indices stand so, 0 outside it. */
static double factor_at(Model *model, const Notation *notation, int f, const int *at) {
    char name[8];
    int element = 0;
    snprintf(name, sizeof name, "f%d", f);
    for (int axis = 0; axis < notation->factor[f].rank; axis++) {
        int second = notation->factor[f].second[axis], index = at[notation->factor[f].first[axis]];
        if (second >= 0)
            index = 2 * index + at[second] - notation->factor[f].before[axis];
        if (index < 0 || index >= notation->factor[f].size[axis])
            return 0;
        element = element * notation->factor[f].size[axis] + index;
    }
    return model_numbers(model, name)[element];
}

static void add_up(Model *model, const Notation *notation, double *sums) {
    int count = 1;
    for (int i = 0; i < INDICES; i++)
        count *= notation->size[i];
    for (int term = 0; term < count; term++) {
        int at[INDICES], rest = term, element = 0;
        double product = -2 * model_numbers(model, "x")[0];
        for (int i = INDICES - 1; i >= 0; i--) {
            at[i] = rest % notation->size[i];
            rest /= notation->size[i];
        }
        for (int i = 0; i < notation->kept; i++)
            element = element * notation->size[i] + at[i];
        for (int i = 0; i < INDICES; i++)
            product *= model_numbers(model, format_text(&model->checked.compiler, "s%d", i))[at[i]];
        for (int f = 0; f < notation->factor_count; f++)
            product *= factor_at(model, notation, f, at);
        sums[element] += product;
    }
}

static void expect_sums(uint32_t seed) {
    Draw draw = {NULL, seed * 2654435761u + 17};
    Notation notation = draw_notation(&draw);
    char lines[3000];
    FILE *out = fmemopen(lines, sizeof lines, "w");
    write_model(&notation, out);
    fclose(out);
    Model *model = model_open(lines);
    double sums[9] = {0}, *got = model_stored(model, FUNCTION_PREDICT, STORE_OUTPUT, "h");
    int count = 1;
    for (int i = 0; i < notation.kept; i++)
        count *= notation.size[i];
    add_up(model, &notation, sums);
    for (int i = 0; i < count; i++)
        cr_expect(fabs(got[i] - sums[i]) <= 1e-12 * (1 + fabs(sums[i])), "%s: %.17g, wanted %.17g",
                  lines, got[i], sums[i]);
    model_close(model);
}

Test(builtin_product, of_any_number_of_factors) {
    for (uint32_t seed = 0; seed < 40; seed++)
        expect_sums(seed);
}

/* Terms of all contractions of a b x, of matrices [4, 4] and a vector: once for all examples, and
   for each. */
static void expect_terms(const char *batch, double once, double each) {
    char lines[300];
    snprintf(lines, sizeof lines,
             "input x[4]\na = param([4, 4], 1)\nb = param([4, 4], 1)\n"
             "h = contract(a[i, j] * b[j, k] * x[k], i = 4)\noutput h\nbatch %s\n",
             batch);
    Model *model = model_open(lines);
    const Graph *graph = model->checked.graph;
    double terms[2] = {0};
    for (int id = 0; id < graph->node_count; id++)
        if (graph->nodes[id]->kind == KIND_CONTRACT)
            terms[graph->nodes[id]->batched] += node_flops(graph->nodes[id]) / 2;
    cr_expect_eq(terms[0], once, "batch %s: %g", batch, terms[0]);
    cr_expect_eq(terms[1], each, "batch %s: %g", batch, terms[1]);
    model_close(model);
}

/* The matrices' own product of 64 terms pays from 4 examples on: then each has 16 fewer. */
Test(builtin_product, the_cheapest_order_for_the_batch_is_taken) {
    expect_terms("1", 0, 16 + 16);
    expect_terms("3", 0, 16 + 16);
    expect_terms("5", 64, 16);
    expect_terms("32", 64, 16);
}
