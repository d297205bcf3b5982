/* nngen: the compiler's data structures and, file by file, its table of contents.

   text -> parse -> check -> grad -> update -> fold -> fuse -> tile -> place -> emit -> C

   The whole compiler is a function of (text, options) to (files, diagnostics): `compile` in main.c.
   Nothing in it exits the process or writes a file; cli.c does that. All memory of one compilation
   comes from one arena. */

#ifndef NNGEN_H
#define NNGEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MAX_RANK = 6,          /* axes of a value */
    MAX_LOOPS = 8,         /* loops of one contraction, kept and summed */
    MAX_DEPTH = 400,       /* nesting of expressions and of calls */
    MAX_NODES = 1000000,   /* nodes of one graph */
    MAX_ERRORS = 20,       /* reported in one run */
    MAX_SOURCE = 16 << 20, /* bytes of one source */
    MAX_PARTS = 1000000,   /* statements, names, numbers and operators of one source */
    MAX_NAME = 200,        /* characters */
    MAX_OF_KIND = 1000,    /* outputs, derivatives, `freeze` and `update` statements, of each */
};
/* Of one array, examples and padding counted: half of what an `int` holds, so that what is added to
   an index, and the last step of a loop, does not leave it either. */
#define MAX_ELEMENTS ((int64_t)1 << 30)
#define MAX_WHOLE ((int64_t)1 << 31) /* of whole numbers in models */

typedef struct Arena Arena;
typedef struct Text Text;
typedef struct Source Source;
typedef struct Compiler Compiler;
typedef struct Tree Tree;
typedef struct Statement Statement;
typedef struct Graph Graph;
typedef struct Node Node;
typedef struct Variable Variable;
typedef struct Function Function;
typedef struct Program Program;

// arena.c -- memory of one compilation; every block is zeroed and freed with the arena

Arena *arena_new(void); /* NULL without memory */
void arena_free(Arena *arena);
/* Without memory, leaves through compiler->stop. */
void *arena_alloc(Compiler *compiler, size_t size);
#define NEW(compiler, Type) ((Type *)arena_alloc(compiler, sizeof(Type)))
#define NEW_ARRAY(compiler, Type, count)                                                           \
    ((Type *)arena_alloc(compiler, sizeof(Type) * (size_t)(count)))

/* Makes room for one more in a growing array in the arena: capacity doubles, old items are
   copied. */
#define PUSH(compiler, items, count, item)                                                         \
    ((items) = array_grow(compiler, items, count, sizeof *(items)), (items)[(count)++] = (item))
void *array_grow(Compiler *compiler, void *items, int count, size_t size);

// text.c -- strings that grow, in the arena, and what else is done with bytes

