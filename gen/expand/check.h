/* Private to check*.c, expand*.c and builtin*.c: what an expression is while the model is
   expanded into the graph. */

#ifndef CHECK_H
#define CHECK_H

#include "nngen.h"

typedef struct Checker Checker;
typedef struct Frame Frame;
typedef struct Builtin Builtin;
typedef struct Move Move;
typedef struct Moves Moves;
typedef struct Call Call;
typedef struct Block Block;
typedef struct First First;
typedef struct Layer Layer;

typedef enum {
    VALUE_NONE,       /* after an error, which was reported */
    VALUE_ABSENT,     /* an argument that was left out */
    VALUE_NUMBER,     /* known now */
    VALUE_LIST,       /* of numbers: a shape, axes */
    VALUE_NODE,       /* known when the net runs */
    VALUE_DEFINITION, /* by name, or with its arguments and waiting: he, normal(0.1), adam() */
    VALUE_BUILTIN,
} ValueKind;

typedef struct {
    ValueKind kind;
    double number;
    int count;
    double *items;
    Node *node;
    const Definition *definition; /* also of a node whose name is a definition's, too */
    Frame *arguments;             /* bound; NULL where a definition is only named */
    const Builtin *builtin;
} Value;

typedef struct {
    const char *name;
    Value value;
    Span place;
    Variable *variable; /* a state, which assigning gives its next value; the parameter of an
                           optimizer's weight */
    bool is_assigned;
    bool is_fixed; /* an input or target: no other value may take the name */
} Binding;

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
    int order;
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

/* A target that is scaled. */
typedef struct {
    const char *name;
    Variable *variable; /* NULL until it is declared */
    Node *scaled;       /* what assignments and the loss compute with */
    bool is_said;       /* `output .. as` speaks of it */
} ScaledTarget;

/* A value that an assignment makes and that may belong to a scaled target. */
typedef struct {
    const Statement *assignment;
    ScaledTarget *target, *other; /* other: a second one that it stands with, or NULL */
    bool is_said;                 /* by `output .. as` */
    Node *node;                   /* NULL until it is made */
    Node *shown;                  /* in the target's units; NULL until somebody needs it */
} Counterpart;

struct Checker {
    Compiler *compiler;
    Graph *graph;
    const Statements *statements;
    Scope user, prelude; /* definitions */
    Scope prefixes;      /* how many makers each value's name has had */
    Frame *model, *frame;
    const char *prefix;      /* the name that the model's statement gives to what it makes */
    const char *fixed_place; /* "update", "batch", ..: where no parameter may be made, or NULL */
    int made_count;
    Made *made;
    int block_count;
    Block **blocks;   /* that were called */
    int layer_count;
    Layer **layers;   /* of the statement at work */
    int frozen_count; /* variables that `freeze` was asked about */
    bool is_watching; /* at metrics and outputs: states of blocks stay as training leaves them */
    Scope variable_names;
    int64_t expected_batch; /* before `batch` is read: what it will be, if that is a plain number */
    int depth, call_count, evaluation_count;
    int batch_random; /* above 0: random numbers are drawn once, not per example */
    bool in_loss, in_update;
    bool waits; /* the body that runs is left: it needs what other parameters' bodies know */
    Node *givens[GIVEN_ADD + 1];
    Node *update_number; /* t */
    Node *batch_size;
    int first_count;
    First *firsts;      /* by id: nodes as they are in the first step */
    Variable *examples; /* the training set's size, where the model asks for it */
    const Statement *network, *loss, *update, *batch, *output, *hessian;
    int update_count, freeze_count;
    const Statement **updates, **freezes; /* update: the one without `for` is among them */
    Moves *moves;                         /* of the update at work, or NULL */
    Move *move;                           /* whose body runs, or NULL */
    int metric_count;
    const Statement **metrics;
    int target_count; /* of scaled targets */
    ScaledTarget *targets;
    Scope target_names; /* their numbers */
    int counterpart_count;
    Counterpart **counterparts, **counterpart_of; /* of: by number of the assignment, or NULL */
    bool shows_targets; /* from here on names stand for what the caller passes and gets */
    int shown_count, of_scaled_count;
    Counterpart **shown; /* by node: the value that it is, or is in its units; NULL: neither */
    const Counterpart **of_scaled; /* by node: the value that it is made of as scaled, or NULL */
    int fact_count;
    Fact *facts;
    int term_count; /* of the loss, regularisers left out */
    Node **terms;
};

