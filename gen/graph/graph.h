/* The graph that all stages share: operators, shapes, nodes, variables; the functions that are
   emitted, each with a graph of its own; questions about contractions, views and single elements,
   and what operations cost.

   In: nodes as the stages add them. Out: Graph, Program. May be relied on: inputs of a node come
   before it in graph->nodes and node->id is its index there, shapes fit their operators;
   graph_check says the first rule that is broken. */

#ifndef NNGEN_GRAPH_H
#define NNGEN_GRAPH_H

#include "graph/affine.h"

typedef struct Graph Graph;
typedef struct Node Node;
typedef struct Variable Variable;
typedef struct Function Function;
typedef struct Program Program;

// ops.h, operators.c -- one row per operator, with its derivatives

typedef enum {
    OP_NONE,
#define MAP(id, ...) OP_##id,
#define OTHER(id, ...) OP_##id,
#include "graph/ops.h"
#undef MAP
#undef OTHER
    OP_COUNT
} Op;

typedef struct {
    const char *name; /* in graph text, in rules and, where the language has it, in models */
    int arity;
    const char *c; /* how it is emitted: "$a + $b", "nn_exp(X, $a)" */
    /* By each argument, in a, b, c, y (the result), d (the incoming gradient); NULL where there is
       none. */
    const char *derivative[3];
    double (*value)(double a, double b, double c);
} OpRow;
extern const OpRow op_rows[OP_COUNT];
Op op_by_name(const char *name); /* OP_NONE if there is none */
bool op_compares(Op op);

/* An operator between two operands, as the language writes it. `a > b` is LESS of b and a. */
typedef struct {
    const char *text;
    Op op;
    bool is_exchanged; /* the operands are exchanged */
    int level;         /* the higher, the tighter it binds; a minus sign in front has 4 */
} Infix;
const Infix *infix_by_text(const char *text); /* NULL if there is none */
const Infix *infix_by_op(Op op);              /* the one whose operands keep their order, or NULL */

// graph.c, shape.c -- the graph that all stages share

typedef struct {
    int rank;
    int64_t size[MAX_RANK];
} Shape;

Shape shape_of(int rank, const int64_t *size);
int64_t shape_count(Shape shape); /* elements; 1 for rank 0 */
bool shape_equal(Shape a, Shape b);
/* As in NumPy: aligned at the last axis, sizes equal or 1. False where that fails. */
bool shape_broadcast(Shape a, Shape b, Shape *result);
char *shape_text(Compiler *compiler, Shape shape); /* "[32, 64]", "[]" */

typedef enum {
    KIND_CONST,    /* value, of rank 0; else numbers, not all equal: those are an EXPAND of one */
    KIND_INPUT,    /* variable: an input or target, per example */
    KIND_PARAM,    /* variable */
    KIND_STATE,    /* variable: a layer's, an optimizer's, a scaling's, or a setting */
    KIND_GIVEN,    /* given: a scalar that the emitted function knows */
    KIND_RANDOM,   /* op UNIFORM or NORMAL; number */
    KIND_MAP,      /* op with 1 to 3 inputs, broadcast */
    KIND_REDUCE,   /* op SUM or MAX over axes, which it drops; over_batch: over examples too */
    KIND_CONTRACT, /* contract: out[..] = sum of a[..] * b[..] */
    KIND_WINDOW,   /* op WINDOW_SUM, WINDOW_MAX or WINDOW_FIRST; contract: see below */
    KIND_VIEW,     /* op RESHAPE, TRANSPOSE, SLICE, PAD, CONCAT, EXPAND */
} Kind;

typedef enum {
    GIVEN_STEP, /* completed updates; t is step + 1 */
    GIVEN_EPOCH,
    GIVEN_EPOCHS,
    GIVEN_TRAINING,  /* 1 in gradient and train_step, 0 in predict and loss: gone after fold */
    GIVEN_SHARE,     /* per example: 1/n, and 0 for the examples that pad an incomplete batch */
    GIVEN_GRADIENT,  /* of variable: in update equations, until optimizer_step.c puts in the node */
    GIVEN_DIRECTION, /* of variable: in hessian_times, what the Hessian is multiplied with */
    GIVEN_PRODUCT,   /* of variable: in update equations, the Hessian times direction `number`,
                       until optimizer_step.c puts in the node */
    GIVEN_SUM,       /* in a metric's finish: sum number `number` */
    GIVEN_COUNT,     /* in a metric's finish: how many examples */
    GIVEN_KEEP,      /* in gradient_add: weight of what was there */
    GIVEN_ADD,       /* in gradient_add: weight of what comes */
} Given;
extern const char *const given_names[];
bool given_has_variable(Given given); /* and its shape */

