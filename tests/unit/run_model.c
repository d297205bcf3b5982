/* See run_model.h. */

#include "run_model.h"

#include "autodiff/autodiff.h"
#include "small_model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Model *model_open(const char *lines) {
    Model *model = calloc(1, sizeof *model);
    char text[4000];
    snprintf(text, sizeof text, "network t\n%s", lines);
    check_open(&model->checked, text);
    Graph *graph = model->checked.graph;
    cr_assert(graph, "%s\n%s", text, model->checked.said);
    stabilise(graph);
    grad(graph);
    update(graph);
    cr_assert_null(graph_check(graph), "%s", graph_check(graph));
    model->program = program_new(graph);
    model->values = test_values(graph);
    return model;
}

void model_close(Model *model) {
    check_close(&model->checked);
    free(model);
}

double *model_numbers(Model *model, const char *name) {
    const Variable *variable = model_variable(model->checked.graph, name);
    cr_assert(variable, "no '%s' but %s", name, model_names(model));
    return model->values.of[variable->number];
}

void model_set(Model *model, const char *name, double number) {
    const Variable *variable = model_variable(model->checked.graph, name);
    double *numbers = model_numbers(model, name);
    for (int64_t i = 0; i < shape_count(variable->shape) * (variable->node->batched ? 3 : 1); i++)
        numbers[i] = number;
}

static bool is_of(const Store *store, StoreKind kind, const Graph *graph, const char *name) {
    if (store->kind != kind)
        return false;
    return !name || strcmp(name, kind == STORE_OUTPUT ? graph_output_name(graph, store->number)
                                                      : store->variable->name) == 0;
}

double *model_stored(Model *model, FunctionKind kind, StoreKind store, const char *name) {
    const Function *function = program_function(model->program, kind);
    cr_assert(function, "no function %s", function_names[kind]);
    for (int i = 0; i < function->store_count; i++)
        if (is_of(&function->stores[i], store, model->checked.graph, name))
            return graph_values(function->graph, &model->values)[function->stores[i].value->id];
    cr_assert_fail("%s does not store '%s'", function_names[kind], name);
    return NULL;
}

double model_new(Model *model, const char *name) {
    return *model_stored(model, FUNCTION_TRAIN_STEP, STORE_VARIABLE, name);
}

double model_gradient(Model *model, const char *name) {
    return *model_stored(model, FUNCTION_GRADIENT, STORE_GRADIENT, name);
}

double model_output(Model *model, const char *name) {
    return *model_stored(model, FUNCTION_PREDICT, STORE_OUTPUT, name);
}

double model_loss(Model *model, FunctionKind function) {
    return *model_stored(model, function, STORE_COST, NULL);
}

const char *model_names(const Model *model) {
    const Graph *graph = model->checked.graph;
    Text *text = text_new(graph->compiler);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind == VARIABLE_PARAM || variable->kind == VARIABLE_STATE ||
            variable->kind == VARIABLE_OPTIMIZER)
            text_add(text, "%s%s", text->size ? " " : "", variable->name);
    }
    text_add(text, "%s", "");
    return text->bytes;
}

void expect_number(double got, double wanted, const char *what) {
    cr_expect(fabs(got - wanted) <= 1e-12 * (1 + fabs(wanted)), "%s: %.17g, wanted %.17g", what,
              got, wanted);
}