// value.c -- names, values, messages

Binding *scope_find(const Scope *scope, const char *name);
Binding *scope_bind(Checker *checker, Scope *scope, const char *name, Value value);
void scope_names(Checker *checker, const Scope *scope, const char ***names, int *count);

Value value_number(double number);
Value value_node(Node *node);
Value value_list(Checker *checker, Shape shape);
/* "a number", "a value of shape [3]", "the initializer 'he'" */
const char *value_text(Checker *checker, Value value);

/* Where the user reads of it: inside prelude definitions, at the call that led there. */
Span user_place(const Checker *checker, Span at);
/* Sets the place of the nodes to come: in a definition the model's call, so that a copy of a
   prelude definition gives the same graph. */
void place_nodes(Checker *checker, Span at);
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
/* Reports that the shapes do not broadcast. */
Value shapes_differ(Checker *checker, Shape a, Shape b, Span at, const char *label);
/* One node for all who ask, but `training` is one for each layer. */
Node *given_node(Checker *checker, Given given);
Binding *find_value(const Checker *checker, const char *name);
const Definition *find_definition(const Checker *checker, const char *name);
/* Adds to an error about shapes where the model defines the name, if the tree is one. */
void note_shape(Checker *checker, const Tree *tree);
/* Reports a name that nothing has. */
Value unknown_name(Checker *checker, const Tree *tree);

// expand_call.c -- calls: arguments meet parameters, bodies run

Value expand_call(Checker *checker, const Tree *tree);
/* A definition that is only named gets its defaults; VALUE_NONE after a message. */
Value with_arguments(Checker *checker, Value value, Span at);
Frame *frame_new(Checker *checker, const Definition *definition, Span call);
/* A frame with the arguments that a definition waits with, to bind more names in and to run. */
Frame *frame_apply(Checker *checker, Value partial, Span call);
Value run_body(Checker *checker, Frame *frame);
/* Has a value per example, or one for all, added up over the examples: the sum as finish has it. */
Node *sum_of_examples(Checker *checker, Node *node);
extern const char *const definition_words[];

// optimizer_run.c -- optimizers: one parameter's run through a body, and what needs them all

/* One parameter's run through its optimizer's body. A run may start anew, once others have said
   what it waits for: what it makes besides nodes it then has already. */
struct Move {
    Variable *parameter;
    Node *gradient;           /* GIVEN_GRADIENT */
    Node *next;               /* the new weight */
    Node *point;              /* of `at`, or NULL */
    const Frame *point_frame; /* whose */
    int state_count, random_count;
    Variable **states;
    int *randoms;                              /* streams */
    int next_state, next_random, next_meeting; /* of the run at work */
};

typedef struct Meeting Meeting;
/* From the shares of all moves, the result of each. */
typedef void Settle(Checker *checker, Meeting *meeting);

/* A place in the body where every parameter gives something and takes something. */
struct Meeting {
    const Tree *tree;
    Settle *settle;
    Value *shares, *results; /* by move; results are NULL until settled */
};

struct Moves {
    int count;
    Move *items;
    int meeting_count;
    Meeting *meetings;
};

