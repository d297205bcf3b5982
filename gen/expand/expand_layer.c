/* Layers: calls of functions and blocks that have state. In: frames at work. Out: the states of
   each layer, and a node `training` of its own, so that freezing one layer leaves the others
   training. */

#include "expand/calls.h"

static bool makes_state(const Definition *definition) {
    for (int i = 0; i < definition->body_count; i++)
        if (definition->body[i]->kind == STATEMENT_STATE)
            return definition->kind != DEFINITION_OPTIMIZER;
    return false;
}

void open_layer(Checker *checker, Frame *frame) {
    if (!makes_state(frame->definition))
        return;
    frame->layer = NEW(checker->compiler, Layer);
    PUSH(checker->compiler, checker->layers.items, checker->layers.count, frame->layer);
}

void add_to_layer(Checker *checker, Variable *state) {
    Layer *layer = checker->frame->layer;
    PUSH(checker->compiler, layer->states, layer->state_count, state);
}

/* A definition without state belongs to the layer that calls it. */
Node **training_slot(Checker *checker) {
    const Frame *frame = checker->frame;
    while (frame && !frame->layer)
        frame = frame->caller;
    return frame ? &frame->layer->training : &checker->shared.givens[GIVEN_TRAINING];
}
