/* Sums of products: matmul, and contract in index notation,

       contract(a[i, j] * b[j, 2*t + i - 1], i = 4, t = 5)
       contract(a[7 - i], i = 8)

   In: a call. Out: one contract node. The named arguments are the result's axes in order; every
   other index is summed over the size of an axis that it indexes alone. */

#include "check.h"

#include <string.h>

enum { MAX_FACTOR = 1 << 20 };

static Node *add_contract(Call *call, const Contract *contract, int rank, Node *a, Node *b) {
    Shape shape = shape_of(rank, contract->extent);
    if (!shape_fits(call->checker, shape, call->tree->place))
        return NULL;
    place_nodes(call->checker, call->tree->place);
    return graph_contract(call->checker->graph, contract, shape, a->batched || b->batched, a, b);
}

/* Loops: rows of a, columns of b, then the summed one. A vector is a row on the left and a
   column on the right. */
Value expand_matmul(Call *call) {
    Checker *checker = call->checker;
    Node *a = to_node(checker, call->named[0], call->named_places[0]);
    Node *b = to_node(checker, call->named[1], call->named_places[1]);
    if (!a || !b)
        return (Value){.kind = VALUE_NONE};
    Shape m = a->shape, n = b->shape;
    const char *left = shape_text(checker->compiler, m), *right = shape_text(checker->compiler, n);
    if (m.rank < 1 || m.rank > 2 || n.rank < 1 || n.rank > 2)
        return fail(checker, call->tree->place, "matmul: %s and %s must each have 1 or 2 axes",
                    left, right);
    int64_t inner = m.size[m.rank - 1];
    if (inner != n.size[0])
        return fail(checker, call->tree->place, "matmul: %s and %s do not fit, %lld against %lld",
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
    return value_node(add_contract(call, &contract, rank, a, b));
}

/* A contraction while it is read. */
typedef struct {
    Call *call;
    Contract contract;
    int rank; /* of the result: the first loops */
    const char *names[MAX_LOOPS];
    Span places[MAX_LOOPS];
} Notation;

typedef struct {
    int64_t offset, factor[MAX_LOOPS];
} Affine;

static bool add_loop(Notation *notation, const char *name, Span at) {
    if (notation->contract.loop_count >= MAX_LOOPS) {
        fail(notation->call->checker, at, "contract: more than %d indices", MAX_LOOPS);
        return false;
    }
    notation->names[notation->contract.loop_count] = name;
    notation->places[notation->contract.loop_count++] = at;
    return true;
}

static int find_loop(const Notation *notation, const char *name) {
    for (int i = 0; i < notation->contract.loop_count; i++)
        if (strcmp(notation->names[i], name) == 0)
            return i;
    return -1;
}

static bool is_constant(const Affine *affine) {
    for (int i = 0; i < MAX_LOOPS; i++)
        if (affine->factor[i])
            return false;
    return true;
}

/* scale * a + sign * b, and whether it stays in range. */
static bool add_affine(Affine *a, int64_t scale, const Affine *b, int64_t sign) {
    a->offset = scale * a->offset + sign * b->offset;
    bool is_good = a->offset <= MAX_ELEMENTS && a->offset >= -MAX_ELEMENTS;
    for (int i = 0; i < MAX_LOOPS; i++) {
        a->factor[i] = scale * a->factor[i] + sign * b->factor[i];
        is_good &= a->factor[i] <= MAX_FACTOR && a->factor[i] >= -MAX_FACTOR;
    }
    return is_good;
}

static bool read_name(Notation *notation, const Tree *tree, Affine *affine) {
    int loop = find_loop(notation, tree->name);
    const Binding *binding = find_value(notation->call->checker, tree->name);
    if (loop < 0 && binding && binding->value.kind == VALUE_NUMBER)
        return to_whole(notation->call->checker, binding->value, tree->place, &affine->offset);
    if (loop < 0) {
        loop = notation->contract.loop_count;
        if (!add_loop(notation, tree->name, tree->place))
            return false;
    }
    affine->factor[loop] = 1;
    return true;
}

static bool read_index(Notation *notation, const Tree *tree, Affine *affine);

static bool read_binary(Notation *notation, const Tree *tree, Affine *a) {
    Affine b, zero = {0};
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
        fail(notation->call->checker, tree->place,
             "contract: an index is not multiplied by an index");
        return false;
    }
    if (!is_good)
        fail(notation->call->checker, tree->place, "contract: a number in this index is too big");
    return is_good;
}

