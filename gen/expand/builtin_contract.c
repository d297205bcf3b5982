/* Sums of products: matmul, and contract in index notation,

       contract(a[i, j] * b[j, 2*t + i - 1], i = 4, t = 5)
       contract(a[7 - i], i = 8)

   In: a call. Out: its node. The named arguments are the result's axes in order; every other index
   is summed over the size of an axis that it indexes alone. A product may have any number of
   factors, numbers among them: builtin_product.c makes products of two of it. */

#include "expand/calls.h"

#include <string.h>

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
    Indices indices;
    Product product;
    double number; /* the product of the factors that are numbers */
} Notation;

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
         notation->indices.names[loop], (long long)size, (long long)*extent);
    return false;
}

static bool read_indexed(Notation *notation, const Tree *tree) {
    Product *product = &notation->product;
    Factor factor;
    if (!index_operand(&notation->indices, tree, &factor))
        return false;
    for (int axis = 0; axis < factor.node->shape.rank; axis++)
        if (!take_extent(notation, &factor.axis[axis], factor.node->shape.size[axis],
                         factor.axis[axis].span))
            return false;
    PUSH(notation->call->checker->compiler, product->factors, product->factor_count, factor);
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
    if (!label || product->rank >= MAX_RANK || index_find(&notation->indices, label) >= 0) {
        fail(checker, at, "contract takes a product and up to %d named sizes, each name once",
             MAX_RANK);
        return false;
    }
    return index_size(&notation->indices, tree->children[i], label,
                      &product->extent[product->rank++]) &&
           index_add(&notation->indices, label, tree->label_spans[i]);
}

static bool sizes_are_known(Notation *notation) {
    const Product *product = &notation->product;
    for (int i = product->rank; i < product->loop_count; i++)
        if (product->extent[i] == 0) {
            fail(notation->call->checker, notation->indices.spans[i],
                 "contract: the size of the summed index '%s' is unknown, it indexes no axis alone",
                 notation->indices.names[i]);
            return false;
        }
    return true;
}

/* Checks that no index expression, for any value of its loops, leaves the range of a C int. */
static bool factors_fit(const Notation *notation) {
    const Product *product = &notation->product;
    for (int f = 0; f < product->factor_count; f++)
        if (!indices_fit(&notation->indices, &product->factors[f], product->extent))
            return false;
    return true;
}

Value expand_contract(Call *call) {
    Checker *checker = call->checker;
    const Tree *tree = call->tree;
    const Value none = {.kind = VALUE_NONE};
    Notation notation = {.call = call, .indices = {.call = call}, .number = 1};
    Product *product = &notation.product;
    for (int i = 1; i < tree->child_count; i++)
        if (!read_result(&notation, tree, i))
            return none;
    bool has_product = tree->child_count > 0 && !tree->labels[0];
    if (has_product && !read_factors(&notation, tree->children[0]))
        return none;
    if (product->factor_count == 0)
        return fail(checker, tree->span, "contract needs a product such as a[i, j] * b[j]");
    product->loop_count = notation.indices.count;
    if (!sizes_are_known(&notation) ||
        !shape_fits(checker, shape_of(product->rank, product->extent), tree->span) ||
        !factors_fit(&notation))
        return none;
    set_span(checker, tree->span);
    take_number(&notation);
    return value_node(multiply_factors(checker, product, tree->span));
}
