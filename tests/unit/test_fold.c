/* fold and stabilise: every rewriting rule and what is done besides them, as formulas before and
   after. A rule that no formula here meets fails `every_rule_is_met`; one that changes a value
   fails `values_stay`. */

#include "folded.h"
#include "graph_values.h"
#include "long.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const Form forms[] = {
    /* nothing to do */
    {ALWAYS, "x + 0", "x"},
    {ALWAYS, "0 + x", "x"},
    {ALWAYS, "x - 0", "x"},
    {ALWAYS, "0 - x", "neg(x)"},
    {ALWAYS, "1 * x", "x"},
    {ALWAYS, "x / 1", "x"},
    {ALWAYS, "x * -1", "neg(x)"},
    {ALWAYS, "x / -1", "neg(x)"},
    {ALWAYS, "0 * y", "expand(0, [4])"},
    {ALWAYS, "0 * (x < z)", "expand(0, [4])"},
    {ALWAYS, "0 * x", "mul(0, x)"},
    {ALWAYS, "max(x, x) + z", "add(x, z)"},
    {ALWAYS, "min(x, x) + z", "add(x, z)"},
    {ALWAYS, "2 * (x * 3)", "mul(6, x)"},
    {ALWAYS, "1e30 * (x * 1e30)", "mul(1e+30, mul(x, 1e+30))"},
    {ALWAYS, "2 * 3 + sqrt(4) - 8", "0"},
    {ALWAYS, "sum(expand(s, [4]))", "mul(4, s)"},
    {ALWAYS, "rows(expand(x, [3, 4])) + 0", "expand(sum(x), [3])"},
    {ALWAYS, "x + (count == 0)", "x"},

    /* signs */
    {ALWAYS, "-(-x)", "x"},
    {ALWAYS, "-(x - z)", "sub(z, x)"},
    {ALGEBRA, "-(2 * x)", "mul(-2, x)"},
    {ALGEBRA, "-(2 / x)", "div(-2, x)"},
    {ALGEBRA, "x + z * -2", "sub(x, mul(2, z))"},
    {ALGEBRA, "x - -2 / z", "add(x, div(2, z))"},
    {ALWAYS, "(-x) * z", "neg(mul(x, z))"},
    {ALWAYS, "x * (-z)", "neg(mul(z, x))"},
    {ALWAYS, "(-x) / z", "neg(div(x, z))"},
    {ALWAYS, "x / (-z)", "neg(div(x, z))"},
    {ALWAYS, "x + (-z)", "sub(x, z)"},
    {ALWAYS, "(-x) + z", "sub(z, x)"},
    {ALWAYS, "x - (-z)", "add(x, z)"},
    {ALWAYS, "(-x) - z", "neg(add(x, z))"},
    {ALWAYS, "sum(-x)", "neg(sum(x))"},

    /* stable forms */
    {ALWAYS, "1 / (1 + exp(-x))", "logistic(x)"},
    {ALWAYS, "1 / (exp(-x) + 1)", "logistic(x)"},
    {ALWAYS, "x / (1 + exp(-x))", "mul(x, logistic(x))"},
    {ALWAYS, "1 / (1 + exp(x - z))", "logistic(sub(z, x))"},
    {ALWAYS, "exp(x) / (1 + exp(x))", "logistic(x)"},
    {ALWAYS, "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "hyperbolic(x)"},
    {ALWAYS, "(exp(-x) - exp(x)) / (exp(x) + exp(-x))", "hyperbolic(neg(x))"},
    {ALWAYS, "(exp(x - z) - exp(-(x - z))) / (exp(x - z) + exp(-(x - z)))",
     "hyperbolic(sub(x, z))"},
    {ALWAYS, "(exp(2 * x) - 1) / (exp(2 * x) + 1)", "hyperbolic(x)"},
    {ALWAYS, "(1 - exp(-2 * x)) / (1 + exp(-2 * x))", "hyperbolic(x)"},
    {ALWAYS, "2 / (1 + exp(-2 * x)) - 1", "hyperbolic(x)"},
    {ALWAYS, "2 / (1 + exp(-(2 * x))) - 1", "hyperbolic(x)"},
    {ALWAYS, "log(exp(x))", "x"},
    {ALGEBRA, "log(exp(x) / sum(exp(x)))", "sub(x, log(sum(exp(x))))"},
    {ALGEBRA, "log(exp(x) / s)", "sub(x, log(s))"},
    {STABLE, "exp(x) / sum(exp(x))",
     "div(exp(sub(x, detach(reshape(max(x), [1])))), sum(exp(sub(x, detach(reshape(max(x), "
     "[1]))))))"},
    {STABLE, "exp(x - detach(max(x))) / sum(exp(x - detach(max(x))))",
     "div(exp(sub(x, detach(max(x)))), sum(exp(sub(x, detach(max(x))))))"},
    {ALWAYS, "log(1 / (1 + exp(-x)))", "neg(log1p_exp(neg(x)))"},
    {ALWAYS, "log(1 - 1 / (1 + exp(-x)))", "neg(log1p_exp(x))"},
    {ALWAYS, "log(1 + exp(x))", "log1p_exp(x)"},
    {STABLE, "y * log(1 / (1 + exp(-x))) + (1 - y) * log(1 - 1 / (1 + exp(-x)))",
     "sub(mul(x, y), log1p_exp(x))"},
    {STABLE, "-y * log(1 / (1 + exp(-x))) - (1 - y) * log(1 - 1 / (1 + exp(-x)))",
     "sub(log1p_exp(x), mul(x, y))"},
    {STABLE, "y * log(1 / (1 + exp(x - z))) + (1 - y) * log(1 - 1 / (1 + exp(x - z)))",
     "sub(mul(sub(z, x), y), log1p_exp(sub(z, x)))"},
    {STABLE, "y * log(1 / (1 + exp(-(3 * x)))) + (1 - y) * log(1 - 1 / (1 + exp(-(3 * x))))",
     "sub(mul(mul(3, x), y), log1p_exp(mul(3, x)))"},
    {ALGEBRA, "log1p_exp(x) - x * y", "add(log1p_exp(neg(abs(x))), sub(max(x, 0), mul(x, y)))"},
    {ALGEBRA, "x * y - log1p_exp(x)",
     "neg(add(log1p_exp(neg(abs(x))), sub(max(x, 0), mul(x, y))))"},

    /* 0 log 0 */
    {STABLE, "xlogy(y, x)", "xlogy(y, x)"},
    {ALGEBRA, "xlogy(y, x)", "where(equal(y, 0), 0, mul(y, log(x)))"},
    {ALGEBRA, "xlogy(1 - y, 1 - x)",
     "where(equal(sub(1, y), 0), 0, mul(sub(1, y), log1p(neg(x))))"},
    {ALWAYS, "xlogy(y, exp(x))", "where(equal(y, 0), 0, mul(y, x))"},
    {STABLE, "xlogy(y, sqrt(x))", "where(equal(y, 0), 0, mul(y, mul(0.5, log(x))))"},
    {ALWAYS, "xlogy(y, 2)", "mul(y, 0.693147)"},
    {ALWAYS, "xlogy(y, 1 / (1 + exp(-x)))", "neg(mul(log1p_exp(neg(x)), y))"},
    {ALWAYS, "xlogy(y, slice(concat(z, 1 / (1 + exp(-x))), 4, 8))",
     "neg(mul(log1p_exp(neg(x)), y))"},
    {STABLE, "xlogy(y, exp(x) / sum(exp(x)))",
     "mul(y, sub(sub(x, detach(reshape(max(x), [1]))), log(sum(exp(sub(x, detach(reshape(max(x), "
     "[1]))))))))"},
    {ALWAYS, "where(y == 0, 0, y * log(x))", "where(equal(y, 0), 0, mul(y, log(x)))"},
    {ALWAYS, "(1 - logistic(x)) ^ w", "exp(neg(mul(w, log1p_exp(x))))"},
    {STABLE, "(1 - logistic(x)) ^ 2", "pow(logistic(neg(x)), 2)"},
    {ALGEBRA, "logistic(x) ^ 1.5", "exp(mul(-1.5, log1p_exp(neg(x))))"},

    /* hyperbolic functions in words */
    {ALWAYS, "log(sqrt(x))", "mul(0.5, log(x))"},
    {ALWAYS, "log(x ^ 0.5)", "mul(0.5, log(x))"},
    {STABLE, "(-x) ^ 2 * z", "mul(pow(x, 2), z)"},
    {STABLE, "log(x + sqrt(x * x + 1))", "asinh(x)"},
    {STABLE, "log((1 + x ^ 2) ^ 0.5 + x)", "asinh(x)"},
    {STABLE, "log(abs(x) + sqrt(x ^ 2 + 1))", "asinh(abs(x))"},
    {STABLE, "log(sqrt(x ^ 2 + 1) - x)", "neg(asinh(x))"},
    {STABLE, "log(-x + sqrt((-x) ^ 2 + 1))", "neg(asinh(x))"},
    {ALGEBRA, "asinh(x)",
     "mul(where(less(x, 0), -1, 1), add(log1p(where(less(abs(x), 1e+17), add(abs(x), "
     "where(less(abs(x), 1), div(mul(x, x), add(1, sqrt(add(mul(x, x), 1)))), "
     "sub(sqrt(add(mul(x, x), 1)), 1))), abs(x))), where(less(abs(x), 1e+17), 0, 0.693147)))"},
    {STABLE, "log((1 + x) / (1 - x))", "sub(log(add(1, x)), log(sub(1, x)))"},
    {STABLE, "log((1 - x) / (x + 1))", "sub(log(sub(1, x)), log(add(x, 1)))"},
    {ALGEBRA, "log((1 + x) / (1 - x))", "sub(log1p(x), log1p(neg(x)))"},
    {ALGEBRA, "exp(x) - exp(-x)", "sub(expm1(x), expm1(neg(x)))"},
    {ALGEBRA, "exp(2 * x) - exp(-2 * x)", "sub(expm1(mul(2, x)), expm1(mul(-2, x)))"},
    {ALGEBRA, "exp(x) - 1 / exp(x)", "sub(expm1(x), expm1(neg(x)))"},
    {ALGEBRA, "1 / exp(x) - exp(x)", "sub(expm1(neg(x)), expm1(x))"},
    {ALGEBRA, "3 * exp(x) - 3 / exp(x)", "mul(3, sub(expm1(x), expm1(neg(x))))"},
    {ALGEBRA, "exp(x) - exp(z)", "sub(exp(x), exp(z))"},
    {STABLE, "exp(x) - exp(-x)", "sub(exp(x), exp(neg(x)))"},

    {ALGEBRA, "exp(x) - 1", "expm1(x)"},
    {ALGEBRA, "-1 + exp(x)", "expm1(x)"},
    {ALGEBRA, "z * (1 - exp(-x))", "mul(z, neg(expm1(neg(x))))"},
    {ALGEBRA, "-(exp(x) - 1)", "neg(expm1(x))"},
    {ALGEBRA, "log(1 + x * x)", "log1p(mul(x, x))"},
    {ALGEBRA, "log(1 - x)", "log1p(neg(x))"},
    {STABLE, "log(1 + x * x) + exp(x) - 1", "sub(add(log(add(1, mul(x, x))), exp(x)), 1)"},

    /* masks */
    {ALWAYS, "where(0, x, z)", "z"},
    {ALWAYS, "where(2, x, z)", "x"},
    {ALWAYS, "where(2, s, x)", "expand(s, [4])"},
    {ALWAYS, "where(x < 0, z, z)", "z"},
    {ALWAYS, "where(x, where(x, z, w), w)", "where(x, z, w)"},
    {ALWAYS, "where(x, z, where(x, x, w))", "where(x, z, w)"},
    {ALGEBRA, "-where(x, z, 0)", "where(x, neg(z), 0)"},
    {ALGEBRA, "-where(x, 0, z)", "where(x, 0, neg(z))"},
    {ALGEBRA, "0.1 * where(x, z, 0)", "where(x, mul(z, 0.1), 0)"},
    {ALGEBRA, "where(x, 0, z) * 0.1", "where(x, 0, mul(z, 0.1))"},
    {ALGEBRA, "where(x, 0, z) * w", "mul(where(x, 0, z), w)"},
    {ALGEBRA, "where(x, z, 0) + where(x, 0, w)", "where(x, z, w)"},
    {ALGEBRA, "where(x, 0, w) + where(x, z, 0)", "where(x, z, w)"},
    {ALGEBRA, "where(x, z, 0) + where(x, w, 0)", "where(x, add(z, w), 0)"},
    {ALGEBRA, "where(x, 0, z) + where(x, 0, w)", "where(x, 0, add(z, w))"},

    /* powers */
    {ALGEBRA, "x ^ 0", "expand(1, [4])"},
    {ALGEBRA, "x ^ 1", "x"},
    {ALGEBRA, "x ^ 2", "mul(x, x)"},
    {ALGEBRA, "x ^ 3", "mul(mul(x, x), x)"},
    {ALGEBRA, "x ^ 4", "mul(mul(x, x), mul(x, x))"},
    {ALGEBRA, "(x * x) ^ 0.5", "sqrt(mul(x, x))"},
    {ALGEBRA, "(x * x) ^ -0.5", "div(1, sqrt(mul(x, x)))"},
    {ALGEBRA, "x ^ -1", "div(1, x)"},
    {ALGEBRA, "x ^ -2", "div(1, mul(x, x))"},
    {ALGEBRA, "x ^ 5", "pow(x, 5)"},
    {ALGEBRA, "x / 4", "mul(x, 0.25)"},
    {ALGEBRA, "x / 10", "mul(x, 0.1)"},
    {ALGEBRA, "x / (1 + w)", "div(x, add(1, w))"},
    {ALGEBRA, "where(x <= 0, 0, z)", "where(less_equal(where(less_equal(x, 0), 0, x), 0), 0, z)"},

    /* a - y */
    {ALGEBRA, "exp(x) * (s / sum(exp(x)))", "mul(s, div(exp(x), sum(exp(x))))"},
    {ALGEBRA, "exp(m) * (v / reshape(rows(exp(m)), [3, 1]))",
     "mul(v, div(exp(m), reshape(rows(exp(m)), [3, 1])))"},
    {ALGEBRA, "share * sum(y) * x - share * y", "mul(mul(share, sum(y)), sub(x, y))"},
    {ALGEBRA, "share * y - share * sum(y) * x", "mul(mul(share, sum(y)), sub(y, x))"},
    {ALGEBRA, "sum(y) * x - y", "mul(sum(y), sub(x, y))"},
    {ALGEBRA, "y - x * sum(y)", "mul(sum(y), sub(y, x))"},
    {ALGEBRA, "sum(z) * x - z", "sub(mul(sum(z), x), z)"},
    {ALGEBRA, "s * x - s * y", "mul(s, sub(x, y))"},
    {ALGEBRA, "s * x + z * s", "mul(s, add(x, z))"},
    {ALGEBRA, "x + x", "mul(2, x)"},

    /* cheap factors */
    {ALGEBRA, "s * (x * share)", "mul(mul(s, share), x)"},
    {ALGEBRA, "x * (share * z)", "mul(share, mul(x, z))"},
    {ALGEBRA, "x * (s * z)", "mul(x, mul(s, z))"},
    {ALGEBRA, "sum(x * s)", "mul(s, sum(x))"},
    {ALGEBRA, "sum(x / s)", "div(sum(x), s)"},
    {ALGEBRA, "rows(m * reshape(v * 1, [3, 4]))", "rows(mul(m, v))"},
    {ALGEBRA, "rows(m * reshape(slice(w, 0, 3), [3, 1]))", "mul(slice(w, 0, [3]), rows(m))"},
    {ALGEBRA, "examples(x * w)", "mul(w, examples(x))"},
    {ALGEBRA, "examples(x * share)", "examples(mul(x, share))"},

    /* multiply-adds */
    {FUSED, "x * z + w", "fma(x, z, w)"},
    {FUSED, "w + x * z", "fma(x, z, w)"},
    {FUSED, "x * z - w", "fma(x, z, neg(w))"},
    {FUSED, "w - x * z", "fnma(x, z, w)"},
    {FUSED, "x * z + w * y", "fma(x, z, mul(w, y))"},
    {FUSED, "2 * x + 1", "fma(2, x, 1)"},
    {ALGEBRA, "x * z + w", "add(mul(x, z), w)"},

    /* what cancels where numbers are finite */
    {FINITE, "x * 0", "expand(0, [4])"},
    {FINITE, "0 / x", "expand(0, [4])"},
    {FINITE, "x / x", "expand(1, [4])"},
    {FINITE, "x - x", "expand(0, [4])"},
    {FINITE, "x * z / x", "z"},
    {FINITE, "x + z - x", "z"},
    {FINITE, "x - (z + x)", "neg(z)"},
    {FINITE, "x - z - x", "neg(z)"},
    {FINITE, "x - (x - z)", "z"},
    {FINITE, "z + (x - z)", "x"},
    {FINITE, "(x + z) - (w + x)", "sub(z, w)"},
    {FINITE, "(x - z) - (x - w)", "sub(w, z)"},
    {FINITE, "(x - z) - (w - z)", "sub(x, w)"},
    {FINITE, "examples(each(w - w))", "expand(0, [4])"},
    {FINITE, "examples(share)", "1"},
    {FINITE, "examples(share * (x + w))", "add(examples(mul(share, x)), w)"},
    {FINITE, "examples(share * (x + z))", "examples(mul(share, add(x, z)))"},
    {FINITE, "examples(share * (x - z))", "examples(mul(share, sub(x, z)))"},
    {FINITE, "examples((x - w) * share)", "sub(examples(mul(share, x)), w)"},
    {FINITE, "x + w - examples(share * (x + w))", "sub(x, examples(mul(share, x)))"},
    {FINITE, "matmul(v, x - x)", "expand(0, [3])"},
    {FINITE, "exp(x) / sum(exp(x)) - exp(x) / sum(exp(x))", "expand(0, [4])"},
    {FINITE, "sum(exp(x) / sum(exp(x)))", "expand(1, [])"},
    {FINITE, "exp(s - detach(s)) / sum(exp(reshape(s - detach(s), [1])))", "expand(1, [])"},
    {FINITE, "x - detach(x)", "sub(x, detach(x))"},
    {ALGEBRA, "x - x", "sub(x, x)"},
    {ALGEBRA, "x / x", "div(x, x)"},

    /* signs that are known */
    {FINITE, "z * (-exp(x) <= 0)", "z"},
    {FINITE, "where(-exp(x) > 0, z, x)", "x"},
    {FINITE, "max(-abs(x), 0)", "expand(0, [4])"},
    {FINITE, "where(y * logistic(x) <= 0, -(y * logistic(x)), 0)", "expand(0, [4])"},
    {FINITE, "where(x * z <= 0, -(x * z), 0)",
     "where(less_equal(mul(x, z), 0), neg(mul(x, z)), 0)"},
    {FINITE, "where(sqrt(x) < 0, z, x)", "x"},
    {FINITE, "(0 <= x * x) * z", "z"},
    {FINITE, "min(logistic(x) + y, 0)", "expand(0, [4])"},
    {FINITE, "max(log(exp(x) / sum(exp(x))), 0)", "expand(0, [4])"},
    {FINITE, "max(log(exp(m) / reshape(rows(exp(m)), [3, 1])), 0)", "expand(0, [3, 4])"},
    {FINITE, "max(x - log(sum(exp(z))), 0)", "max(sub(x, log(sum(exp(z)))), 0)"},
    {FINITE, "max(reshape(x, [2, 2]) - log(rows(exp(reshape(x, [2, 2])))), 0)",
     "max(sub(reshape(x, [2, 2]), log(rows(exp(reshape(x, [2, 2]))))), 0)"},
    {FINITE, "max(x - log(exp(x) + 1), 0)", "max(sub(x, log1p_exp(x)), 0)"},
    {FINITE, "max(-where(x <= 0, 0, x), 0)", "expand(0, [4])"},
    {FINITE, "min(where(x > 0, x, 0), 0)", "expand(0, [4])"},
    {FINITE, "min(where(x > 0, z, 0), 0)", "min(where(less(0, x), z, 0), 0)"},
    {FINITE, "min(where(x < 0, -x, x), 0)", "expand(0, [4])"},
    {FINITE, "max(max(-y, -exp(x)), 0)", "expand(0, [4])"},
    {FINITE, "min(max(x, exp(z)), 0)", "expand(0, [4])"},
    {FINITE, "max(max(x, -exp(z)), 0)", "max(max(x, neg(exp(z))), 0)"},
    {FINITE, "max(min(x, 0), 0)", "expand(0, [4])"},
    {FINITE, "min(floor(exp(x)), 0)", "expand(0, [4])"},
    {FINITE, "min(detach(exp(x)), 0)", "expand(0, [4])"},
    {FINITE, "max(exp(x) / -exp(z), 0)", "expand(0, [4])"},
    {FINITE, "min(sum(abs(x)), 0)", "expand(0, [])"},
    {FINITE, "min(matmul(abs(v), abs(x)), 0)", "expand(0, [3])"},
    {FINITE, "min(matmul(v, abs(x)), 0)", "min(contract(v, abs(x)), 0)"},
    {FINITE, "min(x * z, 0)", "min(mul(x, z), 0)"},
    {FINITE, "min(x + exp(z), 0)", "min(add(x, exp(z)), 0)"},
    {FINITE, "min(atan(abs(x)), 0)", "expand(0, [4])"},
    {FINITE, "min(sin(abs(x)), 0)", "min(sin(abs(x)), 0)"},
};
enum { FORMS = sizeof forms / sizeof *forms };

