/* rule_guards: what each guard of a rewriting rule says yes and no to, as formulas for the letters;
   and that what it says is so of the numbers, on random graphs. */

#include "graph_values.h"
#include "random_graph.h"
#include "rewrite/rules.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

typedef struct {
    const char *name;
    Condition *holds;
    bool wanted;
    const char *letters[3]; /* a, b, c; NULL: not in the pattern */
    const char *sum;        /* in the pattern, or NULL */
} Case;

#define YES(name, ...)                                                                             \
    { #name, when_##name, true, __VA_ARGS__ }
#define NO(name, ...)                                                                              \
    { #name, when_##name, false, __VA_ARGS__ }

#define SHIFTED "x - detach(max(x))"
#define LOGITS SHIFTED " - log(sum(exp(" SHIFTED ")))"
#define COLUMN "reshape(slice(w, 0, 3), [3, 1])"
#define NESTED_9(f, a) f f f f f f f f f a ")))))))))"

static const Case cases[] = {
    YES(always, {"x"}, NULL),

    /* numbers */
    YES(a_constant, {"2"}, NULL),
    NO(a_constant, {"x"}, NULL),
    NO(a_constant, {"share"}, NULL),
    YES(a_negative, {"-2"}, NULL),
    NO(a_negative, {"2"}, NULL),
    NO(a_negative, {"0"}, NULL),
    NO(a_negative, {"-x"}, NULL),
    YES(a_and_b_constant, {"2", "3"}, NULL),
    YES(a_and_b_constant, {"0", "3"}, NULL),
    NO(a_and_b_constant, {"2", "x"}, NULL),
    NO(a_and_b_constant, {"x", "2"}, NULL),
    NO(a_and_b_constant, {"1e20", "1e20"}, NULL), /* the product is beyond a float */
    NO(a_and_b_constant, {"1e-20", "1e-20"}, NULL),
    NO(a_and_b_constant, {"1e30", "1e-30"}, NULL), /* they are, on the way */
    NO(a_and_b_constant, {"1", "1e30"}, NULL),
    YES(a_and_b_constant, {"2", "[1, 0, -3]"}, NULL),
    YES(a_and_b_constant, {"[[1, 2], [3, 4]]", "[1, 3]"}, NULL),
    NO(a_and_b_constant, {"[[1], [2]]", "[3, 4]"}, NULL), /* more numbers than either has */
    NO(a_and_b_constant, {"1e20", "[1, 2e20]"}, NULL),
    NO(a_and_b_constant, {"2", "[1, 1e300]"}, NULL),
    NO(a_constant, {"[1, 2]"}, NULL), /* no number */
    NO(a_negative, {"[-1, -2]"}, NULL),
    NO(b_power_of_two, {"x", "[1, 2, 4, 8]"}, NULL),
    YES(b_not_whole, {"x", "[1, 2, 3, 4]"}, NULL),
    YES(b_power_of_two, {"x", "8"}, NULL),
    YES(b_power_of_two, {"x", "-0.25"}, NULL),
    NO(b_power_of_two, {"x", "9"}, NULL),
    NO(b_power_of_two, {"x", "0"}, NULL),
    NO(b_power_of_two, {"x", "z"}, NULL),
    NO(b_power_of_two, {"x", "2e38 - 1"}, NULL),
    NO(b_power_of_two, {"x", "1267650600228229401496703205376"},
       NULL), /* 2^100: 1/b may be denormal */
    YES(b_not_whole, {"x", "1.5"}, NULL),
    YES(b_not_whole, {"x", "w"}, NULL),
    NO(b_not_whole, {"x", "2"}, NULL),
    NO(b_not_whole, {"x", "-3"}, NULL),
    YES(a_count_of_examples, {"count"}, NULL),
    NO(a_count_of_examples, {"share"}, NULL),
    NO(a_count_of_examples, {"x"}, NULL),

    /* neither infinite nor NaN, whatever callers pass */
    YES(a_finite, {"2"}, NULL),
    YES(a_finite, {"y"}, NULL),
    YES(a_finite, {"share"}, NULL),
    YES(a_finite, {"x < z"}, NULL),
    YES(a_finite, {"(x / 0) <= z"}, NULL),
    YES(a_finite, {"x == z"}, NULL),
    YES(a_finite, {"x != z"}, NULL),
    YES(a_finite, {"-(x < z)"}, NULL),
    YES(a_finite, {"where(x, y, 2)"}, NULL),
    YES(a_finite, {"concat(y, x < z)"}, NULL),
    YES(a_finite, {"random"}, NULL),
    YES(a_finite, {"[1, 2]"}, NULL),
    NO(a_finite, {"[1, infinity]"}, NULL),
    NO(a_finite, {"x"}, NULL),
    NO(a_finite, {"w"}, NULL),
    NO(a_finite, {"1e308 * 10"}, NULL),
    NO(a_finite, {"infinity"}, NULL),
    NO(a_finite, {"sum"}, NULL),      /* a metric's: over the numbers of the whole data set */
    NO(a_finite, {"gradient"}, NULL), /* of a variable */
    NO(a_finite, {"y + y"}, NULL),
    NO(a_finite, {"where(x, x, 2)"}, NULL),
    NO(a_finite, {"where(x, 2, x)"}, NULL),
    NO(a_finite, {"concat(y, x)"}, NULL),
    NO(a_finite, {"sum(y)"}, NULL),
    NO(a_finite, {NESTED_9("-(", "y")}, NULL), /* deeper than anybody looks */
    YES(c_finite, {"x", "z", "y"}, NULL),
    NO(c_finite, {"y", "y", "x"}, NULL),

    /* what cancels */
    YES(b_opposite_of_a, {"x", "-x"}, NULL),
    YES(b_opposite_of_a, {"-x", "x"}, NULL),
    YES(b_opposite_of_a, {"x - z", "z - x"}, NULL),
    YES(b_opposite_of_a, {"2 * x", "-2 * x"}, NULL),
    YES(b_opposite_of_a, {"2 * x", "x * -2"}, NULL),
    YES(b_opposite_of_a, {"2 / x", "-2 / x"}, NULL),
    NO(b_opposite_of_a, {"x", "z"}, NULL),
    NO(b_opposite_of_a, {"x", "-z"}, NULL),
    NO(b_opposite_of_a, {"-x", "z"}, NULL),
    NO(b_opposite_of_a, {"x - z", "x - z"}, NULL),
    NO(b_opposite_of_a, {"x - z", "z - w"}, NULL),
    NO(b_opposite_of_a, {"x - z", "w - x"}, NULL),
    NO(b_opposite_of_a, {"2 * x", "-3 * x"}, NULL),
    NO(b_opposite_of_a, {"2 * x", "-2 * z"}, NULL),
    NO(b_opposite_of_a, {"2 * x", "-2 / x"}, NULL),
    NO(b_opposite_of_a, {"x / 2", "x / -2"}, NULL), /* never there: a quotient's sign goes out */
    NO(b_opposite_of_a, {"x * z", "-2 * z"}, NULL),
    YES(c_opposite_of_a, {"x", "z", "-x"}, NULL),
    NO(c_opposite_of_a, {"x", "-x", "z"}, NULL),

    /* masks */
    YES(b_masked_by_other, {"x", "z"}, NULL),
    YES(b_masked_by_other, {"x", "where(z <= 0, 0, z)"}, NULL),
    NO(b_masked_by_other, {"x", "x"}, NULL),
    NO(b_masked_by_other, {"x", "expand(x, [3, 4])"}, NULL),
    NO(b_masked_by_other, {"where(z, x, 0)", "z"}, NULL),
    NO(b_masked_by_other, {"x", "where(x <= 0, 0, z)"}, NULL),

    /* targets of which one is 1 */
    YES(b_onehot, {"x", "y"}, "sum(y)"),
    NO(b_onehot, {"x", "x"}, "sum(x)"),
    NO(b_onehot, {"x", "y"}, "examples(y)"),
    NO(b_onehot, {"x", "y"}, "rows(reshape(y, [2, 2]))"),

    /* divisors whose reciprocal is a normal number */
    YES(b_steady, {"x", "1 - 0.9 ^ step"}, NULL),
    YES(b_steady, {"x", "count"}, NULL),
    YES(b_steady, {"x", "sum(exp(" SHIFTED "))"}, NULL),
    YES(b_steady, {"m", "reshape(sum(exp(" SHIFTED ")), [1])"}, NULL),
    NO(b_steady, {"2", "3"}, NULL), /* one quotient */
    NO(b_steady, {"x", "s"}, NULL),
    NO(b_steady, {"x", "sum"}, NULL),
    NO(b_steady, {"x", "gradient"}, NULL),
    NO(b_steady, {"x", "1 - share"}, NULL), /* per example */
    NO(b_steady, {"x", "1 - s"}, NULL),
    NO(b_steady, {"x", "sum(exp(x))"}, NULL),
    NO(b_steady, {"x", "sum(x)"}, NULL),
    NO(b_steady, {"x", "max(exp(" SHIFTED "))"}, NULL),
    NO(b_steady, {"x", "sum(exp(x - max(z)))"}, NULL),
    NO(b_steady, {"m", "sum(exp(m - reshape(rows(m), [3, 1])))"}, NULL),
    NO(b_steady, {"x", NESTED_9("-(", "step")}, NULL),

    /* logarithms of probabilities */
    YES(b_log_of_logits, {"y", LOGITS}, NULL),
    YES(b_log_of_logits, {"y", "-(" LOGITS ")"}, NULL),
    YES(b_log_of_logits, {"y", "log1p_exp(x)"}, NULL),
    YES(b_log_of_logits, {"y", "-log1p_exp(-x)"}, NULL),
    YES(b_log_of_logits, {"y", "slice(" LOGITS ", 0, 2)"}, NULL),
    YES(b_log_of_logits, {"y", "concat(log1p_exp(x), -log1p_exp(z))"}, NULL),
    YES(b_log_of_logits, {"y", "-0.7"}, NULL),
    YES(b_log_of_logits, {"y", "[-0.7, 1, 2, 3]"}, NULL),
    NO(b_log_of_logits, {"y", "[1, infinity, 2, 3]"}, NULL),
    NO(b_log_of_logits, {"y", "log1p_exp(where(z, x, [1, infinity, 2, 3]))"}, NULL),
    NO(b_log_of_logits, {"y", "infinity"}, NULL),
    NO(b_log_of_logits, {"y", "log(x)"}, NULL),
    NO(b_log_of_logits, {"y", "x"}, NULL),
    NO(b_log_of_logits, {"y", "x - z"}, NULL),
    NO(b_log_of_logits, {"y", "x - log(sum(exp(x)))"}, NULL),
    NO(b_log_of_logits, {"y", "concat(log1p_exp(x), log(z))"}, NULL),
    NO(b_log_of_logits, {"y", "log1p_exp(where(z, x, infinity))"}, NULL), /* a class ruled out */
    NO(b_log_of_logits, {"y", "x + infinity - log(sum(exp(" SHIFTED ")))"}, NULL),
    NO(b_log_of_logits, {"y", NESTED_9("-(", "log1p_exp(x)")}, NULL),

    /* sums of what stands beside them */
    YES(c_sums_a, {"x", "z", "sum(x)"}, NULL),
    YES(c_sums_a, {"x", "z", "reshape(sum(x), [1])"}, NULL),
    YES(c_sums_a, {"m", "z", "reshape(rows(m), [3, 1])"}, NULL),
    NO(c_sums_a, {"x", "z", "sum(z)"}, NULL),
    NO(c_sums_a, {"x", "z", "max(x)"}, NULL),
    NO(c_sums_a, {"x", "z", "x"}, NULL),
    NO(c_sums_a, {"x", "z", "slice(x, 0, 1)"}, NULL),

    /* factors that may be moved about */
    YES(a_and_b_cheap, {"2", "share", "x"}, NULL),
    YES(a_and_b_cheap, {"s", "2", "x"}, NULL),
    YES(a_and_b_cheap, {"s", "sum(y)", "x"}, NULL),
    YES(a_and_b_cheap, {"s", "-(2 * share)", "x"}, NULL),
    YES(a_and_b_cheap, {"s", "reshape(share, [1])", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "s", "x"}, NULL), /* either may be beyond all bounds */
    NO(a_and_b_cheap, {"s", "1e30", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "epoch", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "sum(x)", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "2 * s", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "2 + share", "x"}, NULL),
    NO(a_and_b_cheap, {"s", "examples(y)", "m"}, NULL),
    NO(a_and_b_cheap, {"2", "x", "z"}, NULL), /* as many products as before */
    NO(a_and_b_cheap, {"2", "expand(3, [4])", "x"}, NULL),
    NO(a_and_b_cheap, {"s", NESTED_9("-(", "share"), "x"}, NULL),
    YES(b_floats, {"x", "share", "z"}, NULL),
    NO(b_floats, {"s", "share", "z"}, NULL),
    NO(b_floats, {"x", "share", "s"}, NULL),
    NO(b_floats, {"x", "s", "z"}, NULL),

    /* a maximum is taken from exponents once */
    YES(a_not_shifted, {"x"}, "sum(exp(x))"),
    YES(a_not_shifted, {"x - z"}, "sum(exp(x - z))"),
    YES(a_not_shifted, {"x - sum(x)"}, "sum(exp(x - sum(x)))"),
    NO(a_not_shifted, {"x"}, "examples(exp(x))"),
    NO(a_not_shifted, {"x - max(x)"}, "sum(exp(x - max(x)))"),
    NO(a_not_shifted, {"x - detach(reshape(max(x), [1]))"}, "sum(exp(x))"),

    /* what a sum adds up is alike */
    YES(a_invariant, {"expand(s, [4])"}, "sum(expand(s, [4]))"),
    YES(a_invariant, {"expand(" COLUMN ", [3, 4])"}, "rows(expand(" COLUMN ", [3, 4]))"),
    NO(a_invariant, {"s"}, "sum(x)"),
    NO(a_invariant, {"expand(x, [3, 4])"}, "rows(expand(x, [3, 4]))"),
    NO(a_invariant, {"each(w)"}, "examples(each(w))"),
    YES(b_invariant, {"x", "s"}, "sum(x)"),
    YES(b_invariant, {"x", "w"}, "examples(x)"),
    YES(b_invariant, {"m", COLUMN}, "rows(m)"),
    NO(b_invariant, {"x", "z"}, "examples(x)"),
    NO(b_invariant, {"x", "z"}, "sum(x)"),
    NO(b_invariant, {"m", "x"}, "rows(m)"),

    /* where numbers are finite */
    YES(a_zero, {"0"}, NULL),
    YES(a_zero, {"expand(0, [4])"}, NULL),
    NO(a_zero, {"1"}, NULL),
    NO(a_zero, {"x"}, NULL),
    YES(a_share, {"share"}, "examples(share)"),
    NO(a_share, {"share"}, "sum(share)"),
    NO(a_share, {"s"}, "examples(s)"),
    NO(a_share, {"step"}, "examples(share)"),
    YES(a_share_c_steady, {"share", "x", "w"}, "examples(share * (x + w))"),
    NO(a_share_c_steady, {"share", "w", "x"}, "examples(share * (w + x))"),
    NO(a_share_c_steady, {"s", "x", "w"}, "examples(s * (x + w))"),

    /* signs, where numbers are finite: besides 0 */
    YES(a_never_negative, {"[0, 1, 2, 3]"}, NULL),
    NO(a_never_negative, {"[0, 1, -2, 3]"}, NULL),
    YES(a_never_negative, {"exp(x)"}, NULL),
    YES(a_never_negative, {"sqrt(x)"}, NULL),
    YES(a_never_negative, {"x * x"}, NULL),
    YES(a_never_negative, {"abs(x) + logistic(z) + log1p_exp(w)"}, NULL),
    YES(a_never_negative, {"exp(x) - (-abs(z))"}, NULL),
    YES(a_never_negative, {"max(x, 0)"}, NULL),
    YES(a_never_negative, {"min(exp(x), y)"}, NULL),
    YES(a_never_negative, {"where(x <= 0, 0, x)"}, NULL),
    YES(a_never_negative, {"where(x < 0, -x, x)"}, NULL),
    YES(a_never_negative, {"where(0 < x, x, 0)"}, NULL),
    YES(a_never_negative, {"where(z, exp(x), 2)"}, NULL),
    YES(a_never_negative, {"atan(abs(x))"}, NULL),
    YES(a_never_negative, {"x < z"}, NULL),
    YES(a_never_negative, {"matmul(abs(v), exp(x))"}, NULL),
    YES(a_never_negative, {"sum(reshape(abs(x), [2, 2]))"}, NULL),
    YES(a_never_negative, {"concat(exp(x), y)"}, NULL),
    NO(a_never_negative, {"concat(exp(x), z)"}, NULL),
    NO(a_never_negative, {"x"}, NULL),
    NO(a_never_negative, {"x * z"}, NULL),
    NO(a_never_negative, {"sin(abs(x))"}, NULL),
    NO(a_never_negative, {"random"}, NULL),
    NO(a_never_negative, {"share"}, NULL), /* not looked at: there is no rule for it */
    NO(a_never_negative, {"where(x <= 0, x, 0)"}, NULL),
    NO(a_never_negative, {"where(x == 0, x, 1)"}, NULL),
    NO(a_never_negative, {"max(x, -1)"}, NULL),
    NO(a_never_negative, {NESTED_9("-(", "-exp(x)")}, NULL),
    YES(a_never_positive, {"-exp(x)"}, NULL),
    YES(a_never_positive, {"abs(x) / (-exp(z))"}, NULL),
    YES(a_never_positive, {"where(0 < x, -x, x)"}, NULL),
    YES(a_never_positive, {"min(x, 0)"}, NULL),
    YES(a_never_positive, {"floor(-abs(x))"}, NULL),
    YES(a_never_positive, {"x - log(sum(exp(x)))"}, NULL),
    YES(a_never_positive, {"m - log(reshape(rows(exp(m)), [3, 1]))"}, NULL),
    YES(a_never_positive, {"m - log(sum(exp(m)))"}, NULL),
    NO(a_never_positive, {"x - log(sum(exp(z)))"}, NULL),
    NO(a_never_positive, {"x - log(sum(x))"}, NULL),
    NO(a_never_positive, {"x - log(max(exp(x)))"}, NULL),
    NO(a_never_positive, {"x - log(examples(exp(x)))"}, NULL), /* over others */
    NO(a_never_positive, {"reshape(x, [2, 2]) - log(rows(exp(reshape(x, [2, 2]))))"}, NULL),
    NO(a_never_positive, {"0.5"}, NULL),
};
enum { CASES = sizeof cases / sizeof *cases };

/* Letters are nodes of one graph; equal names in them are one node. */
static bool answer(Graph *graph, const Case *row) {
    Match match = {0};
    for (int i = 0; i < 3; i++)
        match.bound[i] = row->letters[i] ? formula_node(graph, row->letters[i]) : NULL;
    match.sum = row->sum ? formula_node(graph, row->sum) : NULL;
    return row->holds(&match);
}

Test(rule_guards, each_says_yes_and_no) {
    for (int i = 0; i < CASES; i++) {
        const Case *row = &cases[i];
        Compiler *compiler = test_compiler();
        bool got = answer(test_graph(compiler), row);
        cr_expect_eq(got, row->wanted, "%s of %s, %s, %s in %s: %d", row->name, row->letters[0],
                     row->letters[1] ? row->letters[1] : "-",
                     row->letters[2] ? row->letters[2] : "-", row->sum ? row->sum : "-", got);
        test_compiler_free(compiler);
    }
}

static bool is_seen(Condition *condition, bool wanted) {
    for (int i = 0; i < CASES; i++)
        if (cases[i].holds == condition && cases[i].wanted == wanted)
            return true;
    return false;
}

/* Every guard that a rule has is asked above, with both answers. */
Test(rule_guards, no_guard_is_left_out) {
    static Condition *const guards[] = {
#define RULE(time, pattern, result, condition) when_##condition,
#include "rewrite/fold_rules.h"
#undef RULE
    };
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
        cr_expect(is_seen(guards[i], true), "the guard of rule %zu", i);
        cr_expect(is_seen(guards[i], false) || guards[i] == when_always, "the guard of rule %zu",
                  i);
    }
}

// By evaluation, on random graphs

enum { DRAWS = 120, SIZE = 40 };

typedef struct {
    const Graph *graph;
    double **values;
    uint32_t seed;
    int *seen;
} World;

static void in_each_world(void (*expect)(const World *world), int *seen) {
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, SIZE).graph;
        TestValues variables = test_values(graph);
        expect(&(World){graph, graph_values(graph, &variables), seed, seen});
        test_compiler_free(compiler);
    }
}

