/* Runs of a network: forward over what the roots need, backward by reverse mode, variables after a
   step. In comes a checked graph and the caller's data; operators are the business of map.c,
   reduce.c, contract.c and view.c. */

#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool node_lies_in_gradient(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_GRADIENT;
}

/* Of every node, for an operator may be handed an operand that this run does not need. */
static void place_tensor(Generic *generic, const Node *node) {
    Tensor *tensor = &generic->tensors[node->id];
    tensor->examples = node->batched ? generic->n : 1;
    tensor->value = node_lies_in_variable(node)   ? generic->variables[node->variable->number]
                    : node_lies_in_gradient(node) ? generic->gradients[node->variable->number]
                                                  : generic->values[node->id];
    tensor->slope = NULL;
}

void node_forward(Generic *generic, const Node *node) {
    Tensor *out = &generic->tensors[node->id];
    Tensor *const *in = generic->inputs[node->id];
    switch (node->kind) {
    case KIND_MAP:
        map_forward(node, out, in);
        break;
    case KIND_REDUCE:
        reduce_forward(node, out, in);
        break;
    case KIND_CONTRACT:
        contract_forward(node, out, in);
        break;
    case KIND_WINDOW:
        window_forward(node, out, in);
        break;
    case KIND_VIEW:
        view_forward(node, out, in);
        break;
    default:
        source_forward(generic, node, out);
    }
    if (generic->perturbation.amount > 0) {
        perturb(&generic->perturbation, node, out, in);
        if (node->op == OP_DIV) {
            const Node *divisor = node->inputs[1];
            perturb_terms(&generic->perturbation, divisor, in[1], generic->inputs[divisor->id]);
        }
    }
}

void slope_clear(Tensor *tensor) {
    if (tensor->slope && tensor->is_fresh) {
        memset(tensor->slope, 0, tensor->examples * tensor->count * sizeof(Real));
        tensor->is_fresh = false;
    }
}

static void backward(Generic *generic, const Node *node) {
    Tensor *out = &generic->tensors[node->id];
    Tensor *const *in = generic->inputs[node->id];
    slope_clear(out);
    for (int i = 0; i < node->input_count && node->kind != KIND_CONTRACT; i++) {
        slope_clear(in[i]);
    }
    switch (node->kind) {
    case KIND_MAP:
        map_backward(node, out, in);
        break;
    case KIND_REDUCE:
        reduce_backward(node, out, in);
        break;
    case KIND_CONTRACT:
        contract_backward(node, out, in);
        break;
    case KIND_WINDOW:
        window_backward(node, out, in);
        break;
    case KIND_VIEW:
        view_backward(node, out, in);
        break;
    default:
        break; /* a source */
    }
}

/* The branch that `where(training, b, c)` takes is known, as it is of a number, which `training` is
   in a frozen layer, and only that one runs: the other may not even be finite. */
static void need_inputs(Generic *generic, const Node *node) {
    const Node *condition = node->op == OP_WHERE ? node->inputs[0] : NULL;
    bool is_number = condition && condition->kind == KIND_CONST && !condition->numbers;
    bool chosen = is_number || (condition && condition->kind == KIND_GIVEN &&
                                condition->given == GIVEN_TRAINING);
    bool is_first = is_number ? condition->value != 0 : generic->training;
    for (int i = 0; i < node->input_count; i++) {
        if (!chosen || i == 0 || (i == 1) == is_first) {
            generic->needed[node->inputs[i]->id] = true;
        }
    }
}

static void start_roots(Generic *generic, size_t n, const void *const *in, bool training) {
    generic->root_count = 0;
    generic->n = n;
    generic->in = in;
    generic->training = training;
}

static void add_root(Generic *generic, Node *node) {
    if (node) {
        generic->roots[generic->root_count++] = node;
    }
}

static void run(Generic *generic) {
    const Graph *graph = generic->graph;
    memset(generic->needed, 0, (size_t)graph->node_count * sizeof(bool));
    for (int i = 0; i < generic->root_count; i++) {
        generic->needed[generic->roots[i]->id] = true;
    }
    for (int i = graph->node_count - 1; i >= 0; i--) {
        if (generic->needed[i]) {
            need_inputs(generic, graph->nodes[i]);
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        place_tensor(generic, graph->nodes[i]);
    }
    count_readers(generic);
    for (int i = 0; i < graph->node_count; i++) {
        int done = generic->needed[i] ? run_in_blocks(generic, i) : 1;
        if (done == 0) {
            node_forward(generic, graph->nodes[i]);
        } else {
            i += done - 1;
        }
    }
}

static size_t bytes_of(const Variable *variable) {
    return (size_t)shape_count(variable->shape) * sizeof(Real);
}

static void prepare_slope(Generic *generic, const Node *node) {
    Tensor *tensor = &generic->tensors[node->id];
    bool is_on_the_way = generic->needed[node->id] && generic->wanted[node->id];
    Real *gradient = generic->gradient_at[node->id];
    tensor->slope = !is_on_the_way ? NULL : gradient ? gradient : generic->slopes[node->id];
    tensor->is_fresh = is_on_the_way;
}

/* What the cost does not reach has no slope. */
static void clear_gradients(Generic *generic) {
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *variable = generic->graph->variables[v];
        const Node *read = variable->point ? variable->point : variable->node;
        if (variable->kind == VARIABLE_PARAM && (!read || !generic->tensors[read->id].slope)) {
            memset(generic->gradients[v], 0, bytes_of(variable));
        }
    }
}

