/* Private to check: what its files share, one for each statement or for checks that statements have
   in common. In: statements, and the graph so far. Out: more of the graph, messages. */

#ifndef NNGEN_STATEMENTS_H
#define NNGEN_STATEMENTS_H

#include "check/check.h"

/* The statements of which a model has one, NULL where it has none, and those that are read when all
   names are known. */
struct Kept {
    const Statement *network, *loss, *update, *batch, *output, *hessian;
    int update_count, freeze_count, metric_count;
    const Statement **updates, **freezes,
        **metrics;    /* update: the one without `for` is among them */
    int frozen_count; /* variables that `freeze` was asked about */
};

// check_target.c -- scaled targets, and the values that are given in their units

/* From the text alone, before anything is evaluated. */
void find_counterparts(Checker *checker);
void keep_target(Checker *checker, const char *name, Variable *variable, Node *scaled);
/* What assignment number `statement` makes. */
void keep_counterpart(Checker *checker, int statement, Value value);
/* The target in whose units the caller gets the value, or NULL. */
const Variable *units_of(Checker *checker, const Node *node);
/* The same of what metrics and outputs read instead of the value. */
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
