/* Plans of whole models: read back as they were printed; and other plans, drawn by a seed, change
   nothing but the order of sums, in the interpreter against the graph and compiled, by --plans,
   against the generic library. In the short run these are two nets and three plans for each kernel. */

#include "compare.h"
#include "draw.h"
#include "long.h"
#include "targets.h"
#include "unit/planned_values.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET "network m\nbatch 3\n"
#define LOSS "target y[4]\noutput p\nloss mean_squared_error(p, y)\nupdate sgd(0.0009765625)\n"

static const char *const nets[] = {
    /* padded, with what follows in the tile */
    NET "input x[2, 5, 6]\nw = param([3, 2, 3, 3], he)\nb = param([3, 1, 1], 0)\n"
        "a = relu(contract(w[o, c, k, l] * x[c, i + k - 1, j + l - 1], o = 3, i = 5, j = 6) + b)\n"
        "v = param([4, 3, 3, 3], he)\n"
        "e = contract(v[o, c, k, l] * a[c, i + k - 1, j + l - 1], o = 4, i = 5, j = 6)\n"
        "p = sum(e, axis = [1, 2])\n" LOSS,
    /* in steps of two, one axis */
    NET "input x[2, 9]\nw = param([3, 2, 3], he)\n"
        "a = relu(contract(w[o, c, k] * x[c, 2*i + k - 1], o = 3, i = 5))\n"
        "v = param([4, 3, 3], he)\n"
        "e = contract(v[o, c, k] * a[c, 2*i + k - 1], o = 4, i = 3)\np = sum(e, axis = 1)\n" LOSS,
    /* in steps of two and three, two axes */
    NET "input x[2, 7, 9]\nw = param([3, 2, 3, 3], he)\n"
        "a = relu(contract(w[o, c, k, l] * x[c, 2*i + k - 1, 2*j + l - 1], o = 3, i = 4, j = 5))\n"
        "v = param([4, 3, 2, 3], he)\n"
        "e = contract(v[o, c, k, l] * a[c, 2*i + k, 3*j + l - 1], o = 4, i = 2, j = 2)\n"
        "p = sum(e, axis = [1, 2])\n" LOSS,
    /* dilated */
    NET "input x[2, 14]\nw = param([3, 2, 3], he)\n"
        "a = relu(contract(w[o, c, k] * x[c, i + 2*k - 2], o = 3, i = 14))\n"
        "v = param([4, 3, 3], he)\n"
        "e = contract(v[o, c, k] * a[c, i + 3*k - 3], o = 4, i = 14)\np = sum(e, axis = 1)\n" LOSS,
    /* not padded */
    NET "input x[3, 10]\nw = param([5, 3, 3], he)\nb = param([5, 1], 0)\n"
        "a = relu(contract(w[o, c, k] * x[c, i + k], o = 5, i = 8) + b)\n"
        "v = param([4, 5, 4], he)\n"
        "e = contract(v[o, c, k] * a[c, i + k], o = 4, i = 5)\np = sum(e, axis = 1)\n" LOSS,
    /* a channel for itself, what follows is not linear */
    NET "input x[4, 11]\nw = param([4, 3], he)\n"
        "a = tanh(contract(w[c, k] * x[c, i + k - 1], c = 4, i = 11))\n"
        "p = max(a, axis = 1) * 2\n" LOSS,
    /* a residual block */
    NET "input x[4, 8]\nw = param([4, 4, 3], he)\n"
        "a = x + relu(contract(w[o, c, k] * x[c, i + k - 1], o = 4, i = 8))\n"
        "v = param([4, 4, 3], he)\n"
        "e = a + relu(contract(v[o, c, k] * a[c, i + k - 1], o = 4, i = 8))\n"
        "p = sum(e, axis = 1)\n" LOSS,
    /* weights that are shared */
    NET "input x[3, 12]\nw = param([3, 3, 3], he)\n"
        "a = relu(contract(w[o, c, k] * x[c, i + k - 1], o = 3, i = 12))\n"
        "e = contract(w[o, c, k] * a[c, i + k - 1], o = 3, i = 12)\n"
        "p = dense(sum(e, axis = 1), 4)\n" LOSS,
    /* windows between, of a maximum */
    NET "input x[2, 16]\nw = param([3, 2, 3], he)\n"
        "a = relu(contract(w[o, c, k] * x[c, i + k - 1], o = 3, i = 16))\n"
        "m = window_max(a[c, 2*i + k], over(k = 2), c = 3, i = 8)\n"
        "v = param([4, 3, 3], he)\n"
        "e = contract(v[o, c, k] * m[c, i + k - 1], o = 4, i = 8)\np = sum(e, axis = 1)\n" LOSS,
    /* layers behind it, a metric, moments */
    NET "input x[2, 4, 10]\nw = param([4, 2, 3, 3], he)\n"
        "a = relu(contract(w[o, c, k, l] * x[c, i + k - 1, 2*j + l - 1], o = 4, i = 4, j = 5))\n"
        "h = relu(dense(reshape(a, [80]), 6))\np = dense(h, 4)\n"
        "target y[4]\noutput p\nloss mean_squared_error(p, y)\nupdate momentum(0.0009765625, beta "
        "= 0.5)\n",
};
enum { NETS = sizeof nets / sizeof *nets };

// Read back

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    char *text = calloc(MAX_SOURCE + 1, 1);
    cr_assert(fread(text, 1, MAX_SOURCE, file) > 0, "%s", path);
    fclose(file);
    return text;
}

