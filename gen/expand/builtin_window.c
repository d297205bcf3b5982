/* Windows that move over a value: their maxima and means, in index notation,

       window_max(x[c, 2*i + k, 2*j + l], over(k = 2, l = 2), c = 8, i = 14, j = 14)
       window_mean(x[c, i + k - 1], over(k = 3), c = 8, i = 14, count_all = 1)

   In: a call. Out: its node. `over` names the indices of the window with their sizes, the other named
   arguments are the axes of the result in order. Elements outside of x are left out; a window that has
   no others is an error. The mean divides by as many as are left, or by all with count_all = 1. */

#include "expand/calls.h"

#include <inttypes.h>
#include <string.h>

enum {
    MOST_TERMS = 1 << 24,   /* of a window: their numbers are exact in float */
    MOST_COUNTED = 1 << 26, /* terms of all windows over axes that depend on each other */
};

typedef struct {
    Call *call;
    Indices indices;
    int rank; /* of the result: so many indices come first */
    int64_t extent[MAX_INDICES];
    Factor factor;
    bool counts_all;
} Windows;

static const char *label_of(const Windows *windows) {
    return windows->call->row->name;
}

// The call

/* An index with its size, `k = 2`. */
static bool read_sized(Windows *windows, const Tree *call, int i) {
    Checker *checker = windows->call->checker;
    const char *label = call->labels[i];
    if (strcmp(label, COUNT_ALL) == 0) {
        fail(checker, call->label_spans[i],
             "%s: 'count_all' says what a mean divides by and is no index", label_of(windows));
        return false;
    }
    if (index_find(&windows->indices, label) >= 0) {
        fail(checker, call->label_spans[i], "%s: the index '%s' is named twice", label_of(windows),
             label);
        return false;
    }
    if (windows->indices.count == MAX_LOOPS) {
        fail(checker, call->label_spans[i], "%s has at most %d indices, those of over among them",
             label_of(windows), MAX_LOOPS);
        return false;
    }
    int64_t *size = &windows->extent[windows->indices.count];
    return index_size(&windows->indices, call->children[i], label, size) &&
           index_add(&windows->indices, label, call->label_spans[i]);
}

static bool read_count_all(Windows *windows, const Tree *tree, int i) {
    Checker *checker = windows->call->checker;
    double number;
    if (windows->call->row->op != OP_WINDOW_SUM) {
        fail(checker, tree->label_spans[i], "%s has no argument 'count_all', which is of means",
             label_of(windows));
        return false;
    }
    if (!to_number(checker, evaluate(checker, tree->children[i]), tree->children[i]->span, &number))
        return false;
    windows->counts_all = number == 1;
    if (number == 0 || number == 1)
        return true;
    fail(checker, tree->children[i]->span, "%s: 'count_all' is 0 or 1, this is %g",
         label_of(windows), number);
    return false;
}

static bool read_axes(Windows *windows, const Tree *tree) {
    for (int i = 0; i < tree->child_count; i++) {
        const char *label = tree->labels ? tree->labels[i] : NULL;
        if (!label)
            continue;
        bool is_good = strcmp(label, COUNT_ALL) == 0 ? read_count_all(windows, tree, i)
                                                     : read_sized(windows, tree, i);
        if (!is_good)
            return false;
    }
    windows->rank = windows->indices.count;
    if (windows->rank > MAX_RANK)
        fail(windows->call->checker, tree->span,
             "%s: the result has %d axes, at most %d are possible", label_of(windows),
             windows->rank, MAX_RANK);
    return windows->rank <= MAX_RANK;
}

static bool is_over(const Tree *tree) {
    return tree->kind == TREE_CALL && strcmp(tree->name, "over") == 0;
}

/* over(k = 2, l = 2) */
static bool read_over(Windows *windows, const Tree *over) {
    Checker *checker = windows->call->checker;
    int64_t terms = 1;
    for (int i = 0; i < over->child_count; i++) {
        if (!over->labels || !over->labels[i]) {
            fail(checker, over->children[i]->span,
                 "over takes indices with their sizes: over(k = 2)");
            return false;
        }
        int number = windows->indices.count;
        if (!read_sized(windows, over, i))
            return false;
        terms =
            windows->extent[number] > MOST_TERMS ? MOST_TERMS + 1 : terms * windows->extent[number];
        if (terms > MOST_TERMS) {
            fail(checker, over->span, "%s: a window has at most %d elements", label_of(windows),
                 MOST_TERMS);
            return false;
        }
    }
    if (over->child_count == 0)
        fail(checker, over->span, "over names no index: over(k = 2)");
    return over->child_count > 0;
}

