/* Private to expand: what its files share. In: calls and definitions. Out: their bodies evaluated,
   and built-in functions as nodes. */

#ifndef NNGEN_CALLS_H
#define NNGEN_CALLS_H

#include "expand/expand.h"

// value.c

/* "function", "optimizer", by DefinitionKind. */
extern const char *const definition_words[];

// evaluate.c

/* False after a message where a list of this shape has too many numbers. */
bool list_fits(Checker *checker, Shape shape, Span at);
/* Reports that the shapes do not broadcast. */
Value shapes_differ(Checker *checker, Shape a, Shape b, Span at, const char *label);
/* Adds to an error about shapes where the model defines the name, if the tree is one. */
void note_shape(Checker *checker, const Tree *tree);
/* Reports an unknown name, with a hint at the nearest known one. */
Value unknown_name(Checker *checker, const Tree *tree);
/* The value of a tree or a definition, by its address, if it is among those that are known. */
const Value *known_find(const KnownValues *known, const void *of);
void known_add(Checker *checker, KnownValues *known, const void *of, Value value);
/* Values of parts of a statement, in an optimizer's bodies. A tree that has one in the frame at
   work is not evaluated again. */
const Value *known_value(const Frame *frame, const Tree *tree);
void keep_value(Checker *checker, Frame *frame, const Tree *tree, Value value);
Value evaluate_ahead(Checker *checker, const Tree *tree);
/* Stops a model that would take too long. */
void count_evaluation(Checker *checker, const Tree *tree);

// expand_call.c -- calls: arguments meet parameters, bodies run

typedef struct {
    Value value;
    Span span;
    const Tree *tree; /* NULL: the default */
} Argument;

Value expand_call(Checker *checker, const Tree *tree);
/* What a name calls: a definition or a built-in function, else what it is bound to; VALUE_ABSENT
   where it is unknown. */
Value callee_of(const Checker *checker, const char *name);
bool is_of_prelude(const Definition *definition);
/* The frame is at work until leave_frame is given what enter_frame gave. */
Frame *enter_frame(Checker *checker, Frame *frame);
void leave_frame(Checker *checker, Frame *outside);
/* A call in four steps: a frame, its arguments evaluated where the call stands, by number of the
   parameter (NULL after a message), each bound in the frame, statements run. */
Frame *frame_new(Checker *checker, const Definition *definition, Span call);
Argument *call_arguments(Checker *checker, const Frame *frame, const Tree *tree);
bool bind_argument(Checker *checker, Frame *frame, int i, const Argument *argument);
/* The value of `return`. */
Value run_statement(Checker *checker, Frame *frame, const Statement *statement);
/* Reports a state, or a weight, that the body has not assigned. */
void check_assigned(Checker *checker, const Frame *frame);

// expand_arguments.c -- arguments that fit and are meant for something else

/* Of a call in the user's text: warns, or returns false after an error. */
bool check_arguments(Checker *checker, const Frame *frame, const Tree *tree);

// expand_regularizer.c -- one term of a loss for all weights

Value expand_regularizer(Checker *checker, Value partial, Span call);

// optimizer_run.c

/* The parameter that the optimizer at work moves. */
const Variable *moved_parameter(const Checker *checker);
/* The optimizer that a body calls by a name it has bound, as an argument `inner`; NULL where the
   call is of something else. */
const Value *called_optimizer(const Checker *checker, const Tree *tree);
/* Its new weight. */
Value apply_optimizer(Checker *checker, Value optimizer, const Tree *tree);
/* The statement `at value` of an optimizer. */
void body_point(Checker *checker, const Statement *statement);
/* A state of the optimizer at work. */
Variable *make_moved_state(Checker *checker, const char *local, Shape shape);
/* From what each parameter gives to a call, its values: for each parameter one. */
typedef void Combine(Checker *checker, const Moves *moves, Span at, const Value *shares,
                     Value *results);
/* The run at work has come to a call of total or hessian, where it waits for the others. */
void give_share(Checker *checker, const Tree *call, Value share, Combine *combine);

// collective.c

/* The call of a collective that a run comes to next in the tree, in the order of evaluation; what
   stands before it is evaluated and kept. NULL where there is none, or after a message: the whole
   tree can be evaluated. */
const Tree *next_collective(Checker *checker, const Tree *tree);
Value expand_total(Call *call);
Value expand_hessian(Call *call);

// custom_derivative.c

Value run_with_slope(Checker *checker, Frame *frame);

// expand_block.c

