/* rules: what patterns match, what derivatives' texts become, and that rows can be named and made
 * wrong one by one. */

#include "formula_graph.h"
#include "plain_builder.h"
#include "rewrite/rules.h"

#include <criterion/criterion.h>
#include <string.h>

/* One step of rewriting, or "" where no rule fits. */
static void rewrites(const char *formula, RuleTime time, const char *wanted) {
    Compiler *compiler = test_compiler();
    Plain plain = plain_builder(test_graph(compiler));
    Node *node = rule_rewrite(compiler, &plain.builder, formula_node(plain.graph, formula), time);
    const char *got = node ? node_formula(compiler, node) : "";
    cr_expect_str_eq(got, wanted, "%s gives %s, wanted %s", formula, got, wanted);
    test_compiler_free(compiler);
}

Test(rules, sums_and_products_match_either_way) {
    rewrites("s * x - s * z", ALGEBRA, "mul(s, sub(x, z))");
    rewrites("x * s - s * z", ALGEBRA, "mul(s, sub(x, z))");
    rewrites("s * x - z * s", ALGEBRA, "mul(s, sub(x, z))");
    rewrites("x * s - z * s", ALGEBRA, "mul(s, sub(x, z))");
    rewrites("x / s - z / s", ALGEBRA, "");
}

Test(rules, a_letter_is_one_node) {
    rewrites("max(x, x)", ALWAYS, "x");
    rewrites("max(x, z)", ALWAYS, "");
    rewrites("max(sin(x), sin(x))", ALWAYS, ""); /* not yet one node */
}

Test(rules, numbers_match_by_value) {
    rewrites("x * 1", ALWAYS, "x");
    rewrites("x * 1.0000001", ALWAYS, "");
    rewrites("x + -0", ALWAYS, "x");
}

Test(rules, conditions_are_asked) {
    rewrites("0 * x", ALWAYS, "");
    rewrites("0 * (x < z)", ALWAYS, "0");
    rewrites("sum(x * s)", ALGEBRA, "mul(s, sum(x))");
    rewrites("sum(x * z)", ALGEBRA, "");
    rewrites("x / 8", ALGEBRA, "mul(x, 0.125)");
    rewrites("x / 9", ALGEBRA, "");
}

Test(rules, times_are_kept_apart) {
    rewrites("x ^ 2", STABLE, "");
    rewrites("x ^ 2", ALGEBRA, "mul(x, x)");
    rewrites("-(2 * x)", ALGEBRA, "");
    rewrites("-(2 * x)", LAST, "mul(-2, x)");
}

static char *derivative(Compiler *compiler, const char *formula, int argument) {
    Plain plain = plain_builder(test_graph(compiler));
    Node *node = formula_node(plain.graph, formula);
    Match match = {.whole = node};
    for (int i = 0; i < node->input_count; i++)
        match.bound[i] = node->inputs[i];
    match.bound['y' - 'a'] = node;
    match.bound['d' - 'a'] = formula_node(plain.graph, "s");
    Derivative of = {node->op, argument};
    Node *result = rule_derivative(compiler, &plain.builder, &match, of);
    return result ? node_formula(compiler, result) : NULL;
}

static void has_derivative(const char *formula, int argument, const char *wanted) {
    Compiler *compiler = test_compiler();
    const char *got = derivative(compiler, formula, argument);
    if (wanted)
        cr_expect_str_eq(got, wanted, "%s by argument %d: %s, wanted %s", formula, argument, got,
                         wanted);
    else
        cr_expect_null(got);
    test_compiler_free(compiler);
}

Test(rules, derivatives) {
    has_derivative("x * z", 0, "mul(s, z)");
    has_derivative("x * z", 1, "mul(s, x)");
    has_derivative("exp(x)", 0, "mul(s, exp(x))");
    has_derivative("x ^ 3", 0, "mul(mul(s, 3), pow(x, 2))");
    has_derivative("where(x, z, w)", 0, NULL);
    has_derivative("where(x, z, w)", 2, "where(x, 0, s)");
    has_derivative("where(1, z, w)", 2, "0");
    has_derivative("x < z", 0, NULL);
    has_derivative("detach(x)", 0, NULL);
}

Test(rules, one_row_at_a_time_can_be_wrong) {
    int changed = 0, rows = rule_count();
    for (int number = 0; number <= rows; number++) {
        Compiler *compiler = test_compiler();
        compiler->options.mutant = number;
        char *got = derivative(compiler, "x * z", 1);
        changed += strcmp(got, "mul(mul(s, x), 1.25)") == 0;
        test_compiler_free(compiler);
    }
    cr_expect_eq(changed, 1);
}

Test(rules, rows_have_names) {
    cr_expect_str_eq(rule_name(1), "d");
    cr_expect_str_eq(rule_name(6), "d * a");
    cr_expect_null(rule_name(0));
    cr_expect_null(rule_name(rule_count() + 1));
    for (int number = 1; number <= rule_count(); number++)
        cr_expect_not_null(rule_name(number));
    cr_expect_str_eq(rule_name(rule_count()), "min(a, 0) -> 0");
    cr_expect_eq(rule_time(rule_count()), FINITE);
    cr_expect_eq(rule_time(6), 0);
    cr_expect_eq(rule_time(rule_count() + 1), 0);
}
