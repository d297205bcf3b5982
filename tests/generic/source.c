/* Values that no other node makes: constants, the caller's data, scalars that are given, random
   numbers. */

#include "network.h"

/* Only its Philox is used: the numbers made of the words are worked out here once more. */
#define NN_DOUBLE 1
#define NN_TARGET NN_C99
#include "nn_random.h"

#include <math.h>
#include <string.h>

static void fill(Tensor *tensor, double value) {
    for (size_t i = 0; i < tensor->examples * tensor->count; i++) {
        tensor->value[i] = (Real)value;
    }
}

static void load_numbers(const Node *node, Tensor *out) {
    for (size_t i = 0; i < out->count; i++) {
        out->value[i] = (Real)node->numbers[i];
    }
}

/* Where a caller's rows for this variable lie in `in`: inputs first, then targets. */
static int place_in_data(const Graph *graph, const Variable *variable) {
    int place = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        VariableKind kind = graph->variables[v]->kind;
        if (kind == variable->kind && v < variable->number) {
            place++;
        }
        if (variable->kind == VARIABLE_TARGET && kind == VARIABLE_INPUT) {
            place++;
        }
    }
    return place;
}

static void load_input(Generic *generic, const Node *node, Tensor *out) {
    const void *data = generic->in[place_in_data(generic->graph, node->variable)];
    if (!node->variable->onehot) {
        memcpy(out->value, data, out->examples * out->count * sizeof(Real));
        return;
    }
    const int32_t *classes = data;
    for (size_t e = 0; e < out->examples; e++) {
        for (size_t i = 0; i < out->count; i++) {
            out->value[e * out->count + i] = classes[e] == (int32_t)i;
        }
    }
}

/* The sums of all metrics lie one behind the other. */
static void load_sum(const Generic *generic, const Node *node, Tensor *out) {
    const double *from = generic->sums;
    for (int s = 0; s < node->number; s++) {
        from += shape_count(generic->graph->sums[s]->shape);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->value[i] = (Real)from[i];
    }
}

static void load_given(Generic *generic, const Node *node, Tensor *out) {
    switch (node->given) {
    case GIVEN_STEP:
        fill(out, (double)generic->step);
        break;
    case GIVEN_EPOCH:
        fill(out, generic->epoch);
        break;
    case GIVEN_EPOCHS:
        fill(out, generic->epochs);
        break;
    case GIVEN_TRAINING:
        fill(out, generic->training);
        break;
    case GIVEN_SHARE:
        fill(out, 1 / (double)generic->n);
        break;
    case GIVEN_GRADIENT:
        break; /* lies there */
    case GIVEN_PRODUCT:
        memcpy(out->value, generic->products[node->number][node->variable->number],
               out->count * sizeof(Real));
        break;
    case GIVEN_SUM:
        load_sum(generic, node, out);
        break;
    case GIVEN_COUNT:
        fill(out, (double)generic->count);
        break;
    case GIVEN_KEEP:
    case GIVEN_ADD:
    case GIVEN_DIRECTION:
        fill(out, NAN); /* no checked graph has them */
        break;
    }
}

/* Uniform in [0, 1) from one word of a Philox block, normal by Box and Muller from two: the words
   of elements 4 k .. 4 k + 3 come in one block. */
static double random_number(const Generic *generic, const Node *node, uint32_t example,
                            uint32_t element) {
    uint32_t words[4], place = element % 4;
    nn_block(generic->seed, (uint32_t)generic->step, (uint32_t)node->number, example, element / 4,
             words);
    if (node->op == OP_UNIFORM) {
        return (double)(words[place] >> 8) / 16777216;
    }
    double radius = sqrt(-2 * log(((double)(words[place / 2 * 2] >> 8) + 1) / 16777216));
    double turn = (double)(words[place / 2 * 2 + 1] >> 8) / 16777216 * 2 * acos(-1);
    return radius * (place % 2 ? sin(turn) : cos(turn));
}

/* A per-batch number (an initial value) is that of example 0. */
static void load_random(Generic *generic, const Node *node, Tensor *out) {
    for (size_t e = 0; e < out->examples; e++) {
        uint32_t example = node->batched ? (uint32_t)(generic->first + e) : 0;
        for (size_t i = 0; i < out->count; i++) {
            out->value[e * out->count + i] =
                (Real)random_number(generic, node, example, (uint32_t)i);
        }
    }
}

void source_forward(Generic *generic, const Node *node, Tensor *out) {
    if (node->kind == KIND_CONST && node->numbers) {
        load_numbers(node, out);
    } else if (node->kind == KIND_CONST) {
        fill(out, node->value);
    } else if (node->kind == KIND_INPUT) {
        load_input(generic, node, out);
    } else if (node->kind == KIND_GIVEN) {
        load_given(generic, node, out);
    } else if (node->kind == KIND_RANDOM) {
        load_random(generic, node, out);
    }
}
