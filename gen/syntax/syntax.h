/* Text to tree: statements and trees of expressions, each with its span. The grammar is
   grammar.txt.

   In: source text of any bytes. Out: Statements, and errors in the diagnostics. May be relied on: a
   tree is at most MAX_DEPTH deep, and every span lies within its source. */

#ifndef NNGEN_SYNTAX_H
#define NNGEN_SYNTAX_H

#include "base/base.h"

typedef struct Tree Tree;
typedef struct Statement Statement;

typedef enum {
    TREE_NUMBER, /* number */
    TREE_NAME,   /* name */
    TREE_UNARY,  /* operator "-"; children[0] */
    TREE_BINARY, /* operator; children[0], children[1] */
    TREE_CALL,   /* name; children = arguments, labels[i] the name given or NULL */
    TREE_INDEX,  /* children[0] indexed by children[1..]: an expression, or TREE_RANGE */
    TREE_RANGE,  /* first:end; children[0], children[1], each may be NULL */
    TREE_LIST,   /* [a, b, c] */
} TreeKind;

struct Tree {
    TreeKind kind;
    int depth;        /* 1 + the deepest child's, at most MAX_DEPTH */
    Span span;        /* of the whole */
    Span name_span;   /* of the name or operator alone */
    const char *name; /* of a name or call; of an operator: + - * / ^ < <= > >= == != */
    double number;
    int child_count;
    Tree **children;
    const char **labels; /* calls only */
    Span *label_spans;
};

typedef enum {
    STATEMENT_NETWORK,    /* network NAME */
    STATEMENT_INPUT,      /* input  NAME[shape] words; one statement per declared name */
    STATEMENT_TARGET,     /* target NAME[shape] words */
    STATEMENT_ASSIGN,     /* NAME = value */
    STATEMENT_STATE,      /* state NAME[shape] = value, in a def or an optimizer; shape optional */
    STATEMENT_SUM,        /* sum NAME = value, in a metric */
    STATEMENT_RETURN,     /* return value */
    STATEMENT_DEFINITION, /* def, optimizer, metric and so on: NAME(parameters) body */
    STATEMENT_LOSS,       /* loss value */
    STATEMENT_UPDATE,     /* update value [for PATTERN] */
    STATEMENT_BATCH,      /* batch value */
    STATEMENT_METRIC,     /* metric a(..), b(..): values */
    STATEMENT_OUTPUT,     /* output a, b as NAME: values */
    STATEMENT_USE,        /* use NAME as NAME */
    STATEMENT_FREEZE,     /* freeze PATTERN */
    STATEMENT_DERIVATIVE, /* derivative NAME by NAME */
    STATEMENT_SETTING,    /* setting NAME = value */
    STATEMENT_AT,         /* at value, in an optimizer */
    STATEMENT_REQUIRE,    /* require value, in any body */
    STATEMENT_HESSIAN,    /* hessian */
} StatementKind;

typedef enum {
    DEFINITION_DEF,         /* a function, or a layer where it makes parameters or state */
    DEFINITION_BLOCK,       /* one set of parameters for all calls */
    DEFINITION_OPTIMIZER,   /* weight, grad, t, step, epoch, epochs are bound; assigns weight */
    DEFINITION_INITIALIZER, /* shape, fan_in, fan_out are bound */
    DEFINITION_REGULARIZER, /* weight is bound: each trained weight of rank 2 and more */
    DEFINITION_METRIC,      /* sums over examples, then a finish in which count is bound */
} DefinitionKind;

/* A parameter of a definition: `x`, `x[k]`, `x[rows, columns]`, `beta = 0.9`. A name in the
   brackets is bound to the size of that axis of the argument; a number or a bound expression there
   must be equal to it. */
typedef struct {
    const char *name;
    Span span;
    bool has_shape;
    int rank;
    Tree **sizes;
    Tree *initial; /* default, or NULL */
} Parameter;

typedef struct {
    DefinitionKind kind;
    const char *name;
    Span name_span;
    const char *comment; /* the comment lines just above it, without '#', or "" */
    int parameter_count;
    Parameter *parameters;
    int body_count;
    Statement **body; /* `def f(x) = e` has the body `return e` */
    Tree *derivative; /* deriv, or NULL */
} Definition;

struct Statement {
    StatementKind kind;
    Span span;
    const char *name;
    Span name_span;
    const char *second_name; /* use .. as, derivative .. by, update .. for PATTERN */
    Span second_span;
    bool has_shape;
    int value_count;
    Tree **values;      /* values; the shape of an input comes in sizes */
    const char **units; /* output a as NAME: of each value the name, or NULL */
    Span *unit_spans;
    int size_count;
    Tree **sizes;
    int word_count;
    const char **words; /* after an input or target: minmax, standard, onehot */
    Span *word_spans;
    Tree **word_calls; /* `shift(1)` as a call, NULL for a bare word */
    Definition *definition;
};

typedef struct Statements {
    int count;
    Statement **statements;
} Statements;

/* Needs: source text of any bytes. Leaves: the statements that could be read; errors are in the
   diagnostics. Resynchronises at line ends. */
Statements *parse(Compiler *compiler, const Source *source);
/* Is it the keyword of a statement that stands at the top level only? */
bool is_top_word(const char *word);
/* Whether a name stands in a source anywhere but at the beginning of a statement. */
bool name_is_read(Compiler *compiler, const Source *source, const char *name);
/* One expression, for the rule tables. */
Tree *parse_expression(Compiler *compiler, const Source *source);
/* File number `number` of the prelude. */
Source *prelude_source(Compiler *compiler, int number);
/* Definitions that every model sees. */
Statements *parse_prelude(Compiler *compiler);
void tree_print(Text *out, const Statements *statements);

#endif
