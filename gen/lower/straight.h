/* Private to lower: writing straight-line code. In: a function's folded graph. Out: C
   statements. */

#ifndef NNGEN_STRAIGHT_H
#define NNGEN_STRAIGHT_H

#include "emit/emitter.h"
#include "lower/lower.h"

typedef struct {
    Emitter *emitter;
    Compiler *compiler;
    Function *function;
    Graph *graph;
    Names names;
    int lanes;         /* of per-example values: 1 if the function takes one example */
    const char **base; /* by id: the stem of its elements' names */
    /* by id: the loop that computes a per-example value, or before which a per-batch value is
       computed */
    int *level;
    int **declared;   /* by id and element: 1 + the last loop that declared it */
    bool **live;      /* by id and element: it is read */
    int64_t *kept_at; /* by id: 1 + its offset in the arena, if a later loop reads it */
    /* by id of an addition: the sum of products that is computed with it, as the other operand is
       the sum's initial value */
    Node **merged_sum;
    bool *is_merged; /* by id of such a sum: it has no variable of its own */
    /* by id and element: the accumulator of a sum over examples before its lanes are reduced, if
       all terms are named; else NULL */
    const char ***sums;
    int64_t arena_size;
    int pack; /* elements of a value per vector; 1: scalars */
    /* per-example values have vectors of elements, too: there is one example at most */
    bool packs_example;
    bool *is_packed;   /* by id */
    Names packs;       /* names of loaded vectors */
    int levels;        /* number of sums over examples that depend on each other */
    int section;       /* the current loop, or -1 outside */
    Text *loads, *out; /* loads of per-batch values; the statements so far */
} Straight;

// straight_sum.c

/* A sum of products; with fma, several chains of equal length. */
typedef struct {
    Compiler *compiler;
    Text *text;
    const char *chain; /* the current chain, not in the text yet; or NULL */
    int count;         /* of all products */
    int terms, chains;
    int lanes;
    bool is_vector;
} Sum;

Sum sum_new(Compiler *compiler, int lanes);
void sum_begin(Sum *sum, Operand first);
void sum_add_product(Sum *sum, Operand left, Operand right);
Operand sum_end(Sum *sum);
/* Adds a term, on several lines where the sum is long. */
void sum_add_term(Text *sum, int *terms, const char *term);

// straight.c

bool straight_sums_examples(const Node *node);
/* The accumulator of a sum over examples, one partial sum per lane. */
const char *straight_sum_name(Straight *straight, Node *node, int64_t element);
/* "net->h_weight + 4" */
char *straight_store_address(Straight *straight, const Store *store, int64_t position);

// straight_pack.c

void straight_find_packed(Straight *straight);
/* How many elements of a node are in vectors; the rest are scalars behind them in memory. */
int64_t straight_packed_count(const Straight *straight, const Node *node);
void straight_add_vector(Straight *straight, Text *out, const char *name, const char *expression);
/* Whether a node is in vectors of elements; the vector at a position, loaded if need be, or a
   scalar operand. */
bool straight_has_packs(const Straight *straight, Node *node);
Operand straight_pack(Straight *straight, Node *operand, int64_t first);
/* "h_0to3[1]" */
char *straight_packed_element(Straight *straight, Element at);
/* Adds the vectors of a map, a layer or a finished sum over examples; stores a value's vectors. */
void straight_add_packs(Straight *straight, Node *node);
void straight_close_packs(Straight *straight, Node *node);
void straight_store_packs(Straight *straight, const Store *store);

// straight_layer.c -- of one example

bool straight_has_outputs_in_lanes(const Straight *straight, const Node *node);
bool straight_has_inputs_in_lanes(const Straight *straight, const Node *node);
/* A vector of outputs from a position on, or one output: of a layer, or of an addition whose other
   operand is the initial value of the layer's sums. */
const char *straight_outputs(Straight *straight, Node *node, int64_t first);
Operand straight_output(Straight *straight, Node *node, int64_t row);

// straight_value.c

/* "array + 4" */
char *straight_offset(const Straight *straight, const char *array, int64_t offset);
/* "net->h_weight + 4" */
char *straight_leaf_address(Straight *straight, const Node *leaf, int64_t position);
/* Where an element of a node is in memory, if it is there. */
int64_t straight_position(const Straight *straight, const Node *node, int64_t element);
Element straight_element_at(const Straight *straight, Node *node, int64_t position);

char *straight_element_name(Straight *straight, Element at);
const char *straight_type_text(const Straight *straight, bool is_vector);
bool straight_is_wide(const Straight *straight, const Node *node);
void straight_add_value(Straight *straight, Text *out, Element at, const char *expression);
bool straight_has_loop(const Straight *straight);
/* "x + 4 * row", "x" */
char *straight_moved(const Straight *straight, const char *array, const char *distance);
/* "4 * row + 3" */
/* The first example of the round that the loop is at. */
const char *straight_example(const Straight *straight);
/* The address of its element, by its row-major number, in memory with that layout. */
char *straight_address(const Straight *straight, const Layout *layout, Shape shape, int64_t element,
                       int64_t offset);
/* The same of a value that a later loop reads. */
char *straight_kept_address(const Straight *straight, const Node *node, int64_t element);
void straight_mark_declared(Straight *straight, Element at);
/* The comparison that selects an element of a `where`, if there is one; else its node is NULL. */
Element straight_condition(const Node *node, int64_t element);
/* The text of an element, declared first if need be. */
Operand straight_operand_of(Straight *straight, Element at);
const char *straight_splat(Straight *straight, Operand operand, bool is_vector);
/* Expressions of the elements of a node from position `first` on, or terms of its sum over
   examples. */
Operand *straight_expressions(Straight *straight, Node *node, int64_t first);
/* The other operand of an addition: the initial value of its sum of products. */
Operand straight_added(Straight *straight, const Node *addition, int64_t element);
/* Finds additions, as of a bias, whose other operand is the initial value of a sum of products. */
void straight_find_merged(Straight *straight);
/* Marks the elements that are read. */
void straight_find_live(Straight *straight);

#endif
