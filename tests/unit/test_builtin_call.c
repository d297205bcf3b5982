/* builtin_call: whatever an argument is wrong by, it is said once, at the argument's line, and
   nothing else is said in its wake. */

#define _GNU_SOURCE
#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

/* Where an operand or an argument stands, one of each; x has shape [4]. */
static const char *const places[] = {
    "exp(@)",
    "xlogy(@, x)",
    "xlogy(x, @)",
    "where(@, x, x)",
    "where(x, @, x)",
    "where(x, x, @)",
    "max(@)",
    "max(x, axis = @)",
    "max(x, 1, @)",
    "min(x, @)",
    "min(@, x, 1)",
    "sum(@)",
    "sum(x, axis = @)",
    "sum(x, axis = [0, @])",
    "sum(x, keep = @)",
    "mean(@)",
    "mean(x, axis = @)",
    "matmul(@, x)",
    "matmul(x, @)",
    "contract(@[i] * x[i])",
    "contract(x[i] * @)",
    "contract(x[i + @] * x[i])",
    "contract(x[i] * x[2 * @ + i])",
    "contract(x[t], t = @)",
    "transpose(@)",
    "transpose(x, @)",
    "transpose(x, [@])",
    "reshape(@, [4])",
    "reshape(x, @)",
    "reshape(x, [2, @])",
    "concat(@, x)",
    "concat(x, @)",
    "concat([1], @)",
    "concat(x, x, axis = @)",
    "expand(@, [4])",
    "expand(x, @)",
    "shape(@)[0]",
    "size(@)",
    "size(x, @)",
    "rank(@)",
    "param(@, 0)",
    "param([2, @], 0)",
    "param([4], @)",
    "batch_mean(@)",
    "random_uniform(@)",
    "random_normal([@])",
    "x[@]",
    "x[@:2]",
    "x[0:@]",
    "@[0]",
    "[1, 2][@]",
    "[1, @][0]",
    "-@",
    "x + @",
    "@ * x",
    "[1, 2] + [1, @]",
    "f(@)",
    "f(x, k = [1, @])",
    "g(x, @)",
};
enum { PLACES = sizeof places / sizeof *places, AT_ONCE = 15 };

static const char head[] =
    "network t\ninput x[4]\ndef f(a[n], k = 1) = a * k\ndef g(a[n], b[n]) = a + b\n";

/* `place` with `filler` in it, as a line that gives value number i. */
static void add_line(FILE *out, const char *place, const char *filler, int i) {
    const char *at = strchr(place, '@');
    fprintf(out, "v%d = %.*s%s%s\n", i, (int)(at - place), place, filler, at + 1);
}

/* How many errors there are on a line of the model, from 1. */
static int errors_on(const char *said, int line) {
    char start[32];
    int count = 0;
    snprintf(start, sizeof start, "m.def:%d:", line);
    for (const char *at = said; (at = strstr(at, start)); at++)
        count += strncmp(at + strcspn(at, " "), " error:", 7) == 0;
    return count;
}

static void expect_one_error_each(const char *filler, int first) {
    static char model[4000];
    int count = PLACES - first < AT_ONCE ? PLACES - first : AT_ONCE;
    FILE *out = fmemopen(model, sizeof model, "w");
    fputs(head, out);
    for (int i = 0; i < count; i++)
        add_line(out, places[first + i], filler, i);
    fputs("h = 2 * x\noutput h\n", out);
    fclose(out);
    Checked checked;
    check_open(&checked, model);
    for (int i = 0; i < count; i++)
        cr_expect_eq(errors_on(checked.said, 5 + i), 1, "%s with %s\n%s", places[first + i], filler,
                     checked.said);
    cr_expect_eq(checked.compiler.error_count, count, "%s\n%s", model, checked.said);
    check_close(&checked);
}

/* A name that nothing has, a function, a layer without its arguments, and an expression with a
   mistake of its own. */
Test(builtin_call, a_wrong_argument_is_reported_once) {
    static const char *const fillers[] = {"nobody", "exp", "dense", "(x[9] + 1)"};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        for (int first = 0; first < PLACES; first += AT_ONCE)
            expect_one_error_each(fillers[i], first);
}