/* An index of one operand of a contraction: one affine expression of the loops per axis. */
typedef struct {
    int64_t offset[MAX_RANK];
    int64_t factor[MAX_RANK][MAX_LOOPS];
} Index;

/* Of a contraction:
   out[index[0](l)] = sum over all l of a[index[1](l)] * b[index[2](l)]; terms whose index leaves an
   operand (or out) are left out. The gradient by a is the same with out and a exchanged. Examples
   are not a loop here: an operand is per example or not; where an operand is and the result is not,
   the sum runs over the examples too.

   Of windows: index[2] is of the windows, each of whose axes is a loop of its own; the loops that it
   has not run through a window, whose terms have the row-major number of these loops.
   WINDOW_MAX       out[index[0](l)] = the largest a[index[1](l)]; a is what the windows lie over
   WINDOW_FIRST     the number of the first term that is so large; 0 where none is above -infinity
   WINDOW_SUM       the sum of a[index[1](l)], and with a second operand, the numbers that
                    WINDOW_FIRST gives, only of the terms with these
   Terms outside of a are left out; each window of a maximum has one at least. A sum's gradient by a is
   the same with out and a exchanged, a maximum's is such a sum. Result and operands are alike per
   example or not. */
typedef struct {
    int loop_count;
    int64_t extent[MAX_LOOPS];
    Index index[3];
} Contract;

struct Node {
    int id; /* its index in graph->nodes */
    Kind kind;
    Op op;
    Shape shape;
    bool batched;    /* one value per example */
    bool over_batch; /* reduce */
    unsigned axes;   /* reduce: bit i for axis i of the input; concat: the axis */
    int input_count;
    Node **inputs;
    double value;          /* const of rank 0 */
    const double *numbers; /* const of any other shape: its elements, row-major */
    Given given;
    int number; /* random: names the stream, from `check` on; given sum: which */
    Variable *variable;
    Contract *contract;
    /* Slice, pad: first index per axis; transpose: axis i of the result is axis start[i] of the
       input. */
    int64_t start[MAX_RANK];
    const char *name; /* the user's, or NULL */
    Span span;

    /* Left by fuse, and changed by layout; see fuse/plan.h. */
    struct Cluster *cluster;
    struct Nest *nest;
    bool in_epilogue;    /* of its nest */
    bool in_memory;      /* somebody outside its nest needs it */
    bool leaves_cluster; /* somebody outside its cluster does */
};

typedef enum {
    VARIABLE_INPUT,
    VARIABLE_TARGET,
    VARIABLE_PARAM,
    VARIABLE_STATE,
    VARIABLE_OPTIMIZER,
    VARIABLE_SCALING,
    VARIABLE_SETTING, /* a number that only the caller changes */
} VariableKind;
typedef enum { SCALING_NONE, SCALING_MINMAX, SCALING_STANDARD } Scaling;

struct Variable {
    VariableKind kind;
    int number;       /* its index in graph->variables */
    const char *name; /* "image", "h.weight", "h.weight.m" */
    Shape shape;
    bool onehot;     /* target: the caller passes class indices */
    bool is_same;    /* target: whether the two items of the inputs are the same, as `pairs` says */
    bool trained;    /* param: a gradient is made for it */
    bool frozen;     /* param, state of a layer: by a 'freeze' */
    Scaling scaling; /* input, target */
    Variable *low, *scale; /* of what is scaled */
    Variable *owner;       /* of an optimizer's state: its param */
    Node *node;
    Node *initial;  /* param, state: per-batch value, of constants and random nodes; NULL is 0 */
    Node *next;     /* states and param: the value that an update commits, or NULL */
    Node *point;    /* param: what the cost reads of it, where(training, an optimizer's `at`, node);
                       NULL: node itself */
    Node *gradient; /* after grad: by point, or by node */
    Node *product;  /* after grad, with `hessian`: the Hessian's product with the directions */
    Node *stepped;  /* after update: next with the gradients themselves, for train_step */
    Span span;
};

