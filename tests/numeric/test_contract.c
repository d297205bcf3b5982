/* Random sums of products of any number of factors against their definition, values and gradients,
   in all modes. The generic library is no oracle here, since it gets the products of two factors
   that `check` makes of them. */

#include "closeness.h"
#include "long.h"
#include "oracle.h"
#include "running.h"
#include "sums.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 4000, BATCH = 3, NETS = 32, MOST = 4096 };

typedef struct {
    Sum sum;
    char text[TEXT], name[32];
    Oracle *oracle;
} Drawn;

static void open_drawn(Drawn *drawn, Net *net, Dice *dice, unsigned number) {
    static const int counts[] = {3, 4, 5, 3, 4, 2, 3, 9, 1, 12};
    drawn->sum = sum_draw(dice, counts[number % 10]);
    snprintf(drawn->name, sizeof drawn->name, "c%u", number);
    sum_write(&drawn->sum, drawn->name, drawn->text, sizeof drawn->text);
    drawn->oracle = oracle_of(drawn->text);
    *net =
        (Net){.text = drawn->text, .graph = drawn->oracle->graph, .options = mode_in_turn(number)};
    net->options.is_double = true;
}

static int field_of(const Data *data, const char *name) {
    for (int i = 0; i < data->field_count; i++)
        if (strcmp(data->variables[i]->name, name) == 0)
            return i;
    cr_assert_fail("no %s", name);
    return 0;
}

/* The results by definition, and the sums of the magnitudes of all terms. */
typedef struct {
    double result[BATCH * MOST], slopes[SUM_FACTORS][MOST];
} Sums;

static double params[SUM_FACTORS][MOST], ones[SUM_FACTORS][MOST], got[BATCH * MOST];
static Sums wanted, sizes;

/* Where the values of the factors are, of one example; classes as vectors in `ones`. */
static SumValues values_of(const Sum *sum, const Data *data, size_t example) {
    SumValues in = {{NULL}};
    for (int f = 0; f < sum->factor_count; f++) {
        const SumFactor *factor = &sum->factors[f];
        char name[16];
        snprintf(name, sizeof name, "f%d", factor->same);
        in.values[f] = params[factor->same];
        if (factor->source == FROM_PARAM)
            continue;
        int field = field_of(data, name);
        if (factor->source == FROM_INPUT) {
            in.values[f] = data->values[field] + example * data->counts[field];
            continue;
        }
        memset(ones[f], 0, sizeof ones[f]);
        ones[f][data->classes[field][example]] = 1;
        in.values[f] = ones[f];
    }
    return in;
}

static void read_params(const Running *running, const Sum *sum) {
    for (int f = 0; f < sum->factor_count; f++) {
        const SumFactor *factor = &sum->factors[f];
        char name[16];
        snprintf(name, sizeof name, "f%d", f);
        if (factor->same == f && factor->source == FROM_PARAM)
            cr_assert(running_get(running, name, sum_count(factor->size, factor->rank), params[f]),
                      "%s", name);
    }
}

/* The parts for one example: factors of one value share its slopes. */
static SumParts parts_of(const Sum *sum, Sums *sums, size_t example) {
    SumParts parts = {.result = sums->result + example * sum_count(sum->extent, sum->result)};
    for (int f = 0; f < sum->factor_count; f++)
        if (sum->factors[f].source == FROM_PARAM)
            parts.slopes[f] = sums->slopes[sum->factors[f].same];
    return parts;
}

/* Fills in `wanted` and `sizes`; the cost comes back. */
static double sum_directly(const Sum *sum, const Data *data) {
    size_t count = sum_count(sum->extent, sum->result);
    const double *t = data->values[field_of(data, "t")];
    double cost = 0;
    memset(&wanted, 0, sizeof wanted);
    memset(&sizes, 0, sizeof sizes);
    for (size_t b = 0; b < BATCH; b++) {
        SumValues in = values_of(sum, data, b);
        SumParts parts = parts_of(sum, &wanted, b), magnitudes = parts_of(sum, &sizes, b);
        sum_add(sum, &in, t + b * count, 1.0 / BATCH, &parts, &magnitudes);
    }
    for (size_t i = 0; i < BATCH * count; i++)
        cost += wanted.result[i] * t[i] / BATCH;
    return cost;
}

