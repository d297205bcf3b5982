/* See sums.h. */

#include "sums.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char letters[] = "ijklabcd";

size_t sum_count(const int *sizes, int rank) {
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)sizes[i];
    return count;
}

// Drawing

/* An index: the loop alone, or an affine expression of two loops, which may leave the axis. Sums of
   many factors have few of the latter, else no term would be within all axes. */
static void draw_index(const Sum *sum, Dice *dice, SumFactor *factor) {
    static const int factors[] = {1, 1, 1, -1, 2, 3};
    int loop = dice_below(dice, sum->loop_count), axis = factor->rank++;
    SumIndex *index = &factor->index[axis];
    *index = (SumIndex){0};
    index->factor[loop] = 1;
    factor->size[axis] = sum->extent[loop];
    bool is_many = sum->loop_count == SUM_LOOPS;
    if (loop < sum->result && dice_chance(dice, is_many ? 0.02 : 0.2))
        factor->size[axis] = dice_between(dice, 1, 5);
    if (!dice_chance(dice, is_many ? 0.03 : 0.3))
        return;
    index->factor[loop] = factors[dice_below(dice, 6)];
    index->factor[dice_below(dice, sum->loop_count)] += dice_between(dice, 0, 2);
    index->offset = dice_between(dice, -2, 2);
    factor->size[axis] = dice_between(dice, 1, 5);
}

static bool is_alone(const SumIndex *index, int loop) {
    for (int i = 0; i < SUM_LOOPS; i++)
        if (index->factor[i] != (i == loop))
            return false;
    return index->offset == 0;
}

/* Every summed loop gets its size from an axis that it indexes alone; axes of another size that it
   indexes alone do not. */
static void settle_loop(Sum *sum, int loop) {
    bool found = false;
    for (int f = 0; f < sum->factor_count; f++)
        for (int axis = 0; axis < sum->factors[f].rank; axis++)
            if (is_alone(&sum->factors[f].index[axis], loop)) {
                sum->factors[f].size[axis] = sum->extent[loop];
                found = true;
            }
    for (int f = 0; f < sum->factor_count && !found; f++) {
        SumFactor *factor = &sum->factors[f];
        if (factor->rank == SUM_RANK || factor->source == FROM_CLASS)
            continue;
        factor->index[factor->rank] = (SumIndex){0};
        factor->index[factor->rank].factor[loop] = 1;
        factor->size[factor->rank++] = sum->extent[loop];
        found = true;
    }
    if (!found)
        sum->extent[loop] = 0; /* no factor has an axis left for it: not to be used */
}

static SumFactor draw_factor(const Sum *sum, Dice *dice, int f) {
    SumFactor factor = {.source = dice_chance(dice, 0.4) ? FROM_INPUT : FROM_PARAM, .same = f};
    int rank = dice_below(dice, 12);
    if (f == 0)
        factor.source = FROM_PARAM;
    rank = sum->loop_count == SUM_LOOPS ? 1 + rank / 6
           : rank < 2 && f > 0          ? 0
           : rank < 5                   ? 1
           : rank < 9                   ? 2
           : rank < 11                  ? 3
                                        : 4;
    if (f > 0 && dice_chance(dice, 0.06)) {
        factor.source = FROM_CLASS;
        rank = 1;
    }
    while (factor.rank < rank)
        draw_index(sum, dice, &factor);
    return factor;
}

/* The value of an earlier factor once more, under other indices where the sizes allow it. */
static void repeat_factor(Sum *sum, Dice *dice) {
    int from = dice_below(dice, sum->factor_count);
    SumFactor again = sum->factors[from];
    if (again.source == FROM_CLASS)
        return;
    for (int axis = 0; axis < again.rank; axis++)
        for (int loop = 0; loop < sum->loop_count; loop++)
            if (sum->extent[loop] == again.size[axis] && dice_chance(dice, 0.3)) {
                again.index[axis] = (SumIndex){0};
                again.index[axis].factor[loop] = 1;
            }
    sum->factors[sum->factor_count++] = again;
}

static bool uses(const Sum *sum, int loop) {
    for (int f = 0; f < sum->factor_count; f++)
        for (int axis = 0; axis < sum->factors[f].rank; axis++)
            if (sum->factors[f].index[axis].factor[loop])
                return true;
    return false;
}

