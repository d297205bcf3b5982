/* Rules written as expressions of the language: the derivatives of ops.h and the rows of
   fold_rules.h. Here for who builds nodes from them (grad.c) and who rewrites nodes by them
   (fold.c). */

#ifndef NNGEN_RULES_H
#define NNGEN_RULES_H

#include "nngen.h"

/* When a rewriting rule applies, as bits. */
typedef enum {
    STABLE = 1,  /* before differentiation */
    ALGEBRA = 2, /* in each function */
    ALWAYS = STABLE | ALGEBRA,
    FIRST = 4,   /* in each function, before the others */
    LAST = 8,    /* in each function, when the others are done */
    FUSED = 16,  /* after that, where the target has multiply-adds */
    QUICK = 32,  /* with LAST, unless quotients are to be those of IEEE 754 */
    FINITE = 64, /* with ALGEBRA, to know what a value does not change with; not in functions */
} RuleTime;

/* What the letters of a rule stand for. */
typedef struct {
    Node *bound['z' - 'a' + 1];
    const Node *whole; /* the node that matched */
    const Node *sum;   /* the sum in the pattern, or NULL */
} Match;

/* How nodes come to be: grad.c only adds them, fold.c simplifies each. */
typedef struct Builder Builder;
struct Builder {
    Node *(*constant)(Builder *builder, double value);
    Node *(*map)(Builder *builder, Op op, Node **inputs);
    Node *(*largest)(Builder *builder, Node *node,
                     const Node *like); /* along the same axes, which stay with size 1 */
    Node *(*sum)(Builder *builder, Node *node, const Node *like); /* over what `like` sums over */
    Node *(*drop)(Builder *builder, Node *node,
                  const Node *like); /* without the axes that `like` sums over */
};

/* Of what is differentiated by which of its arguments. */
typedef struct {
    Op op;
    int argument;
} Derivative;

/* `match` put into the text of a derivative; NULL where there is none. */
Node *rule_derivative(Compiler *compiler, Builder *builder, const Match *match, Derivative of);
/* What the first rewriting rule that fits makes of the node, or NULL. */
Node *rule_rewrite(Compiler *compiler, Builder *builder, Node *node, RuleTime time);

/* rule_guards.c -- what a rewriting rule may ask of a match */
typedef bool Condition(const Match *match);
#define CONDITION(name) bool when_##name(const Match *match);
CONDITION(always)
CONDITION(a_constant)
CONDITION(a_negative)
CONDITION(a_and_b_constant)
CONDITION(a_finite)
CONDITION(a_count_of_examples)
CONDITION(c_finite)
CONDITION(b_power_of_two)
CONDITION(b_not_whole)
CONDITION(b_log_of_logits)
CONDITION(b_opposite_of_a)
CONDITION(c_opposite_of_a)
CONDITION(b_onehot)
CONDITION(b_masked_by_other)
CONDITION(b_steady)
CONDITION(c_sums_a)
CONDITION(a_and_b_cheap)
CONDITION(b_floats)
CONDITION(a_not_shifted)
CONDITION(a_invariant)
CONDITION(b_invariant)
CONDITION(a_zero)
CONDITION(a_share)
CONDITION(a_share_c_steady)
CONDITION(a_never_positive)
CONDITION(a_never_negative)
#undef CONDITION

/* Where `input` would be broadcast to: the same value without expansions and leading axes of
   size 1. */
Node *node_bare(Node *node);
/* Whether a sum like `like` adds equal values of node along each axis that it sums over. */
bool is_invariant(const Node *node, const Node *like);

/* Rows of both tables by number, from 1; Options.mutant is such a number. */
int rule_count(void);
const char *rule_name(int number);
/* When a row rewrites; 0 for one that differentiates. */
RuleTime rule_time(int number);

#endif
