/* gen/emit/wrap_lines.c: long lines are broken as one would by hand, and nothing else changes. */

#include "emit/emitter.h"
#include "../numeric/dice.h"
#include "formula_graph.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

static void expect_wrapped(const char *text, const char *wanted) {
    Compiler *compiler = test_compiler();
    cr_expect_str_eq(wrap_lines(compiler, text), wanted, "%s\n->\n%s", text,
                     wrap_lines(compiler, text));
    test_compiler_free(compiler);
}

Test(wrap_lines, short_lines_stay) {
    expect_wrapped("int a;\n\n    /* b */\n#define C \\\n    1\n",
                   "int a;\n\n    /* b */\n#define C \\\n    1\n");
}

Test(wrap_lines, arguments_are_aligned_to_their_bracket) {
    expect_wrapped(
        "static void net_kernel(const float *restrict first_weight, const float *restrict "
        "second_weight, const float *restrict third_weight, float *restrict sum) {\n",
        "static void net_kernel(const float *restrict first_weight, const float *restrict "
        "second_weight,\n"
        "                       const float *restrict third_weight, float *restrict sum) "
        "{\n");
}

Test(wrap_lines, sums_are_broken_behind_their_signs) {
    expect_wrapped("    const float t_0 = first_weight_0 * first_0 + second_weight_0 * second_0 + "
                   "third_weight_0 * third_0;\n",
                   "    const float t_0 = first_weight_0 * first_0 + second_weight_0 * second_0 +\n"
                   "                      third_weight_0 * third_0;\n");
}

Test(wrap_lines, comments_are_broken_at_blanks_and_keep_line_numbers) {
    expect_wrapped("    /* cost = batch_sum((log1p_exp(-abs(p_sum)) + (max(p_sum, 0) - p_sum * y)) "
                   "* share)   (line 19) */\n",
                   "    /* cost = batch_sum((log1p_exp(-abs(p_sum)) + (max(p_sum, 0) - p_sum * y)) "
                   "* share)\n"
                   "           (line 19) */\n");
}

Test(wrap_lines, comments_behind_neighbours_share_a_column) {
    expect_wrapped(
        "    A = 1, /* one */\n    LONGER = 2,  /* two */\n\n    B = 3,    /* three */\n",
        "    A = 1,      /* one */\n    LONGER = 2, /* two */\n\n    B = 3, /* three */\n");
}

Test(wrap_lines, comments_behind_statements_are_broken_between_shapes) {
    expect_wrapped(
        "    NETWORK_ALIGNED float first_weight[1048576];   /* first.weight [1024, 1024], kept as "
        "32 x [1024, 32] */\n",
        "    NETWORK_ALIGNED float first_weight[1048576]; /* first.weight [1024, 1024], kept as "
        "32 x\n"
        "                                                    [1024, 32] */\n");
}

/* Where brackets alone fill a line, it is broken behind the last, and the rest hangs. */
Test(wrap_lines, brackets_within_brackets_hang) {
    expect_wrapped(
        "    const float maximum_0 = nn_max_1(nn_max_1(nn_max_1(nn_max_1(nn_max_1(nn_max_1("
        "nn_max_1(nn_max_1(nn_max_1(value_0, value_1), value_2), value_3), value_4), "
        "value_5), value_6), value_7), value_8), value_9);\n",
        "    const float maximum_0 = nn_max_1(nn_max_1(nn_max_1(nn_max_1(nn_max_1(nn_max_1("
        "nn_max_1(nn_max_1(\n"
        "        nn_max_1(value_0, value_1), value_2), value_3), value_4), "
        "value_5), value_6), value_7),\n"
        "        value_8), value_9);\n");
}

/* An argument that does not fit behind its bracket. */
Test(wrap_lines, narrow_columns_are_given_up) {
    expect_wrapped("static void network_of_many_layers_gradient_d_hidden_scaled_sum("
                   "const float *restrict hidden_running_variance, float *restrict sum) {\n",
                   "static void network_of_many_layers_gradient_d_hidden_scaled_sum(\n"
                   "    const float *restrict hidden_running_variance, float *restrict sum) {\n");
}

/* Strings, character constants and macros are never cut. */
Test(wrap_lines, strings_stay_whole) {
    const char *text =
        "    call(\"a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y\", "
        "',', 1, 2, 3, 4, 5, 6);\n#define MACRO a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, "
        "r, s, t, u, v, w, x, y, z, aa, bb, cc, dd\n";
    const char *wanted =
        "    call(\"a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y\", "
        "',', 1, 2, 3,\n         4, 5, 6);\n#define MACRO a, b, c, d, e, f, g, h, i, j, k, l, m, "
        "n, "
        "o, p, q, r, s, t, u, v, w, x, y, z, aa, bb, cc, dd\n";
    expect_wrapped(text, wanted);
}

/* What no blank divides is left as it is. */
Test(wrap_lines, what_cannot_be_broken_stays) {
    char text[300];
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 3, ";\n", 3);
    expect_wrapped(text, text);
}

/* Behind a name so long, nothing is aligned to the equals sign. */
Test(wrap_lines, late_values_hang) {
    expect_wrapped("    const float maximum_of_all_of_the_scaled_values_of_the_hidden_layer_0 = "
                   "first_0 + second_0 + third_0;\n",
                   "    const float maximum_of_all_of_the_scaled_values_of_the_hidden_layer_0 = "
                   "first_0 + second_0 +\n        third_0;\n");
}

