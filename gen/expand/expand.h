/* Expressions and definitions to nodes: calls, blocks, parameters and states, optimizers at work,
   functions of the language.

   In: trees, with the names in scope of a Checker. Out: Values; nodes and variables of its graph.
   May be relied on: what could not be done was reported at the span that the user reads of, and
   gives VALUE_NONE or NULL, which later calls take without another word. */

#ifndef NNGEN_EXPAND_H
#define NNGEN_EXPAND_H

#include "autodiff/autodiff.h"
#include "syntax/syntax.h"

typedef struct Checker Checker;
typedef struct Frame Frame;
typedef struct Builtin Builtin;
typedef struct Move Move;
typedef struct OptimizerRun OptimizerRun;
typedef struct Moves Moves;
typedef struct Call Call;
typedef struct Block Block;
typedef struct First First;
typedef struct Layer Layer;

typedef enum {
    VALUE_NONE,       /* after an error, which was reported */
    VALUE_ABSENT,     /* an argument that was left out */
    VALUE_NUMBER,     /* known now */
    VALUE_LIST,       /* of numbers, known now: a shape, axes, a table */
    VALUE_NODE,       /* known when the net runs */
    VALUE_DEFINITION, /* by name, or with its arguments and waiting: he, normal(0.1), adam() */
    VALUE_BUILTIN,
} ValueKind;

typedef struct {
    ValueKind kind;
    double number;
    Shape shape; /* of a list: [2] of [3, 4], which may be empty; [2, 2] of [[1, 2], [3, 4]] */
    int count;   /* of its numbers */
    const double *items; /* row-major; never changed */
    const char *name;    /* of a list that the model assigns, or NULL; and where */
    Span span;
    Node *node;
    const Definition *definition; /* also of a node whose name is a definition's, too */
    Frame *arguments;             /* bound; NULL where a definition is only named */
    const Builtin *builtin;
} Value;

typedef struct {
    const char *name;
    Value value;
    Span span;
    Variable *variable; /* a state, which assigning gives its next value; the parameter of an
                           optimizer's weight */
    bool is_assigned;
    bool is_fixed; /* an input or target: no other value may take the name */
} Binding;

/* Values of trees, or of definitions, that are found once and then known. A hash table by address,
   in which these are only looked up. */
typedef struct {
    const void *of;
    Value value;
} Known;
typedef struct {
    int count, capacity;
    Known *slots;
} KnownValues;

/* Names and what they are bound to: a hash table. */
typedef struct {
    int count, capacity;
    Binding **slots;
} Scope;

/* One expansion of a definition, or the model itself. */
struct Frame {
    Frame *caller;
    int depth;
    const Definition *definition; /* NULL: the model */
    bool is_prelude;
    Span call;
    Span model_call;      /* the call in the model's own statement */
    Span user_call;       /* prelude: the call in the user's text that led here */
    const char *assigned; /* the name that the statement at work assigns, or NULL */
    Block *block;         /* of a call of one, once its body runs */
    Layer *layer;         /* of a call that has state, once its body runs */
    OptimizerRun *run;    /* the run of an optimizer that it is part of, or NULL */
    KnownValues known;    /* of trees: parts of a statement that were evaluated ahead of the rest */
    Scope scope;
};

/* The states of one call of a function or a block. They are frozen together: the call then reads
   `training` as 0. */
struct Layer {
    Node *training; /* NULL: nothing in it has asked */
    int state_count;
    Variable **states;
};

/* A variable made by the statement at work; it gets its name when the statement is done. */
typedef struct {
    Variable *variable;
    const Frame *maker;
    const char *local; /* NULL: named by the statement alone */
    int number;        /* in the order of making */
} Made;

/* What a node depends on, as bits, while it trains and while it predicts; its number in
   prediction where that is known. */
typedef struct {
    unsigned training, prediction;
    bool is_known;
    double number;
} Fact;

enum {
    ON_INPUT = 1,
    ON_TARGET = 2,
    ON_PARAM = 4,
    ON_STATE = 8, /* of a layer or a scaling */
    ON_OPTIMIZER = 16,
    ON_GRADIENT = 32,
    ON_RANDOM = 64,
    ON_EXAMPLE_RANDOM = 128,
    ON_BATCH = 256, /* a mean over the examples */
    ON_SUM = 512,   /* a metric's sums and count */
    ON_COUNTER = 1024,
    ON_SETTING = 2048,
};

