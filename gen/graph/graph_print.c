/* The text form of a graph, which --dump prints and golden tests compare. In: a graph. Out: one
   line per node, in order. `B[32]` is a value of shape [32] per example, `[32]` one per batch. */

#include "graph/graph.h"

enum { SHOWN_NUMBERS = 8, SHOWN_FIRST = 3 }; /* of a constant: all of so few, or else the first */

static const char loop_letters[] = "ijklmnop";

void print_index_axis(Text *out, const Contract *contract, const Index *index, int axis,
                      const char *letters) {
    bool first = true;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        long long factor = index->factor[axis][loop];
        if (!factor)
            continue;
        text_add(out, "%s", factor < 0 ? (first ? "-" : " - ") : first ? "" : " + ");
        long long size = factor < 0 ? -factor : factor;
        if (size != 1)
            text_add(out, "%lld*", size);
        text_add(out, "%c", letters[loop]);
        first = false;
    }
    long long offset = index->offset[axis];
    if (first)
        text_add(out, "%lld", offset);
    else if (offset)
        text_add(out, " %c %lld", offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
}

void print_index(Text *out, const Contract *contract, const Index *index, int rank,
                 const char *letters) {
    text_add(out, "[");
    for (int axis = 0; axis < rank; axis++) {
        text_add(out, "%s", axis ? ", " : "");
        print_index_axis(out, contract, index, axis, letters);
    }
    text_add(out, "]");
}

/* "contract [i] = %3[i, j] * %4[j]; i < 8, j < 4", "window_sum [2*i + j] = %5[i] at %6[i]; .." */
static void print_terms(Text *out, const Node *node) {
    const Contract *contract = node->contract;
    bool is_window = node->kind == KIND_WINDOW;
    text_add(out, "%s ", is_window ? op_rows[node->op].name : "contract");
    print_index(out, contract, &contract->index[0], node->shape.rank, loop_letters);
    for (int i = 0; i < node->input_count; i++) {
        const char *between = is_window ? " at " : " * ";
        text_add(out, "%s%%%d", i ? between : " = ", node->inputs[i]->id);
        print_index(out, contract, &contract->index[i + 1], node->inputs[i]->shape.rank,
                    loop_letters);
    }
    for (int loop = 0; loop < contract->loop_count; loop++)
        text_add(out, "%s %c < %lld", loop ? "," : ";", loop_letters[loop],
                 (long long)contract->extent[loop]);
    if (!is_window && !node->batched && (node->inputs[0]->batched || node->inputs[1]->batched))
        text_add(out, " over examples");
}

static void print_reduce(Text *out, const Node *node) {
    text_add(out, "%s %%%d", op_rows[node->op].name, node->inputs[0]->id);
    if (node->shape.rank == 0 && node->inputs[0]->shape.rank > 0)
        text_add(out, " over all");
    else
        for (int axis = 0, first = 1; axis < node->inputs[0]->shape.rank; axis++)
            if (node->axes >> axis & 1)
                text_add(out, "%s %d", first ? " over" : ",", axis), first = 0;
    if (node->over_batch)
        text_add(out, " over examples");
}

static void print_operands(Text *out, const Node *node) {
    for (int i = 0; i < node->input_count; i++)
        text_add(out, "%s%%%d", i ? ", " : " ", node->inputs[i]->id);
}

static void print_view(Text *out, const Node *node) {
    text_add(out, "%s", op_rows[node->op].name);
    print_operands(out, node);
    if (node->op == OP_CONCAT)
        text_add(out, " axis %u", node->axes);
    if (node->op != OP_SLICE && node->op != OP_PAD && node->op != OP_TRANSPOSE)
        return;
    text_add(out, " %s", node->op == OP_TRANSPOSE ? "axes" : "at");
    for (int i = 0; i < node->shape.rank; i++)
        text_add(out, "%s%lld", i ? ", " : " ", (long long)node->start[i]);
}

static void print_given(Text *out, const Node *node) {
    text_add(out, "given %s", given_names[node->given]);
    if (given_has_variable(node->given))
        text_add(out, " %s", node->variable->name);
    if (node->given == GIVEN_SUM || node->given == GIVEN_PRODUCT)
        text_add(out, " %d", node->number);
}

enum { NUMBER_SIZE = 32 };