Test(wrap_lines, choices_and_quotients_are_broken_behind_their_signs) {
    expect_wrapped("    const float t_0 = first_value_of_all_0 > second_value_of_all_0 ? "
                   "first_value_of_all_0 : second_value_of_all_0;\n",
                   "    const float t_0 = first_value_of_all_0 > second_value_of_all_0 ? "
                   "first_value_of_all_0 :\n                      second_value_of_all_0;\n");
    expect_wrapped("    const float t_0 = nn_expf_of_the_scaled_values_1(first_value_of_all_0) / "
                   "nn_expf_of_the_others(second_value_0);\n",
                   "    const float t_0 = nn_expf_of_the_scaled_values_1(first_value_of_all_0) /\n"
                   "                      nn_expf_of_the_others(second_value_0);\n");
}

/* A quote in a string does not end it, and commas in a comment within a statement are no arguments. */
Test(wrap_lines, quotes_in_strings_and_comments_in_statements) {
    expect_wrapped(
        "    call(\"a, \\\"b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, "
        "w, x, y, z\", first, second, third);\n",
        "    call(\"a, \\\"b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, "
        "w, x, y, z\", first,\n         second, third);\n");
    expect_wrapped(
        "    call(first_argument, second_argument /* of a, b, c, d, e, f, g, h, i, j, k, "
        "l, m, n */, third_argument, fourth);\n",
        "    call(first_argument, second_argument /* of a, b, c, d, e, f, g, h, i, j, k, "
        "l, m, n */,\n         third_argument, fourth);\n");
}

Test(wrap_lines, comments_in_statements_are_not_cut) {
    expect_wrapped(
        "    call(first_argument, second_argument, third_argument /* of a, b, c, d, e, f, "
        "g, h, i, j, k, l, m, n */, fourth);\n",
        "    call(first_argument, second_argument,\n         third_argument /* of a, b, c, "
        "d, e, f, g, h, i, j, k, l, m, n */, fourth);\n");
}

// Statements drawn at random

static void add_value(Text *text, Dice *dice, int depth) {
    static const char *const leaves[] = {
        "x_0", "second_value_1",        "0x1.8p+3f", "\"a, (b\\\" c\"", "'\\''",
        "-t2", "w /* of , ( [32, 1] */"};
    static const char *const signs[] = {" + ", " - ", " * ", " / ", " < ", " ? ", " : ", ", "};
    static const char *const brackets[][2] = {
        {"(", ")"}, {"call(", ")"}, {"w[", "]"}, {"{", "}"}, {"nn_max_1(", ")"}};
    int kind = depth > 0 ? dice_below(dice, 3) : 0;
    if (kind == 0) {
        text_add(text, "%s", leaves[dice_below(dice, 7)]);
    } else if (kind == 1) {
        add_value(text, dice, depth - 1);
        text_add(text, "%s", signs[dice_below(dice, 8)]);
        add_value(text, dice, depth - 1);
    } else {
        const char *const *pair = brackets[dice_below(dice, 5)];
        text_add(text, "%s", pair[0]);
        add_value(text, dice, depth - 1);
        text_add(text, "%s", pair[1]);
    }
}

static void add_statement(Text *text, Dice *dice) {
    int levels = dice_chance(dice, 0.05) ? 70 : 0, indent = 4 * dice_below(dice, 4);
    text_add(text, "%*s%s", indent, "", dice_chance(dice, 0.5) ? "const float h_0 = " : "");
    for (int i = 0; i < levels; i++)
        text_add(text, "(");
    add_value(text, dice, 3 + dice_below(dice, 5));
    for (int i = 0; i < levels; i++)
        text_add(text, ")");
    text_add(text, ";%s\n", dice_chance(dice, 0.3) ? "   /* h = a sum [4, 7]   (line 12) */" : "");
}

/* The next character that is no white space. */
static char next_visible(const char **at) {
    while (isspace((unsigned char)**at))
        ++*at;
    return **at ? *(*at)++ : '\0';
}

/* Whatever stands in a statement, only white space changes, none of it within a string. */
Test(wrap_lines, only_white_space_changes) {
    for (uint64_t seed = 0; seed < 400; seed++) {
        Compiler *compiler = test_compiler();
        Dice dice = dice_new(seed);
        Text *text = text_new(compiler);
        for (int i = dice_between(&dice, 1, 3); i > 0; i--)
            add_statement(text, &dice);
        const char *wrapped = wrap_lines(compiler, text->bytes), *a = text->bytes, *b = wrapped;
        char next;
        do {
            next = next_visible(&a);
        } while (next_visible(&b) == next && next);
        cr_assert(!next && !*b, "seed %d: %s\n->\n%s", (int)seed, text->bytes, wrapped);
        size_t strings = 0, kept = 0;
        for (a = text->bytes; (a = strstr(a, "\"a, (b\\\" c\"")); a++)
            strings++;
        for (b = wrapped; (b = strstr(b, "\"a, (b\\\" c\"")); b++)
            kept++;
        cr_assert_eq(kept, strings, "seed %d: %s", (int)seed, wrapped);
        test_compiler_free(compiler);
    }
}
