/* Ints as intervals, and as linear forms of known values: loop counters, constants, arguments. */

#include "bounds_reader.h"

const Number number_any = {.low = INT32_MIN, .high = INT32_MAX};

Number number_of(int64_t value) {
    return (Number){.low = value, .high = value, .is_linear = true, .constant = value};
}

Number number_scaled(const Number *a, int64_t factor) {
    Number result = *a;
    result.low = factor < 0 ? a->high * factor : a->low * factor;
    result.high = factor < 0 ? a->low * factor : a->high * factor;
    result.constant *= factor;
    for (int i = 0; i < VARIABLES; i++)
        result.factor[i] *= factor;
    return result;
}

Number number_added(const Number *a, const Number *b) {
    Number result = {.low = a->low + b->low,
                     .high = a->high + b->high,
                     .is_linear = a->is_linear && b->is_linear,
                     .constant = a->constant + b->constant};
    for (int i = 0; i < VARIABLES; i++)
        result.factor[i] = a->factor[i] + b->factor[i];
    return result;
}

bool number_is_constant(const Number *a) {
    return a->low == a->high;
}

/* The interval of a linear form, its variables taken as independent. */
static void span_form(const Reader *reader, const Number *form, int64_t *low, int64_t *high) {
    *low = *high = form->constant;
    for (int i = 0; i < reader->known_count; i++) {
        int64_t factor = form->factor[i];
        const Known *known = &reader->known[i];
        *low += factor < 0 ? factor * known->high : factor * known->low;
        *high += factor < 0 ? factor * known->low : factor * known->high;
    }
}

/* Subtracts a multiple of a bounded form from `rest` and adds its interval to low and high, if that
   makes the interval of the whole narrower. */
static bool take_out(const Reader *reader, const Bound *bound, Number *rest, int64_t *low,
                     int64_t *high) {
    int64_t from, to;
    span_form(reader, rest, &from, &to);
    for (int i = 0; i < reader->known_count; i++) {
        int64_t unit = bound->form.factor[i], multiple = unit ? rest->factor[i] / unit : 0;
        if (multiple == 0 || multiple * unit != rest->factor[i])
            continue;
        Number part = number_scaled(&bound->form, -multiple), left = number_added(rest, &part);
        int64_t least, most;
        span_form(reader, &left, &least, &most);
        int64_t begin = multiple < 0 ? multiple * bound->high : multiple * bound->low;
        int64_t end = multiple < 0 ? multiple * bound->low : multiple * bound->high;
        if (most + end - least - begin >= to - from)
            continue;
        *rest = left;
        *low += begin;
        *high += end;
        return true;
    }
    return false;
}

void number_span(const Reader *reader, const Number *a, int64_t *low, int64_t *high) {
    *low = a->low;
    *high = a->high;
    if (!a->is_linear)
        return;
    Number rest = *a;
    int64_t from = 0, to = 0, least, most;
    for (int i = 0; i < reader->bound_count; i++)
        take_out(reader, &reader->bounds[i], &rest, &from, &to);
    span_form(reader, &rest, &least, &most);
    *low = from + least > *low ? from + least : *low;
    *high = to + most < *high ? to + most : *high;
}
