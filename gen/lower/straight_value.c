/* Values of straight-line code. In: nodes and elements. Out: names and expressions, with
   declarations of what they load before them; which elements are read at all. */

#include "lower/straight.h"

#include <string.h>

static const char *base_name(Straight *straight, const Node *node) {
    if (!straight->base[node->id]) {
        const char *label = straight->emitter->labels.name[node->id];
        const char *name = label                      ? label
                           : node->name               ? node->name
                           : node->kind == KIND_GIVEN ? given_names[node->given]
                                                      : "t";
        if (node->kind == KIND_GIVEN && given_has_variable(node->given))
            name = format_text(straight->compiler, "%s%s",
                               given_prefix(&straight->emitter->labels, node->given),
                               node->variable->name);
        straight->base[node->id] = name_stem(&straight->names, name);
    }
    return straight->base[node->id];
}

int64_t straight_position(const Straight *straight, const Node *node, int64_t element) {
    const Layout *layout = layout_of(straight->emitter->layouts, straight->function, node);
    return layout_position_of(layout, node->shape, element);
}

Element straight_element_at(const Straight *straight, Node *node, int64_t position) {
    const Layout *layout = layout_of(straight->emitter->layouts, straight->function, node);
    return (Element){node, layout_element_at(layout, node->shape, position)};
}

/* Elements are numbered in the order of memory. */
char *straight_element_name(Straight *straight, Element at) {
    return format_text(straight->compiler, "%s_%lld", base_name(straight, at.node),
                       (long long)straight_position(straight, at.node, at.element));
}

const char *straight_type_text(const Straight *straight, bool is_vector) {
    return lanes_type(straight->compiler, is_vector ? straight->lanes : 1);
}

bool straight_is_wide(const Straight *straight, const Node *node) {
    return node->batched && straight->lanes > 1;
}

void straight_add_value(Straight *straight, Text *out, Element at, const char *expression) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "type", "%s",
              straight_type_text(straight, straight_is_wide(straight, at.node)));
    bind_slot(&bindings, "value", "%s", straight_element_name(straight, at));
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(out, "straight_value", &bindings, 0);
}

bool straight_has_loop(const Straight *straight) {
    return straight->function->examples > straight->lanes;
}

const char *straight_example(const Straight *straight) {
    return straight_has_loop(straight) ? "row" : "0";
}

char *straight_address(const Straight *straight, const Layout *layout, Shape shape, int64_t element,
                       int64_t offset) {
    const Function *function = straight->function;
    const Range rows = {0, function->examples - straight->lanes, straight->lanes};
    Affine index[MAX_RANK + 1], address;
    index[0] =
        straight_has_loop(straight) ? affine_variable(straight->compiler, 0) : affine_number(0);
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        index[axis + 1] = affine_number(element % shape.size[axis]);
        element /= shape.size[axis];
    }
    if (!layout_address(straight->compiler, layout, index, &rows, &address))
        stop_at(straight->compiler, (Span){0}, "internal: no address is affine");
    offset += address.offset;
    if (address.term_count == 0)
        return format_text(straight->compiler, "%lld", (long long)offset);
    long long factor = address.terms[0].factor;
    char *row = format_text(straight->compiler, factor == 1 ? "row" : "%lld * row", factor);
    return offset ? format_text(straight->compiler, "%s + %lld", row, (long long)offset) : row;
}

char *straight_moved(const Straight *straight, const char *array, const char *distance) {
    bool is_start = strcmp(distance, "0") == 0;
    return format_text(straight->compiler, is_start ? "%s" : "%s + %s", array, distance);
}