/* Runs the optimizer for all moves; leaves the new weight and the point of each. */
void run_moves(Checker *checker, Value optimizer, Moves *moves, Span at);
/* Gives this parameter's share. The result, or VALUE_NONE and checker->waits. */
Value meet(Checker *checker, const Tree *tree, Value share, Settle *settle);
Value expand_total(Call *call);
Value expand_hessian(Call *call);
/* An optimizer that is called in another one's body: its new weight. */
Value apply_optimizer(Checker *checker, Value optimizer, const Tree *tree);
/* `at value` */
void body_point(Checker *checker, const Statement *statement);
/* A state of the optimizer at work, and a stream of random numbers: those of an earlier run, or
   new ones. */
Variable *move_state(Checker *checker, const char *name, Shape shape);
int next_stream(Checker *checker);

// custom_derivative.c -- functions with a derivative by hand

void check_derivative(Checker *checker, const Definition *definition);
Value run_with_slope(Checker *checker, Frame *frame);

// expand_block.c -- blocks: one set of parameters for all calls

Value run_block(Checker *checker, Frame *frame);
/* Whether what makes a variable here gets one that an earlier call has made. */
bool meets_parts(const Checker *checker);
/* That variable and its value, or NULL after a message. */
Variable *meet_part(Checker *checker, VariableKind kind, Shape shape, Span at, Value *value);
/* In a block, keeps a new variable for the calls to come, and the value that a state has now. */
void keep_part(Checker *checker, Variable *variable, Span at);
void change_part(Checker *checker, const Variable *variable, Value value);
/* What a statement of a block makes is named after the block and the value. */
void name_block_statement(Checker *checker, const Statement *statement);
/* use .. as: the block under another name, with parameters of its own; NULL after a message. */
const Definition *copy_block(Checker *checker, const Statement *statement);
void warn_of_idle_blocks(Checker *checker);

// expand_layer.c -- calls that have state

/* Gives the frame a layer if its definition makes state. */
void open_layer(Checker *checker, Frame *frame);
void add_to_layer(Checker *checker, Variable *state);
/* Where the node of `training` is kept for the frame at work. */
Node **training_place(Checker *checker);

// expand_variable.c -- parameters and state: made, named, given their first and next values

/* The sizes in brackets after a declared name. False after a message. */
bool declared_shape(Checker *checker, const Statement *statement, Shape *shape);
Value make_parameter(Checker *checker, Value shape, Value initial, const Span *places);
void make_state(Checker *checker, const Statement *statement);
void assign_variable(Checker *checker, Binding *binding, Value value, const Statement *statement);
void name_variables(Checker *checker);
/* Takes the name for a variable, with a number behind it if it is taken. */
const char *take_name(Checker *checker, const char *name);
/* An error where the name is that of a counter, which get and set know already. */
void refuse_counter(Checker *checker, const char *name, const char *kind, Span at);

// builtin*.c -- the functions of the language that are not definitions

enum { MAX_ARGUMENTS = 3 };

/* A call of a built-in function: positional arguments of a variadic one in `values`, all others
   by their place in the row. */
struct Call {
    Checker *checker;
    const Builtin *row;
    const Tree *tree;
    int count;
    Value *values;
    Span *places;
    Value named[MAX_ARGUMENTS];
    const Tree *named_trees[MAX_ARGUMENTS];
    Span named_places[MAX_ARGUMENTS];
};

struct Builtin {
    const char *name;
    int required;  /* arguments that must be there */
    bool variadic; /* any number by place; `arguments` only by name */
    bool is_raw;   /* gets the tree, not the arguments */
    bool is_maker; /* random numbers in its arguments are drawn once */
    const char *arguments[MAX_ARGUMENTS];
    Op op;
    Value (*expand)(Call *call);
};
extern const Builtin builtins[];
extern const int builtin_count;
const Builtin *builtin_by_name(const char *name);
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
    Span place;
} Affine;

