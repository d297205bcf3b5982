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

// expand_call.c -- calls: arguments meet parameters, bodies run

Value expand_call(Checker *checker, const Tree *tree);
Frame *frame_new(Checker *checker, const Definition *definition, Span call);

// expand_arguments.c -- arguments that fit and are meant for something else

/* Of a call in the user's text: warns, or returns false after an error. */
bool check_arguments(Checker *checker, const Frame *frame, const Tree *tree);

// expand_regularizer.c -- one term of a loss for all weights

Value expand_regularizer(Checker *checker, Value partial, Span call);

// optimizer_run.c

/* The parameter that the optimizer at work moves. */
const Variable *moved_parameter(const Checker *checker);
/* Whether a run is at work that has to wait for the other parameters: what is evaluated gives
   VALUE_NONE until its body is left. */
bool run_waits(const Checker *checker);
Value expand_total(Call *call);
Value expand_hessian(Call *call);
/* An optimizer that is called in another one's body: its new weight. */
Value apply_optimizer(Checker *checker, Value optimizer, const Tree *tree);
/* The statement `at value` of an optimizer. */
void body_point(Checker *checker, const Statement *statement);
/* A state of the optimizer at work, and a stream of random numbers, there or anywhere: what an
   earlier run of the same body took at this point, or a new one. */
Variable *run_state(Checker *checker, const char *local, Shape shape);
int next_stream(Checker *checker);

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
void assign_variable(Checker *checker, Binding *binding, Value value, const Statement *statement);

// first_value.c

/* The value in the first step of a number made of settings, step and epoch; false where the node is
   no such number. */
bool value_at_start(Checker *checker, const Node *node, double *value);

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
bool to_axis(Call *call, Value value, Span at,
             int *axis); /* of the first operand; negative ones count from the end */

Value expand_transpose(Call *call);
Value expand_reshape(Call *call);
Value expand_concat(Call *call);
Value expand_expand(Call *call);
Value expand_index(Checker *checker, const Tree *tree);
Value expand_matmul(Call *call);
Value expand_contract(Call *call);

// builtin_product.c -- products of any number of factors

enum { MAX_INDICES = 64 }; /* of one product in index notation */

typedef struct {
    int64_t offset, factor[MAX_INDICES];
    Span span;
} Subscript;

typedef struct {
    Node *node;
    Subscript *axis; /* what indexes each of its axes */
} Factor;

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