Sum sum_draw(Dice *dice, int factor_count) {
    for (;;) {
        bool is_many = factor_count > 8; /* and few of them have an index in common */
        Sum sum = {.loop_count = is_many ? SUM_LOOPS : dice_between(dice, 1, 6), .scale = 1};
        bool is_good = true;
        bool repeats = factor_count > 1 && dice_chance(dice, 0.3);
        sum.result = dice_between(dice, 0, sum.loop_count < 3 ? sum.loop_count : 3);
        if (dice_chance(dice, 0.3))
            sum.scale = dice_chance(dice, 0.5) ? -1 : 1.25;
        for (int loop = 0; loop < sum.loop_count; loop++)
            sum.extent[loop] = dice_between(dice, 1, is_many ? 2 : 4);
        while (sum.factor_count < factor_count - repeats) {
            sum.factors[sum.factor_count] = draw_factor(&sum, dice, sum.factor_count);
            sum.factor_count++;
        }
        for (int loop = sum.result; loop < sum.loop_count; loop++)
            if (uses(&sum, loop))
                settle_loop(&sum, loop);
        for (int loop = 0; loop < sum.loop_count; loop++)
            is_good &= sum.extent[loop] > 0;
        for (int f = 0; f < sum.factor_count; f++)
            is_good &= sum.factors[f].source != FROM_CLASS || sum.factors[f].size[0] > 1;
        if (is_good && repeats)
            repeat_factor(&sum, dice);
        if (is_good && sum.factor_count == factor_count)
            return sum;
    }
}

static bool leaves(const Sum *sum, const SumIndex *index, int size) {
    int low = index->offset, high = low;
    for (int loop = 0; loop < sum->loop_count; loop++) {
        int reach = index->factor[loop] * (sum->extent[loop] - 1);
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
    }
    return low < 0 || high >= size;
}

static bool couples(const Sum *sum, const SumIndex *index) {
    int count = 0;
    for (int loop = 0; loop < sum->loop_count; loop++)
        count += index->factor[loop] != 0;
    return count > 1;
}

void sum_meet(const Sum *sum, SumsMet *met) {
    met->factors[sum->factor_count]++;
    met->scales += sum->scale != 1;
    for (int f = 0; f < sum->factor_count; f++) {
        const SumFactor *factor = &sum->factors[f];
        met->ranks[factor->rank]++;
        met->repeats += factor->same != f;
        met->params += factor->source == FROM_PARAM;
        met->inputs += factor->source == FROM_INPUT;
        met->classes += factor->source == FROM_CLASS;
        for (int axis = 0; axis < factor->rank; axis++) {
            met->couplings += couples(sum, &factor->index[axis]);
            met->leavings += leaves(sum, &factor->index[axis], factor->size[axis]);
        }
    }
}

bool sum_has_class(const Sum *sum) {
    for (int f = 0; f < sum->factor_count; f++)
        if (sum->factors[f].source == FROM_CLASS)
            return true;
    return false;
}

// Writing

typedef struct {
    char *text;
    size_t size, capacity;
} Page;

