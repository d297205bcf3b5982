/* Affine expressions of loop variables. In: expressions, and the values of their variables. Out:
   expressions in lowest terms. */

#include "graph/affine.h"

static int64_t greatest_divisor(int64_t a, int64_t b) {
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Rounded down, for divisor > 0. */
static int64_t floor_divide(int64_t a, int64_t divisor) {
    return a / divisor - (a % divisor < 0);
}

/* Drops terms with factor 0 and divides by what divides all; `a` owns its terms. */
static Affine lowest_terms(Affine a) {
    int64_t common = greatest_divisor(a.divisor, a.offset);
    int count = 0;
    for (int i = 0; i < a.term_count; i++)
        if (a.terms[i].factor != 0) {
            common = greatest_divisor(common, a.terms[i].factor);
            a.terms[count++] = a.terms[i];
        }
    a.term_count = count;
    a.offset /= common;
    a.divisor /= common;
    for (int i = 0; i < count; i++)
        a.terms[i].factor /= common;
    return a;
}

static Affine affine_new(Compiler *compiler, int most_terms) {
    Affine made = {.divisor = 1};
    if (most_terms > 0)
        made.terms = NEW_ARRAY(compiler, Term, most_terms);
    return made;
}

Affine affine_number(int64_t value) {
    return (Affine){.offset = value, .divisor = 1};
}

Affine affine_variable(Compiler *compiler, int variable) {
    Affine made = affine_new(compiler, 1);
    made.terms[made.term_count++] = (Term){variable, 1};
    return made;
}

Affine affine_add(Compiler *compiler, Affine a, Affine b) {
    Affine sum = affine_new(compiler, a.term_count + b.term_count);
    int64_t common = greatest_divisor(a.divisor, b.divisor);
    int64_t of_a = b.divisor / common, of_b = a.divisor / common;
    sum.divisor = a.divisor * of_a;
    sum.offset = a.offset * of_a + b.offset * of_b;
    for (int i = 0, k = 0; i < a.term_count || k < b.term_count;) {
        bool has_a = i < a.term_count, has_b = k < b.term_count;
        bool takes_a = has_a && (!has_b || a.terms[i].variable <= b.terms[k].variable);
        bool takes_b = has_b && (!has_a || b.terms[k].variable <= a.terms[i].variable);
        Term term = {.variable = takes_a ? a.terms[i].variable : b.terms[k].variable};
        if (takes_a)
            term.factor += a.terms[i++].factor * of_a;
        if (takes_b)
            term.factor += b.terms[k++].factor * of_b;
        sum.terms[sum.term_count++] = term;
    }
    return lowest_terms(sum);
}

/* a * factor / divisor. */
static Affine scaled(Compiler *compiler, Affine a, int64_t factor, int64_t divisor) {
    Affine made = affine_new(compiler, a.term_count);
    made.divisor = a.divisor * divisor;
    made.offset = a.offset * factor;
    for (int i = 0; i < a.term_count; i++)
        made.terms[made.term_count++] = (Term){a.terms[i].variable, a.terms[i].factor * factor};
    return lowest_terms(made);
}

Affine affine_scale(Compiler *compiler, Affine a, int64_t factor) {
    return scaled(compiler, a, factor, 1);
}

Affine affine_quotient(Compiler *compiler, Affine a, int64_t divisor) {
    return scaled(compiler, a, 1, divisor);
}

Affine affine_at(Compiler *compiler, Affine a, int variable, int64_t value) {
    Affine made = affine_new(compiler, a.term_count);
    made.divisor = a.divisor;
    made.offset = a.offset;
    for (int i = 0; i < a.term_count; i++)
        if (a.terms[i].variable == variable)
            made.offset += a.terms[i].factor * value;
        else
            made.terms[made.term_count++] = a.terms[i];
    return lowest_terms(made);
}

/* What a term adds from one value of its variable to the next. */
static int64_t advance_of(Term term, const Range *ranges) {
    const Range *range = &ranges[term.variable];
    return range->first == range->last ? 0 : term.factor * range->step;
}

/* Offset and terms, not divided yet, where every variable has its first value. */
static int64_t first_value(Affine a, const Range *ranges) {
    int64_t value = a.offset;
    for (int i = 0; i < a.term_count; i++)
        value += a.terms[i].factor * ranges[a.terms[i].variable].first;
    return value;
}

bool affine_divide(Compiler *compiler, Affine a, int64_t divisor, const Range *ranges,
                   Affine *quotient) {
    int64_t by = a.divisor * divisor;
    bool is_exact = first_value(a, ranges) % by == 0;
    for (int i = 0; i < a.term_count; i++)
        is_exact &= advance_of(a.terms[i], ranges) % by == 0;
    if (is_exact)
        *quotient = scaled(compiler, a, 1, divisor);
    return is_exact;
}

/* Terms that advance by multiples of the divisor change the quotient alone; the others may not
   change it at all. */
bool affine_split(Compiler *compiler, Affine a, int64_t divisor, const Range *ranges,
                  Affine *quotient, Affine *remainder) {
    int64_t by = a.divisor * divisor, first = first_value(a, ranges), low = first, high = first;
    Affine whole = affine_new(compiler, a.term_count);
    whole.divisor = by;
    for (int i = 0; i < a.term_count; i++) {
        Term term = a.terms[i];
        const Range *range = &ranges[term.variable];
        int64_t advance = advance_of(term, ranges),
                reach = term.factor * (range->last - range->first);
        if (advance != 0 && advance % by == 0) {
            whole.offset -= term.factor * range->first;
            whole.terms[whole.term_count++] = term;
        } else if (reach < 0)
            low += reach;
        else
            high += reach;
    }
    int64_t rounds = floor_divide(low, by);
    if (floor_divide(high, by) != rounds)
        return false;
    whole.offset += rounds * by;
    *quotient = lowest_terms(whole);
    *remainder = affine_add(compiler, a, affine_scale(compiler, *quotient, -divisor));
    return true;
}

bool affine_equal(Affine a, Affine b) {
    bool is_equal = a.offset == b.offset && a.divisor == b.divisor && a.term_count == b.term_count;
    for (int i = 0; is_equal && i < a.term_count; i++)
        is_equal =
            a.terms[i].variable == b.terms[i].variable && a.terms[i].factor == b.terms[i].factor;
    return is_equal;
}

Range affine_bounds(Affine a, const Range *ranges) {
    Range bounds = {.first = a.offset, .last = a.offset, .step = 1};
    for (int i = 0; i < a.term_count; i++) {
        const Range *range = &ranges[a.terms[i].variable];
        int64_t factor = a.terms[i].factor;
        bounds.first += factor * (factor < 0 ? range->last : range->first);
        bounds.last += factor * (factor < 0 ? range->first : range->last);
    }
    bounds.first /= a.divisor;
    bounds.last /= a.divisor;
    return bounds;
}

int64_t affine_value(Affine a, const int64_t *values) {
    int64_t value = a.offset;
    for (int i = 0; i < a.term_count; i++)
        value += a.terms[i].factor * values[a.terms[i].variable];
    return value / a.divisor;
}

/* Adds "3*n" with the sign before it, none before a first term that is not negative. */
static void add_term(Text *out, int64_t factor, const char *name) {
    int64_t size = factor < 0 ? -factor : factor;
    text_add(out, "%s", out->size == 0 ? (factor < 0 ? "-" : "") : factor < 0 ? " - " : " + ");
    if (!name)
        text_add(out, "%lld", (long long)size);
    else if (size == 1)
        text_add(out, "%s", name);
    else
        text_add(out, "%lld*%s", (long long)size, name);
}

/* The offset stands last, but before terms that begin with a minus sign: "14 - y". */
char *affine_text(Compiler *compiler, Affine a, const char *const *names) {
    Text *out = text_new(compiler);
    bool is_first = a.term_count > 0 && a.terms[0].factor < 0 && a.offset > 0;
    if (is_first)
        add_term(out, a.offset, NULL);
    for (int i = 0; i < a.term_count; i++)
        add_term(out, a.terms[i].factor, names[a.terms[i].variable]);
    if (!is_first && (a.offset != 0 || a.term_count == 0))
        add_term(out, a.offset, NULL);
    if (a.divisor == 1)
        return out->bytes;
    bool is_single = a.term_count == 1 && a.offset == 0;
    return format_text(compiler, is_single ? "%s/%lld" : "(%s)/%lld", out->bytes,
                       (long long)a.divisor);
}

// Conditions

AffineTest affine_not_negative(Affine value) {
    return (AffineTest){.value = value};
}

AffineTest affine_multiple(Affine value, int64_t divisor) {
    return (AffineTest){.value = value, .divisor = divisor};
}

AffineTest affine_test_at(Compiler *compiler, AffineTest test, int variable, int64_t value) {
    test.value = affine_at(compiler, test.value, variable, value);
    return test;
}

bool affine_test_holds(AffineTest test, const int64_t *values) {
    int64_t value = affine_value(test.value, values);
    return test.divisor ? value % test.divisor == 0 : value >= 0;
}

int64_t affine_test_advance(AffineTest test, Term term, const Range *ranges) {
    int64_t rest = advance_of(term, ranges) % test.divisor;
    return rest < 0 ? rest + test.divisor : rest;
}

int affine_test_decision(AffineTest test, const Range *ranges) {
    Range bounds = affine_bounds(test.value, ranges);
    if (!test.divisor)
        return bounds.first >= 0 ? 1 : bounds.last < 0 ? 0 : -1;
    for (int i = 0; i < test.value.term_count; i++)
        if (affine_test_advance(test, test.value.terms[i], ranges) != 0)
            return -1;
    return first_value(test.value, ranges) % test.divisor == 0;
}

bool affine_has(Affine a, int variable) {
    for (int i = 0; i < a.term_count; i++)
        if (a.terms[i].variable == variable)
            return true;
    return false;
}

char *affine_test_text(Compiler *compiler, AffineTest test, const char *const *names) {
    char *value = affine_text(compiler, test.value, names);
    if (!test.divisor)
        return format_text(compiler, "%s >= 0", value);
    bool is_single = test.value.term_count + (test.value.offset != 0) <= 1;
    return format_text(compiler, is_single ? "%s %% %lld == 0" : "(%s) %% %lld == 0", value,
                       (long long)test.divisor);
}