/* Definitions by name: the model's and the prelude's. */
typedef struct {
    Scope user, prelude;
} Definitions;

/* How parameters and states get their names. */
typedef struct {
    Scope taken;        /* names that variables have */
    Scope makers;       /* how many calls that make variables each value's name has had */
    const char *prefix; /* the name that the model's statement gives to what it makes */
    int made_count;
    Made *made; /* by the statement at work */
    int freeze_count;
    const Statement **freezes; /* all of the model's, from the start */
} Naming;

/* What expressions may do in the statement that is being evaluated. */
typedef struct {
    const char *forbids_variables; /* "update", "batch", ..: no parameter may be made in it */
    int batch_random;              /* above 0: random numbers are drawn once, not per example */
    bool in_loss, in_update;
    bool keeps_states; /* metrics and outputs: states of blocks stay as training leaves them */
} Context;

/* What expansion has taken so far, against the limits. */
typedef struct {
    int depth, calls, evaluations;
} Effort;

/* Blocks that were called. */
typedef struct {
    int count;
    Block **items;
} CalledBlocks;

/* Layers of the statement at work. */
typedef struct {
    int count;
    Layer **items;
} Layers;

/* What there is one of in a graph, for all who ask. */
typedef struct {
    Node *givens[GIVEN_ADD + 1];
    Node *update_number; /* t */
    Node *batch_size;
    Variable *examples; /* the training set's size, where the model asks for it */
} Shared;

/* By id of the graph's nodes, for all that learn_nodes has met. */
typedef struct {
    int count;
    Fact *items;
} Facts;

/* By id, too: nodes as they are in the first step. */
typedef struct {
    int count;
    First *items;
} Firsts;

/* What the loss adds up, regularizers left out. */
typedef struct {
    int count;
    Node **items;
} LossValues;

/* One model on its way to a graph. `frame` is the expansion at work, `model` the outermost; `kept`
   and `units` are check's alone. */
struct Checker {
    Compiler *compiler;
    Graph *graph;
    const Statements *statements;
    Definitions definitions;
    Frame *model, *frame;
    Context context;
    Naming naming;
    Effort effort;
    CalledBlocks blocks;
    Layers layers;
    Shared shared;
    Facts facts;
    Firsts firsts;
    LossValues loss_values;
    KnownValues collectives; /* of definitions: 1 for those that are collectives, 0 for others */
    int64_t expected_batch; /* before `batch` is read: what it will be, if that is a plain number */
    struct Kept *kept;
    struct Units *units;
};

// value.c -- names, values, messages

Binding *scope_find(const Scope *scope, const char *name);
Binding *scope_bind(Checker *checker, Scope *scope, const char *name, Value value);
void scope_names(Checker *checker, const Scope *scope, const char ***names, int *count);

Value value_number(double number);
Value value_node(Node *node);
Value value_numbers(Shape shape, const double *items); /* a list, row-major */
Value value_list(Checker *checker, Shape shape);       /* of its sizes */
/* "a number", "a value of shape [3]", "the initializer 'he'" */
const char *value_text(Checker *checker, Value value);

/* Where the user reads of it: inside prelude definitions, at the call that led there. */
Span user_span(const Checker *checker, Span at);
/* Sets the span of the nodes to come: in a definition the model's call, so that a copy of a
   prelude definition gives the same graph. */