static char *input_text(Straight *straight, Element at) {
    Compiler *compiler = straight->compiler;
    const Variable *variable = at.node->variable;
    const char *name = field_name(straight->emitter, variable);
    long long count = (long long)shape_count(variable->shape), element = (long long)at.element;
    bool wide = straight->lanes > 1;
    if (variable->onehot) {
        const char *row = straight_example(straight);
        return wide ? format_text(compiler, "nn_examples_%d(%s, %lld)", straight->lanes,
                                  straight_moved(straight, name, row), element)
                    : format_text(compiler, "nn_class_1(%s[%s], %lld)", name, row, element);
    }
    const Layout *layout = layout_of(straight->emitter->layouts, straight->function, at.node);
    char *address = straight_address(straight, layout, variable->shape, at.element, 0);
    if (!wide)
        return format_text(compiler, "%s[%s]", name, address);
    if (count == 1)
        return format_text(compiler, "nn_load_%d(%s)", straight->lanes,
                           straight_moved(straight, name, address));
    return format_text(compiler, "nn_gather_%d(%s, %lld)", straight->lanes,
                       straight_moved(straight, name, address), count);
}

static char *random_text(Straight *straight, Element at) {
    const char *name = op_rows[at.node->op].name;
    straight->function->schedule->uses_random = true;
    const char *form = straight_is_wide(straight, at.node)
                           ? format_text(straight->compiler, "examples_%d", straight->lanes)
                           : "1";
    const char *example = at.node->batched
                              ? format_text(straight->compiler, "work->first + (uint32_t)(%s)",
                                            straight_example(straight))
                              : "0";
    return format_text(straight->compiler, "nn_%s_%s(net->seed, stream, %d, %s, %lld)", name, form,
                       at.node->number, example, (long long)at.element);
}

static char *scratch_text(const Straight *straight, const char *array, const char *at) {
    if (straight->lanes == 1)
        return format_text(straight->compiler, "work->%s[%s]", array, at);
    return format_text(straight->compiler, "nn_load_%d(work->%s)", straight->lanes,
                       straight_moved(straight, array, at));
}

char *straight_offset(const Straight *straight, const char *array, int64_t offset) {
    return format_text(straight->compiler, offset ? "%s + %lld" : "%s", array, (long long)offset);
}

char *straight_leaf_address(Straight *straight, const Node *leaf, int64_t position) {
    Emitter *emitter = straight->emitter;
    int number = leaf->variable->number;
    if (leaf->kind == KIND_INPUT) /* of one example */
        return straight_offset(straight, field_name(emitter, leaf->variable), position);
    if (leaf->kind == KIND_GIVEN)
        return straight_offset(straight, "work->gradients",
                               emitter->gradient_at[number] + position);
    return straight_offset(
        straight, format_text(straight->compiler, "net->%s", emitter->member[number]), position);
}

/* Text of a leaf, an element of a vector, or a value that an earlier loop left in the arena. */
static char *memory_text(Straight *straight, Element at) {
    Compiler *compiler = straight->compiler;
    const Node *node = at.node;
    long long element = (long long)straight_position(straight, node, at.element);
    if (straight->is_packed[node->id])
        return straight_packed_element(straight, at);
    switch (node->kind) {
    case KIND_INPUT:
        return input_text(straight, at);
    case KIND_RANDOM:
        return random_text(straight, at);
    case KIND_PARAM:
    case KIND_STATE:
        return format_text(compiler, "net->%s[%lld]",
                           straight->emitter->member[node->variable->number], element);
    case KIND_GIVEN:
        if (node->given == GIVEN_DIRECTION)
            return format_text(compiler, "work->direction[%lld]",
                               (long long)straight->emitter->gradient_at[node->variable->number] +
                                   element);
        if (node->given == GIVEN_GRADIENT)
            return format_text(compiler, "work->gradients[%lld]",
                               (long long)straight->emitter->gradient_at[node->variable->number] +
                                   element);
        if (node->given == GIVEN_SHARE)
            return scratch_text(straight, "share", straight_example(straight));
        if (node->given == GIVEN_SUM) {
            element += graph_sum_at(straight->emitter->program->graph, node->number);
            return format_text(compiler, "(%s)sums[%lld]", real_type(compiler), element);
        }
        return format_text(compiler, "given_%s", given_names[node->given]);
    default: {
        if (straight->kept_at[node->id] == 0)
            stop_at(compiler, node->span, "internal: a value of an earlier loop is not kept");
        return scratch_text(straight, "arena", straight_kept_address(straight, node, at.element));
    }
    }
}

