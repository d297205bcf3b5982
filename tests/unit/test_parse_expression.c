/* gen/syntax/parse_expression.c: precedence, calls and indexes, and how deep expressions go. */

#include "front.h"

Test(parse_expression, precedence_and_binding) {
    expect_printed("h = a + b * c ^ d", "h = (a + (b * (c ^ d)))\n");
    expect_printed("h = a - b - c + d", "h = (((a - b) - c) + d)\n");
    expect_printed("h = a / b * c / d", "h = (((a / b) * c) / d)\n");
    expect_printed("h = a ^ b ^ c", "h = (a ^ (b ^ c))\n");
    expect_printed("h = -x^2", "h = (-(x ^ 2))\n");
    expect_printed("h = 2^-1", "h = (2 ^ (-1))\n");
    expect_printed("h = 2^-x^2", "h = (2 ^ (-(x ^ 2)))\n");
    expect_printed("h = -a * b", "h = ((-a) * b)\n");
    expect_printed("h = a * -b", "h = (a * (-b))\n");
    expect_printed("h = a - -b", "h = (a - (-b))\n");
    expect_printed("h = --a", "h = (-(-a))\n");
    expect_printed("h = +a - +b", "h = (a - b)\n");
    expect_printed("h = -x[0]", "h = (-x[0])\n");
    expect_printed("h = x[0]^2", "h = (x[0] ^ 2)\n");
    expect_printed("h = (a + b) * c", "h = ((a + b) * c)\n");
    expect_printed("h = a + 1 < b * 2", "h = ((a + 1) < (b * 2))\n");
    expect_printed("h = (a < b) == (c >= d)", "h = ((a < b) == (c >= d))\n");
    expect_printed("h = a != b; k = a <= b; l = a > b",
                   "h = (a != b)\nk = (a <= b)\nl = (a > b)\n");
}

Test(parse_expression, calls_indexes_lists) {
    expect_printed("h = f()", "h = f()\n");
    expect_printed("h = f(a, -b, n = 3, m = [1, 2])", "h = f(a, (-b), n = 3, m = [1, 2])\n");
    expect_printed("h = f(a == b)", "h = f((a == b))\n");
    expect_printed("h = x[1, a:b, :, :n, -1:]", "h = x[1, a:b, :, :n, (-1):]\n");
    expect_printed("h = f(x)[0][1]", "h = f(x)[0][1]\n");
    expect_printed("h = contract(a[i, j] * b[j, 2*t + i - 1], i = 4)",
                   "h = contract((a[i, j] * b[j, (((2 * t) + i) - 1)]), i = 4)\n");
    expect_printed("h = param([], 0)", "h = param([], 0)\n");
    expect_printed("h = [[1], []]", "h = [[1], []]\n");
}

Test(parse_expression, errors_of_expressions) {
    expect_error("h =", "1:4: error: expected an expression, found the end of the file");
    expect_error("h = # late\n", "1:4: error: expected an expression, found the end of the line");
    expect_error("h = a +", "1:8: error: expected an expression, found the end of the file");
    expect_error("h = a b", "1:7: error: expected the end of the line, found 'b'");
    expect_error("h = (a", "1:7: error: expected an operator or ')', found the end of the file");
    expect_error("h = f(a, )", "1:10: error: expected an expression, found ')'");
    expect_error("h = f(a, b\n", "1:11: error: expected ',' or ')', found the end of the file");
    expect_error(
        "h = f(a, n = 1, b)",
        "1:17: error: expected a named argument after 'n = ...', found one without a name");
    expect_error("h = (a)(b)", "1:8: error: expected a name before '(': only names can be called");
    expect_error("h = x[]", "1:7: error: expected an index, found ']'");
    expect_error("h = x[1", "1:8: error: expected ',' or ']', found the end of the file");
    expect_error("h = [1, 2\nk = 3", "2:1: error: expected ',' or ']', found 'k'");
    expect_error("h = a < b < c", "1:11: error: comparisons do not chain: '<' after '<'");
    expect_error("h = a == b != c", "1:12: error: comparisons do not chain: '!=' after '=='");
    expect_error("h = {3}", "1:5: error: expected an expression, found '{'");
    expect_error("h = 1e999", "1:5: error: '1e999' is out of range for a number");
    expect_error("metric 3", "1:8: error: expected a call, found another expression");
}

