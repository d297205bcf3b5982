/* What float rounding would do to a run, seen in any precision: each computed value moves a
   little, at random. */

#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double next_uniform(Perturbation *perturbation) {
    perturbation->state = perturbation->state * 6364136223846793005u + 1442695040888963407u;
    return (double)(perturbation->state >> 11) / 4503599627370496.0 - 1;
}

/* Whether a constant is what it is in float. */
static bool is_float(const Node *node) {
    bool is_same = node->numbers || (double)(float)node->value == node->value;
    for (int64_t i = 0; node->numbers && i < shape_count(node->shape); i++) {
        is_same = is_same && (double)(float)node->numbers[i] == node->numbers[i];
    }
    return is_same;
}

static bool rounds(const Node *node) {
    switch (node->op) {
    case OP_ABS:
    case OP_NEG:
    case OP_MAXIMUM:
    case OP_MINIMUM:
    case OP_LESS:
    case OP_LESS_EQUAL:
    case OP_EQUAL:
    case OP_NOT_EQUAL:
    case OP_WHERE:
    case OP_DETACH:
    case OP_SLOPE:
    case OP_UNIFORM:
    case OP_MAX:
    case OP_WINDOW_MAX:
    case OP_WINDOW_FIRST:
        return false;
    default:
        return node->kind != KIND_VIEW && node->kind != KIND_INPUT && node->kind != KIND_PARAM &&
               node->kind != KIND_STATE && node->kind != KIND_GIVEN &&
               !(node->kind == KIND_CONST && is_float(node));
    }
}

/* Sums and products of whole numbers are exact: counts, which models compare with numbers, stay what
   they are. */
static bool is_whole(const Tensor *tensor) {
    bool whole = true;
    for (size_t i = 0; whole && i < tensor->examples * tensor->count; i++) {
        double value = (double)tensor->value[i];
        whole = value == rint(value) && fabs(value) < 0x1p24;
    }
    return whole;
}

static bool is_exact(const Node *node, const Tensor *out, Tensor *const *in) {
    bool keeps_whole = node->kind == KIND_REDUCE || node_has_terms(node) || node->op == OP_ADD ||
                       node->op == OP_SUB || node->op == OP_MUL;
    bool exact = keeps_whole && is_whole(out);
    for (int i = 0; exact && i < node->input_count; i++) {
        exact = is_whole(in[i]);
    }
    return exact;
}

/* The same sum over absolute values, into `scale`. */
static bool sum_scale(const Node *node, const Tensor *out, Tensor *const *in, Real *scale) {
    Tensor copies[2], *inputs[2] = {&copies[0], &copies[1]}, result = *out;
    bool complete = true;
    for (int i = 0; i < node->input_count; i++) {
        size_t count = in[i]->examples * in[i]->count;
        copies[i] = *in[i];
        copies[i].value = calloc(count, sizeof(Real));
        for (size_t k = 0; copies[i].value && k < count; k++) {
            copies[i].value[k] = (Real)fabs((double)in[i]->value[k]);
        }
        complete = complete && copies[i].value;
    }
    result.value = scale;
    if (complete) {
        (node->kind == KIND_REDUCE   ? reduce_forward
         : node->kind == KIND_WINDOW ? window_forward
                                     : contract_forward)(node, &result, inputs);
    }
    for (int i = 0; i < node->input_count; i++) {
        free(copies[i].value);
    }
    return complete;
}

void perturb(Perturbation *perturbation, const Node *node, Tensor *out, Tensor *const *in) {
    if (!rounds(node) || is_exact(node, out, in)) {
        return;
    }
    size_t count = out->examples * out->count;
    Real *scale = calloc(count, sizeof *scale);
    if (!scale) {
        return;
    }
    bool is_sum = node->kind == KIND_REDUCE || node_has_terms(node);
    if (!is_sum || !sum_scale(node, out, in, scale)) {
        memcpy(scale, out->value, count * sizeof *scale);
    }
    for (size_t i = 0; i < count; i++) {
        out->value[i] += (Real)(perturbation->amount * next_uniform(perturbation)) * scale[i];
    }
    free(scale);
}

void perturb_terms(Perturbation *perturbation, const Node *node, const Tensor *sum,
                   Tensor *const *terms) {
    for (int i = 0; node->op == OP_ADD && i < node->input_count; i++) {
        size_t count = sum->examples * sum->count;
        if (node->inputs[i]->op != OP_EXP || terms[i]->examples * terms[i]->count != count) {
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            terms[i]->value[k] +=
                (Real)(perturbation->amount * next_uniform(perturbation)) * sum->value[k];
        }
    }
}
