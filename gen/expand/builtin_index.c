/* Index notation: what stands between the brackets of x[c, 2*i + k - 1]. In: trees, the indices that
   are known so far. Out: each axis as a sum of indices times whole numbers; a name that is a number
   outside is that number. */

#include "expand/calls.h"

#include <string.h>

enum { MAX_FACTOR = 1 << 20 };

static const char *label_of(const Indices *indices) {
    return indices->call->row->name;
}

bool index_add(Indices *indices, const char *name, Span at) {
    if (indices->count >= MAX_INDICES) {
        fail(indices->call->checker, at, "%s: more than %d indices", label_of(indices),
             MAX_INDICES);
        return false;
    }
    indices->names[indices->count] = name;
    indices->spans[indices->count++] = at;
    return true;
}

int index_find(const Indices *indices, const char *name) {
    for (int i = 0; i < indices->count; i++)
        if (strcmp(indices->names[i], name) == 0)
            return i;
    return -1;
}

bool index_size(Indices *indices, const Tree *tree, const char *label, int64_t *size) {
    Checker *checker = indices->call->checker;
    if (!to_whole(checker, evaluate(checker, tree), tree->span, size))
        return false;
    if (*size >= 1)
        return true;
    fail(checker, tree->span, "%s: the size of '%s' must be at least 1, this is %lld",
         label_of(indices), label, (long long)*size);
    return false;
}

static bool is_constant(const Subscript *affine) {
    for (int i = 0; i < MAX_INDICES; i++)
        if (affine->factor[i])
            return false;
    return true;
}

/* scale * a + sign * b, and whether it stays in range. */
static bool add_affine(Subscript *a, int64_t scale, const Subscript *b, int64_t sign) {
    a->offset = scale * a->offset + sign * b->offset;
    bool is_good = a->offset <= MAX_ELEMENTS && a->offset >= -MAX_ELEMENTS;
    for (int i = 0; i < MAX_INDICES; i++) {
        a->factor[i] = scale * a->factor[i] + sign * b->factor[i];
        is_good &= a->factor[i] <= MAX_FACTOR && a->factor[i] >= -MAX_FACTOR;
    }
    return is_good;
}

static bool read_name(Indices *indices, const Tree *tree, Subscript *affine) {
    Checker *checker = indices->call->checker;
    int loop = index_find(indices, tree->name);
    const Binding *binding = find_value(checker, tree->name);
    if (loop < 0 && binding && binding->value.kind == VALUE_NUMBER)
        return to_whole(checker, binding->value, tree->span, &affine->offset);
    if (loop < 0 && indices->is_complete) {
        fail(checker, tree->span, "%s: '%s' is no index of the window and no axis of the result",
             label_of(indices), tree->name);
        if (strcmp(tree->name, COUNT_ALL) != 0)
            hint(checker->compiler, "over(%s = 2, ..) makes it one of the window", tree->name);
        return false;
    }
    if (loop < 0) {
        loop = indices->count;
        if (!index_add(indices, tree->name, tree->span))
            return false;
    }
    affine->factor[loop] = 1;
    return true;
}

static bool read_binary(Indices *indices, const Tree *tree, Subscript *a) {
    Subscript b, zero = {0};
    if (!index_read(indices, tree->children[0], a) || !index_read(indices, tree->children[1], &b))
        return false;
    bool is_good;
    if (tree->name[0] != '*') {
        is_good = add_affine(a, 1, &b, tree->name[0] == '-' ? -1 : 1);
    } else if (is_constant(&b)) {
        is_good = add_affine(a, b.offset, &zero, 0);
    } else if (is_constant(a)) {
        int64_t scale = a->offset;
        *a = b;
        is_good = add_affine(a, scale, &zero, 0);
    } else {
        fail(indices->call->checker, tree->span, "%s: an index is not multiplied by an index",
             label_of(indices));
        return false;
    }
    if (!is_good)
        fail(indices->call->checker, tree->span, "%s: a number in this index is too big",
             label_of(indices));
    return is_good;
}

bool index_read(Indices *indices, const Tree *tree, Subscript *affine) {
    Checker *checker = indices->call->checker;
    *affine = (Subscript){0};
    if (tree->kind == TREE_NAME)
        return read_name(indices, tree, affine);
    if (tree->kind == TREE_BINARY && strchr("+-*", tree->name[0]))
        return read_binary(indices, tree, affine);
    if (tree->kind == TREE_UNARY) {
        Subscript zero = {0};
        return index_read(indices, tree->children[0], affine) &&
               (tree->name[0] != '-' || add_affine(affine, -1, &zero, 0));
    }
    if (tree->kind == TREE_RANGE) {
        fail(checker, tree->span, "%s: an index is made of names and numbers", label_of(indices));
        return false;
    }
    return to_whole(checker, evaluate(checker, tree), tree->span, &affine->offset);
}

bool index_operand(Indices *indices, const Tree *tree, Factor *factor) {
    Checker *checker = indices->call->checker;
    Node *node = to_node(checker, evaluate(checker, tree->children[0]), tree->children[0]->span);
    if (!node)
        return false;
    if (tree->child_count - 1 != node->shape.rank) {
        fail(checker, tree->span, "%s: %d indices, this has shape %s", label_of(indices),
             tree->child_count - 1, shape_text(checker->compiler, node->shape));
        return false;
    }
    *factor = (Factor){node, NEW_ARRAY(checker->compiler, Subscript, node->shape.rank)};
    for (int axis = 0; axis < node->shape.rank; axis++) {
        if (!index_read(indices, tree->children[axis + 1], &factor->axis[axis]))
            return false;
        factor->axis[axis].span = tree->children[axis + 1]->span;
    }
    return true;
}

bool indices_fit(const Indices *indices, const Factor *factor, const int64_t *extent) {
    for (int axis = 0; axis < factor->node->shape.rank; axis++) {
        const Subscript *affine = &factor->axis[axis];
        int64_t reach = affine->offset < 0 ? -affine->offset : affine->offset;
        for (int i = 0; i < indices->count && reach <= MAX_ELEMENTS; i++)
            reach +=
                (affine->factor[i] < 0 ? -affine->factor[i] : affine->factor[i]) * (extent[i] - 1);
        if (reach <= MAX_ELEMENTS)
            continue;
        fail(indices->call->checker, affine->span,
             "%s: the terms of this index reach %lld, the limit is %lld", label_of(indices),
             (long long)reach, (long long)MAX_ELEMENTS);
        return false;
    }
    return true;
}
