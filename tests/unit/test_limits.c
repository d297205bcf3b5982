/* Arrays at the limit: the largest that is accepted and the smallest that is not, by one, for every
   kind of array. Only generated, never run: a compilation takes no memory for them. */

#include "nngen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number stands in the place of %lld; `most` is the largest. */
typedef struct {
    const char *kind, *text;
    int64_t most;
} Limit;

#define LOSS "target t\nloss mean_squared_error(y, t)\nbatch 1\n"
#define ALL MAX_ELEMENTS

static const Limit limits[] = {
    {"parameter", "input x\nw = param([%lld], 1)\ny = x + sum(w)\n", ALL},
    {"axis of a parameter", "input x\nw = param([2, %lld], 1)\ny = x + sum(w)\n", ALL / 2},
    {"parameters together",
     "input x\nw = param([1024, 1000000], 1)\nv = param([%lld], 1)\ny = x + sum(w) + sum(v)\n",
     ALL - 1024000000},
    {"optimizer's state", "input x\nw = param([%lld], 1)\ny = x + sum(w)\nupdate adam()\n" LOSS,
     ALL},
    {"gradients together",
     "input x\ndef f(z) {\n    state s[%lld] = 0\n    s = s + batch_mean(z)\n    return sum(s)\n}\n"
     "w = param([1000], 1)\ny = f(x) + sum(w) * x\nupdate sgd(0.1)\n" LOSS,
     ALL - 1000},
    {"input", "input x[%lld]\ny = sum(x)\nbatch 1\n", ALL},
    {"input of a batch", "input x[%lld]\ny = sum(x)\nbatch 4096\n", ALL / 4096},
    {"input of a batch that fills no vectors",
     "input x[%lld]\ny = param([], 1) * sum(exp(x))\nupdate sgd(0.1)\ntarget t\n"
     "loss mean_squared_error(y, t)\nbatch 8191\n",
     ALL / 8191},
    {"target of a batch",
     "input x\ntarget t[%lld]\ny = x * param([], 1)\nloss mean((t - y)^2)\nupdate sgd(0.1)\n"
     "batch 1024\n",
     ALL / 1024},
    {"classes",
     "input x\ntarget t[%lld] onehot\ny = param([], 1) * x\nloss sum(t) * y\n"
     "update sgd(0.1)\nbatch 1\n",
     ALL},
    {"value of a batch", "input x\ny = sum(exp(expand(x, [%lld])))\nbatch 1024\n", ALL / 1024},
    {"value per batch", "input x\ny = x + sum(exp(expand(1, [%lld])))\n", ALL},
    {"random numbers", "input x\ny = x + sum(random_normal([%lld]))\nbatch 1\n", ALL},
    {"broadcast value",
     "input x\na = param([32768, 1], 1)\nb = param([%lld], 1)\ny = x + sum(exp(a + b))\n",
     ALL / 32768},
    {"scratch of 16 elements more",
     "input x\na = param([32768], 1)\nb = param([%lld], 1)\n"
     "y = x + sum(contract(a[i] * b[j], i = 32768, j = size(b, 0)))\n",
     ALL / 32768 - 1},
    {"output", "input x\ny = expand(x, [%lld])\nbatch 1\n", ALL},
    {"derivative",
     "input x[64]\nw = param([%lld, 64], 1)\ny = matmul(w, x)\nderivative y by x\n"
     "batch 1\n",
     ALL / 128 - 32},
    {"index", "input x\nw = param([4], 1)\ny = x + sum(contract(w[1000 * i], i = %lld))\n",
     ALL / 1000 + 1},
};

static Result compile_at(const Limit *limit, int64_t size, const Options *options) {
    char body[1000], text[1100];
    snprintf(body, sizeof body, limit->text, (long long)size);
    snprintf(text, sizeof text, "network n\n%soutput y\n", body);
    return compile("limit.def", text, strlen(text), "n.h", options);
}

/* What the C says that an int must hold. */
static bool fits_int(const char *source) {
    static const char asked[] = "#if INT_MAX < ";
    const char *at = strstr(source, asked);
    return !at || strtoll(at + strlen(asked), NULL, 10) <= INT32_MAX;
}

Test(limits, by_one) {
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        for (int v = 0; v < 4; v++) {
            const Limit *limit = &limits[i];
            const Options options = {.target = v % 2 ? TARGET_X86_64_V4 : TARGET_C99,
                                     .is_double = v / 2};
            Result most = compile_at(limit, limit->most, &options);
            Result more = compile_at(limit, limit->most + 1, &options);
            cr_expect(most.source && most.exit_code == 0, "%s: %s", limit->kind, most.diagnostics);
            cr_expect(!most.source || fits_int(most.source), "%s: refused by the compiler",
                      limit->kind);
            cr_expect_eq(more.exit_code, 1, "%s: one more is accepted", limit->kind);
            cr_expect(!more.source && strstr(more.diagnostics, "1073741824"), "%s: %s", limit->kind,
                      more.diagnostics);
            result_free(&most);
            result_free(&more);
        }
}