/* x[..], over(..), axes by name. */
static bool read_call(Windows *windows) {
    Checker *checker = windows->call->checker;
    const Tree *tree = windows->call->tree, *value = NULL, *over = NULL;
    for (int i = 0; i < tree->child_count; i++) {
        const Tree *child = tree->children[i];
        const Tree **role = is_over(child) ? &over : &value;
        if (tree->labels && tree->labels[i])
            continue;
        if (*role || (role == &value && child->kind != TREE_INDEX)) {
            fail(checker, child->span, "%s takes one value with its indices and one over(..)",
                 label_of(windows));
            return false;
        }
        *role = child;
    }
    if (!value || !over) {
        fail(checker, tree->span, "%s needs %s", label_of(windows),
             value ? "the indices of the window, such as over(k = 2)"
                   : "a value with its indices, such as x[2*i + k]");
        return false;
    }
    if (!read_axes(windows, tree) || !read_over(windows, over))
        return false;
    windows->indices.is_complete = true;
    return index_operand(&windows->indices, value, &windows->factor);
}

// Counts: of the axes of x, those that an index of the window runs along together, apart from others

static int64_t factor_of(const Windows *windows, int axis, int index) {
    return windows->factor.axis[axis].factor[index];
}

/* Axes of x that share indices of the window with this one, directly or by others, as a set. */
static unsigned axes_with(const Windows *windows, int axis) {
    unsigned set = 1u << axis, before = 0;
    int rank = windows->factor.node->shape.rank;
    while (set != before) {
        before = set;
        for (int index = windows->rank; index < windows->indices.count; index++) {
            unsigned along = 0;
            for (int other = 0; other < rank; other++)
                along |= factor_of(windows, other, index) ? 1u << other : 0;
            set |= along & set ? along : 0;
        }
    }
    return set;
}

/* Indices that move along one of the axes, as a set. */
static unsigned indices_along(const Windows *windows, unsigned axes) {
    unsigned set = 0;
    for (int axis = 0; axis < windows->factor.node->shape.rank; axis++)
        for (int index = 0; axes >> axis & 1 && index < windows->indices.count; index++)
            set |= factor_of(windows, axis, index) ? 1u << index : 0;
    return set;
}

static bool is_inside(const Windows *windows, unsigned axes, const int64_t *at) {
    const Shape *shape = &windows->factor.node->shape;
    for (int axis = 0; axis < shape->rank; axis++) {
        int64_t element = windows->factor.axis[axis].offset;
        for (int index = 0; index < windows->indices.count; index++)
            element += factor_of(windows, axis, index) * at[index];
        if (axes >> axis & 1 && (element < 0 || element >= shape->size[axis]))
            return false;
    }
    return true;
}

/* The next values of the indices of a set, the last one fastest; false after the last ones. */
static bool next_values(const Windows *windows, unsigned set, int64_t *at) {
    for (int index = windows->indices.count - 1; index >= 0; index--) {
        if (!(set >> index & 1))
            continue;
        if (++at[index] < windows->extent[index])
            return true;
        at[index] = 0;
    }
    return false;
}

static void fail_outside(const Windows *windows, unsigned axes, unsigned moved, const int64_t *at) {
    Checker *checker = windows->call->checker;
    Text *out = text_new(checker->compiler);
    int axis = 0;
    while (!(axes >> axis & 1))
        axis++;
    for (int index = 0; index < windows->rank; index++)
        if (moved >> index & 1)
            text_add(out, "%s%s = %" PRId64, out->size ? ", " : " at ",
                     windows->indices.names[index], at[index]);
    fail(checker, windows->factor.axis[axis].span,
         "%s: the window%s lies wholly outside of the value, whose shape is %s", label_of(windows),
         out->size ? out->bytes : "", shape_text(checker->compiler, windows->factor.node->shape));
}

/* How many elements of each window are inside, along a group of axes: with the result's axes, of
   size 1 where the group does not follow them. NULL after a message. */