typedef struct {
    Node *node;
    Affine *axis; /* what indexes each of its axes */
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

// dependence.c -- what values depend on

Fact fact_of(Checker *checker, const Node *node);
/* The leaf or mean through which prediction of a node depends on that. */
const Node *find_cause(Checker *checker, const Node *node, unsigned dependence);

// check_target.c -- scaled targets, and the values that are given in their units

/* From the text alone, before anything is evaluated. */
void find_counterparts(Checker *checker);
void keep_target(Checker *checker, const char *name, Variable *variable, Node *scaled);
/* What assignment number `statement` makes. */
void keep_counterpart(Checker *checker, int statement, Value value);
/* The target in whose units the caller gets the value, or NULL. */
const Variable *units_of(Checker *checker, const Node *node);
/* The same of what metrics and outputs read in the value's place. */
const Variable *units_of_shown(const Checker *checker, const Node *shown);
/* The value in these units: value / scale + low, or itself. */
Node *in_units(Checker *checker, Node *node);
/* What a derivative by the value is multiplied with to be by the value in these units: of its shape
   or broadcast to it; NULL: 1. */
Node *unit_of(Checker *checker, const Node *node);
/* False, with a message, where the value's target is declared later. */
bool check_declared(Checker *checker, const Node *node, Span at);
/* Binds the names of scaled targets and of what belongs to them to what the caller passes and gets,
   or says what is not clear. */
void show_targets(Checker *checker);
/* Warns where the roots, of an output or a metric, are made of what is learned from a scaled target
   and are not in its units. */
void warn_of_scaled(Checker *checker, const char *name, int count, Node **roots, Span at);
/* Reports a metric that mixes units. */
void check_metric_units(Checker *checker, const Metric *metric, Span at);

// check.c, check_data.c, check_pairs.c, check_cost.c, check_trained.c, check_derivative.c,
// check_output.c, check_schedule.c, check_words.c -- the model's statements

/* A word after an input or target that is no definition. */
typedef struct {
    const char *name;
    bool is_onehot, is_same; /* of a target alone */
    Scaling scaling;
    const char *use, *comment;
} Word;
extern const Word words[];
extern const int word_count;

/* Whether the name is free for an input or a value; says so if not. */
bool is_free(Checker *checker, const Statement *statement);
/* Leaves with an error where there are so many already of what takes time with the square of its
   count. */
void check_count(Checker *checker, int count, const char *what, Span at);
void check_data(Checker *checker, const Statement *statement);
void make_derivative(Checker *checker, const Statement *statement);
void check_pairs(Checker *checker);
void check_loss(Checker *checker);
/* Marks, by id, what a derivative of the roots depends on. */
bool *derivative_reach(Graph *graph, int count, Node **roots);
/* Marks trained parameters and warns of those that nothing moves. */
void check_trained(Checker *checker);
Value expand_regularizer(Checker *checker, Value partial, Span call);
void check_metrics(Checker *checker);
/* An input or a target, as given or scaled: (x - low) scale. */
bool is_data(const Node *node);
void check_outputs(Checker *checker);
void find_classes(Checker *checker);
/* Marks, by id, what outputs, derivatives, metrics and the cost need, and the next values. */
bool *used_nodes(const Checker *checker);
/* Warns of rates and the like that are not finite in the first step. */
void check_schedules(Checker *checker);
/* Warns of values that are called as statements and that nothing uses. */
void warn_of_words(Checker *checker);
/* A number of settings, step and epoch when training begins; false where it is no such. */
bool value_at_start(Checker *checker, const Node *node, double *value);
void check_inputs(Checker *checker);

// check_whole.c -- the loss over a data set, where it is no mean over batches

void check_whole(Checker *checker);

// check_freeze.c

/* Freezes what was made since the last call and has its name. */
void freeze_variables(Checker *checker);
/* Reports a `freeze` of nothing. */
void check_freezes(Checker *checker);

// check_update.c

/* Whether `freeze` or `update .. for` speaks of the variable. */
bool is_named(const Variable *variable, const Statement *statement);
/* Reports a pattern that fits nothing. */
void check_pattern(Checker *checker, const Statement *statement);
void check_updates(Checker *checker);

#endif