/* The same on every machine: of the text. */
static uint64_t hash_numbers(const Node *node) {
    uint64_t hash = HASH_START;
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        char text[NUMBER_SIZE];
        int size = snprintf(text, sizeof text, "%.17g ", node->numbers[i]);
        hash = hash_bytes(hash, text, (size_t)size);
    }
    return hash;
}

/* "[0, 1, 2]", row-major; "[0, 1, 2, .., 49] #a430d84680aabd0b", with a hash of all of them. */
static void print_numbers(Text *out, const Node *node) {
    int64_t count = shape_count(node->shape);
    bool is_short = count <= SHOWN_NUMBERS;
    for (int64_t i = 0; i < (is_short ? count : SHOWN_FIRST); i++)
        text_add(out, "%s%.17g", i ? ", " : "[", node->numbers[i]);
    if (is_short)
        text_add(out, "]");
    else
        text_add(out, ", .., %.17g] #%016llx", node->numbers[count - 1],
                 (unsigned long long)hash_numbers(node));
}

static void print_node(Text *out, const Node *node) {
    Compiler *compiler = out->compiler;
    text_add(out, "%%%d: %s%s = ", node->id, node->batched ? "B" : "",
             shape_text(compiler, node->shape));
    switch (node->kind) {
    case KIND_CONST:
        if (node->numbers)
            print_numbers(out, node);
        else
            text_add(out, "%.17g", node->value);
        break;
    case KIND_INPUT:
        text_add(out, "%s %s", node->variable->kind == VARIABLE_INPUT ? "input" : "target",
                 node->variable->name);
        if (node->variable->onehot)
            text_add(out, " onehot");
        if (node->variable->is_same)
            text_add(out, " pairs");
        break;
    case KIND_PARAM:
        text_add(out, "param %s", node->variable->name);
        break;
    case KIND_STATE:
        text_add(out, "%s %s", node->variable->kind == VARIABLE_SETTING ? "setting" : "state",
                 node->variable->name);
        break;
    case KIND_GIVEN:
        print_given(out, node);
        break;
    case KIND_RANDOM:
        text_add(out, "random %s %d", op_rows[node->op].name, node->number);
        break;
    case KIND_MAP:
        text_add(out, "%s", op_rows[node->op].name);
        print_operands(out, node);
        break;
    case KIND_REDUCE:
        print_reduce(out, node);
        break;
    case KIND_CONTRACT:
    case KIND_WINDOW:
        print_terms(out, node);
        break;
    case KIND_VIEW:
        print_view(out, node);
        break;
    }
    if (node->name && node->kind != KIND_PARAM && node->kind != KIND_INPUT &&
        node->kind != KIND_STATE)
        text_add(out, "    # %s", node->name);
    text_add(out, "\n");
}

static void print_root(Text *out, const char *word, const char *name, const Node *node) {
    if (node)
        text_add(out, "%s%s%s = %%%d\n", word, *name ? " " : "", name, node->id);
}

void graph_print(Text *out, const Graph *graph) {
    if (graph->name)
        text_add(out, "network %s, batch %lld\n", graph->name, (long long)graph->batch);
    for (int id = 0; id < graph->node_count; id++)
        print_node(out, graph->nodes[id]);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        print_root(out, "initial", variable->name, variable->initial);
        print_root(out, "gradient", variable->name, variable->gradient);
        print_root(out, "product", variable->name, variable->product);
        print_root(out, "next", variable->name, variable->next);
        print_root(out, "stepped", variable->name, variable->stepped);
    }
    for (int i = 0; i < graph->sum_count; i++)
        print_root(out, "sum", format_text(out->compiler, "%d", i), graph->sums[i]);
    for (int i = 0; i < graph->metric_count; i++)
        print_root(out, "metric", graph->metrics[i].name, graph->metrics[i].finish);
    for (int i = 0; i < graph->output_count; i++)
        print_root(out, "output", graph->output_names[i], graph->outputs[i]);
    for (int i = 0; i < graph->jacobian_count; i++)
        print_root(out, "derivative", graph->jacobians[i].name, graph->jacobians[i].value);
    for (int i = 0; i < graph->direction_count; i++)
        for (int k = 0; k < graph->directions[i].count; k++)
            print_root(out, format_text(out->compiler, "direction %d", i),
                       graph->directions[i].variables[k]->name, graph->directions[i].nodes[k]);
    print_root(out, "cost", "", graph->cost);
}