struct Text {
    Compiler *compiler;
    char *bytes; /* always ends with a NUL; never NULL after the first call */
    size_t size, capacity;
};
Text *text_new(Compiler *compiler);
void text_add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_v(Text *text, const char *format, va_list arguments);
void text_add_bytes(Text *text, const char *bytes, size_t size);
/* `added` is not empty, and `text` has been written to. */
void text_insert(Text *text, size_t at, const Text *added);
char *format_text(Compiler *compiler, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* FNV-1a of what was hashed before, which begins with HASH_START, and of these bytes. */
#define HASH_START 14695981039346656037u
uint64_t hash_bytes(uint64_t before, const char *bytes, size_t size);
/* The length of the UTF-8 character that the bytes begin with, 0 if they begin with none. */
size_t utf8_decode(const char *bytes, size_t size, uint32_t *code);
/* The length of what the bytes begin with, 1 where that is no UTF-8, and whether a terminal may
   show it: no control characters, nothing that reorders text. */
size_t character_length(const char *bytes, size_t size, bool *is_shown);
enum { SHOWN_SIZE = 17 };
/* The first character of the bytes, or \x1b and the like for each byte where a terminal may not
   show it. The length as above. */
size_t show_character(const char *bytes, size_t size, char shown[SHOWN_SIZE]);
/* A text of anyone's, such as a path, character by character as above. */
char *shown_text(Compiler *compiler, const char *bytes);
void print_shown(FILE *out, const char *bytes);

// diagnose.c -- errors with place, caret, note and hint, as text in compiler->diagnostics

struct Source {
    const char *name; /* for messages: a path, "<stdin>", or "prelude/losses.def" */
    const char *text; /* a copy, each line ended by '\n' alone, and a NUL */
    size_t size;
    bool is_prelude;
};

/* A stretch of source text: bytes first .. end - 1. source is NULL where there is no place. */
typedef struct {
    const Source *source;
    size_t first, end;
} Span;

/* A size beyond MAX_SOURCE is an error that leaves through compiler->stop. */
void source_check_size(Compiler *compiler, const char *name, size_t size);
/* Checks the size and copies the text: without a byte order mark, every line's end as '\n'. */
Source *source_new(Compiler *compiler, const char *name, const char *text, size_t size);
Span span_join(Span first, Span last);
/* Each error counts; after MAX_ERRORS the run stops through compiler->stop. Lower case, no full
   stop. The same message at the same place is reported once. What is said stands in the order of
   places in the model. */
void error_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void warning_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Belong to the error or warning just given; silent when that one was suppressed. */
void note_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hint(Compiler *compiler, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A limit that the model breaks, reached in the midst of work: reports and leaves through
   compiler->stop with exit code 1. */
_Noreturn void limit_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What nngen cannot do although the model is right, or a bug: the same with exit code 4. */
_Noreturn void stop_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether the names differ in capitals and '_' at most. */
bool names_alike(const char *a, const char *b);
/* The candidate that is alike, else the nearest to name within edit distance 2 (and less than half
   the name's length), or NULL. */
const char *nearest_name(const char *name, const char *const *candidates, int count);

// lex.c, parse.c -- text to tree: see syntax.h; the grammar is grammar.txt

#include "syntax/syntax.h"

// ops.h, graph.c, shape.c -- operators, and the graph that all stages share: see graph.h

#include "graph/graph.h"

// check.c, evaluate.c, builtin.c -- tree to graph: names, arity, shapes; definitions are expanded

/* Needs: statements of the model; compiler->prelude. Leaves: the graph of the forward pass in
   training and inference (GIVEN_TRAINING tells them apart), the cost, metrics and, per trained
   parameter, next of the parameter and of its optimizer state in terms of GIVEN_GRADIENT; or NULL
   after errors. */
Graph *check(Compiler *compiler, const Statements *statements);

// rules.c, rule_guards.c, fold_rules.h -- rewriting rules and derivatives: see rules.h

// grad.c -- reverse-mode differentiation, graph to graph

/* Needs: a checked graph with a cost. Leaves: variable->gradient for every trained parameter that
   the cost reaches, and variable->product where the model asks for it. */
void grad(Graph *graph);
/* d cost / d node of each of `wanted`, NULL where none, in training; for second derivatives
   too. */
void differentiate(Graph *graph, Node *cost, int count, Node **wanted, Node **gradients);
/* By variable number: the Hessian of the cost times the directions, which come likewise, NULL for
   0. Needs: gradients. */
Node **hessian_products(Graph *graph, Node *const *directions);
/* d y / d x of one number y, in a graph without `training`. */
Node *derivative_of(Graph *graph, Node *y, Node *x);

// optimizer_step.c, program.c -- optimizers meet gradients; the graph is cut into the emitted functions

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
    int64_t rows;     /* examples its kernels work on at once: batch, the plan's group, or 1 */
    Graph *graph;
    int store_count;
    Store *stores;

    /* Left by fuse, tile and place. */
    struct Schedule *schedule;
};

struct Program {
    Compiler *compiler;
    Graph *graph; /* the whole one, as update leaves it */
    int function_count;
    Function **functions;
};

/* Needs: graph after grad. Leaves: variable->stepped, which is next with gradients, each behind a
   detach, for GIVEN_GRADIENT; no other detach. Variables that no gradient moves have no next. */
void update(Graph *graph);
/* Needs: graph after update. Leaves: functions with graphs of their own, `training` replaced by its
   value in each. */
Program *program_new(Graph *graph);
void program_print(Text *out, const Program *program);

// fold.c, fold_build.c, fold_view.c -- algebra: constants, common and dead nodes, stable forms

/* Rules that must run before differentiation (log of softmax, of sigmoid). Leaves: the same values,
   in stable forms. */
void stabilise(Graph *graph);
/* Needs: a graph before its derivatives. What its nodes come to where the net trains and all numbers
   are finite, in a graph of their own: what a value does not change with is not in it. */
typedef struct {
    Graph *graph;
    Node **becomes; /* by id; NULL for what the roots do not need */
} Finite;
Finite fold_finite(Graph *graph, int root_count, Node **roots);
/* Needs: functions. Leaves: each function's graph with nothing that could be known now, nothing
   twice, nothing unused. */
void fold(Program *program);

// fuse.c, tile.c, place.c -- plan.h

// c_reserved.c -- names of the C library

/* The name, with "_" behind it where the library has it. */
const char *library_avoid(Compiler *compiler, const char *name);
/* What the library already calls like a function of this network, sem_init for `sem`; or NULL. */
const char *library_takes(const char *network);

// emit.c -- templates and plan to C

typedef struct {
    char *source, *header;
} Emitted;

/* Needs: placed functions. Leaves: net.c, which includes header_name, and net.h; with header_name
   NULL the header is at the top of net.c. */
Emitted emit(Program *program, const Source *model, const char *header_name);

// main.c -- the pipeline; cli.c -- the command line

typedef enum {
    TARGET_C99,
    TARGET_GENERIC,
    TARGET_X86_64_V3,
    TARGET_X86_64_V4,
    TARGET_AARCH64,
    TARGET_NATIVE, /* what cli.c makes one of the others of */
} Target;
typedef enum { UNROLL_AUTO, UNROLL_FULL, UNROLL_TILE, UNROLL_NONE } Unroll;

typedef struct {
    Target target;
    Unroll unroll;
    bool is_double;
    bool is_exact;    /* quotients and roots by the divider, whatever is faster */
    const char *dump; /* the name of the stage that is the last to run, or NULL */
    int mutant;       /* for the tests of the rule tables: the row to falsify, from 1; 0 is none */
} Options;

struct Compiler {
    Arena *arena;
    Options options;
    jmp_buf stop;
    Text *diagnostics;
    int error_count, warning_count;
    int exit_code; /* 0 fine, 1 the model is wrong or breaks a limit, 4 nngen cannot */
    Statements *prelude;
    struct Rules *rules;       /* rules.c: parsed at first use */
    struct Blocks *blocks;     /* template.c: where they are, found at first use */
    const Source *line_source; /* kernel_comment.c: whose lines begin where the array says */
    size_t *line_starts;
    int line_count;
    struct Said *said; /* diagnose.c: what the diagnostics consist of, and which is being said */
    int said_count, saying;
    bool muted;
};

typedef struct {
    int exit_code;
    char *source, *header; /* net.c and net.h, or NULL */
    char *dump;            /* the text of options.dump's stage, and then no source; or NULL */
    char *diagnostics;
    Arena *arena; /* owns all of it */
} Result;

extern const char no_memory[]; /* what is said where there is none left to say it in */

/* header_name is what net.c includes; one that `#include "name"` cannot hold is refused with exit
   code 2. Diagnostics are never empty where the exit code is not 0. */
Result compile(const char *name, const char *text, size_t size, const char *header_name,
               const Options *options);
void result_free(Result *result);

// foreign.c -- names of other libraries

/* What to write for a name that is another library's; NULL where that is not known. */
const char *foreign_name(Compiler *compiler, const char *name);
/* Hints at that, or else at the nearest of the names that there are. */
void hint_name(Compiler *compiler, const char *name, const char *const *names, int count);
/* Likewise for an argument of a function. */
void hint_argument(Compiler *compiler, const char *function, const char *label,
                   const char *const *names, int count);
/* Hints at what to write where a "loss" or a "metric" is needed and this name is the other. */
void hint_role(Compiler *compiler, const char *role, const char *name);

// catalogue.c -- the prelude as a user reads it

/* File number `number` of the prelude. */
Source *prelude_source(Compiler *compiler, int number);
/* The definitions with their comments, of one family (a file of the prelude) or, for NULL, of all;
   the text of one definition. The result's dump, or exit code 2 with diagnostics where there is
   none of that name. */
Result list_prelude(const char *family);
Result show_definition(const char *name);

#endif