Test(fold, forms) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & ALGEBRA)
            expect_form(&forms[i], ALGEBRA);
}

Test(fold, forms_where_multiply_adds_are_fused) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & FUSED)
            expect_form(&forms[i], FUSED);
}

Test(fold, forms_before_differentiation) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & STABLE)
            expect_form(&forms[i], STABLE);
}

Test(fold, forms_where_numbers_are_finite) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & FINITE)
            expect_form(&forms[i], FINITE);
}

Test(fold, values_stay) {
    for (int i = 0; i < FORMS; i++) {
        expect_values(forms[i].formula, forms[i].time & FUSED ? FUSED : ALGEBRA);
        expect_values(forms[i].formula, STABLE);
        expect_values(forms[i].formula, FINITE);
    }
}

/* The hash of what becomes of the formula with a rule made wrong, or with none. */
static uint32_t outcome(const Form *row, int mutant) {
    Folded folded = folded_start(row->formula);
    folded.compiler->options.mutant = mutant;
    fold_formula(&folded, row->time & ALGEBRA ? ALGEBRA : row->time);
    uint32_t hash = 2166136261u;
    for (const char *at = node_formula(folded.compiler, folded.node); *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    test_compiler_free(folded.compiler);
    return hash;
}

static bool is_derivative(int number) {
    return !strstr(rule_name(number), " -> ");
}

/* The cross-entropy of a sigmoid that is right and sure is small, not 0. */
Test(fold, small_losses_are_exact) {
    Folded folded =
        folded_start("-(y * log(1 / (1 + exp(-x))) + (1 - y) * log(1 - 1 / (1 + exp(-x))))");
    fold_formula(&folded, STABLE);
    fold_formula(&folded, ALGEBRA);
    TestValues values = test_values(folded.graph);
    double *x = values.of[0], *y = values.of[4];
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        x[i] = y[i] != 0 ? 40 : -40;
    double *loss = graph_values(folded.graph, &values)[folded.node->id];
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        cr_expect(fabs(loss[i] - exp(-40)) <= 1e-12 * exp(-40), "%g", loss[i]);
    test_compiler_free(folded.compiler);
}

/* Rules and formulas stand in much the same order: the search goes on where the last one ended. */
Test(fold, every_rule_is_met) {
    uint32_t right[FORMS];
    int at = 0;
    for (int i = 0; i < FORMS; i++)
        right[i] = outcome(&forms[i], 0);
    for (int number = 1; number <= rule_count(); number += checked_of(5, 1)) {
        bool met = is_derivative(number);
        for (int tries = 0; tries < FORMS && !met; tries++) {
            met = outcome(&forms[at], number) != right[at];
            at = met ? at : (at + 1) % FORMS;
        }
        cr_expect(met, "no formula of this test meets the rule %s", rule_name(number));
    }
}

static int count_kind(const Graph *graph, Kind kind) {
    int count = 0;
    for (int id = 0; id < graph->node_count; id++)
        count += graph->nodes[id]->kind == kind;
    return count;
}

Test(fold, equal_nodes_are_one) {
    Folded folded =
        folded_start("(sin(x) + cos(z)) * (cos(z) + sin(x)) - atan(sum(matmul(v, x))) / "
                     "atan(sum(matmul(v, x)))");
    fold_formula(&folded, ALGEBRA);
    cr_expect_eq(count_kind(folded.graph, KIND_CONTRACT), 1);
    cr_expect_eq(count_kind(folded.graph, KIND_INPUT), 2);
    cr_expect_eq(count_kind(folded.graph, KIND_MAP), 7);
    test_compiler_free(folded.compiler);
}

Test(fold, random_numbers_are_equal_by_stream) {
    Folded folded = folded_start("x");
    Graph *graph = folded.graph;
    Node *streams[3];
    for (int i = 0; i < 3; i++)
        streams[i] = graph_random(graph, OP_UNIFORM, (Shape){1, {4}}, true, i / 2);
    Node *same = graph_map(graph, OP_LESS, streams[0], streams[1], NULL);
    folded.node = graph_map(graph, OP_ADD, same, streams[2], NULL);
    fold_formula(&folded, ALGEBRA);
    cr_expect_eq(count_kind(graph, KIND_RANDOM), 2);
    test_compiler_free(folded.compiler);
}

Test(fold, names_stay_with_values) {
    Folded folded = folded_start("1 / (1 + exp(-x)) + z");
    folded.graph->nodes[folded.node->id]->inputs[0]->name = "p";
    fold_formula(&folded, STABLE);
    cr_expect_str_eq(folded.node->inputs[0]->name, "p");
    cr_expect_eq(folded.node->inputs[0]->op, OP_LOGISTIC);
    test_compiler_free(folded.compiler);
}

/* A chain of 150,000 nodes neither overflows the stack nor takes more than a moment. */
Test(fold, long_chains, .timeout = 30) {
    Folded folded = folded_start("x");
    for (int i = 0; i < 50000; i++) {
        Node *scaled =
            graph_map(folded.graph, OP_MUL, folded.node, formula_node(folded.graph, "s"), NULL);
        folded.node = graph_map(folded.graph, OP_ADD, scaled,
                                graph_map(folded.graph, OP_NEG, folded.node, NULL, NULL), NULL);
    }
    fold_formula(&folded, ALGEBRA);
    cr_expect_leq(folded.graph->node_count, 130000);
    test_compiler_free(folded.compiler);
}
