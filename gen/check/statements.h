/* Private to check: what its files share. Most files are about one statement, some about checks
   that several statements have in common. In: statements, and the graph so far. Out: more of the
   graph, messages. */

#ifndef NNGEN_STATEMENTS_H
#define NNGEN_STATEMENTS_H

#include "check/check.h"

/* The statements of which a model has one, NULL where it has none, and those that are read when all
   names are known. `update` is the one without `for`, which is among `updates` as well. */
struct Kept {
    const Statement *network, *loss, *update, *batch, *output, *hessian;
    int update_count, metric_count;
    const Statement **updates, **metrics;
};

// check_target.c -- scaled targets, and the values that are given in their units

/* Finds which assigned values belong to which scaled target. Reads the text alone, before anything
   is evaluated. */
void find_counterparts(Checker *checker);
/* Keeps what a target's name stands for: its variable, and the scaled value of that. */
void keep_target(Checker *checker, const char *name, Variable *variable, Node *scaled);
/* Keeps the value of assignment number `statement`, if it belongs to a scaled target. */
void keep_counterpart(Checker *checker, int statement, Value value);
/* The scaled target that the value belongs to; NULL: none. */
const Variable *units_of(Checker *checker, const Node *node);
/* That of a value which in_units has made. */
const Variable *units_of_shown(const Checker *checker, const Node *shown);
/* The value in the units of the target that it belongs to: value / scale + low. Of other values the
   value itself. */
Node *in_units(Checker *checker, Node *node);
/* What a derivative by the value is multiplied with to be one by in_units of the value: the
   target's scale, in a shape that broadcasts to the value's; NULL: 1. */
Node *unit_of(Checker *checker, const Node *node);
/* False, with a message, where the value's target is declared later. */
bool check_declared(Checker *checker, const Node *node, Span at);
/* From here on, for metrics and outputs, the name of a scaled target means the target as the caller
   passes it, and the names of values that belong to it mean these in its units. Reports values of
   which it is not clear whether they belong to a target. */
void show_targets(Checker *checker);
/* Warns of an output or a metric, given by its roots, that is computed from what was learned from a
   scaled target but is not in the target's units. */
void warn_of_scaled(Checker *checker, const char *name, int count, Node **roots, Span at);
/* Reports a metric that mixes units. */
void check_metric_units(Checker *checker, const Metric *metric, Span at);

// check.c, check_data.c, check_pairs.c, check_cost.c, check_trained.c, check_derivative.c,
// check_output.c, check_schedule.c, check_words.c -- the model's statements

/* Whether the name is free for an input or a value; says so if not. */
bool is_free(Checker *checker, const Statement *statement);
/* Stops with an error at the limit for statements whose checks take time quadratic in their
   count. */
void check_count(Checker *checker, int count, const char *what, Span at);
void check_data(Checker *checker, const Statement *statement);
void make_derivative(Checker *checker, const Statement *statement);
void check_pairs(Checker *checker);
void check_loss(Checker *checker);
/* Marks trained parameters and warns of those that nothing moves. */
void check_trained(Checker *checker);
void check_metrics(Checker *checker);
/* Whether it is an input or a target, as the caller passes it or scaled: (x - low) * scale. */
bool is_data(const Node *node);
void check_outputs(Checker *checker);
void find_classes(Checker *checker);
/* Marks, by id, the nodes that outputs, derivatives, metrics, the cost and the next values of
   variables are computed from. */
bool *used_nodes(const Checker *checker);
/* Warns of rates and the like that are not finite in the first step. */
void check_schedules(Checker *checker);
/* Warns of a value that is not used and has a statement's name: `batch = 32` for `batch 32`. */
void warn_of_words(Checker *checker);
void check_inputs(Checker *checker);

// check_whole.c -- the loss over a data set, where it is no mean over batches

void check_whole(Checker *checker);

// check_freeze.c

/* Behind all expressions of a statement: what they have made gets its names, and layers whose
   states are frozen no longer train. */
void end_statement(Checker *checker);
/* Reports a `freeze` of nothing. */
void check_freezes(Checker *checker);

// check_update.c

/* Reports a pattern that fits nothing. */
void check_pattern(Checker *checker, const Statement *statement);
void check_updates(Checker *checker);

#endif