typedef struct {
    const char *name; /* accuracy, or accuracy.p where a name repeats */
    int first_sum, sum_count;
    Node *finish; /* of GIVEN_SUM and GIVEN_COUNT, of any shape */
    bool is_loss; /* no metric of the model's but the last: the loss over a data set, where that is
                     no mean over its batches */
    const Variable *classes; /* the target that it is about, or NULL */
} Metric;

/* Of `derivative y by x`: a value like any other, and a function of its own. */
typedef struct {
    const char *name; /* y_by_x */
    Node *y, *x;      /* as `check` left them */
    Node *value;      /* of shape [shape of y.., shape of x..] */
    const char *meaning;
    int target_count; /* what y needs besides inputs, in order of declaration */
    Variable **targets;
} Jacobian;

/* What one `hessian(v)` of an update multiplies the Hessian with: v of each parameter that the
   update moves, in terms of GIVEN_GRADIENT and earlier products. */
typedef struct {
    int count;
    Variable **variables;
    Node **nodes;
} Direction;

/* The checked network. Inputs of a node come before it in nodes. */
struct Graph {
    Compiler *compiler;
    const char *name;
    int64_t batch;
    int node_count;
    Node **nodes;
    int variable_count;
    Variable **variables; /* in order of declaration */
    Node *cost;           /* mean over the batch, regularisers included; NULL without a loss */
    bool has_update;
    bool has_hessian; /* by the statement */
    int direction_count;
    Direction *directions; /* by the number of GIVEN_PRODUCT; an update that has any is evaluating:
                              it needs the data, so that only train_step can do it */
    int output_count;
    Node **outputs; /* named */
    const char **output_names;
    const Variable **output_units;   /* the scaled target in whose units it is, or NULL */
    const Variable **output_classes; /* the onehot target whose classes it is of, or NULL */
    int jacobian_count;
    Jacobian *jacobians;
    int metric_count;
    Metric *metrics;
    int sum_count;    /* of all metrics */
    Node **sums;      /* per example, of any shape */
    int random_count; /* streams given out */
    Span at;          /* span of the nodes that are added */
};

Graph *graph_new(Compiler *compiler);
Node *graph_const(Graph *graph, double value);
/* A constant of any shape, with row-major elements in memory that must not change. Where all are
   equal, it is one number, broadcast. */
Node *graph_numbers(Graph *graph, Shape shape, const double *numbers);
bool numbers_are_alike(Shape shape, const double *numbers); /* in every bit */
Node *graph_given(Graph *graph, Given given);
Node *graph_variable(Graph *graph, Variable *variable);
Node *graph_random(Graph *graph, Op distribution, Shape shape, bool batched, int number);
/* The shapes must broadcast. */
Node *graph_map(Graph *graph, Op op, Node *a, Node *b, Node *c);
Node *graph_reduce(Graph *graph, Op op, Node *input, unsigned axes, bool over_batch);
Node *graph_contract(Graph *graph, const Contract *contract, Shape shape, bool batched, Node *a,
                     Node *b);
/* first: of a sum, the second operand, or NULL. */
Node *graph_window(Graph *graph, Op op, const Contract *contract, Shape shape, Node *a,
                   Node *first);
Node *graph_reshape(Graph *graph, Node *input, Shape shape);
Node *graph_transpose(Graph *graph, Node *input, const int64_t *permutation);
Node *graph_slice(Graph *graph, Node *input, const int64_t *start, Shape shape);
Node *graph_pad(Graph *graph, Node *input, const int64_t *start, Shape shape); /* zeros around */
Node *graph_concat(Graph *graph, int axis, int count, Node **inputs);
Node *graph_expand(Graph *graph, Node *input, Shape shape, bool batched);
/* The same, or the node itself where it has that shape and is per example or not as asked for. */
Node *graph_expand_to(Graph *graph, Node *node, Shape shape, bool batched);
bool variable_is_data(const Variable *variable); /* an input or a target */
/* Whether the driver draws pairs: `target same pairs`. */
bool graph_has_pairs(const Graph *graph);
/* Of the outputs and then the Jacobians. */
const char *graph_output_name(const Graph *graph, int number);
/* Adds a node like `node` with other inputs. */
Node *graph_copy_node(Graph *graph, const Node *node, Node **inputs);
Variable *graph_add_variable(Graph *graph, VariableKind kind, const char *name, Shape shape);
/* The offset of a metric's sum or figure in the array of all; for the number after the last one,
   the length of that array. */