/* Declares an element in the current loop if it is not yet. */
static void declare(Straight *straight, Element at) {
    const Node *node = at.node;
    int **declared = &straight->declared[node->id];
    if (!*declared)
        *declared = NEW_ARRAY(straight->compiler, int, shape_count(node->shape));
    bool is_kept = node->batched ? (*declared)[at.element] == straight->section + 1
                                 : (*declared)[at.element] != 0;
    if (is_kept)
        return;
    (*declared)[at.element] = node->batched ? straight->section + 1 : 1;
    straight_add_value(straight, node->batched ? straight->out : straight->loads, at,
                       memory_text(straight, at));
}

void straight_mark_declared(Straight *straight, Element at) {
    int **declared = &straight->declared[at.node->id];
    if (!*declared)
        *declared = NEW_ARRAY(straight->compiler, int, shape_count(at.node->shape));
    (*declared)[at.element] = at.node->batched ? straight->section + 1 : 1;
}

Operand straight_operand_of(Straight *straight, Element at) {
    if (!at.node)
        return (Operand){real_text(straight->compiler, 0), false};
    if (at.node->kind == KIND_CONST)
        return (Operand){real_text(straight->compiler, element_number(at)), false};
    declare(straight, at);
    return (Operand){straight_element_name(straight, at), straight_is_wide(straight, at.node)};
}

const char *straight_splat(Straight *straight, Operand operand, bool is_vector) {
    return broadcast_text(straight->compiler, operand, is_vector ? straight->lanes : 1);
}

static Element operand_element(const Node *node, int64_t element, int operand) {
    Node *input = node->inputs[operand];
    return element_resolve(input, element_broadcast(node->shape, element, input->shape));
}

Element straight_condition(const Node *node, int64_t element) {
    Element none = {NULL, 0};
    if (node->op != OP_WHERE || !node->batched) /* per-batch values may be vectors */
        return none;
    Element condition = operand_element(node, element, 0);
    bool compares = condition.node && condition.node->kind == KIND_MAP &&
                    op_compares(condition.node->op) && condition.node->batched == node->batched;
    return compares ? condition : none;
}

static char *choice_of(Straight *straight, Node *node, int64_t element, Element condition) {
    Operand compared[2], chosen[2];
    for (int i = 0; i < 2; i++) {
        compared[i] =
            straight_operand_of(straight, operand_element(condition.node, condition.element, i));
        chosen[i] = straight_operand_of(straight, operand_element(node, element, i + 1));
    }
    return choice_text(straight->compiler, condition.node->op, compared, chosen,
                       straight_is_wide(straight, node) ? straight->lanes : 1);
}

static Operand map_expression(Straight *straight, Node *node, int64_t element) {
    Operand operands[3];
    Element condition = straight_condition(node, element);
    if (condition.node)
        return (Operand){choice_of(straight, node, element, condition),
                         straight_is_wide(straight, node)};
    for (int i = 0; i < node->input_count; i++)
        operands[i] = straight_operand_of(straight, operand_element(node, element, i));
    bool is_vector = straight_is_wide(straight, node);
    return (Operand){
        op_text(straight->compiler, node->op, operands, is_vector ? straight->lanes : 1),
        is_vector};
}

static Operand reduce_expression(Straight *straight, Node *node, int64_t element) {
    Node *input = node->inputs[0];
    Text *sum = text_new(straight->compiler);
    bool is_vector = straight_is_wide(straight, input);
    int terms = 0;
    for (int64_t from = 0; from < shape_count(input->shape); from++) {
        if (element_reduced(node, from) != element)
            continue;
        const char *term = straight_splat(
            straight, straight_operand_of(straight, element_resolve(input, from)), is_vector);
        if (node->op == OP_SUM)
            sum_add_term(sum, &terms, term);
        else if (terms++ == 0)
            text_add(sum, "%s", term);
        else {
            char *so_far = format_text(straight->compiler, "%s", sum->bytes);
            sum = text_new(straight->compiler);
            text_add(sum, "nn_max_%d(%s, %s)", is_vector ? straight->lanes : 1, so_far, term);
        }
    }
    return (Operand){sum->bytes, is_vector};
}

