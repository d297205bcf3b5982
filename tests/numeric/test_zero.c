/* Warnings of gradients that are always 0, against the generic library: a parameter that is warned
   of has a gradient of 0 at several points, one that is not warned of has another somewhere. Of
   networks made to be degenerate, of the random ones and of every row of the gradient check. */

#include "cases.h"
#include "compare.h"
#include "data.h"
#include "draw.h"
#include "draw_reuse.h"
#include "long.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 12, SLICE = 60, ALL = 2000, NAMES = 4000 };

/* Counts of the parameters of many models. */
typedef struct {
    int models, warned, exact; /* exact: warned of, and the gradient is 0 to the last bit */
    int silent, unnoticed;     /* unnoticed: not warned of, and 0 at all points nevertheless */
} Tally;

/* Parameters of either sign. */
static void move_far(Oracle *oracle, Dice *dice) {
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        double *value = generic_variable(oracle->generic, variable);
        for (int64_t i = 0; variable->kind == VARIABLE_PARAM && i < shape_count(variable->shape);
             i++) {
            value[i] += dice_real(dice, -2, 2);
        }
    }
}

/* One point: numbers for data and parameters. Largest gradients by variable number. False where the
   cost is not finite. */
static bool meet_point(Oracle *oracle, uint64_t numbers, double *largest) {
    Graph *graph = oracle->graph;
    Dice dice = dice_new(numbers), mover = dice_new(numbers);
    size_t batch = (size_t)graph->batch;
    Data *data = data_new(graph, batch, &dice);
    generic_init(oracle->generic, numbers);
    generic_fit(oracle->generic, data->n, data->in);
    move_variables(oracle, &mover);
    if (numbers % 2 == 0) {
        move_far(oracle, &mover);
    }
    double cost = generic_gradient(oracle->generic, batch, data->in);
    for (int v = 0; isfinite(cost) && v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        if (variable->kind == VARIABLE_PARAM && variable->trained) {
            const double *gradient = generic_gradient_of(oracle->generic, variable);
            size_t count = (size_t)shape_count(variable->shape);
            largest[v] = fmax(largest[v], largest_of(count, gradient));
        }
    }
    data_free(data);
    return isfinite(cost);
}

static bool is_warned_of(const Oracle *oracle, const Variable *variable) {
    const char *said = oracle->compiler.diagnostics->bytes;
    char mark[300];
    snprintf(mark, sizeof mark, "the gradient of '%s' is always 0, ", variable->name);
    return said && strstr(said, mark);
}

static void meet_parameter(const Oracle *oracle, int number, const double *largest, Tally *tally) {
    const Variable *variable = oracle->graph->variables[number];
    double most = 1e-3;
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        most = fmax(most, largest[v]);
    }
    if (is_warned_of(oracle, variable)) {
        tally->warned++;
        tally->exact += largest[number] == 0;
        cr_expect(largest[number] <= 1e-12 * most, "'%s' has a gradient of %g", variable->name,
                  largest[number]);
    } else {
        tally->silent++;
        tally->unnoticed += largest[number] == 0;
    }
}

static void meet_model(const char *text, Tally *tally) {
    Oracle *oracle = oracle_of(text);
    const Graph *graph = oracle->graph;
    double *largest = calloc((size_t)graph->variable_count + 1, sizeof *largest);
    int finite = 0;
    for (uint64_t point = 0; graph->cost && point < POINTS; point++) {
        finite += meet_point(oracle, point + 1, largest);
    }
    for (int v = 0; finite > 0 && v < graph->variable_count; v++) {
        if (graph->variables[v]->kind == VARIABLE_PARAM && graph->variables[v]->trained) {
            meet_parameter(oracle, v, largest, tally);
        }
    }
    tally->models += finite > 0;
    free(largest);
    oracle_free(oracle);
}

static void say(const char *of, const Tally *tally) {
    fprintf(stderr,
            "%d models %s: %d parameters warned of, the gradients of %d are 0 to the last bit; %d "
            "not warned of, those of %d are 0 at %d points\n",
            tally->models, of, tally->warned, tally->exact, tally->silent, tally->unnoticed,
            POINTS);
}

/* Branches that none of the points takes, relu of what the data makes negative, and losses that are
   0 by the data go unnoticed; a batch_norm of 0, too, which has other statistics in a batch of one
   example. */
