/* `freeze`. In: what the statement at work has made. Out: its names, by which it is frozen or not;
   a layer whose states are frozen reads `training` as 0. */

#include "check/statements.h"

static Variable *find_state(const Layer *layer, bool is_frozen) {
    for (int i = 0; i < layer->state_count; i++)
        if (layer->states[i]->frozen == is_frozen)
            return layer->states[i];
    return NULL;
}

/* Reports a layer of whose states some are frozen and some not: there is no meaning for that. */
static void fail_halves(Checker *checker, const Variable *frozen, const Variable *moving) {
    Compiler *compiler = checker->compiler;
    error_at(compiler, freeze_of(checker, frozen)->second_span,
             "'%s' is frozen, '%s' of the same layer is not", frozen->name, moving->name);
    note_at(compiler, moving->node->span, "the layer is made here");
    hint(compiler, "'freeze %s' keeps that, too", moving->name);
}

static void freeze_layer(Checker *checker, Layer *layer) {
    const Variable *frozen = find_state(layer, true), *moving = find_state(layer, false);
    if (!frozen)
        return;
    if (moving)
        fail_halves(checker, frozen, moving);
    for (int i = 0; i < layer->state_count; i++)
        layer->states[i]->next = NULL;
    if (layer->training) {
        layer->training->kind = KIND_CONST;
        layer->training->value = 0;
    }
}

void end_statement(Checker *checker) {
    name_variables(checker);
    for (int i = 0; i < checker->layers.count; i++)
        freeze_layer(checker, checker->layers.items[i]);
    checker->layers.count = 0;
}

void check_freezes(Checker *checker) {
    for (int i = 0; i < checker->naming.freeze_count; i++)
        check_pattern(checker, checker->naming.freezes[i]);
}
