/* Sums of products: matmul, and contract in index notation,

       contract(a[i, j] * b[j, 2*t + i - 1], i = 4, t = 5)
       contract(a[7 - i], i = 8)

   In: a call. Out: its node. The named arguments are the result's axes in order; every other index
   is summed over the size of an axis that it indexes alone. A product may have any number of
   factors, numbers among them: builtin_product.c makes products of two of it. */

#include "expand/calls.h"

#include <string.h>

enum { MAX_FACTOR = 1 << 20 };

/* Loops: rows of a, columns of b, then the summed one. A vector is a row on the left and a
   column on the right. */
Value expand_matmul(Call *call) {
    Checker *checker = call->checker;
    Node *a = to_node(checker, call->named[0], call->named_spans[0]);
    Node *b = to_node(checker, call->named[1], call->named_spans[1]);
    if (!a || !b)
        return (Value){.kind = VALUE_NONE};
    Shape m = a->shape, n = b->shape;
    const char *left = shape_text(checker->compiler, m), *right = shape_text(checker->compiler, n);
    if (m.rank < 1 || m.rank > 2 || n.rank < 1 || n.rank > 2)
        return fail(checker, call->tree->span, "matmul: %s and %s must each have 1 or 2 axes", left,
                    right);
    int64_t inner = m.size[m.rank - 1];
    if (inner != n.size[0])
        return fail(checker, call->tree->span, "matmul: %s and %s do not fit, %lld against %lld",
                    left, right, (long long)inner, (long long)n.size[0]);
    Contract contract = {0};
    int rank = 0;
    if (m.rank == 2) {
        contract.index[1].factor[0][rank] = contract.index[0].factor[rank][rank] = 1;
        contract.extent[rank++] = m.size[0];
    }
    if (n.rank == 2) {
        contract.index[2].factor[1][rank] = contract.index[0].factor[rank][rank] = 1;
        contract.extent[rank++] = n.size[1];
    }
    contract.extent[rank] = inner;
    contract.index[1].factor[m.rank - 1][rank] = contract.index[2].factor[0][rank] = 1;
    contract.loop_count = rank + 1;
    Shape shape = shape_of(rank, contract.extent);
    if (!shape_fits(checker, shape, call->tree->span))
        return (Value){.kind = VALUE_NONE};
    set_span(checker, call->tree->span);
    return value_node(
        graph_contract(checker->graph, &contract, shape, a->batched || b->batched, a, b));
}

/* A contraction while it is read. */
typedef struct {
    Call *call;
    Product product;
    double number; /* the product of the factors that are numbers */
    const char *names[MAX_INDICES];
    Span spans[MAX_INDICES];
} Notation;

static bool add_loop(Notation *notation, const char *name, Span at) {
    if (notation->product.loop_count >= MAX_INDICES) {
        fail(notation->call->checker, at, "contract: more than %d indices", MAX_INDICES);
        return false;
    }
    notation->names[notation->product.loop_count] = name;
    notation->spans[notation->product.loop_count++] = at;
    return true;
}

static int find_loop(const Notation *notation, const char *name) {
    for (int i = 0; i < notation->product.loop_count; i++)
        if (strcmp(notation->names[i], name) == 0)
            return i;
    return -1;
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

static bool read_name(Notation *notation, const Tree *tree, Subscript *affine) {
    int loop = find_loop(notation, tree->name);
    const Binding *binding = find_value(notation->call->checker, tree->name);
    if (loop < 0 && binding && binding->value.kind == VALUE_NUMBER)
        return to_whole(notation->call->checker, binding->value, tree->span, &affine->offset);
    if (loop < 0) {
        loop = notation->product.loop_count;
        if (!add_loop(notation, tree->name, tree->span))
            return false;
    }
    affine->factor[loop] = 1;
    return true;
}

static bool read_index(Notation *notation, const Tree *tree, Subscript *affine);

static bool read_binary(Notation *notation, const Tree *tree, Subscript *a) {
    Subscript b, zero = {0};
    if (!read_index(notation, tree->children[0], a) || !read_index(notation, tree->children[1], &b))
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
        fail(notation->call->checker, tree->span,
             "contract: an index is not multiplied by an index");
        return false;
    }
    if (!is_good)
        fail(notation->call->checker, tree->span, "contract: a number in this index is too big");
    return is_good;
}