/* Calls `take` for every term of a contraction with the elements of its result and operands. */
typedef void TakeTerm(Straight *straight, Node *node, int64_t to, const Element *factors,
                      void *context);

static void each_term(Straight *straight, Node *node, TakeTerm *take, void *context) {
    const Contract *contract = node->contract;
    int64_t total = 1, loops[MAX_LOOPS] = {0};
    for (int i = 0; i < contract->loop_count; i++)
        total *= contract->extent[i];
    for (int64_t round = 0; round < total; round++) {
        int64_t rest = round;
        for (int loop = contract->loop_count - 1; loop >= 0; loop--) {
            loops[loop] = rest % contract->extent[loop];
            rest /= contract->extent[loop];
        }
        int64_t to =
            element_contracted(&contract->index[0], node->shape, loops, contract->loop_count);
        int64_t a = element_contracted(&contract->index[1], node->inputs[0]->shape, loops,
                                       contract->loop_count);
        int64_t b = element_contracted(&contract->index[2], node->inputs[1]->shape, loops,
                                       contract->loop_count);
        if (to < 0 || a < 0 || b < 0 || !straight->live[node->id][to])
            continue;
        Element factors[] = {element_resolve(node->inputs[0], a),
                             element_resolve(node->inputs[1], b)};
        if (!element_is_zero(factors[0]) && !element_is_zero(factors[1]))
            take(straight, node, to, factors, context);
    }
}

static void count_product(Straight *straight, Node *node, int64_t to, const Element *factors,
                          void *context) {
    (void)straight, (void)node, (void)factors;
    ((Sum *)context)[to].count++;
}

static void add_product(Straight *straight, Node *node, int64_t to, const Element *factors,
                        void *context) {
    Sum *sum = (Sum *)context + to;
    (void)node;
    if (!sum->text)
        return;
    Operand left = straight_operand_of(straight, factors[0]),
            right = straight_operand_of(straight, factors[1]);
    sum_add_product(sum, left, right);
}

Operand straight_added(Straight *straight, const Node *addition, int64_t element) {
    int operand = addition->inputs[0] == straight->merged_sum[addition->id];
    return straight_operand_of(straight, operand_element(addition, element, operand));
}

/* Sums of all elements of a contraction from position `first` on, distributing each term to its
   sum. addition: gives the initial values, or NULL. */
static Sum *contract_sums(Straight *straight, Node *node, const Node *addition, int64_t first) {
    int64_t count = shape_count(node->shape);
    bool is_wide = node->inputs[0]->batched || node->inputs[1]->batched;
    Sum *sums = NEW_ARRAY(straight->compiler, Sum, count);
    for (int64_t i = 0; i < count; i++)
        if (straight_position(straight, node, i) >= first)
            sums[i] = sum_new(straight->compiler, is_wide ? straight->lanes : 1);
    each_term(straight, node, count_product, sums);
    for (int64_t i = 0; addition && i < count; i++)
        if (sums[i].text && sums[i].count > 0)
            sum_begin(&sums[i], straight_added(straight, addition, i));
    each_term(straight, node, add_product, sums);
    return sums;
}

/* Expressions of the elements of a node from position `first` on, or terms of its sum over
   examples. */
