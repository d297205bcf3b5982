/* First fit: the lowest offset at which memory is free for a stretch of time. In: lifetimes and
   sizes, one after the other. Out: offsets.

   A tree over time: its root is all of it, the children of a node are the halves of its stretch.
   Each node knows which memory is taken in the whole of its stretch, and which in a part of it, as
   intervals: neighbours are joined, so that they stay few. What is taken at some time of a lifetime
   is in some hundred of these lists at most, however many storages there are. */

#include "place/place.h"

#include <string.h>

enum { MOST_LISTS = 256 }; /* on the way to both ends of a lifetime, in trees of 2^31 leaves */

/* Elements from `from` up to `to`, without that one. */
typedef struct {
    int64_t from, to;
} Interval;

/* In order; none touches the next. */
typedef struct {
    int count, capacity;
    Interval *items;
} Intervals;

typedef struct {
    Intervals whole, partly;
} Stretch;

struct FirstFit {
    Compiler *compiler;
    int times;          /* leaves: a power of two */
    Stretch *stretches; /* a heap: the children of i are 2 * i and 2 * i + 1 */
};

/* A stretch of the tree and the times that it covers. */
typedef struct {
    int index, first, last;
} Part;

typedef struct {
    int count;
    const Intervals *lists[MOST_LISTS];
} Taken;

// Intervals

/* The first interval that ends at `offset` or behind it. */
static int find_interval(const Intervals *list, int64_t offset) {
    int from = 0, to = list->count;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (list->items[middle].to < offset)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void intervals_grow(Compiler *compiler, Intervals *list) {
    const Interval *old = list->items;
    list->capacity = list->capacity ? 2 * list->capacity : 2;
    list->items = NEW_ARRAY(compiler, Interval, list->capacity);
    if (list->count > 0)
        memcpy(list->items, old, sizeof *old * (size_t)list->count);
}

/* Adds an interval, joined with those that it overlaps or touches. */
static void intervals_add(Compiler *compiler, Intervals *list, Interval interval) {
    int at = find_interval(list, interval.from), end = at;
    for (; end < list->count && list->items[end].from <= interval.to; end++) {
        interval.from =
            list->items[end].from < interval.from ? list->items[end].from : interval.from;
        interval.to = list->items[end].to > interval.to ? list->items[end].to : interval.to;
    }
    if (end == at && list->count == list->capacity)
        intervals_grow(compiler, list);
    size_t behind = (size_t)(list->count - end);
    memmove(list->items + at + 1, list->items + end, sizeof interval * behind);
    list->items[at] = interval;
    list->count = at + 1 + (int)behind;
}

// The tree

struct FirstFit *first_fit_new(Compiler *compiler, int times) {
    struct FirstFit *fit = NEW(compiler, struct FirstFit);
    fit->compiler = compiler;
    fit->times = 1;
    while (fit->times < times)
        fit->times *= 2;
    fit->stretches = NEW_ARRAY(compiler, Stretch, 2 * (size_t)fit->times);
    return fit;
}

static bool meets(Part part, Part life) {
    return part.first <= life.last && life.first <= part.last;
}

static bool is_within(Part part, Part life) {
    return life.first <= part.first && part.last <= life.last;
}

static Part half(Part part, int which) {
    int middle = part.first + (part.last - part.first) / 2;
    return (Part){.index = 2 * part.index + which,
                  .first = which == 0 ? part.first : middle + 1,
                  .last = which == 0 ? middle : part.last};
}

/* Lists what is taken at any time of a lifetime. Recursion is as deep as the tree. */
static void find_taken(const struct FirstFit *fit, Part part, Part life, Taken *taken) {
    const Stretch *stretch = &fit->stretches[part.index];
    if (!meets(part, life))
        return;
    taken->lists[taken->count++] = &stretch->whole;
    if (is_within(part, life)) {
        taken->lists[taken->count++] = &stretch->partly;
        return;
    }
    for (int which = 0; which < 2; which++)
        find_taken(fit, half(part, which), life, taken);
}

static void take(struct FirstFit *fit, Part part, Part life, Interval interval) {
    Stretch *stretch = &fit->stretches[part.index];
    if (!meets(part, life))
        return;
    if (is_within(part, life)) {
        intervals_add(fit->compiler, &stretch->whole, interval);
        return;
    }
    intervals_add(fit->compiler, &stretch->partly, interval);
    for (int which = 0; which < 2; which++)
        take(fit, half(part, which), life, interval);
}

int64_t first_fit(struct FirstFit *fit, int first, int last, int64_t size) {
    Part all = {.index = 1, .first = 0, .last = fit->times - 1},
         life = {.first = first, .last = last};
    Taken taken = {0};
    int64_t offset = 0;
    find_taken(fit, all, life, &taken);
    for (int i = 0, clear = 0; clear < taken.count; i = (i + 1) % taken.count) {
        const Intervals *list = taken.lists[i];
        int at = find_interval(list, offset + 1);
        bool is_free = at == list->count || list->items[at].from >= offset + size;
        offset = is_free ? offset : list->items[at].to;
        clear = is_free ? clear + 1 : 0;
    }
    take(fit, all, life, (Interval){offset, offset + size});
    return offset;
}