static bool has(const World *world, const Node *node, bool (*fits)(double)) {
    for (int64_t i = 0; i < node_elements(node); i++)
        if (fits(world->values[node->id][i]))
            return true;
    return false;
}

static bool is_negative(double value) {
    return value < 0;
}

static bool is_positive(double value) {
    return value > 0;
}

static bool is_infinite_or_nan(double value) {
    return !isfinite(value);
}

static bool is_all_finite(const World *world) {
    for (int id = 0; id < world->graph->node_count; id++)
        if (has(world, world->graph->nodes[id], is_infinite_or_nan))
            return false;
    return true;
}

static void expect_signs(const World *world) {
    if (!is_all_finite(world))
        return;
    for (int id = 0; id < world->graph->node_count; id++) {
        Node *node = world->graph->nodes[id];
        Match match = {.bound = {node}};
        bool never_negative = when_a_never_negative(&match);
        bool never_positive = when_a_never_positive(&match);
        *world->seen += node->input_count && (never_negative || never_positive);
        cr_expect(!never_negative || !has(world, node, is_negative), "draw %u: %%%d", world->seed,
                  id);
        cr_expect(!never_positive || !has(world, node, is_positive), "draw %u: %%%d", world->seed,
                  id);
    }
}

Test(rule_guards, signs_are_those_of_the_numbers) {
    int seen = 0;
    in_each_world(expect_signs, &seen);
    cr_expect_gt(seen, DRAWS, "%d", seen);
}

