/* check_target: which values belong to which scaled target, by where they stand and by
   `output .. as`; whose units outputs are in; and what is refused as not clear. */

#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

/* A model `network t`, `input x[4]`, the lines, and `update sgd(0.1)`; and its outputs with their
   units, or else the first line that is said of it behind the place. */
typedef struct {
    const char *lines, *wanted;
} Row;

static const char *outputs_of(Checked *checked) {
    Text *text = text_new(&checked->compiler);
    const Graph *graph = checked->graph;
    for (int i = 0; i < graph->output_count; i++) {
        const Variable *units = graph->output_units[i];
        text_add(text, "%s%s%s%s", i ? ", " : "", graph->output_names[i], units ? " as " : "",
                 units ? units->name : "");
    }
    return text->bytes;
}

static const char *first_said(Checked *checked) {
    const char *begin = strstr(checked->said, "error: ");
    begin = begin ? begin : checked->said;
    return format_text(&checked->compiler, "%.*s", (int)strcspn(begin, "\n"), begin);
}

static void expect_units(const Row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char model[1000];
        Checked checked;
        snprintf(model, sizeof model, "network t\ninput x[4]\n%s\nupdate sgd(0.1)\n",
                 rows[i].lines);
        check_open(&checked, model);
        const char *got = checked.graph ? outputs_of(&checked) : first_said(&checked);
        cr_expect_str_eq(got, rows[i].wanted, "%s:\n%s\nnot\n%s", model, got, rows[i].wanted);
        check_close(&checked);
    }
}

#define PRICE "target price standard\n"
#define BOTH "target price standard, area minmax\n"
#define P "p = sum(dense(x, 1))\n"
#define Q "q = sum(dense(x, 1))\n"