/* `fine` parts are read, one more are refused, and so are 100,000. */
static void expect_depth_limit(const char *start, const char *part, const char *close, int fine) {
    const int counts[] = {fine, fine + 1, 100000};
    for (int i = 0; i < 3; i++) {
        Front front;
        char *ends = repeated("a", counts[i], close, "\nz = 1\n"),
             *text = repeated(start, counts[i], part, ends);
        front_parse(&front, text);
        cr_expect_eq(front.compiler.error_count, i > 0, "%d times '%s': %s", counts[i], part,
                     front_said(&front));
        if (i > 0)
            cr_expect(strstr(front_said(&front), "error: nested more than 400 deep\n"), "%s",
                      front_said(&front));
        const Statements *read = front.statements;
        cr_expect_str_eq(read->statements[read->count - 1]->name, "z", "%d times '%s'", counts[i],
                         part);
        front_close(&front);
        free(text);
        free(ends);
    }
}

Test(parse_expression, nesting_is_bounded) {
    expect_depth_limit("h = ", "(", ")", 399);
    expect_depth_limit("h = ", "-", "", 399);
    expect_depth_limit("h = ", "+", "", 399);
    expect_depth_limit("h = ", "f(", ")", 399);
    expect_depth_limit("h = ", "[", "]", 399);
    expect_depth_limit("h = ", "x[", "]", 399);
    expect_depth_limit("h = ", "x[:", "]", 199); /* an index and a range */
    expect_depth_limit("h = ", "a^", "", 399);
    expect_depth_limit("h = ", "a+", "", 399);
    expect_depth_limit("h = ", "a-", "", 399);
    expect_depth_limit("h = ", "a*", "", 399);
    expect_depth_limit("h = a", "", "[0]", 399);
    expect_depth_limit("h = ", "a*(b+", ")", 199);
    expect_depth_limit("def f(x) = ", "(", ")", 399);
}

Test(parse_expression, nesting_is_counted_anew_in_each_statement) {
    Front front;
    char *text = repeated("h = ", 500, "(", "\n"), *twice = repeated("", 5, text, "");
    char *fine = repeated(twice, 399, "-", "1\n");
    free(text);
    text = repeated(twice, 1, "z = ", fine + strlen(twice));
    front_parse(&front, text);
    cr_expect_eq(front.compiler.error_count, 5, "%s", front_said(&front));
    cr_expect_eq(front.statements->count, 1);
    front_close(&front);
    free(text);
    free(twice);
    free(fine);
}

static bool parse_alone(Front *front, const char *text) {
    front_open(front);
    cr_assert_eq(setjmp(front->compiler.stop), 0);
    front->source = source_new(&front->compiler, "rule", text, strlen(text));
    return parse_expression(&front->compiler, front->source);
}

Test(parse_expression, expressions_for_the_rule_tables) {
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"where(b == 0, 0,\n d * b)", ""},
        {"\n\n a\n + b # sum\n", ""},
        {"a b", "error: expected an operator or the end, found 'b'"},
        {"", "error: expected an expression, found the end of the file"},
        {"a)", "error: expected an operator or the end, found ')'"},
        {"a = b", "error: expected an operator or the end, found '='"},
        {"a \xFF", "error: byte 0xFF is not UTF-8"},
        {"a # \xFF", "error: byte 0xFF is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Front front;
        bool is_read = parse_alone(&front, rows[i].text);
        cr_expect_eq(is_read, *rows[i].said == '\0', "%s: %s", rows[i].text, front_said(&front));
        cr_expect(strstr(front_said(&front), rows[i].said), "%s: %s", rows[i].text,
                  front_said(&front));
        front_close(&front);
    }
}
