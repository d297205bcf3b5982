/* A mistake is reported once: what takes a value that could not be made says nothing more of it,
   nor does what is built of it. */

#include "nngen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static int count_of(const char *text, const char *word) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

/* `line` is where qq stands in it; `said` is a part of the message. */
static void expect_once(const char *model, const char *line, const char *said) {
    Options options = {0};
    Result result = compile("m.def", model, strlen(model), "m.h", &options);
    cr_expect_eq(result.exit_code, 1, "%s", line);
    cr_expect_eq(count_of(result.diagnostics, "error: "), 1, "%s\n%s", line, result.diagnostics);
    cr_expect(strstr(result.diagnostics, said), "%s\n%s", line, result.diagnostics);
    result_free(&result);
}

/* Layers and definitions, as a model has them, in which qq is no name, or a definition; built-in
   functions are in test_builtin_call.c. */
static const char *const values[] = {
    "dense(qq, 4)",
    "dense(x, qq)",
    "dense(x, 4, init = qq)",
    "dense(x, 4, init = normal(qq))",
    "param([4], normal(qq))",
    "dropout(qq, 0.5)",
    "batch_norm(qq)",
    "mine(qq)",
    "mine(x, k = qq)",
    "sized(qq)",
    "shared(qq)",
    "slope(qq)",
    "slope(x, a = qq)",
};

/* These hand on what they are given, and there it is what each of them makes of it. */
static const char *const handed_on[] = {"+qq", "sized(x, n = qq)", "counted(qq)"};

static void model_of_value(char *model, size_t size, const char *value, const char *more) {
    snprintf(model, size,
             "network m\ninput x[4]\ntarget y[4]\n"
             "def mine(z, k = 2) = z * k + 1\n"
             "def sized(z[4], n = 4) {\nrequire n > 0\nreturn sum(z) * n\n}\n"
             "def counted(z) {\nstate c[shape(z)] = 0\nc = c + batch_mean(z)\nreturn z - "
             "c\n}\n"
             "def slope(z, a = 1) = a * z^3 deriv 3 * a * z^2\n"
             "block shared(z) {\nreturn dense(z, 4)\n}\n%s"
             "h = %s\np = dense(x, 4) + relu(h)\nd = p - y\n"
             "loss mean_squared_error(p, y) + l2(0.1)\n"
             "update sgd(0.1)\nmetric mean_absolute_error(h, y)\noutput h, p\n",
             more, value);
}

Test(check_once, of_values) {
    char model[1500];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        model_of_value(model, sizeof model, values[i], "");
        expect_once(model, values[i], "error: unknown name 'qq'");
    }
    for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++) {
        model_of_value(model, sizeof model, handed_on[i], "");
        expect_once(model, handed_on[i], "error: unknown name 'qq'");
    }
}

/* What is known and does not fit is reported by what takes it. */
Test(check_once, of_definitions_for_values) {
    char model[1500];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        model_of_value(model, sizeof model, values[i], "def qq(z) = 2 * z\n");
        expect_once(model, values[i], "error: ");
    }
}

/* Statements. */
static const char *const statements[] = {
    "loss qq",
    "loss mean_squared_error(p, qq)",
    "loss mean_squared_error(p, y) + l2(qq)",
    "loss mean_squared_error(p, y) - qq",
    "loss 2 * (mean_squared_error(p, y) + qq)",
    "update sgd(qq)",
    "update sgd(0.1 * qq^epoch)",
    "update qq(0.1)",
    "update clip_norm(sgd(qq), 1)",
    "update clip_norm(qq, 1)",
    "update clip_norm(sgd(0.1), qq)",
    "update totals(qq)",
    "update befores(qq)",
    "update points(qq)",
    "update handed(sgd(0.1), qq)",
    "update slopes(qq)",
    "update first(qq)",
    "metric accuracy(qq, y)",
    "metric mean_absolute_error(p, qq)",
    "output qq",
    "setting rate = qq",
    "batch qq",
    "input z[qq]",
    "input z[4] shift(qq)",
    "input z[4] noise(qq)",
    "target z[qq]",
    "derivative qq by x",
    "derivative p by qq",
};

Test(check_once, of_statements) {
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        char model[1500];
        bool has_loss = strncmp(statements[i], "loss", 4) == 0;
        bool has_update = strncmp(statements[i], "update", 6) == 0;
        bool has_batch = strncmp(statements[i], "batch", 5) == 0;
        snprintf(model, sizeof model,
                 "network m\ninput x[4]\ntarget y[4]\n"
                 "optimizer totals(a) {\nweight = weight - a * total(sum(grad) * a)\n}\n"
                 "optimizer befores(a) {\nweight = weight - total(sum(grad), before = a)\n}\n"
                 "optimizer points(a) {\nat weight * a\nweight = weight - grad\n}\n"
                 "optimizer handed(inner, a) {\nweight = inner(grad = grad * a)\n}\n"
                 "optimizer slopes(a) {\nweight = weight - hessian(grad * a)\n}\n"
                 "optimizer first(a) {\nstate m = a\nm = m + grad\nweight = weight - m\n}\n"
                 "p = dense(x, 4)\n%s\n%s%s%s",
                 statements[i], has_loss ? "" : "loss mean_squared_error(p, y)\n",
                 has_update ? "" : "update sgd(0.1)\n", has_batch ? "" : "batch 4\n");
        expect_once(model, statements[i],
                    strstr(statements[i], "qq(") ? "unknown function 'qq'" : "unknown name 'qq'");
    }
}