Test(check_target, a_value_belongs_where_it_stands) {
    static const Row rows[] = {
        {PRICE P "loss (p - price)^2", "p as price"},
        {PRICE P "loss mean_squared_error(p, price)", "p as price"},
        {PRICE P "e = p - price\nloss e^2\noutput p", "p as price"},
        {BOTH P Q "loss (p - price)^2 + (q - area)^2", "p as price, q as area"},
        {"target price[4] standard\np = dense(x, 4)\nloss mean_squared_error(p, price)",
         "p as price"},
        {PRICE P "q = p\nloss (p - price)^2 + absolute_error(q, price)\noutput q", "q as price"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

/* What is no node, what is data, what is made of the target, and what has another shape, is learned
   from none. */
Test(check_target, what_stands_there_and_is_not_learned) {
    static const Row rows[] = {
        {PRICE P "k = 2\nloss (p - price)^2 + (k - price)^2 * 0 + l2(k)", "p as price"},
        {PRICE P "s = sum(x)\nloss (p - price)^2 + 0 * (s - price)", "p as price, s"},
        {PRICE P "r = p + price\nloss (p - price)^2 + 0 * (r - price)", "p as price"},
        {"target price[3] standard\nw = sum(dense(x, 1))\nloss sum((w - price)^2)",
         "error: which value is learned from 'price' is not clear: none stands with it in loss or "
         "metric"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

Test(check_target, two_in_one_place) {
    static const char between[] =
        "error: whether 'p' is in the units of 'price' or of 'area' is not clear: both are scaled "
        "and stand with it";
    static const Row rows[] = {
        {BOTH P "def both(p, y, z) = (p - y)^2 + (p - z)^2\nloss both(p, price, area)", between},
        {BOTH P "def all(p, a, b, c) = (p - a)^2 + (p - b)^2 + (p - c)^2\n"
                "loss all(p, price, price, area)",
         between},
        {BOTH P "loss (p - price)^2 + (p - area)^2 + absolute_error(p, price)", between},
        {"target price standard, area minmax, age standard\n" P
         "loss (p - price)^2 + (p - area)^2 + (p - age)^2",
         between},
        {PRICE P "def twice(p, y, z) = (p - y) * (p - z)\nloss twice(p, price, price)",
         "p as price"},
        {BOTH P Q "loss (p - price)^2 + (q - area)^2 + 0 * (price - area)",
         "p as price, q as area"},
        {BOTH P Q "r = sum(x)\nloss (p - price)^2 + (q - area)^2 + 0 * (r - price) * (r - area)",
         "p as price, q as area, r"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

/* `output .. as` is what counts for its target, wherever values stand. */
Test(check_target, what_is_said_counts) {
    static const Row rows[] = {
        {PRICE P Q "loss (p - price)^2 + absolute_error(q, price)\noutput q as price, p",
         "q as price, p"},
        {PRICE P "loss mean_squared_error(softplus(p), price)\noutput p as price", "p as price"},
        {BOTH P Q "loss (p - price)^2 + (p - area)^2 + (q - area)^2\noutput p as price, q as area",
         "p as price, q as area"},
        {BOTH P "loss (p - price)^2 + (p - area)^2\noutput p as price",
         "error: which value is learned from 'area' is not clear: none stands with it in loss or "
         "metric"},
        {"input a\n" PRICE P "s = a\nloss (p - price)^2 + (s - price)^2 * 0\noutput s as price",
         "error: the output 's' is given, not computed"},
        {"target price[4] standard\np = reshape(dense(x, 4), [2, 2])\n"
         "loss sum((p - reshape(price, [2, 2]))^2)\noutput p as price",
         "p as price"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

Test(check_target, what_cannot_be_said) {
    static const Row rows[] = {
        {PRICE P "loss (p - price)^2\noutput p as x", "error: 'x' is no target"},
        {PRICE P "loss (p - price)^2\noutput p as k", "error: 'k' is no target"},
        {PRICE P "k = 2\nloss (p - price)^2\noutput p as k", "error: 'k' is no target"},
        {PRICE P "loss (p - price)^2\noutput p as prize", "error: 'prize' is no target"},
        {PRICE P "loss (p - price)^2\noutput 2 * p as price",
         "error: 'as' follows the name of a value that is assigned"},
        {PRICE P "loss (p - price)^2\noutput x as price",
         "error: 'as' follows the name of a value that is assigned"},
        {PRICE P "loss (p - price)^2\noutput h as price", "error: unknown name 'h'"},
        {"target price[3] standard, y\n" P "loss (p - y)^2 + sum(price)\noutput p as price",
         "error: 'p' has shape [] and 'price' [3]: it cannot be in its units"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

#define SUM_METRIC "metric total(z) {\n sum all = z\n return all / count\n}\n"
#define RATIO_METRIC "metric ratio(y, z) {\n sum a = y\n sum b = z\n return a / b\n}\n"

/* Metrics are of what the caller passes and gets; of the target alone they compare nothing. */
Test(check_target, metrics) {
    static const Row rows[] = {
        {PRICE P SUM_METRIC "loss (p - price)^2\nmetric total(price)", "p as price"},
        {BOTH P Q RATIO_METRIC "loss (p - price)^2 + (q - area)^2\nmetric ratio(p, price), "
                               "ratio(area, q)",
         "p as price, q as area"},
        {BOTH P Q RATIO_METRIC
         "loss (p - price)^2 + (q - area)^2\noutput p as price, q as area\nmetric ratio(p, area)",
         "error: 'ratio' compares 'area', which is scaled, with what is not in its units"},
        {PRICE P SUM_METRIC "e = p - price\nloss e^2\nmetric total(e)",
         "error: 'total' is of a value that was made of the scaled 'price': a metric is in the "
         "caller's units"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}

/* What is declared above its target. */
Test(check_target, derivatives_above_the_target) {
    static const Row rows[] = {
        {P "derivative p by x\n" PRICE "loss (p - price)^2",
         "error: 'p' is given in the units of 'price', which must be declared above this"},
        {P Q "derivative q by x\n" PRICE
             "loss (p - price)^2 + absolute_error(q, price)\noutput p as price, q",
         "p as price, q"},
        {P "s = sum(x)\nderivative s by x\n" PRICE "loss (p - price)^2 + 0 * (s - price)\noutput p",
         "p as price"},
    };
    expect_units(rows, sizeof rows / sizeof *rows);
}