/* On one target, or in the long run on all. */
static int read_back(const char *text, unsigned turn) {
    int count = 0;
    for (int target = TARGET_C99; target <= TARGET_AARCH64; target++) {
        Options options = {.target = (Target)target, .unroll = UNROLL_TILE};
        if (is_long() || target == TARGET_C99 + (int)(turn % 5))
            count += plans_expect_same(text, &options);
    }
    return count;
}

static int read_back_files(const char *pattern) {
    glob_t found;
    int count = 0;
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = read_file(found.gl_pathv[i]);
        count += read_back(text, (unsigned)i);
        free(text);
    }
    globfree(&found);
    return count;
}

Test(plans, are_read_as_they_were_printed) {
    static Draw draw;
    int count = read_back_files(NNGEN_SOURCE "/models/*.def");
    count += read_back_files(NNGEN_SOURCE "/models/*/*.def");
    count += read_back_files(NNGEN_SOURCE "/tests/*/models/*.def");
    for (int i = 0; i < NETS; i++)
        count += read_back(nets[i], (unsigned)i);
    for (int seed = 1; seed <= (is_long() ? 1000 : 20); seed++) {
        draw_model(&draw, (uint64_t)seed);
        count += read_back(draw.text, (unsigned)seed);
    }
    printf("%d plans were read back\n", count);
    cr_expect_gt(count, 60);
}

// In the interpreter

Test(plans, other_plans_change_nothing_but_the_order_of_sums) {
    int runs = 0, exact = 0, refused = 0;
    for (int i = 0; i < (is_long() ? NETS : 2); i++)
        for (int target = TARGET_C99; target <= TARGET_X86_64_V4; target++) {
            if (!is_long() && target != TARGET_X86_64_V4 - i)
                continue;
            Options options = {.unroll = UNROLL_TILE, .target = (Target)target};
            PlansTally tally =
                plans_expect(nets[i], &options, is_long() ? 20 : 3, (uint64_t)(i * 10 + target));
            cr_expect_gt(tally.kernels, 3, "%s", nets[i]);
            runs += tally.runs;
            exact += tally.exact;
            refused += tally.refused;
        }
    printf("%d runs, %d of them exact, %d plans refused\n", runs, exact, refused);
    cr_expect_lt(refused * 4, runs);
    cr_expect_gt(exact * 2, runs);
}

// Compiled

enum { TEXT = 2000, PLANS = 2 };

typedef struct {
    char text[TEXT]; /* of the net, with a name of its own */
    char *plans;
    Oracle *oracle;
} Compiled;

/* The plans that are read, not those that were chosen, are in the C. */
static void expect_changed(const Compiled *compiled, const Options *options) {
    Options plain = *options;
    plain.plans = (PlansFile){0};
    size_t size = strlen(compiled->text);
    Result chosen = compile("m.def", compiled->text, size, "m.h", &plain);
    Result made = compile("m.def", compiled->text, size, "m.h", options);
    cr_assert(chosen.source && made.source);
    cr_expect_str_neq(chosen.source, made.source, "%s", compiled->plans);
    result_free(&chosen);
    result_free(&made);
}

static void compare_compiled(const Compiled *compiled, const Net *net) {
    const uint64_t seed = 11;
    Dice dice = dice_new(seed);
    Data *data =
        data_new(compiled->oracle->graph, (size_t)compiled->oracle->graph->batch + 3, &dice);
    Comparison comparison = {.limit = limit_of(&net->options),
                             .splits = splits_batches(compiled->text),
                             .reorders = true};
    expect_changed(compiled, &net->options);
    bool same = compare_net(net, compiled->oracle, data, seed, &comparison);
    cr_expect(same, "%s, %s: %s\n%s%s", target_name(net->options.target),
              net->options.is_double ? "double" : "float", comparison.failure, compiled->text,
              compiled->plans);
    cr_expect(!same || comparison.comparisons > 50);
    data_free(data);
}

/* Nets first .. first + count - 1, each by so many sets of plans, in one library. */
static void compare_nets(int first, int count, int sets, Options options) {
    enum { MOST = 2 * NETS };
    static Compiled compiled[MOST];
    static Net made[MOST];
    for (int i = 0; i < count * sets; i++) {
        Compiled *one = &compiled[i];
        snprintf(one->text, TEXT, "network m%d%s", i, nets[first + i / sets] + strlen("network m"));
        one->plans = plans_drawn(one->text, &options, (uint64_t)(100 * first + i));
        one->oracle = oracle_of(one->text);
        made[i] = (Net){.text = one->text, .options = options, .graph = one->oracle->graph};
        made[i].options.plans = (PlansFile){"m.plans", one->plans, strlen(one->plans)};
    }
    Nets all = {.count = count * sets, .nets = made};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < count * sets; i++)
        compare_compiled(&compiled[i], &made[i]);
    nets_free(&all);
    for (int i = 0; i < count * sets; i++) {
        oracle_free(compiled[i].oracle);
        free(compiled[i].plans);
    }
}

Test(plans, compiled_by_other_plans) {
    Target here[TARGETS];
    unsigned count = targets_here(here);
    for (unsigned i = 0; is_long() && i < 2 * count; i++) {
        Options options = {.unroll = UNROLL_TILE, .target = here[i / 2], .is_double = i % 2 == 1};
        compare_nets(0, NETS, PLANS, options);
    }
    Options options = {.unroll = UNROLL_TILE, .target = widest_target()};
    if (!is_long())
        compare_nets(0, 2, 1, options);
}