static bool read_index(Notation *notation, const Tree *tree, Affine *affine) {
    Checker *checker = notation->call->checker;
    *affine = (Affine){0};
    if (tree->kind == TREE_NAME)
        return read_name(notation, tree, affine);
    if (tree->kind == TREE_BINARY && strchr("+-*", tree->name[0]))
        return read_binary(notation, tree, affine);
    if (tree->kind == TREE_UNARY) {
        Affine zero = {0};
        return read_index(notation, tree->children[0], affine) &&
               (tree->name[0] != '-' || add_affine(affine, -1, &zero, 0));
    }
    if (tree->kind == TREE_RANGE) {
        fail(checker, tree->place, "contract: an index is made of names and numbers");
        return false;
    }
    return to_whole(checker, evaluate(checker, tree), tree->place, &affine->offset);
}

/* An axis that a summed loop indexes alone gives it its size. */
static bool take_extent(Notation *notation, const Affine *affine, int64_t size, Span at) {
    int loop = -1, count = 0;
    for (int i = 0; i < MAX_LOOPS; i++)
        if (affine->factor[i]) {
            loop = i;
            count++;
        }
    if (count != 1 || affine->factor[loop] != 1 || affine->offset != 0 || loop < notation->rank)
        return true;
    int64_t *extent = &notation->contract.extent[loop];
    if (*extent == 0 || *extent == size) {
        *extent = size;
        return true;
    }
    fail(notation->call->checker, at,
         "contract: index '%s' runs over %lld values here and over %lld elsewhere",
         notation->names[loop], (long long)size, (long long)*extent);
    return false;
}

static Node *read_operand(Notation *notation, const Tree *tree, Index *index) {
    Checker *checker = notation->call->checker;
    if (tree->kind != TREE_INDEX) {
        fail(checker, tree->place, "contract: a value with its indices is needed, such as x[i, j]");
        return NULL;
    }
    Node *node = to_node(checker, evaluate(checker, tree->children[0]), tree->children[0]->place);
    if (!node)
        return NULL;
    if (tree->child_count - 1 != node->shape.rank) {
        fail(checker, tree->place, "contract: %d indices, this has shape %s", tree->child_count - 1,
             shape_text(checker->compiler, node->shape));
        return NULL;
    }
    for (int axis = 0; axis < node->shape.rank; axis++) {
        Affine affine;
        const Tree *item = tree->children[axis + 1];
        if (!read_index(notation, item, &affine) ||
            !take_extent(notation, &affine, node->shape.size[axis], item->place))
            return NULL;
        index->offset[axis] = affine.offset;
        memcpy(index->factor[axis], affine.factor, sizeof affine.factor);
    }
    return node;
}

/* Reads `i = 4`: an axis of the result. */
static bool read_result(Notation *notation, const Tree *tree, int i) {
    Checker *checker = notation->call->checker;
    const char *label = tree->labels ? tree->labels[i] : NULL;
    Span at = tree->children[i]->place;
    int64_t size;
    if (!label || notation->rank >= MAX_RANK || find_loop(notation, label) >= 0) {
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
    notation->contract.extent[notation->rank] = size;
    notation->contract.index[0].factor[notation->rank][notation->rank] = 1;
    notation->rank++;
    return add_loop(notation, label, tree->label_places[i]);
}

Value expand_contract(Call *call) {
    Checker *checker = call->checker;
    const Tree *tree = call->tree;
    const Tree *product = tree->child_count > 0 && !tree->labels[0] ? tree->children[0] : NULL;
    bool is_product = product && product->kind == TREE_BINARY && product->name[0] == '*';
    if (!is_product && (!product || product->kind != TREE_INDEX))
        return fail(checker, tree->place, "contract needs a product such as a[i, j] * b[j]");
    Notation notation = {.call = call};
    for (int i = 1; i < tree->child_count; i++)
        if (!read_result(&notation, tree, i))
            return (Value){.kind = VALUE_NONE};
    const Tree *first = is_product ? product->children[0] : product;
    Node *a = read_operand(&notation, first, &notation.contract.index[1]), *b = NULL;
    if (a && is_product)
        b = read_operand(&notation, product->children[1], &notation.contract.index[2]);
    else if (a)
        b = graph_const(checker->graph, 1);
    if (!b)
        return (Value){.kind = VALUE_NONE};
    for (int i = notation.rank; i < notation.contract.loop_count; i++)
        if (notation.contract.extent[i] == 0)
            return fail(
                checker, notation.places[i],
                "contract: the size of the summed index '%s' is unknown, it indexes no axis alone",
                notation.names[i]);
    return value_node(add_contract(call, &notation.contract, notation.rank, a, b));
}