static void page_add(Page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void page_add(Page *page, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    page->size +=
        (size_t)vsnprintf(page->text + page->size, page->capacity - page->size, format, arguments);
    va_end(arguments);
    cr_assert_lt(page->size, page->capacity);
}

static void write_sizes(Page *page, const int *sizes, int rank) {
    page_add(page, "[");
    for (int i = 0; i < rank; i++)
        page_add(page, "%s%d", i ? ", " : "", sizes[i]);
    page_add(page, "]");
}

static void write_factor(const Sum *sum, const SumFactor *factor, Page *page) {
    page_add(page, "f%d%s", factor->same, factor->rank ? "[" : "");
    for (int axis = 0; axis < factor->rank; axis++) {
        const SumIndex *index = &factor->index[axis];
        page_add(page, "%s%d", axis ? ", " : "", index->offset);
        for (int loop = 0; loop < sum->loop_count; loop++)
            if (index->factor[loop])
                page_add(page, " + %d*%c", index->factor[loop], letters[loop]);
    }
    page_add(page, "%s", factor->rank ? "]" : "");
}

static void write_value(const SumFactor *factor, int f, Page *page) {
    static const char *const words[] = {
        [FROM_PARAM] = "", [FROM_INPUT] = "input ", [FROM_CLASS] = "target "};
    page_add(page, "%sf%d%s", words[factor->source], f,
             factor->source == FROM_PARAM ? " = param(" : "");
    write_sizes(page, factor->size, factor->rank);
    page_add(page, "%s\n",
             factor->source == FROM_PARAM   ? ", uniform(1))"
             : factor->source == FROM_CLASS ? " onehot"
                                            : "");
}

void sum_write(const Sum *sum, const char *network, char *text, size_t size) {
    Page page = {text, 0, size};
    page_add(&page, "network %s\ninput x\nother = 2 * x\n", network);
    for (int f = 0; f < sum->factor_count; f++)
        if (sum->factors[f].same == f)
            write_value(&sum->factors[f], f, &page);
    page_add(&page, "target t");
    write_sizes(&page, sum->extent, sum->result);
    page_add(&page, "\ny = contract(");
    for (int f = 0; f < sum->factor_count; f++) {
        page_add(&page, "%s", f ? " * " : "");
        if (f == sum->factor_count / 2 && sum->scale > 1)
            page_add(&page, "%g * ", sum->scale);
        page_add(&page, "%s", f == 0 && sum->scale < 0 ? "-" : "");
        write_factor(sum, &sum->factors[f], &page);
    }
    for (int loop = 0; loop < sum->result; loop++)
        page_add(&page, ", %c = %d", letters[loop], sum->extent[loop]);
    page_add(&page, ")\nloss sum(y * t)\nupdate sgd(0.1)\nbatch 3\noutput %s, other\n",
             sum_has_class(sum) ? "f0" : "y");
}

// By definition

static size_t place_in(const int *sizes, int rank, const int *at) {
    size_t place = 0;
    for (int i = 0; i < rank; i++)
        place = place * (size_t)sizes[i] + (size_t)at[i];
    return place;
}

/* The number of the factor's element at these loops; false where an index leaves an axis. */
static bool find_place(const Sum *sum, const SumFactor *factor, const int *loops, size_t *place) {
    int at[SUM_RANK];
    for (int axis = 0; axis < factor->rank; axis++) {
        at[axis] = factor->index[axis].offset;
        for (int loop = 0; loop < sum->loop_count; loop++)
            at[axis] += factor->index[axis].factor[loop] * loops[loop];
        if (at[axis] < 0 || at[axis] >= factor->size[axis])
            return false;
    }
    *place = place_in(factor->size, factor->rank, at);
    return true;
}

static void add_term(const Sum *sum, const SumValues *in, const int *loops, const double *t,
                     double weight, const SumParts *parts, const SumParts *sizes) {
    size_t places[SUM_FACTORS], out = place_in(sum->extent, sum->result, loops);
    double product = sum->scale;
    for (int f = 0; f < sum->factor_count; f++) {
        if (!find_place(sum, &sum->factors[f], loops, &places[f]))
            return;
        product *= in->values[f][places[f]];
    }
    parts->result[out] += product;
    sizes->result[out] += fabs(product);
    for (int f = 0; f < sum->factor_count; f++) {
        double others = sum->scale * weight * t[out];
        for (int g = 0; g < sum->factor_count; g++)
            others *= g == f ? 1 : in->values[g][places[g]];
        if (parts->slopes[f]) {
            parts->slopes[f][places[f]] += others;
            sizes->slopes[f][places[f]] += fabs(others);
        }
    }
}

void sum_add(const Sum *sum, const SumValues *in, const double *t, double weight,
             const SumParts *parts, const SumParts *sizes) {
    bool is_used[SUM_LOOPS];
    int loops[SUM_LOOPS] = {0}, loop;
    for (loop = 0; loop < sum->loop_count; loop++)
        is_used[loop] = loop < sum->result || uses(sum, loop);
    do {
        add_term(sum, in, loops, t, weight, parts, sizes);
        for (loop = sum->loop_count - 1; loop >= 0; loop--) {
            if (is_used[loop] && ++loops[loop] < sum->extent[loop])
                break;
            loops[loop] = 0;
        }
    } while (loop >= 0);
}
