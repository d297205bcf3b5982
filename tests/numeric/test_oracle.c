/* The oracle on the language: the generic library's own gradients against differences of its own
   cost, for the models of the gradient check; and that those models meet every operator and every
   definition of the prelude. */

#include "cases.h"
#include "data.h"
#include "base/embedded.h"
#include "oracle.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double cost_at(Oracle *oracle, double *value, double at, const Data *data) {
    double old = *value;
    *value = at;
    double cost = generic_cost(oracle->generic, CASE_BATCH, data->in);
    *value = old;
    return cost;
}

static double difference(Oracle *oracle, double *value, const Data *data) {
    double step = 5e-4, at = *value;
    double far =
        cost_at(oracle, value, at - 2 * step, data) - cost_at(oracle, value, at + 2 * step, data);
    double near = cost_at(oracle, value, at + step, data) - cost_at(oracle, value, at - step, data);
    return (far + 8 * near) / (12 * step);
}

static void check_variable(Oracle *oracle, const Case *one, const Variable *variable,
                           const Data *data) {
    size_t count = (size_t)shape_count(variable->shape);
    double slopes[64], squares = 0;
    generic_gradient(oracle->generic, CASE_BATCH, data->in);
    for (size_t i = 0; i < count; i++) {
        slopes[i] = generic_gradient_of(oracle->generic, variable)[i];
        squares += slopes[i] * slopes[i];
    }
    for (size_t i = 0; i < count; i++) {
        double wanted = difference(oracle, generic_variable(oracle->generic, variable) + i, data);
        double limit = fmax(fmax(fabs(slopes[i]), fabs(wanted)), sqrt(squares / (double)count));
        cr_expect(fabs(slopes[i] - wanted) <= 1e-6 * limit,
                  "%s, %s[%zu]: %.12g, by differences %.12g\n%s", one->name, variable->name, i,
                  slopes[i], wanted, one->text);
    }
}

static void check_case(const Case *one) {
    Oracle *oracle = oracle_of(one->text);
    Dice dice = dice_new(strlen(one->expression));
    Data *data = data_new(oracle->graph, CASE_BATCH, &dice);
    int taken = dice_below(&dice, 67);
    generic_init(oracle->generic, 5);
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (variable->kind == VARIABLE_PARAM) {
            case_values(one, &taken, (size_t)shape_count(variable->shape),
                        generic_variable(oracle->generic, variable));
        }
    }
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        if (oracle->graph->variables[v]->kind == VARIABLE_PARAM) {
            check_variable(oracle, one, oracle->graph->variables[v], data);
        }
    }
    data_free(data);
    oracle_free(oracle);
}

Test(oracle, agrees_with_its_own_differences) {
    for (int number = 0; number < case_count(); number++) {
        Case one = case_at(number);
        if (case_has_turn(number) && !strstr(one.expression, "detach")) {
            check_case(&one);
        }
    }
}

/* Whether an operator can be written in models: others come from rewriting or from gradients. */
static bool is_written(int op) {
    return op != OP_LOGISTIC && op != OP_HYPERBOLIC && op != OP_LOG1P_EXP && op != OP_EXPM1 &&
           op != OP_LOG1P && op != OP_ASINH && op != OP_FMA && op != OP_FNMA && op != OP_PAD &&
           op != OP_WINDOW_FIRST;
}

Test(oracle, the_rows_meet_every_operator) {
    bool met[OP_COUNT] = {false};
    for (int number = 0; number < case_count(); number++) {
        Case one = case_at(number);
        Oracle *oracle = case_has_turn(number) ? oracle_of(one.text) : NULL;
        for (int i = 0; oracle && i < oracle->graph->node_count; i++) {
            met[oracle->graph->nodes[i]->op] = true;
        }
        oracle_free(oracle);
    }
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        cr_expect(met[op] == is_written(op), "no row of rows.h has the operator %s",
                  op_rows[op].name);
    }
}

/* `name(` as a word of its own, or an initializer's name, in some row. */
static bool some_row_names(const char *name) {
    size_t length = strlen(name);
    for (int number = 0; number < case_count(); number++) {
        Case one = case_at(number);
        for (const char *at = one.expression; (at = strstr(at, name)); at++) {
            bool starts = at == one.expression || !strchr("abcdefghijklmnopqrstuvwxyz_", at[-1]);
            if (starts && !strchr("abcdefghijklmnopqrstuvwxyz_", at[length] ? at[length] : 'a')) {
                return true;
            }
        }
    }
    return false;
}

/* Except names that begin with _, which only the prelude calls. */
Test(oracle, the_rows_name_every_function_of_the_prelude) {
    for (int i = 0; i < embedded_prelude_count; i++) {
        for (const char *at = embedded_prelude[i].text; (at = strstr(at, "\ndef ")); at++) {
            char name[100];
            cr_assert_eq(sscanf(at, "\ndef %99[A-Za-z0-9_]", name), 1);
            cr_expect(name[0] == '_' || some_row_names(name),
                      "no row of rows.h has %s of prelude/%s", name, embedded_prelude[i].name);
        }
    }
}
