/* Outputs that alias inputs. In: placed functions. Out: the input pointers that public functions
   pass to their cores: copies, where kernels still read an input while an output is written over
   it; and the direction in which groups of examples are processed. */

#include "emit/emitter.h"

/* "x == p || x == q" */
static char *same_text(Emitter *emitter, const char *input, int first, int end) {
    Text *text = text_new(emitter->compiler);
    for (int i = first; i < end; i++)
        text_add(text, "%s%s == %s", i > first ? " || " : "", input, emitter->outputs[i]);
    return text->bytes;
}

/* Whether some version of the function reads the input late. */
static bool any_reads_late(const Emitter *emitter, const Function *function,
                           const Variable *input) {
    for (int i = 0; i < emitter->version_count; i++)
        if (function_reads_late(emitter->versions[i].program->functions[function->index], input))
            return true;
    return false;
}

/* The inputs that outputs `first` to `end` - 1 of a core may alias: a kernel never has two
   pointers to the same memory if it writes through one. */
static char *apart_text(Emitter *emitter, const Function *function, int first, int end) {
    const Graph *graph = emitter->program->graph;
    Text *text = text_new(emitter->compiler);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_INPUT)
            continue;
        const char *name = field_name(emitter, variable), *from = name;
        long long count = (long long)shape_count(variable->shape);
        if (function->kind == FUNCTION_PREDICT_BATCH)
            from = format_text(emitter->compiler, count == 1 ? "%s + done" : "%s + %lldu * done",
                               name, count);
        if (variable->onehot || !any_reads_late(emitter, function, variable))
            text_add(text, ", %s", from);
        else
            text_add(text, ", nn_apart(%s, work->rows_%s, %s, %lld)",
                     same_text(emitter, name, first, end), name, from,
                     (long long)function->examples * count);
    }
    return text->bytes;
}

/* Whether an output is longer than an input, and whether one is shorter. */
static void compare_fields(const Graph *graph, bool *is_longer, bool *is_shorter) {
    *is_longer = *is_shorter = false;
    for (int i = 0; i < graph->variable_count; i++)
        for (int k = 0; k < graph->output_count; k++) {
            const Variable *variable = graph->variables[i];
            int64_t output = shape_count(graph->outputs[k]->shape);
            if (variable->kind != VARIABLE_INPUT)
                continue;
            *is_longer |= output > shape_count(variable->shape);
            *is_shorter |= output < shape_count(variable->shape);
        }
}

/* Where outputs alias inputs, groups of examples run backwards if outputs are longer. */
void bind_overlap(Emitter *emitter, Bindings *base) {
    const Program *program = emitter->program;
    const Function *one = program_function(program, FUNCTION_PREDICT),
                   *group = program_function(program, FUNCTION_PREDICT_BATCH);
    int count = program->graph->output_count;
    bool is_longer, is_shorter;
    compare_fields(program->graph, &is_longer, &is_shorter);
    bind_slot(base, "backward", "%s", is_longer && !is_shorter ? "1" : "");
    bind_slot(base, "is_mixed", "%s", is_longer && is_shorter ? "1" : "");
    bind_slot(base, "input_apart", "%s", one ? apart_text(emitter, one, 0, count) : "");
    bind_slot(base, "input_apart_at_done", "%s", group ? apart_text(emitter, group, 0, count) : "");
}

static const Function *function_of_jacobian(const Program *program, int number) {
    int i = 0;
    while (program->functions[i]->kind != FUNCTION_DERIVATIVE ||
           program->functions[i]->number != number)
        i++;
    return program->functions[i];
}

char *jacobian_inputs(Emitter *emitter, int number) {
    int output = emitter->program->graph->output_count + number;
    return apart_text(emitter, function_of_jacobian(emitter->program, number), output, output + 1);
}