static double *count_group(const Windows *windows, unsigned axes, Shape *shape) {
    Checker *checker = windows->call->checker;
    unsigned along = indices_along(windows, axes), first = (1u << windows->rank) - 1;
    unsigned moved = along & first, within = along & ~first;
    int64_t at[MAX_INDICES] = {0}, terms = 1, window = 0;
    for (int index = 0; index < windows->indices.count && terms <= MOST_COUNTED; index++)
        terms *= along >> index & 1 ? windows->extent[index] : 1;
    if (terms > MOST_COUNTED) {
        fail(checker, windows->call->tree->span,
             "%s: windows over axes that depend on each other have at most %d elements in all",
             label_of(windows), MOST_COUNTED);
        return NULL;
    }
    shape->rank = windows->rank;
    for (int index = 0; index < windows->rank; index++)
        shape->size[index] = moved >> index & 1 ? windows->extent[index] : 1;
    double *counts = NEW_ARRAY(checker->compiler, double, shape_count(*shape));
    do {
        do
            counts[window] += is_inside(windows, axes, at);
        while (next_values(windows, within, at));
        if (counts[window++] == 0) {
            fail_outside(windows, axes, moved, at);
            return NULL;
        }
    } while (next_values(windows, moved, at));
    return counts;
}

/* The numbers of elements of each window that are inside, as a product of one for each group of
   axes, or NULL; it is made where `wanted`. False after a message: a window without elements. */
static bool count_windows(const Windows *windows, bool wanted, Node **counts) {
    Graph *graph = windows->call->checker->graph;
    unsigned counted = 0;
    *counts = NULL;
    for (int axis = 0; axis < windows->factor.node->shape.rank; axis++) {
        unsigned group = axes_with(windows, axis);
        Shape shape;
        double *numbers = counted & group ? NULL : count_group(windows, group, &shape);
        if (counted & group)
            continue;
        if (!numbers)
            return false;
        counted |= group;
        bool is_one = numbers_are_alike(shape, numbers) && numbers[0] == 1;
        if (!wanted || is_one)
            continue;
        Node *more = numbers_are_alike(shape, numbers) ? graph_const(graph, numbers[0])
                                                       : graph_numbers(graph, shape, numbers);
        *counts = *counts ? graph_map(graph, OP_MUL, *counts, more, NULL) : more;
    }
    return true;
}

/* By how many elements a mean divides: those that are inside, or all. */
static Node *divisor_of(const Windows *windows, Node *counts) {
    Graph *graph = windows->call->checker->graph;
    unsigned along = windows->counts_all ? 0 : indices_along(windows, ~0u);
    double repeated = 1; /* by indices that move along no axis, or have not been counted */
    for (int index = windows->rank; index < windows->indices.count; index++)
        if (!(along >> index & 1))
            repeated *= (double)windows->extent[index];
    if (counts && repeated == 1)
        return counts;
    Node *whole = graph_const(graph, repeated);
    return counts ? graph_map(graph, OP_MUL, counts, whole, NULL) : whole;
}

// Nodes

static void fill_contract(const Windows *windows, Contract *contract) {
    contract->loop_count = windows->indices.count;
    for (int loop = 0; loop < contract->loop_count; loop++)
        contract->extent[loop] = windows->extent[loop];
    for (int axis = 0; axis < windows->rank; axis++)
        contract->index[0].factor[axis][axis] = contract->index[2].factor[axis][axis] = 1;
    for (int axis = 0; axis < windows->factor.node->shape.rank; axis++) {
        contract->index[1].offset[axis] = windows->factor.axis[axis].offset;
        for (int loop = 0; loop < contract->loop_count; loop++)
            contract->index[1].factor[axis][loop] = factor_of(windows, axis, loop);
    }
}

Value expand_window(Call *call) {
    Checker *checker = call->checker;
    const Tree *tree = call->tree;
    const Value none = {.kind = VALUE_NONE};
    Windows windows = {.call = call, .indices = {.call = call}};
    Contract contract = {0};
    if (!read_call(&windows))
        return none;
    Shape shape = shape_of(windows.rank, windows.extent);
    if (!shape_fits(checker, shape, tree->span) ||
        !indices_fit(&windows.indices, &windows.factor, windows.extent))
        return none;
    set_span(checker, tree->span);
    bool is_mean = call->row->op == OP_WINDOW_SUM;
    Node *counts;
    if (!count_windows(&windows, is_mean && !windows.counts_all, &counts))
        return none;
    fill_contract(&windows, &contract);
    Node *made =
        graph_window(checker->graph, call->row->op, &contract, shape, windows.factor.node, NULL);
    if (!is_mean)
        return value_node(made);
    Node *divisor = divisor_of(&windows, counts); /* the order of nodes is the order of calls */
    Node *one = graph_const(checker->graph, 1);
    Node *share = graph_map(checker->graph, OP_DIV, one, divisor, NULL);
    return value_node(graph_map(checker->graph, OP_MUL, made, share, NULL));
}
