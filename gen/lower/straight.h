/* What the files that write straight-line code share. */

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
    int lanes;         /* of a value per example: 1 where the function takes one example */
    const char **base; /* by id: the name that elements are numbered under */
    int *level; /* by id: the loop that a value per example is made in; a value per batch is made
                   before it */
    int **declared;   /* by id and element: the section that last declared it, plus 1 */
    bool **live;      /* by id and element: somebody reads it */
    int64_t *kept_at; /* by id: offset in the arena where a later loop needs it, plus 1 */
    Node *
        *sum_of; /* by id of an addition: the sum of products that begins with its other operand */
    bool *is_begun; /* by id of such a sum: it has no value of its own */
    const char **
        *sums; /* by id and element: what a sum over examples is called before its lanes are
                           added up, where all are values that have names; else NULL */
    int64_t arena_size;
    int pack;           /* elements of a value that are made at once, 1: none */
    bool packs_example; /* also of values per example: there is one at most */
    bool *is_packed;    /* by id */
    Names packs;        /* vectors of leaves that are declared */
    int levels;         /* sums over examples, one after the other */
    int section;        /* the loop being written, or -1 outside */
    Text *loads, *out;  /* values per batch that come from memory; the statements so far */
} Straight;

// straight_sum.c

/* A sum of products; with multiply-adds as chains of equal length. */
typedef struct {
    Compiler *compiler;
    Text *text;
    const char *chain; /* the one that is not in the text yet, or NULL */
    int count;         /* of all products, known before the first is added */
    int terms, chains;
    int lanes;
    bool is_vector;
} Sum;

Sum sum_new(Compiler *compiler, int lanes);
void sum_begin(Sum *sum, Operand first);
void sum_add_product(Sum *sum, Operand left, Operand right);
Operand sum_end(Sum *sum);
/* Adds a term to a sum that is written over several lines where it is long. */
void sum_add_term(Text *sum, int *terms, const char *term);

// straight.c

bool straight_sums_examples(const Node *node);
/* The sums over examples, lane by lane. */
const char *straight_sum_name(Straight *straight, Node *node, int64_t element);
/* "net->h_weight + 4" */
char *straight_store_address(Straight *straight, const Store *store, int64_t position);

// straight_pack.c

void straight_find_packed(Straight *straight);
/* Elements of a node that are in vectors; the others come after them in memory. */
int64_t straight_packed_count(const Straight *straight, const Node *node);
void straight_add_vector(Straight *straight, Text *out, const char *name, const char *expression);
/* Whether there are vectors of its elements; the one at a position, declared before where it comes
   from memory, or the one number that an operand is. */
bool straight_has_packs(const Straight *straight, Node *node);
Operand straight_pack(Straight *straight, Node *operand, int64_t first);
/* "h_0to3[1]" */
char *straight_packed_element(Straight *straight, Element at);
/* The vectors of a map or a layer; of what a sum over examples leaves; of what is stored. */
void straight_add_packs(Straight *straight, Node *node);
void straight_close_packs(Straight *straight, Node *node);
void straight_store_packs(Straight *straight, const Store *store);

// straight_layer.c -- of one example

bool straight_has_outputs_in_lanes(const Straight *straight, const Node *node);
bool straight_has_inputs_in_lanes(const Straight *straight, const Node *node);
/* The outputs at a position; one alone. Of a layer, or of what begins its sums. */
const char *straight_outputs(Straight *straight, Node *node, int64_t first);
Operand straight_output(Straight *straight, Node *node, int64_t row);

// straight_value.c

/* "array + 4" */
char *straight_offset(const Straight *straight, const char *array, int64_t offset);
/* "net->h_weight + 4" */
char *straight_leaf_place(Straight *straight, const Node *leaf, int64_t position);
/* Where an element of a node is in memory, if it is there. */
int64_t straight_position(const Node *node, int64_t element);
Element straight_element_at(Node *node, int64_t position);

char *straight_element_name(Straight *straight, Element at);
const char *straight_type_text(const Straight *straight, bool is_vector);
bool straight_is_wide(const Straight *straight, const Node *node);
void straight_add_value(Straight *straight, Text *out, Element at, const char *expression);
bool straight_has_loop(const Straight *straight);
/* "x + 4 * row", "x" */
char *straight_moved(const Straight *straight, const char *array, const char *distance);
/* "4 * row + 3" */
char *straight_example_address(const Straight *straight, int64_t stride, int64_t element);
void straight_mark_declared(Straight *straight, Element at);
/* The comparison that an element of a `where` is chosen by, if that is one: else no node. */
Element straight_condition(const Node *node, int64_t element);
/* Declared before it, where it is not yet. */
Operand straight_operand_of(Straight *straight, Element at);
const char *straight_splat(Straight *straight, Operand operand, bool is_vector);
/* What each element of a node is from position `first` on, or adds to its sum over examples. */
Operand *straight_expressions(Straight *straight, Node *node, int64_t first);
/* What an addition adds to the sum of products that begins with it. */
Operand straight_added(Straight *straight, const Node *addition, int64_t element);
/* Finds the sums of products that begin with what is added to them, as a bias is. */
void straight_find_begun(Straight *straight);
/* Marks the elements that somebody reads. */
void straight_find_live(Straight *straight);

#endif