void set_span(Checker *checker, Span at);
/* Reports an error, with notes on the expansions that led there. */
Value fail(Checker *checker, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The conversions report what does not fit, but nothing for VALUE_NONE. */
Node *to_node(Checker *checker, Value value, Span at);
bool to_number(Checker *checker, Value value, Span at, double *number);
bool to_whole(Checker *checker, Value value, Span at, int64_t *whole);
bool to_shape(Checker *checker, Value value, Span at, Shape *shape);
bool shape_fits(Checker *checker, Shape shape, Span at); /* within MAX_ELEMENTS */
/* The node with that shape: itself, expanded, or, of one element, reshaped; NULL where neither
   fits, without a word. */
Node *fit_node(Checker *checker, Node *node, Shape shape);

// evaluate.c -- expressions

Value evaluate(Checker *checker, const Tree *tree);
/* An elementwise operator on numbers and nodes. `label` names it in messages. */
Value apply_map(Checker *checker, Op op, const Value *operands, Span at, const char *label);
/* One node for all who ask, but `training` is one for each layer. */
Node *given_node(Checker *checker, Given given);
Binding *find_value(const Checker *checker, const char *name);
const Definition *find_definition(const Checker *checker, const char *name);

// expand_call.c -- calls: arguments meet parameters, bodies run

/* A definition that is only named gets its defaults; VALUE_NONE after a message. */
Value with_arguments(Checker *checker, Value value, Span at);
/* A frame with the arguments that a definition waits with, to bind more names in and to run. */
Frame *frame_apply(Checker *checker, Value partial, Span call);
Value run_body(Checker *checker, Frame *frame);
/* Has a value per example, or one for all, added up over the examples: the sum as finish has it. */
Node *sum_of_examples(Checker *checker, Node *node);

// optimizer_run.c -- optimizers at work

/* What an optimizer makes of one parameter. */
struct Move {
    Variable *parameter;
    Node *next;  /* the new weight */
    Node *point; /* of `at`, or NULL */
    int state_count;
    Variable **states;
};

/* Of the parameters that one `update` moves. */
struct Moves {
    int count;
    Move *items;
};

/* Runs the optimizer for every parameter; leaves the new weight, the point and the states of
   each. */
void run_moves(Checker *checker, Value optimizer, Moves *moves, Span at);

// custom_derivative.c -- functions with a derivative by hand

void check_derivative(Checker *checker, const Definition *definition);

// expand_block.c -- blocks: one set of parameters for all calls

/* use .. as: the block under another name, with parameters of its own; NULL after a message. */
const Definition *copy_block(Checker *checker, const Statement *statement);
void warn_of_idle_blocks(Checker *checker);

// expand_variable.c -- parameters and state: made, named, given their first and next values

/* The sizes in brackets after a declared name. False after a message. */
bool declared_shape(Checker *checker, const Statement *statement, Shape *shape);
/* Names what the statement at work has made, and marks what of that is frozen. */
void name_variables(Checker *checker);
/* Takes the name for a variable, with a number behind it if it is taken. */
const char *take_name(Checker *checker, const char *name);
/* An error where the name is that of a counter, which get and set know already. */
void refuse_counter(Checker *checker, const char *name, const char *kind, Span at);

// name_pattern.c -- names that `freeze` and `update .. for` give

/* Whether the statement is about variables of this kind: parameters, and for `freeze` states of
   layers, too. */
bool can_name(const Statement *statement, const Variable *variable);
/* Whether it names the variable: by a pattern, or all that it can name where it has none. */
bool is_named(const Variable *variable, const Statement *statement);
/* The statement that freezes the variable, by the name that it has; NULL where none does. */
const Statement *freeze_of(const Checker *checker, const Variable *variable);

// builtin.c -- functions of the language that are no definitions

/* A function of the language that is no definition, or NULL. */
const Builtin *builtin_by_name(const char *name);

// dependence.c -- what values depend on

/* Finds facts and first values of the nodes that have come since: before any of these is asked
   for. */
void learn_nodes(Checker *checker);
/* Nodes have new numbers and inputs: they are all to be learned anew. */
void forget_nodes(Checker *checker);
Fact fact_of(const Checker *checker, const Node *node);
/* The leaf or mean through which prediction of a node depends on that. */
const Node *find_cause(const Checker *checker, const Node *node, unsigned dependence);
/* The other branch of a known condition: what `training` chooses in a frozen layer. */
bool is_unread(const Node *node, int input);
/* Whether an operator has a derivative by an input; and whether one by the node goes on to it,
   which may be 0 for other reasons. */
bool has_derivative(const Node *node, int input);
bool passes_derivative(const Node *node, int input);
/* Marks, by id, what a derivative of the roots depends on. */
bool *derivative_reach(Graph *graph, int count, Node **roots);

// first_value.c -- numbers as they are when training begins

/* What a node is then. */
struct First {
    bool is_known, is_timed; /* timed: made of counters */
    bool is_vague;           /* made of epochs, which the caller says, or of what is not finite */
    double value;
};
void learn_first_values(Checker *checker); /* for learn_nodes */
const First *first_value_of(const Checker *checker, const Node *node);

#endif