int64_t graph_sum_at(const Graph *graph, int number);
int64_t graph_figure_at(const Graph *graph, int number);
/* Marks, by id, what the roots need. */
bool *graph_reach(Graph *graph, int root_count, Node **roots);
void graph_print(Text *out, const Graph *graph);
/* Where a contraction reads or writes, "[2*i + k - 1, j]". letters: of its loops. */
void print_index(Text *out, const Contract *contract, const Index *index, int rank,
                 const char *letters);
void print_index_axis(Text *out, const Contract *contract, const Index *index, int axis,
                      const char *letters);
/* Every rule that a graph keeps, as one sentence about the first breach, or NULL. */
const char *graph_check(const Graph *graph);

// program.c -- the emitted functions

typedef enum {
    FUNCTION_INIT,
    FUNCTION_PREDICT,       /* one example */
    FUNCTION_PREDICT_BATCH, /* groups of examples */
    FUNCTION_LOSS,
    FUNCTION_EVALUATE, /* the loss and the metrics' sums */
    FUNCTION_GRADIENT,
    FUNCTION_GRADIENT_ADD,
    FUNCTION_UPDATE,
    FUNCTION_TRAIN_STEP,
    FUNCTION_HESSIAN,    /* the Hessian's product with a direction */
    FUNCTION_FINISH,     /* metrics from sums */
    FUNCTION_DERIVATIVE, /* of one example; one function per Jacobian */
    FUNCTION_COUNT
} FunctionKind;
extern const char *const function_names[FUNCTION_COUNT];
bool function_predicts(FunctionKind kind); /* in scratch of its own */

typedef enum {
    STORE_VARIABLE, /* into the net: variable */
    STORE_GRADIENT, /* into the block of gradients in work: variable */
    STORE_PRODUCT,  /* into the block of products in work: variable */
    STORE_OUTPUT,   /* to the caller: number, of the outputs and then the Jacobians */
    STORE_COST,     /* returned */
    STORE_SUM,      /* metric sum `number`, over the examples */
    STORE_METRIC,   /* metric `number` */
} StoreKind;

typedef struct {
    StoreKind kind;
    Variable *variable;
    int number;
    Node *value;
} Store;

/* One emitted function: a graph of its own and what it stores. In update and gradient_add, a
   variable's gradient as the block in work holds it is a GIVEN_GRADIENT node. */
struct Function {
    FunctionKind kind;
    const char *name; /* "predict", "y_by_x" */
    int number;       /* derivative: which */
    int index;        /* in program->functions */
    int64_t examples; /* examples its kernels work on at once: batch, the plan's group, or 1 */
    Graph *graph;
    int store_count;
    Store *stores;
    int *first_store; /* by node, after index_stores: its first store, plus 1 */
    int *next_store;  /* by store: the next one of the same node, plus 1 */

    /* Left by fuse, tile and place. */
    struct Schedule *schedule;
};

struct Program {
    Compiler *compiler;
    Graph *graph; /* the whole one, as update leaves it */
    int function_count;
    Function **functions;
};

/* Needs: graph after update. Leaves: functions with graphs of their own, `training` replaced by its
   value in each. */
Program *program_new(Graph *graph);
void program_print(Text *out, const Program *program);
Function *program_function(const Program *program, FunctionKind kind); /* or NULL */
/* For store_first and store_next, once nodes and stores stay as they are. */
void index_stores(Function *function);
/* The stores of a node: the first, and the one after, -1 where there is none. */
int store_first(const Function *function, const Node *node);
int store_next(const Function *function, int store);

// type.c -- types of elements