static void run_backward(Generic *generic) {
    const Graph *graph = generic->graph;
    for (int i = 0; i < graph->node_count; i++) {
        prepare_slope(generic, graph->nodes[i]);
    }
    clear_gradients(generic);
    Tensor *cost = &generic->tensors[graph->cost->id];
    if (!cost->slope) {
        return;
    }
    slope_clear(cost);
    cost->slope[0] = 1;
    for (int i = graph->cost->id; i >= 0; i--) {
        if (generic->tensors[i].slope) {
            backward(generic, graph->nodes[i]);
        }
    }
}

void run_roots(Generic *generic, int count, Node *const *roots, RunOf run_of) {
    start_roots(generic, run_of.n, run_of.in, run_of.training);
    for (int i = 0; i < count; i++) {
        add_root(generic, roots[i]);
    }
    run(generic);
}

void run_back(Generic *generic, const Node *from, const Node *to) {
    for (int i = from->id; i > to->id; i--) {
        if (generic->tensors[i].slope) {
            backward(generic, generic->graph->nodes[i]);
        }
    }
}

static Real value_of(const Generic *generic, const Node *node) {
    return generic->tensors[node->id].value[0];
}

bool takes_over(const Generic *generic, const Variable *variable) {
#ifdef GENERIC_FLOAT
    const Graph *graph = generic->graph;
    int readers = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        readers += graph->variables[v]->next == variable->next;
    }
    return readers == 1 && !node_lies_in_variable(variable->next);
#else
    (void)generic, (void)variable;
    return false;
#endif
}

/* A layer's state moves with the data; parameters and optimizer state move with the update. */
static void stage(Generic *generic, bool layers) {
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *variable = generic->graph->variables[v];
        if (variable->next && (variable->kind == VARIABLE_STATE) == layers &&
            (layers || !takes_over(generic, variable))) {
            memcpy(generic->staged[v], generic->tensors[variable->next->id].value,
                   bytes_of(variable));
        }
    }
}

static void add_next_roots(Generic *generic, bool layers) {
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *variable = generic->graph->variables[v];
        if ((variable->kind == VARIABLE_STATE) == layers) {
            add_root(generic, variable->next);
        }
    }
}

void generic_init(Generic *generic, uint64_t seed) {
    generic->seed = seed;
    generic->step = generic->first = 0;
    generic->epoch = 0;
    generic->epochs = 1;
    start_roots(generic, 1, NULL, false);
    const Graph *graph = generic->graph;
    for (int v = 0; v < graph->variable_count; v++) {
        add_root(generic, graph->variables[v]->initial);
    }
    run(generic);
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        memset(generic->variables[v], 0, bytes_of(variable));
        memset(generic->gradients[v], 0, bytes_of(variable));
        if (variable->initial) {
            memcpy(generic->variables[v], generic->tensors[variable->initial->id].value,
                   bytes_of(variable));
        }
    }
}

void generic_set_epoch(Generic *generic, uint32_t epoch, uint32_t epochs) {
    generic->epoch = epoch;
    generic->epochs = epochs;
}

void generic_set_step(Generic *generic, uint64_t step) {
    generic->step = step;
}

void generic_set_first(Generic *generic, uint64_t first) {
    generic->first = first;
}

Real *generic_variable(Generic *generic, const Variable *variable) {
    return generic->variables[variable->number];
}

Real *generic_gradient_of(Generic *generic, const Variable *variable) {
    return generic->gradients[variable->number];
}

const Real *generic_value(const Generic *generic, const Node *node) {
    return generic->tensors[node->id].value;
}

Real generic_loss(Generic *generic, size_t n, const void *const *in) {
    return generic_evaluate(generic, n, in, NULL);
}