static void expect_finite(const World *world) {
    for (int id = 0; id < world->graph->node_count; id++) {
        Node *node = world->graph->nodes[id];
        bool is_finite = when_a_finite(&(Match){.bound = {node}});
        *world->seen += node->input_count && is_finite;
        cr_expect(!is_finite || !has(world, node, is_infinite_or_nan), "draw %u: %%%d", world->seed,
                  id);
    }
}

Test(rule_guards, what_is_called_finite_is) {
    int seen = 0;
    in_each_world(expect_finite, &seen);
    cr_expect_gt(seen, DRAWS, "%d", seen);
}

static bool is_alike(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static void expect_opposite(const World *world) {
    const Graph *graph = world->graph;
    for (int a = 0; a < graph->node_count; a++)
        for (int b = 0; b < graph->node_count; b++) {
            Node *one = graph->nodes[a], *other = graph->nodes[b];
            if (!when_b_opposite_of_a(&(Match){.bound = {one, other}}))
                continue;
            ++*world->seen;
            cr_assert_eq(node_elements(one), node_elements(other));
            for (int64_t i = 0; i < node_elements(one); i++)
                cr_expect(is_alike(world->values[a][i], -world->values[b][i]),
                          "draw %u: %%%d and %%%d", world->seed, a, b);
        }
}

Test(rule_guards, opposites_add_up_to_0) {
    int seen = 0;
    in_each_world(expect_opposite, &seen);
    cr_expect_gt(seen, DRAWS, "%d", seen);
}

/* Of a node that is broadcast against what the sum adds up: as often a number as there are terms. */
static void expect_invariant(const World *world, const Node *node, const Node *sum) {
    Shape in = sum->inputs[0]->shape;
    Node *wide = graph_expand((Graph *)world->graph, (Node *)node, in, sum->inputs[0]->batched);
    Node *again = graph_reduce((Graph *)world->graph, OP_SUM, wide, sum->axes, false);
    Node *top = graph_reduce((Graph *)world->graph, OP_MAX, wide, sum->axes, false);
    TestValues variables = test_values(world->graph);
    double **values = graph_values(world->graph, &variables);
    double terms = (double)shape_count(in) / (double)shape_count(sum->shape);
    for (int64_t i = 0; i < node_elements(again); i++) {
        double wanted = terms * values[top->id][i], got = values[again->id][i];
        cr_expect(fabs(got - wanted) <= 1e-12 * (1 + fabs(wanted)) || !isfinite(wanted),
                  "draw %u: %%%d under %%%d", world->seed, node->id, sum->id);
    }
    ++*world->seen;
}

static void expect_invariants(const World *world) {
    int count = world->graph->node_count;
    Shape both;
    for (int id = count - 5; id < count; id++)
        for (int other = 0; other < count; other++) {
            const Node *sum = world->graph->nodes[id], *node = world->graph->nodes[other];
            bool is_sum = sum->kind == KIND_REDUCE && !sum->over_batch;
            if (!is_sum || !shape_broadcast(node->shape, sum->inputs[0]->shape, &both) ||
                !shape_equal(both, sum->inputs[0]->shape) || node->batched > sum->batched ||
                !is_invariant(node, sum))
                continue;
            expect_invariant(world, node, sum);
        }
}

Test(rule_guards, invariant_is_what_a_sum_counts) {
    int seen = 0;
    in_each_world(expect_invariants, &seen);
    cr_expect_gt(seen, DRAWS, "%d", seen);
}

/* node_bare sees through copies and axes of size 1 in front, and through nothing else. */
Test(rule_guards, bare_is_the_value_without_copies) {
    static const char *const rows[][2] = {
        {"expand(x, [3, 4])", "x"},
        {"reshape(x, [1, 4])", "x"},
        {"expand(reshape(expand(s, [4]), [1, 1, 4]), [3, 2, 4])", "s"},
        {"each(w)", "w"},
        {"reshape(x, [4, 1])", "reshape(x, [4, 1])"},
        {"reshape(x, [2, 2])", "reshape(x, [2, 2])"},
        {"slice(x, 0, 4)", "slice(x, 0, [4])"},
        {"x + 0", "add(x, 0)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Compiler *compiler = test_compiler();
        Node *node = formula_node(test_graph(compiler), rows[i][0]);
        cr_expect_str_eq(node_formula(compiler, node_bare(node)), rows[i][1]);
        test_compiler_free(compiler);
    }
}