static bool read_index(Notation *notation, const Tree *tree, Subscript *affine) {
    Checker *checker = notation->call->checker;
    *affine = (Subscript){0};
    if (tree->kind == TREE_NAME)
        return read_name(notation, tree, affine);
    if (tree->kind == TREE_BINARY && strchr("+-*", tree->name[0]))
        return read_binary(notation, tree, affine);
    if (tree->kind == TREE_UNARY) {
        Subscript zero = {0};
        return read_index(notation, tree->children[0], affine) &&
               (tree->name[0] != '-' || add_affine(affine, -1, &zero, 0));
    }
    if (tree->kind == TREE_RANGE) {
        fail(checker, tree->span, "contract: an index is made of names and numbers");
        return false;
    }
    return to_whole(checker, evaluate(checker, tree), tree->span, &affine->offset);
}

/* A summed index takes the size of an axis whose index expression is that index alone. */
static bool take_extent(Notation *notation, const Subscript *affine, int64_t size, Span at) {
    int loop = -1, count = 0;
    for (int i = 0; i < MAX_INDICES; i++)
        if (affine->factor[i]) {
            loop = i;
            count++;
        }
    if (count != 1 || affine->factor[loop] != 1 || affine->offset != 0 ||
        loop < notation->product.rank)
        return true;
    int64_t *extent = &notation->product.extent[loop];
    if (*extent == 0 || *extent == size) {
        *extent = size;
        return true;
    }
    fail(notation->call->checker, at,
         "contract: index '%s' runs over %lld values here and over %lld elsewhere",
         notation->names[loop], (long long)size, (long long)*extent);
    return false;
}

static bool read_indexed(Notation *notation, const Tree *tree) {
    Checker *checker = notation->call->checker;
    Product *product = &notation->product;
    Node *node = to_node(checker, evaluate(checker, tree->children[0]), tree->children[0]->span);
    if (!node)
        return false;
    if (tree->child_count - 1 != node->shape.rank) {
        fail(checker, tree->span, "contract: %d indices, this has shape %s", tree->child_count - 1,
             shape_text(checker->compiler, node->shape));
        return false;
    }
    Factor factor = {node, NEW_ARRAY(checker->compiler, Subscript, node->shape.rank)};
    for (int axis = 0; axis < node->shape.rank; axis++) {
        const Tree *item = tree->children[axis + 1];
        bool is_read = read_index(notation, item, &factor.axis[axis]);
        factor.axis[axis].span = item->span;
        if (!is_read ||
            !take_extent(notation, &factor.axis[axis], node->shape.size[axis], item->span))
            return false;
    }
    PUSH(checker->compiler, product->factors, product->factor_count, factor);
    return true;
}

/* A number, known now or when the net runs. */
static bool read_scale(Notation *notation, const Tree *tree) {
    Checker *checker = notation->call->checker;
    Value value = evaluate(checker, tree);
    if (value.kind == VALUE_NUMBER) {
        notation->number *= value.number;
        return true;
    }
    if (value.kind != VALUE_NODE || value.node->shape.rank != 0) {
        if (value.kind != VALUE_NONE)
            fail(checker, tree->span,
                 "contract: a value with its indices is needed, such as x[i, j]");
        return false;
    }
    Node **scale = &notation->product.scale;
    set_span(checker, notation->call->tree->span);
    *scale = *scale ? graph_map(checker->graph, OP_MUL, *scale, value.node, NULL) : value.node;
    return true;
}

