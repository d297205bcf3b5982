/* Arguments that fit, and still are not what a definition of the prelude takes: prediction and
   target the other way round, weights of examples for those of classes. In: a call in the user's
   text, its arguments bound. Out: messages. */

#include "expand/calls.h"

#include <string.h>

static const Value *argument_of(const Frame *frame, const char *name) {
    const Binding *binding = scope_find(&frame->scope, name);
    return binding && binding->value.kind == VALUE_NODE ? &binding->value : NULL;
}

/* Whether the value is made of the one and not of the other. */
static bool is_made_of(const Checker *checker, const Value *value, unsigned one, unsigned other) {
    unsigned training = value ? fact_of(checker, value->node).training : 0;
    return (training & one) && !(training & other);
}

/* accuracy(y, p) for accuracy(p, y). Of arguments by name nobody can be mistaken. */
static void warn_of_swapped(Checker *checker, const Frame *frame, const Tree *tree) {
    const Definition *definition = frame->definition;
    const Parameter *parameters = definition->parameters;
    if (definition->parameter_count < 2 || strcmp(parameters[1].name, "y") != 0 ||
        tree->child_count < 2 || (tree->labels && (tree->labels[0] || tree->labels[1])))
        return;
    const Value *prediction = argument_of(frame, parameters[0].name);
    const Value *target = argument_of(frame, "y");
    learn_nodes(checker);
    if (!is_made_of(checker, prediction, ON_TARGET, ON_PARAM) ||
        !is_made_of(checker, target, ON_PARAM, ON_TARGET))
        return;
    warning_at(checker->compiler, span_join(tree->children[0]->span, tree->children[1]->span),
               "%s takes the prediction first and then the target, here it is the other way round",
               definition->name);
    hint(checker->compiler, "where that is meant: %s(%s = .., y = ..)", definition->name,
         parameters[0].name);
}

/* cross_entropy(p, y, weights = w): a number per class is taken, one per example is not; metrics
   alone have weights of examples. */
static bool refuse_weights(Checker *checker, const Frame *frame, const Tree *tree) {
    const Definition *definition = frame->definition;
    const Value *weights = argument_of(frame, "weights");
    if (definition->kind != DEFINITION_DEF || !weights || !weights->node->batched ||
        shape_count(weights->node->shape) != 1)
        return true;
    fail(checker, tree->span, "the weights of %s are a number per class, these are one per example",
         definition->name);
    hint(checker->compiler, "weighted(%s(..), w) is the loss with weights w of examples",
         definition->name);
    return false;
}

bool check_arguments(Checker *checker, const Frame *frame, const Tree *tree) {
    if (!tree || !frame->is_prelude || frame->caller->is_prelude)
        return true;
    warn_of_swapped(checker, frame, tree);
    return refuse_weights(checker, frame, tree);
}