Operand *straight_expressions(Straight *straight, Node *node, int64_t first) {
    int64_t count = shape_count(node->shape);
    Operand *expressions = NEW_ARRAY(straight->compiler, Operand, count);
    Node *merged = straight->merged_sum[node->id];
    Node *contract = node->kind == KIND_CONTRACT ? node : merged;
    const Node *addition = merged ? node : NULL;
    bool sums_examples = contract && straight_has_inputs_in_lanes(straight, contract);
    Sum *sums =
        contract && !sums_examples ? contract_sums(straight, contract, addition, first) : NULL;
    for (int64_t i = 0; i < count; i++) {
        if (!straight->live[node->id][i] || straight_position(straight, node, i) < first)
            continue;
        if (sums_examples)
            expressions[i] = straight_output(straight, node, i);
        else if (sums && sums[i].count > 0)
            expressions[i] = sum_end(&sums[i]);
        else if (node->kind == KIND_CONTRACT)
            expressions[i] = (Operand){real_text(straight->compiler, 0), false};
        else if (merged)
            expressions[i] = straight_added(straight, node, i);
        else if (node->kind == KIND_REDUCE)
            expressions[i] = reduce_expression(straight, node, i);
        else
            expressions[i] = map_expression(straight, node, i);
    }
    return expressions;
}

static bool can_merge(const Straight *straight, const Node *addition, const Node *sum) {
    return sum->kind == KIND_CONTRACT && sum->batched && addition->batched &&
           shape_equal(sum->shape, addition->shape) && !straight->kept_at[sum->id] &&
           !straight->emitter->labels.has_line[sum->id] &&
           straight->level[sum->id] == straight->level[addition->id];
}

void straight_find_merged(Straight *straight) {
    Graph *graph = straight->graph;
    int *users = NEW_ARRAY(straight->compiler, int, graph->node_count + 1);
    for (int i = 0; i < straight->function->store_count; i++)
        users[straight->function->stores[i].value->id]++;
    for (int id = 0; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            users[graph->nodes[id]->inputs[i]->id]++;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        for (int i = 0; node->kind == KIND_MAP && node->op == OP_ADD && i < 2; i++) {
            Node *sum = node->inputs[i];
            if (straight->merged_sum[id] || users[sum->id] > 1 || !can_merge(straight, node, sum))
                continue;
            straight->merged_sum[id] = sum;
            straight->is_merged[sum->id] = true;
        }
    }
}

static void mark_live(Straight *straight, Element at) {
    if (at.node)
        straight->live[at.node->id][at.element] = true;
}

static void mark_factors(Straight *straight, Node *node, int64_t to, const Element *factors,
                         void *context) {
    (void)node, (void)to, (void)context;
    mark_live(straight, factors[0]);
    mark_live(straight, factors[1]);
}

static void mark_operands(Straight *straight, Node *node) {
    if (node->kind == KIND_CONTRACT)
        each_term(straight, node, mark_factors, NULL);
    for (int64_t i = 0; node->kind == KIND_MAP && i < shape_count(node->shape); i++) {
        Element condition = straight_condition(node, i);
        for (int k = condition.node ? 1 : 0; k < node->input_count && straight->live[node->id][i];
             k++)
            mark_live(straight, operand_element(node, i, k));
        for (int k = 0; condition.node && k < 2 && straight->live[node->id][i]; k++)
            mark_live(straight, operand_element(condition.node, condition.element, k));
    }
    if (node->kind != KIND_REDUCE)
        return;
    for (int64_t from = 0; from < shape_count(node->inputs[0]->shape); from++)
        if (straight->live[node->id][element_reduced(node, from)])
            mark_live(straight, element_resolve(node->inputs[0], from));
}

void straight_find_live(Straight *straight) {
    Graph *graph = straight->graph;
    for (int id = 0; id < graph->node_count; id++)
        straight->live[id] =
            NEW_ARRAY(straight->compiler, bool, shape_count(graph->nodes[id]->shape));
    for (int i = 0; i < straight->function->store_count; i++) {
        Node *value = straight->function->stores[i].value;
        for (int64_t k = 0; k < shape_count(value->shape); k++)
            mark_live(straight, element_resolve(value, k));
    }
    for (int id = graph->node_count - 1; id >= 0; id--) {
        Node *node = graph->nodes[id];
        if (node->input_count > 0 && node->kind != KIND_VIEW)
            mark_operands(straight, node);
    }
}