static bool read_factors(Notation *notation, const Tree *tree) {
    if (tree->kind == TREE_INDEX)
        return read_indexed(notation, tree);
    if (tree->kind == TREE_BINARY && tree->name[0] == '*')
        return read_factors(notation, tree->children[0]) &&
               read_factors(notation, tree->children[1]);
    if (tree->kind == TREE_UNARY) {
        notation->number = tree->name[0] == '-' ? -notation->number : notation->number;
        return read_factors(notation, tree->children[0]);
    }
    return read_scale(notation, tree);
}

/* Multiplies the scale with the factors that are numbers. */
static void take_number(Notation *notation) {
    Graph *graph = notation->call->checker->graph;
    Node **scale = &notation->product.scale;
    if (notation->number == 1)
        return;
    Node *number = graph_const(graph, notation->number);
    *scale = *scale ? graph_map(graph, OP_MUL, number, *scale, NULL) : number;
}

/* Reads `i = 4`: an axis of the result. */
static bool read_result(Notation *notation, const Tree *tree, int i) {
    Checker *checker = notation->call->checker;
    Product *product = &notation->product;
    const char *label = tree->labels ? tree->labels[i] : NULL;
    Span at = tree->children[i]->span;
    int64_t size;
    if (!label || product->rank >= MAX_RANK || find_loop(notation, label) >= 0) {
        fail(checker, at, "contract takes a product and up to %d named sizes, each name once",
             MAX_RANK);
        return false;
    }
    if (!to_whole(checker, evaluate(checker, tree->children[i]), at, &size))
        return false;
    if (size < 1) {
        fail(checker, at, "contract: the size of '%s' must be at least 1, this is %lld", label,
             (long long)size);
        return false;
    }
    product->extent[product->rank++] = size;
    return add_loop(notation, label, tree->label_spans[i]);
}

static bool sizes_are_known(Notation *notation) {
    const Product *product = &notation->product;
    for (int i = product->rank; i < product->loop_count; i++)
        if (product->extent[i] == 0) {
            fail(notation->call->checker, notation->spans[i],
                 "contract: the size of the summed index '%s' is unknown, it indexes no axis alone",
                 notation->names[i]);
            return false;
        }
    return true;
}

/* Checks that no index expression, for any value of its loops, leaves the range of a C int. */
static bool indices_fit(Notation *notation) {
    const Product *product = &notation->product;
    for (int f = 0; f < product->factor_count; f++)
        for (int axis = 0; axis < product->factors[f].node->shape.rank; axis++) {
            const Subscript *affine = &product->factors[f].axis[axis];
            int64_t reach = affine->offset < 0 ? -affine->offset : affine->offset;
            for (int i = 0; i < product->loop_count && reach <= MAX_ELEMENTS; i++)
                reach += (affine->factor[i] < 0 ? -affine->factor[i] : affine->factor[i]) *
                         (product->extent[i] - 1);
            if (reach <= MAX_ELEMENTS)
                continue;
            fail(notation->call->checker, affine->span,
                 "contract: the terms of this index reach %lld, the limit is %lld",
                 (long long)reach, (long long)MAX_ELEMENTS);
            return false;
        }
    return true;
}

Value expand_contract(Call *call) {
    Checker *checker = call->checker;
    const Tree *tree = call->tree;
    const Value none = {.kind = VALUE_NONE};
    Notation notation = {.call = call, .number = 1};
    Product *product = &notation.product;
    for (int i = 1; i < tree->child_count; i++)
        if (!read_result(&notation, tree, i))
            return none;
    bool has_product = tree->child_count > 0 && !tree->labels[0];
    if (has_product && !read_factors(&notation, tree->children[0]))
        return none;
    if (product->factor_count == 0)
        return fail(checker, tree->span, "contract needs a product such as a[i, j] * b[j]");
    if (!sizes_are_known(&notation) ||
        !shape_fits(checker, shape_of(product->rank, product->extent), tree->span) ||
        !indices_fit(&notation))
        return none;
    set_span(checker, tree->span);
    take_number(&notation);
    return value_node(multiply_factors(checker, product, tree->span));
}