static void expect_near(const Drawn *drawn, const char *name, size_t count, const double *right,
                        const double *size) {
    double limit = 1e-13 * largest_of(count, size);
    for (size_t i = 0; i < count; i++)
        if (!(fabs(got[i] - right[i]) <= limit)) {
            cr_expect(false, "%s[%zu]: %.17g, not %.17g\n%s", name, i, got[i], right[i],
                      drawn->text);
            return;
        }
}

static void expect_gradients(const Running *running, const Drawn *drawn) {
    for (int f = 0; f < drawn->sum.factor_count; f++) {
        const SumFactor *factor = &drawn->sum.factors[f];
        size_t count = sum_count(factor->size, factor->rank);
        char name[16];
        snprintf(name, sizeof name, "f%d", f);
        if (factor->same != f || factor->source != FROM_PARAM)
            continue;
        memset(got, 0, count * sizeof *got); /* where no term is left there is no gradient */
        running_get_gradient(running, name, count, got);
        expect_near(drawn, name, count, wanted.slopes[f], sizes.slopes[f]);
    }
}

/* Whether it is not all 0. */
static bool compare_drawn(const Net *net, const Drawn *drawn) {
    const Sum *sum = &drawn->sum;
    Dice dice = dice_new(5);
    Data *data = data_new(net->graph, BATCH, &dice);
    Running *running = running_new(net, 7);
    size_t count = BATCH * sum_count(sum->extent, sum->result);
    double other[BATCH];
    read_params(running, sum);
    double cost = sum_directly(sum, data), found = running_gradient(running, BATCH, data);
    cr_expect(fabs(found - cost) <= 1e-13 * (double)count * largest_of(count, sizes.result),
              "cost %.17g, not %.17g\n%s", found, cost, drawn->text);
    expect_gradients(running, drawn);
    if (!sum_has_class(sum)) {
        running_predict(running, BATCH, data, (double *[]){got, other});
        expect_near(drawn, "y", count, wanted.result, sizes.result);
    }
    running_free(running);
    data_free(data);
    return largest_of(count, wanted.result) > 0;
}

static int told[SUM_FACTORS + 1]; /* by number of factors: sums that are not all 0 */

static void compare_many(uint64_t seed, SumsMet *met) {
    static Drawn drawn[NETS];
    Net nets[NETS];
    Dice dice = dice_new(seed);
    for (unsigned i = 0; i < NETS; i++) {
        open_drawn(&drawn[i], &nets[i], &dice, i);
        sum_meet(&drawn[i].sum, met);
    }
    Nets all = {.count = NETS, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < NETS; i++)
        told[drawn[i].sum.factor_count] += compare_drawn(&nets[i], &drawn[i]);
    nets_free(&all);
    for (int i = 0; i < NETS; i++)
        oracle_free(drawn[i].oracle);
}

Test(contract, sums_are_what_they_say) {
    SumsMet met = {0};
    uint64_t rounds = is_long() ? 40 : 1;
    for (uint64_t seed = 1; seed <= rounds; seed++)
        compare_many(seed, &met);
    cr_expect(told[3] > 3 && told[4] > 2 && told[9] > 0 && told[12] > 0, "too many are 0");
    const int each[] = {met.repeats,    met.params,     met.inputs,     met.classes,
                        met.couplings,  met.leavings,   met.scales,     met.ranks[0],
                        met.ranks[1],   met.ranks[2],   met.ranks[3],   met.ranks[4],
                        met.factors[1], met.factors[2], met.factors[3], met.factors[4],
                        met.factors[5], met.factors[9], met.factors[12]};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        cr_expect_gt(each[i], 0, "number %zu was not drawn", i);
}