typedef enum {
    TYPE_FLOAT,
    TYPE_DOUBLE,
    TYPE_INT32, /* classes */
    TYPE_UINT8, /* winners of a maximum, kept masks */
    TYPE_BOOL,  /* comparisons; 0 or 1 where they are stored as reals */
    TYPE_COUNT
} Type;
const char *type_text(Type type);                 /* "f32" */
Type type_by_text(const char *text, size_t size); /* TYPE_COUNT if there is none */
int type_bytes(Type type);
Type type_of_reals(const Options *options);
Type type_of_variable(const Options *options, const Variable *variable);
Type type_of_node(const Options *options, const Node *node);

// views.c

bool node_is_leaf(const Node *node);
bool node_is_number(const Node *node); /* a constant of rank 0 */
bool node_is_table(const Node *node);  /* a constant of any other shape */
/* Of the same shape, and per example or not as the other. */
bool node_is_like(const Node *node, const Node *other);
/* A named value whose inputs, by id, are in the graph already. It is added, since it costs nothing
   while it has no users, and an equal value that folding makes gets its name. */
bool node_is_name_at_hand(const Node *node, Node *const *made);
bool node_is_computed(const Node *node);
/* Whether its elements lie one behind the other in the memory of what it views. */
bool node_is_contiguous(const Node *node);
bool node_is_alias(const Node *node); /* a view that is only another way to look at its input */
Node *node_base(Node *node);          /* the node whose memory an alias looks at */

// contract.c

bool contract_equal(const Contract *a, const Contract *b);
/* A contraction, or windows: a sum, or a maximum, of terms that a Contract says. */
bool node_has_terms(const Node *node);
/* Of windows: whether a loop runs through a window, and not from one to the next. */
bool window_has_loop(const Node *node, int loop);
/* Whether every element of the result is one sum: each axis of the result is a loop of its own,
   over the whole axis. */
bool contract_gathers(const Contract *contract, Shape shape);
/* Brings a contraction into that form where substitution of loops can. */
void contract_gather(Node *node);
/* The loop that runs along the last axis of the result, -1 where none does alone. */
int contract_last_loop(const Node *node);
/* Whether a loop runs along this axis of an operand, over the whole axis, and along no other. */
bool contract_runs_along(const Node *node, int operand, int axis);
/* Which operand of a layer, out[b, n] = sum over k of w[n, k] * x[b, k], is the weights; -1 of any
   other node. */
int layer_weights(const Node *node);
/* Whether sums run along the last axis of the weights, as a layer's do and its gradient's by the
   input do not. */
bool layer_sums_along_rows(const Node *node, int weights);
/* The loop that alone runs along an axis of the result; -1 where none does. */
int contract_loop_of_axis(const Node *contract, int axis);
/* Whether it is a product of matrices or vectors, each axis of which is a loop, of three loops at most,
   examples counted: no windows, no convolution, nor products of each example's matrices. */
bool contract_is_product(const Node *node);
/* Whether a loop runs along an axis of the result. */
bool contract_keeps_loop(const Node *contract, int loop);
/* Whether the loop over examples is the innermost of the loops that are not summed, as in layers:
   all examples use a tile of outputs' weights before the next tile, so that weights are read once.
   */
bool examples_come_last(const Node *contract);

// element_index.c -- single elements, by their row-major number

typedef struct {
    Node *node; /* NULL: zero */
    int64_t element;
} Element;

/* Of a constant. */
double element_number(Element at);
/* Through views, to what is computed or read. */
Element element_resolve(Node *node, int64_t element);
bool element_is_zero(Element at);
/* The element of an operand of shape `shape` that a broadcast puts at an element of `whole`. */
int64_t element_broadcast(Shape whole, int64_t element, Shape shape);
/* The element of a reduction that an element of its input is added to. */
int64_t element_reduced(const Node *node, int64_t from);
/* The element that an index of a contraction selects for these values of the loops; -1 outside. */
int64_t element_contracted(const Index *index, Shape shape, const int64_t *loops, int loop_count);

// flops.c

typedef struct {
    double example, call; /* of one example; of a call on function->examples of them, all in all */
} Flops;
/* Of one example, or of one call where the node is not per example; an integer may not hold it. */
double node_flops(const Node *node);
Flops flops_of(const Function *function, const Node *node);
Flops flops_add(Flops a, Flops b);
Flops flops_of_function(const Function *function);

#include "graph/expression.h"

#endif