Value run_block(Checker *checker, Frame *frame);
/* Whether a block is at work that was called before: its variables exist already. */
bool meets_parts(const Checker *checker);
/* The next variable of that block and its value, or NULL after a message. */
Variable *meet_part(Checker *checker, VariableKind kind, Shape shape, Span at, Value *value);
/* Record, for later calls of the block at work, a new variable and the current value of a state. */
void keep_part(Checker *checker, Variable *variable, Span at);
void change_part(Checker *checker, const Variable *variable, Value value);
/* Sets the name prefix to block.value for what the statement makes. */
void name_block_statement(Checker *checker, const Statement *statement);

// expand_layer.c -- calls that have state

/* Starts a layer for the frame if its definition declares state. */
void open_layer(Checker *checker, Frame *frame);
void add_to_layer(Checker *checker, Variable *state);
/* Where the node of `training` is kept that the frame at work reads. */
Node **training_slot(Checker *checker);

// expand_variable.c

Value make_parameter(Checker *checker, Value shape, Value initial, const Span *spans);
void make_state(Checker *checker, const Statement *statement);
/* In the first value of an optimizer's state `weight` is the parameter's first value. Gives what it
   is now, for read_weight. */
Value read_first_weight(const Frame *frame);
void read_weight(const Frame *frame, Value now);
void assign_variable(Checker *checker, Binding *binding, Value value, const Statement *statement);

// first_value.c

/* The value in the first step of a number made of settings, step and epoch; false where the node is
   no such number. */
bool value_at_start(const Checker *checker, const Node *node, double *value);

// builtin*.c -- the functions of the language that are not definitions

enum { MAX_ARGUMENTS = 3 };

/* A call of a built-in function. `values` holds the positional arguments of a variadic one, `named`
   all others, as numbered in the table row. */
struct Call {
    Checker *checker;
    const Builtin *row;
    const Tree *tree;
    int count;
    Value *values;
    Span *spans;
    Value named[MAX_ARGUMENTS];
    const Tree *named_trees[MAX_ARGUMENTS];
    Span named_spans[MAX_ARGUMENTS];
};

struct Builtin {
    const char *name;
    int required;  /* arguments that must be there */
    bool variadic; /* any number by position; `arguments` only by name */
    bool is_raw;   /* gets the tree, not the arguments */
    bool is_maker; /* random numbers in its arguments are drawn once */
    const char *arguments[MAX_ARGUMENTS];
    Op op;
    Value (*expand)(Call *call);
};
extern const Builtin builtins[];
extern const int builtin_count;
Value expand_builtin(Checker *checker, const Builtin *row, const Tree *tree);
/* Evaluates the arguments, but those of a raw function. False after a message. */
bool open_call(Checker *checker, const Builtin *row, const Tree *tree, Call *call);
bool to_axis(Call *call, Value value, Span at,
             int *axis); /* of the first operand; negative ones count from the end */

Value expand_where(Call *call);
Value expand_transpose(Call *call);
Value expand_reshape(Call *call);
Value expand_concat(Call *call);
Value expand_expand(Call *call);
Value expand_index(Checker *checker, const Tree *tree);
Value expand_matmul(Call *call);
Value expand_contract(Call *call);
Value expand_window(Call *call);

enum { MAX_INDICES = 64 }; /* of one call in index notation */

typedef struct {
    int64_t offset, factor[MAX_INDICES];
    Span span;
} Subscript;

typedef struct {
    Node *node;
    Subscript *axis; /* what indexes each of its axes */
} Factor;

// builtin_index.c -- index notation

#define COUNT_ALL "count_all" /* an argument of windows, and never an index */

/* The indices of a call, by name: the axes of its result first. */
typedef struct {
    Call *call;
    int count;
    const char *names[MAX_INDICES];
    Span spans[MAX_INDICES];
    bool is_complete; /* a name that is none of them is an error, and no new index */
} Indices;

/* All give false after a message. */
bool index_add(Indices *indices, const char *name, Span at);
bool index_read(Indices *indices, const Tree *tree, Subscript *affine);
/* x[c, 2*i + k], with as many indices as x has axes. */
bool index_operand(Indices *indices, const Tree *tree, Factor *factor);
/* The size that is given for the index `label`. */
bool index_size(Indices *indices, const Tree *tree, const char *label, int64_t *size);
/* Whether what indexes an operand stays, for all values of the indices, in the range of an int. */
bool indices_fit(const Indices *indices, const Factor *factor, const int64_t *extent);
int index_find(const Indices *indices, const char *name); /* -1: there is none */

// builtin_product.c -- products of any number of factors

/* The product of all factors and the scale, summed over the loops that the result has not. */
typedef struct {
    int rank, loop_count; /* the first `rank` loops are the axes of the result, in order */
    int64_t extent[MAX_INDICES];
    int factor_count;
    Factor *factors;
    Node *scale; /* of rank 0; NULL: 1 */
} Product;

/* As contractions of two operands; NULL after a message where no order keeps within the limits. */
Node *multiply_factors(Checker *checker, const Product *product, Span at);

#endif
