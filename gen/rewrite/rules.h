/* Private to rewrite: applying rules, and the guards that they name. In: a node. Out: what it is
   rewritten to; whether a condition holds. */

#ifndef NNGEN_RULES_H
#define NNGEN_RULES_H

#include "rewrite/rewrite.h"
#include "syntax/syntax.h"

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

/* Whether all numbers of a constant are finite. */
bool constant_is_finite(const Node *node);
/* Whether a sum like `like` adds equal values of node along each axis that it sums over. */
bool is_invariant(const Node *node, const Node *like);

#endif