static void expect_few(const char *of, const Tally *tally, int one_in) {
    say(of, tally);
    cr_expect_gt(tally->silent, 100);
    cr_expect_leq(one_in * tally->unnoticed, tally->silent, "%s: %d of %d", of, tally->unnoticed,
                  tally->silent);
}

// Networks made to be degenerate

/* %s is a value of 3 numbers, and so is the result. */
static const char *const dead[] = {
    "dense(softmax(dense(%s, 1)), 3)",
    "dense(log_softmax(dense(%s, 1)), 3)",
    "dense(layer_norm(dense(%s, 1)), 3)",
    "dense(reshape(sum(softmax(%s)), [1]), 3)",
    "(%1$s - %1$s)",
    "relu(%s) * 0",
    "relu(log_softmax(%s))",
    "relu(-exp(%s))",
    "relu(-relu(%s))",
    "min(sigmoid(%s), 0)",
    "dense(dropout(%s, 1), 3)",
    "step(%s)",
    "detach(%s)",
    "where(training, 0, %s)",
    "softmax(reshape(%s, [3, 1]))[:, 0]",
    "%s ^ 0",
};
static const char *const alive[] = {
    "tanh(dense(%s, 3))",
    "leaky_relu(%s)",
    "dense(sigmoid(%s), 3)",
    "dense(softmax(%s), 3)",
    "layer_norm(dense(%s, 3))",
    "batch_norm(%s)",
    "dropout(%s, 0.3)",
    "elu(linear(%s, 3))",
    "%s * param([3], ones)",
    "%s + param([3], 0.5)",
    "%s - mean(%s)",
    "dense(rms_norm(%s), 3)",
    "%s - where(training, batch_mean(%s), 0)",
};
enum { DEAD = sizeof dead / sizeof *dead, ALIVE = sizeof alive / sizeof *alive };

static void add_value(Dice *dice, char *text, int number, int values) {
    bool is_dead = dice_chance(dice, 0.3);
    const char *row = is_dead ? dead[dice_below(dice, DEAD)] : alive[dice_below(dice, ALIVE)];
    char operand[16];
    snprintf(operand, sizeof operand, "v%d", dice_below(dice, values));
    sprintf(text + strlen(text), "v%d = ", number);
    for (const char *at = row; *at; at++) {
        if (*at == '%') {
            strcat(text, operand);
            at += strncmp(at, "%1$s", 4) == 0 ? 3 : 1;
        } else
            strncat(text, at, 1);
    }
    strcat(text, "\n");
}

static void draw_degenerate(Dice *dice, char *text) {
    int count = dice_between(dice, 2, 6);
    strcpy(text, "network zero\ninput x[4]\ntarget y[3]\nv0 = dense(x, 3)\n");
    for (int i = 1; i <= count; i++) {
        add_value(dice, text, i, i);
    }
    sprintf(text + strlen(text),
            "p = v%d + v%d\nq = 2 * x\nloss mean_squared_error(p, y)\nupdate sgd(0.1)\noutput "
            "q\nbatch 5\n",
            count, dice_below(dice, count));
}

Test(zero, degenerate_networks) {
    Dice dice = dice_new(5);
    Tally tally = {0};
    for (int i = 0; i < slice_of(3 * SLICE, ALL); i++) {
        char text[2000];
        draw_degenerate(&dice, text);
        meet_model(text, &tally);
    }
    expect_few("that are degenerate", &tally, 200);
    cr_expect_gt(tally.warned, tally.models / 2);
}

// Others

static void meet_drawn(void (*drawer)(Draw *draw, uint64_t seed), const char *of) {
    Tally tally = {0};
    for (uint64_t seed = 1; seed <= (uint64_t)slice_of(SLICE, ALL); seed++) {
        static Draw draw;
        memset(&draw, 0, sizeof draw);
        drawer(&draw, seed);
        meet_model(draw.text, &tally);
    }
    expect_few(of, &tally, 20);
}

Test(zero, random_networks) {
    meet_drawn(draw_model, "drawn at random");
}

Test(zero, random_networks_that_reuse_values) {
    meet_drawn(draw_reuse_model, "that reuse values");
}

Test(zero, every_function_and_layer) {
    Tally tally = {0};
    for (int number = 0; number < case_count(); number += is_long() ? 1 : 4) {
        Case one = case_at(number);
        meet_model(one.text, &tally);
    }
    expect_few("of the gradient check", &tally, 20);
    cr_expect_leq(100 * tally.warned, tally.silent); /* rows in which weights are 0 * z */
}