Real generic_evaluate(Generic *generic, size_t n, const void *const *in, double *sums) {
    const Graph *graph = generic->graph;
    start_roots(generic, n, in, false);
    add_root(generic, graph->cost);
    for (int s = 0; sums && s < graph->sum_count; s++) {
        add_root(generic, graph->sums[s]);
    }
    run(generic);
    for (int s = 0; sums && s < graph->sum_count; s++) {
        const Tensor *sum = &generic->tensors[graph->sums[s]->id];
        for (size_t i = 0; i < sum->count; i++) {
            *sums = 0;
            for (size_t e = 0; e < n; e++) {
                *sums += (double)sum->value[(sum->examples > 1 ? e : 0) * sum->count + i];
            }
            sums++;
        }
    }
    return value_of(generic, graph->cost);
}

void generic_finish(Generic *generic, size_t n, const double *sums, double *metrics) {
    const Graph *graph = generic->graph;
    start_roots(generic, 1, NULL, false);
    generic->sums = sums;
    generic->count = n;
    for (int m = 0; m < graph->metric_count; m++) {
        add_root(generic, graph->metrics[m].finish);
    }
    run(generic);
    for (int m = 0; m < graph->metric_count; m++) {
        const Tensor *figures = &generic->tensors[graph->metrics[m].finish->id];
        for (size_t i = 0; i < figures->count; i++) {
            *metrics++ = (double)figures->value[i];
        }
    }
}

Real generic_cost(Generic *generic, size_t n, const void *const *in) {
    start_roots(generic, n, in, true);
    add_root(generic, generic->graph->cost);
    run(generic);
    return value_of(generic, generic->graph->cost);
}

Real generic_gradient(Generic *generic, size_t n, const void *const *in) {
    start_roots(generic, n, in, true);
    add_root(generic, generic->graph->cost);
    add_next_roots(generic, true);
    run(generic);
    run_backward(generic);
    stage(generic, true);
    return value_of(generic, generic->graph->cost);
}

/* All at once: what is copied is staged before anything changes. */
static void commit(Generic *generic) {
    stage(generic, false);
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *variable = generic->graph->variables[v];
        if (generic->written && generic->written[v]) {
            generic->written[v] = false;
        } else if (variable->next && takes_over(generic, variable)) {
            Real *held = generic->variables[v];
            generic->variables[v] = generic->values[variable->next->id];
            generic->values[variable->next->id] = held;
        } else if (variable->next) {
            memcpy(generic->variables[v], generic->staged[v], bytes_of(variable));
        }
    }
}

void generic_update(Generic *generic) {
    start_roots(generic, 1, NULL, true);
    add_next_roots(generic, false);
    generic->updating = true;
    run(generic);
    generic->updating = false;
    commit(generic);
    generic->step++;
}

Real generic_train_step(Generic *generic, size_t n, const void *const *in) {
    for (int number = 0; number < generic->graph->direction_count; number++) {
        product_find(generic, number, n, in);
    }
    Real cost = generic_gradient(generic, n, in);
    generic_update(generic);
    return cost;
}

/* Rows `first` on of every input; `from` holds as many pointers as the graph has variables. */
static void move_data(const Graph *graph, const void *const *in, size_t first, const void **from) {
    int place = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        if (graph->variables[v]->kind == VARIABLE_INPUT) {
            from[place] =
                (const Real *)in[place] + first * (size_t)shape_count(graph->variables[v]->shape);
            place++;
        }
    }
}

static void copy_output(Generic *generic, const Node *node, size_t first, Real *out) {
    const Tensor *tensor = &generic->tensors[node->id];
    for (size_t e = 0; e < generic->n; e++) {
        memcpy(out + (first + e) * tensor->count,
               tensor->value + (tensor->examples > 1 ? e * tensor->count : 0),
               tensor->count * sizeof(Real));
    }
}

void generic_predict(Generic *generic, size_t n, const void *const *in, Real *const *out) {
    const Graph *graph = generic->graph;
    const void **from = calloc((size_t)graph->variable_count + 1, sizeof *from);
    for (size_t first = 0; from && first < n; first += generic->capacity) {
        move_data(graph, in, first, from);
        start_roots(generic, n - first < generic->capacity ? n - first : generic->capacity, from,
                    false);
        for (int k = 0; k < graph->output_count; k++) {
            add_root(generic, graph->outputs[k]);
        }
        run(generic);
        for (int k = 0; k < graph->output_count; k++) {
            copy_output(generic, graph->outputs[k], first, out[k]);
        }
    }
    free(from);
}

void generic_perturb(Generic *generic, double amount, uint64_t stream) {
    generic->perturbation = (Perturbation){.amount = amount, .state = stream * 2654435769u + 1};
}

double generic_kink_distance(Generic *generic) {
    double least = 1;
    for (int i = 0; i < generic->graph->node_count; i++) {
        if (generic->needed[i]) {
            const Node *node = generic->graph->nodes[i];
            least = fmin(least, kink_distance(node, &generic->tensors[i], generic->inputs[i]));
        }
    }
    return least;
}
