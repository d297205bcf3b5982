/* fold and stabilise: every rewriting rule and what is done besides them, as formulas before and
   after. A rule that no formula here meets fails `every_rule_is_met`; one that changes a value
   fails `values_stay`. */

#include "formula_graph.h"
#include "graph_values.h"
#include "rewrite/rules.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

typedef struct {
    RuleTime time; /* ALWAYS: before differentiation, too */
    const char *formula, *wanted;
} Case;

static const Case cases[] = {
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

    /* views */
    {ALWAYS, "reshape(x, [4])", "x"},
    {ALWAYS, "reshape(reshape(x, [2, 2]), [4])", "x"},
    {ALWAYS, "reshape(expand(s, [4]), [2, 2])", "expand(s, [2, 2])"},
    {ALWAYS, "transpose(transpose(m))", "m"},
    {ALWAYS, "transpose(reshape(x, [1, 4]))", "reshape(x, [4, 1])"},
    {ALWAYS, "transpose(expand(s, [3, 4]))", "expand(s, [4, 3])"},
    {ALWAYS, "slice(x, 0, 4)", "x"},
    {ALWAYS, "slice(slice(x, 1, 4), 1, 3)", "slice(x, 2, [2])"},
    {ALWAYS, "slice(expand(s, [4]), 1, 3)", "expand(s, [2])"},
    {ALWAYS, "slice(pad(x, 2, 1), 2, 6)", "x"},
    {ALWAYS, "slice(pad(x, 2, 1), 3, 5)", "slice(x, 1, [2])"},
    {ALWAYS, "slice(pad(x, 2, 1), 1, 5)", "slice(pad(x, 2, [7]), 1, [4])"},
    {ALWAYS, "slice(concat(x, z), 4, 8)", "z"},
    {ALWAYS, "slice(concat(x, z), 5, 7)", "slice(z, 1, [2])"},
    {ALWAYS, "slice(concat(x, z), 3, 7)", "slice(concat(x, z), 3, [4])"},
    {ALWAYS, "pad(pad(x, 1, 2), 3, 0)", "pad(x, 4, [10])"},
    {ALWAYS, "pad(x, 0, 0)", "x"},
    {ALWAYS, "pad(expand(0, [4]), 1, 1)", "expand(0, [6])"},
    {ALWAYS, "concat(slice(x, 0, 1), slice(x, 1, 4))", "x"},
    {ALWAYS, "concat(slice(x, 1, 4), slice(x, 0, 1))",
     "concat(slice(x, 1, [3]), slice(x, 0, [1]))"},
    {ALWAYS, "expand(expand(s, [4]), [3, 4])", "expand(s, [3, 4])"},
    {ALWAYS, "expand(x, [1, 4])", "reshape(x, [1, 4])"},
    {ALWAYS, "expand(s, [4]) * x", "mul(s, x)"},
    {ALWAYS, "expand(s, [4]) * expand(s, [4])", "expand(mul(s, s), [4])"},
    {ALWAYS, "expand(x, [3, 4]) + reshape(w, [1, 4])", "expand(add(x, w), [3, 4])"},
    {ALWAYS, "max(expand(s, [4]))", "s"},
    {ALWAYS, "max(expand(s, [4]) * x)", "max(mul(s, x))"},
    {ALWAYS, "examples(each(w))", "examples(expand(w, [4]))"},
    {ALWAYS, "sum(reshape(s, [1]))", "s"},
    {ALWAYS, "detach(x) - x", "sub(detach(x), x)"},

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
enum { CASES = sizeof cases / sizeof *cases };

typedef struct {
    Compiler *compiler;
    Graph *graph;
    Node *node;
    Store store;
} Folded;

static Folded start(const char *formula) {
    Folded folded = {.compiler = test_compiler()};
    folded.graph = test_graph(folded.compiler);
    folded.node = formula_node(folded.graph, formula);
    return folded;
}

/* FUSED: for a target with multiply-adds. */
static void fold_one(Folded *folded, RuleTime time) {
    folded->compiler->options.target = time == FUSED ? TARGET_X86_64_V3 : TARGET_C99;
    if (time == FINITE) {
        Finite finite = fold_finite(folded->graph, 1, &folded->node);
        folded->node = finite.becomes[folded->node->id];
        folded->graph = finite.graph;
    } else if (time == STABLE) {
        folded->graph->cost = folded->node;
        stabilise(folded->graph);
        folded->node = folded->graph->cost;
    } else {
        Store store = {.kind = STORE_COST, .value = folded->node};
        Function function = {
            .kind = FUNCTION_LOSS, .graph = folded->graph, .store_count = 1, .stores = &store};
        Program program = {folded->compiler, NULL, 1, (Function *[]){&function}};
        fold(&program);
        folded->node = store.value;
    }
    const char *problem = graph_check(folded->graph);
    cr_assert_null(problem, "%s", problem);
}

static void expect(const Case *row, RuleTime time) {
    Folded folded = start(row->formula);
    fold_one(&folded, time);
    char *got = node_formula(folded.compiler, folded.node);
    /* A detach lasts until fold is done. */
    bool is_detach = strstr(row->formula, "detach") && time == ALGEBRA;
    if (!is_detach)
        cr_expect_str_eq(got, row->wanted, "%s\n  gives %s\n  wanted %s", row->formula, got,
                         row->wanted);
    test_compiler_free(folded.compiler);
}

Test(fold, forms) {
    for (int i = 0; i < CASES; i++)
        if (cases[i].time & ALGEBRA)
            expect(&cases[i], ALGEBRA);
}

Test(fold, forms_where_multiply_adds_are_fused) {
    for (int i = 0; i < CASES; i++)
        if (cases[i].time & FUSED)
            expect(&cases[i], FUSED);
}

Test(fold, forms_before_differentiation) {
    for (int i = 0; i < CASES; i++)
        if (cases[i].time & STABLE)
            expect(&cases[i], STABLE);
}

Test(fold, forms_where_numbers_are_finite) {
    for (int i = 0; i < CASES; i++)
        if (cases[i].time & FINITE)
            expect(&cases[i], FINITE);
}

static void expect_values(const char *formula, RuleTime time) {
    Folded folded = start(formula);
    int64_t count = node_elements(folded.node);
    TestValues variables = test_values(folded.graph);
    double *before = graph_values(folded.graph, &variables)[folded.node->id];
    bool batched = folded.node->batched;
    Shape shape = folded.node->shape;
    fold_one(&folded, time);
    cr_expect(shape_equal(shape, folded.node->shape) && batched == folded.node->batched,
              "%s: shape", formula);
    double *after = graph_values(folded.graph, &variables)[folded.node->id];
    for (int64_t i = 0; i < count; i++) {
        bool is_same = fabs(before[i] - after[i]) <= 1e-12 * (1 + fabs(before[i])) ||
                       (isnan(before[i]) && (time == FINITE || isnan(after[i])));
        cr_expect(is_same, "%s: %g becomes %g", formula, before[i], after[i]);
    }
    test_compiler_free(folded.compiler);
}

Test(fold, values_stay) {
    for (int i = 0; i < CASES; i++) {
        expect_values(cases[i].formula, cases[i].time & FUSED ? FUSED : ALGEBRA);
        expect_values(cases[i].formula, STABLE);
        expect_values(cases[i].formula, FINITE);
    }
}

/* The hash of what becomes of the formula with a rule made wrong, or with none. */
static uint32_t outcome(const Case *row, int mutant) {
    Folded folded = start(row->formula);
    folded.compiler->options.mutant = mutant;
    fold_one(&folded, row->time & ALGEBRA ? ALGEBRA : row->time);
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
    Folded folded = start("-(y * log(1 / (1 + exp(-x))) + (1 - y) * log(1 - 1 / (1 + exp(-x))))");
    fold_one(&folded, STABLE);
    fold_one(&folded, ALGEBRA);
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
    uint32_t right[CASES];
    int at = 0;
    for (int i = 0; i < CASES; i++)
        right[i] = outcome(&cases[i], 0);
    for (int number = 1; number <= rule_count(); number++) {
        bool met = is_derivative(number);
        for (int tries = 0; tries < CASES && !met; tries++) {
            met = outcome(&cases[at], number) != right[at];
            at = met ? at : (at + 1) % CASES;
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
    Folded folded = start("(sin(x) + cos(z)) * (cos(z) + sin(x)) - atan(sum(matmul(v, x))) / "
                          "atan(sum(matmul(v, x)))");
    fold_one(&folded, ALGEBRA);
    cr_expect_eq(count_kind(folded.graph, KIND_CONTRACT), 1);
    cr_expect_eq(count_kind(folded.graph, KIND_INPUT), 2);
    cr_expect_eq(count_kind(folded.graph, KIND_MAP), 7);
    test_compiler_free(folded.compiler);
}

Test(fold, random_numbers_are_equal_by_stream) {
    Folded folded = start("x");
    Graph *graph = folded.graph;
    Node *streams[3];
    for (int i = 0; i < 3; i++)
        streams[i] = graph_random(graph, OP_UNIFORM, (Shape){1, {4}}, true, i / 2);
    Node *same = graph_map(graph, OP_LESS, streams[0], streams[1], NULL);
    folded.node = graph_map(graph, OP_ADD, same, streams[2], NULL);
    fold_one(&folded, ALGEBRA);
    cr_expect_eq(count_kind(graph, KIND_RANDOM), 2);
    test_compiler_free(folded.compiler);
}

Test(fold, names_stay_with_values) {
    Folded folded = start("1 / (1 + exp(-x)) + z");
    folded.graph->nodes[folded.node->id]->inputs[0]->name = "p";
    fold_one(&folded, STABLE);
    cr_expect_str_eq(folded.node->inputs[0]->name, "p");
    cr_expect_eq(folded.node->inputs[0]->op, OP_LOGISTIC);
    test_compiler_free(folded.compiler);
}

/* A chain of 150,000 nodes neither overflows the stack nor takes more than a moment. */
Test(fold, long_chains, .timeout = 30) {
    Folded folded = start("x");
    for (int i = 0; i < 50000; i++) {
        Node *scaled =
            graph_map(folded.graph, OP_MUL, folded.node, formula_node(folded.graph, "s"), NULL);
        folded.node = graph_map(folded.graph, OP_ADD, scaled,
                                graph_map(folded.graph, OP_NEG, folded.node, NULL, NULL), NULL);
    }
    fold_one(&folded, ALGEBRA);
    cr_expect_leq(folded.graph->node_count, 130000);
    test_compiler_free(folded.compiler);
}
