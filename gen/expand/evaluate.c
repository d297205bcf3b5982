/* Expressions. In: a tree and, through checker->frame, the names in scope. Out: its value;
   operators on numbers are done at once, those on nodes become nodes. Calls are expand_call.c's,
   built-in functions builtin.c's. */

#include "expand/calls.h"

#include <math.h>
#include <string.h>

enum { MAX_EVALUATIONS = 20 * 1000 * 1000, MAX_EVALUATION_DEPTH = 2 * MAX_DEPTH, FIRST_KNOWN = 8 };

static const struct {
    const char *name;
    double value;
} constants[] = {{"pi", 3.14159265358979323846}, {"infinity", INFINITY}};

/* Names of scalars that have a value only when the emitted code runs. */
static const struct {
    const char *name;
    Given given;
} scalars[] = {{"training", GIVEN_TRAINING},
               {"step", GIVEN_STEP},
               {"epoch", GIVEN_EPOCH},
               {"epochs", GIVEN_EPOCHS}};

enum {
    CONSTANT_COUNT = sizeof constants / sizeof *constants,
    SCALAR_COUNT = sizeof scalars / sizeof *scalars,
};

Binding *find_value(const Checker *checker, const char *name) {
    Binding *binding = scope_find(&checker->frame->scope, name);
    if (!binding && !checker->frame->is_prelude)
        binding = scope_find(&checker->model->scope, name);
    return binding;
}

/* Bodies of the prelude find definitions of the prelude only, so that a model may reuse a name
   without changing what the prelude does. */
const Definition *find_definition(const Checker *checker, const char *name) {
    const Binding *binding =
        checker->frame->is_prelude ? NULL : scope_find(&checker->definitions.user, name);
    if (!binding)
        binding = scope_find(&checker->definitions.prelude, name);
    return binding ? binding->value.definition : NULL;
}

Node *given_node(Checker *checker, Given given) {
    Node **slot = given == GIVEN_TRAINING ? training_slot(checker) : &checker->shared.givens[given];
    if (!*slot)
        *slot = graph_given(checker->graph, given);
    return *slot;
}

/* step + 1: the number of the update at work. */
static Value update_number(Checker *checker, const Tree *tree) {
    if (!checker->context.in_update)
        return fail(checker, tree->span, "'t' counts updates and is known in optimizers only");
    if (!checker->shared.update_number) {
        Node *one = graph_const(checker->graph, 1);
        checker->shared.update_number =
            graph_map(checker->graph, OP_ADD, given_node(checker, GIVEN_STEP), one, NULL);
    }
    return value_node(checker->shared.update_number);
}

/* The number of examples in the batch: those whose share is not 0. */
static Value batch_size(Checker *checker) {
    Graph *graph = checker->graph;
    if (!checker->shared.batch_size) {
        Node *share = given_node(checker, GIVEN_SHARE), *zero = graph_const(graph, 0);
        Node *is_present = graph_map(graph, OP_NOT_EQUAL, share, zero, NULL);
        checker->shared.batch_size = graph_reduce(graph, OP_SUM, is_present, 0, true);
    }
    return value_node(checker->shared.batch_size);
}

/* The training set's size: a setting that the training driver fills in. Its initial value is the
   batch size, which `check` adds at the end of the model. */
static Value examples(Checker *checker, const Tree *tree) {
    if (!checker->shared.examples) {
        Variable *variable =
            graph_add_variable(checker->graph, VARIABLE_SETTING, "examples", (Shape){0});
        variable->span = tree->span;
        variable->node = graph_variable(checker->graph, variable);
        checker->shared.examples = variable;
    }
    return value_node(checker->shared.examples->node);
}

/* The first statement that defines the name, or NULL. */
static const Statement *giving_statement(Statement *const *statements, int count,
                                         const char *name) {
    for (int i = 0; i < count; i++) {
        StatementKind kind = statements[i]->kind;
        bool gives_value = kind == STATEMENT_INPUT || kind == STATEMENT_TARGET ||
                           kind == STATEMENT_ASSIGN || kind == STATEMENT_STATE ||
                           kind == STATEMENT_SUM || kind == STATEMENT_SETTING;
        if (gives_value && strcmp(statements[i]->name, name) == 0)
            return statements[i];
    }
    return NULL;
}

static const Statement *later_statement(const Checker *checker, const char *name) {
    const Definition *definition = checker->frame->definition;
    const Statements *model = checker->statements;
    const Statement *found =
        definition ? giving_statement(definition->body, definition->body_count, name) : NULL;
    if (!found && !checker->frame->is_prelude)
        found = giving_statement(model->statements, model->count, name);
    return found;
}

static void hint_known(Checker *checker, const char *name) {
    const char **names = NULL;
    int count = 0;
    Compiler *compiler = checker->compiler;
    scope_names(checker, &checker->frame->scope, &names, &count);
    if (!checker->frame->is_prelude) {
        scope_names(checker, &checker->model->scope, &names, &count);
        scope_names(checker, &checker->definitions.user, &names, &count);
    }
    scope_names(checker, &checker->definitions.prelude, &names, &count);
    for (int i = 0; i < builtin_count; i++)
        PUSH(compiler, names, count, builtins[i].name);
    for (int i = 0; i < SCALAR_COUNT; i++)
        PUSH(compiler, names, count, scalars[i].name);
    for (int i = 0; i < CONSTANT_COUNT; i++)
        PUSH(compiler, names, count, constants[i].name);
    PUSH(compiler, names, count, "batch_size");
    PUSH(compiler, names, count, "examples");
    hint_name(compiler, name, names, count);
}

Value unknown_name(Checker *checker, const Tree *tree) {
    const Statement *later = later_statement(checker, tree->name);
    if (later && tree->kind == TREE_NAME) {
        fail(checker, tree->span, "'%s' is used before it is defined", tree->name);
        note_at(checker->compiler, later->name_span, "'%s' is defined here", tree->name);
        return (Value){.kind = VALUE_NONE};
    }
    const char *word = tree->kind == TREE_CALL ? "function" : "name";
    fail(checker, tree->name_span, "unknown %s '%s'", word, tree->name);
    hint_known(checker, tree->name);
    return (Value){.kind = VALUE_NONE};
}

/* Keeps a definition of the same name beside the scalar: `step` is a number, `step(z)` calls a
   function. */
static Value scalar_value(Checker *checker, Given given, const char *name) {
    Value value = value_node(given_node(checker, given));
    value.definition = find_definition(checker, name);
    return value;
}

static Value expand_name(Checker *checker, const Tree *tree) {
    const Binding *binding = find_value(checker, tree->name);
    if (binding)
        return binding->value;
    set_span(checker, tree->span);
    for (int i = 0; i < SCALAR_COUNT; i++)
        if (strcmp(scalars[i].name, tree->name) == 0)
            return scalar_value(checker, scalars[i].given, tree->name);
    for (int i = 0; i < CONSTANT_COUNT; i++)
        if (strcmp(constants[i].name, tree->name) == 0)
            return value_number(constants[i].value);
    const Definition *definition = find_definition(checker, tree->name);
    if (definition)
        return (Value){.kind = VALUE_DEFINITION, .definition = definition};
    const Builtin *builtin = builtin_by_name(tree->name);
    if (builtin)
        return (Value){.kind = VALUE_BUILTIN, .builtin = builtin};
    if (strcmp(tree->name, "t") == 0)
        return update_number(checker, tree);
    if (strcmp(tree->name, "batch_size") == 0)
        return batch_size(checker);
    if (strcmp(tree->name, "examples") == 0)
        return examples(checker, tree);
    return unknown_name(checker, tree);
}

static Value map_numbers(Checker *checker, Op op, const Value *operands, Span at) {
    double c = op_rows[op].arity > 2 ? operands[2].number : 0;
    double b = op_rows[op].arity > 1 ? operands[1].number : 0;
    if (op == OP_DIV && b == 0 &&
        !checker->frame->is_prelude) /* its definitions check divisors by `require` */
        return fail(checker, at, "a number is divided by 0");
    double number = op_rows[op].value(operands[0].number, b, c);
    if (isnan(number))
        return fail(checker, at, "the result is not a number");
    return value_number(number);
}

void note_shape(Checker *checker, const Tree *tree) {
    const Binding *binding = tree->kind == TREE_NAME ? find_value(checker, tree->name) : NULL;
    if (!binding || binding->value.kind != VALUE_NODE ||
        binding != scope_find(&checker->model->scope, tree->name))
        return;
    note_at(checker->compiler, binding->span, "'%s' is defined here with shape %s", tree->name,
            shape_text(checker->compiler, binding->value.node->shape));
}

/* Says which sizes keep two shapes from broadcasting. */
Value shapes_differ(Checker *checker, Shape a, Shape b, Span at, const char *label) {
    int64_t m = 0, n = 0;
    for (int back = 1; back <= a.rank && back <= b.rank; back++) {
        m = a.size[a.rank - back];
        n = b.size[b.rank - back];
        if (m != n && m != 1 && n != 1)
            break;
    }
    Compiler *compiler = checker->compiler;
    return fail(checker, at, "%s: shapes %s and %s do not fit, %lld against %lld", label,
                shape_text(compiler, a), shape_text(compiler, b), (long long)m, (long long)n);
}

bool list_fits(Checker *checker, Shape shape, Span at) {
    int64_t count = 1;
    for (int i = 0; i < shape.rank && count <= MAX_LIST; i++)
        count *= shape.size[i];
    if (count > MAX_LIST)
        fail(checker, at, "a list of more than %d numbers", MAX_LIST);
    return count <= MAX_LIST;
}

/* Item k of `shape`, to which a list broadcasts; or a number as it is. */
static Value item_of(Value value, Shape shape, int64_t k) {
    bool is_list = value.kind == VALUE_LIST;
    return is_list ? value_number(value.items[element_broadcast(shape, k, value.shape)]) : value;
}

/* Elementwise over lists, which broadcast to `shape`. */
static Value map_lists(Checker *checker, Op op, const Value *operands, Shape shape, Span at) {
    if (!list_fits(checker, shape, at))
        return (Value){.kind = VALUE_NONE};
    int64_t count = shape_count(shape);
    double *results = NEW_ARRAY(checker->compiler, double, count);
    for (int64_t k = 0; k < count; k++) {
        Value items[3];
        for (int i = 0; i < op_rows[op].arity; i++)
            items[i] = item_of(operands[i], shape, k);
        Value item = map_numbers(checker, op, items, at);
        if (item.kind == VALUE_NONE)
            return item;
        results[k] = item.number;
    }
    return value_numbers(shape, results);
}

Value apply_map(Checker *checker, Op op, const Value *operands, Span at, const char *label) {
    Node *nodes[3] = {NULL, NULL, NULL};
    int arity = op_rows[op].arity, number_count = 0, list_count = 0;
    Shape shape = {0};
    for (int i = 0; i < arity; i++) {
        Shape before = shape, list = operands[i].shape;
        number_count += operands[i].kind == VALUE_NUMBER;
        list_count += operands[i].kind == VALUE_LIST;
        if (operands[i].kind == VALUE_LIST && !shape_broadcast(before, list, &shape))
            return shapes_differ(checker, before, list, at, label);
    }
    if (number_count == arity)
        return map_numbers(checker, op, operands, at);
    if (number_count + list_count == arity)
        return map_lists(checker, op, operands, shape, at);
    shape = (Shape){0};
    for (int i = 0; i < arity; i++) {
        nodes[i] = to_node(checker, operands[i], at);
        if (!nodes[i])
            return (Value){.kind = VALUE_NONE};
        Shape before = shape;
        if (!shape_broadcast(before, nodes[i]->shape, &shape))
            return shapes_differ(checker, before, nodes[i]->shape, at, label);
    }
    if (!shape_fits(checker, shape, at))
        return (Value){.kind = VALUE_NONE};
    set_span(checker, at);
    return value_node(graph_map(checker->graph, op, nodes[0], nodes[1], nodes[2]));
}

/* Whether the value may be an operand; reports functions and definitions. */
static bool is_operand(Checker *checker, Value value, const Tree *tree) {
    if (value.kind == VALUE_DEFINITION || value.kind == VALUE_BUILTIN)
        fail(checker, tree->span, "a value is needed here, this is %s", value_text(checker, value));
    if (value.kind == VALUE_DEFINITION)
        hint_role(checker->compiler, "loss", value.definition->name);
    return value.kind == VALUE_NUMBER || value.kind == VALUE_LIST || value.kind == VALUE_NODE;
}

static Value expand_unary(Checker *checker, const Tree *tree) {
    Value operand = evaluate(checker, tree->children[0]);
    if (!is_operand(checker, operand, tree->children[0]))
        return (Value){.kind = VALUE_NONE};
    if (strcmp(tree->name, "-") != 0)
        return operand;
    return apply_map(checker, OP_NEG, &operand, tree->span, "'-'");
}

static Value expand_binary(Checker *checker, const Tree *tree) {
    const Tree *left = tree->children[0], *right = tree->children[1];
    Value a = evaluate(checker, left), b = evaluate(checker, right);
    const Infix *infix = infix_by_text(tree->name);
    bool is_left = is_operand(checker, a, left), is_right = is_operand(checker, b, right);
    if (!is_left || !is_right)
        return (Value){.kind = VALUE_NONE};
    char label[8];
    snprintf(label, sizeof label, "'%s'", infix->text);
    Shape both;
    if (a.kind == VALUE_NODE && b.kind == VALUE_NODE &&
        !shape_broadcast(a.node->shape, b.node->shape, &both)) {
        shapes_differ(checker, a.node->shape, b.node->shape, tree->name_span, label);
        note_shape(checker, left);
        note_shape(checker, right);
        return (Value){.kind = VALUE_NONE};
    }
    Value operands[] = {infix->is_exchanged ? b : a, infix->is_exchanged ? a : b};
    return apply_map(checker, infix->op, operands, tree->name_span, label);
}

/* A list of lists, which all have the shape of the first: its items as one. */
static Value join_lists(Checker *checker, const Tree *tree, const Value *items) {
    Shape inner = items[0].shape, shape = {.rank = inner.rank + 1, .size = {tree->child_count}};
    if (shape.rank > MAX_RANK)
        return fail(checker, tree->span, "lists %d deep, the limit is %d", shape.rank, MAX_RANK);
    for (int axis = 0; axis < inner.rank; axis++)
        shape.size[axis + 1] = inner.size[axis];
    for (int i = 0; i < tree->child_count; i++)
        if (!shape_equal(items[i].shape, inner))
            return fail(checker, tree->children[i]->span,
                        "items of a list have one shape: the first is %s, this is %s",
                        value_text(checker, items[0]), value_text(checker, items[i]));
    if (!list_fits(checker, shape, tree->span))
        return (Value){.kind = VALUE_NONE};
    double *numbers = NEW_ARRAY(checker->compiler, double, shape_count(shape));
    for (int64_t k = 0; k < shape_count(shape); k++)
        numbers[k] = items[k / items[0].count].items[k % items[0].count];
    return value_numbers(shape, numbers);
}

static Value expand_list(Checker *checker, const Tree *tree) {
    int count = tree->child_count, list_count = 0, node_count = 0;
    double *numbers = NEW_ARRAY(checker->compiler, double, count);
    Value *items = NEW_ARRAY(checker->compiler, Value, count);
    bool is_known = true;
    for (int i = 0; i < count; i++) {
        items[i] = evaluate(checker, tree->children[i]);
        list_count += items[i].kind == VALUE_LIST;
        node_count += items[i].kind == VALUE_NODE;
    }
    if (count > 0 && list_count == count)
        return join_lists(checker, tree, items);
    for (int i = 0; i < count; i++) {
        bool is_list = node_count > 0 && items[i].kind == VALUE_LIST; /* not what is wrong */
        is_known &= is_list || to_number(checker, items[i], tree->children[i]->span, &numbers[i]);
    }
    return is_known ? value_numbers((Shape){.rank = 1, .size = {count}}, numbers)
                    : (Value){.kind = VALUE_NONE};
}

static Value evaluate_kind(Checker *checker, const Tree *tree) {
    switch (tree->kind) {
    case TREE_NUMBER:
        return value_number(tree->number);
    case TREE_NAME:
        return expand_name(checker, tree);
    case TREE_UNARY:
        return expand_unary(checker, tree);
    case TREE_BINARY:
        return expand_binary(checker, tree);
    case TREE_CALL:
        return expand_call(checker, tree);
    case TREE_INDEX:
        return expand_index(checker, tree);
    case TREE_LIST:
        return expand_list(checker, tree);
    case TREE_RANGE:
        break;
    }
    return (Value){.kind = VALUE_NONE};
}

/* The slot that holds the address or is free for it. */
static Known *known_slot(const KnownValues *known, const void *of) {
    uint64_t mask = (uint64_t)known->capacity - 1;
    uint64_t i = hash_bytes(HASH_START, (const char *)&of, sizeof of) & mask;
    while (known->slots[i].of && known->slots[i].of != of)
        i = (i + 1) & mask;
    return &known->slots[i];
}

const Value *known_find(const KnownValues *known, const void *of) {
    const Known *slot = known->capacity > 0 ? known_slot(known, of) : NULL;
    return slot && slot->of ? &slot->value : NULL;
}

static void known_grow(Checker *checker, KnownValues *known) {
    KnownValues old = *known;
    known->capacity = old.capacity ? 2 * old.capacity : FIRST_KNOWN;
    known->slots = NEW_ARRAY(checker->compiler, Known, known->capacity);
    for (int i = 0; i < old.capacity; i++)
        if (old.slots[i].of)
            *known_slot(known, old.slots[i].of) = old.slots[i];
}

void known_add(Checker *checker, KnownValues *known, const void *of, Value value) {
    if (2 * (known->count + 1) > known->capacity)
        known_grow(checker, known);
    *known_slot(known, of) = (Known){of, value};
    known->count++;
}

const Value *known_value(const Frame *frame, const Tree *tree) {
    return known_find(&frame->known, tree);
}

void keep_value(Checker *checker, Frame *frame, const Tree *tree, Value value) {
    known_add(checker, &frame->known, tree, value);
}

void count_evaluation(Checker *checker, const Tree *tree) {
    if (++checker->effort.evaluations > MAX_EVALUATIONS)
        limit_at(checker->compiler, user_span(checker, tree->span),
                 "expanding the definitions takes more than %d steps", MAX_EVALUATIONS);
}

Value evaluate_ahead(Checker *checker, const Tree *tree) {
    const Value *known = known_value(checker->frame, tree);
    if (known)
        return *known;
    Value value = evaluate(checker, tree);
    keep_value(checker, checker->frame, tree, value);
    return value;
}

Value evaluate(Checker *checker, const Tree *tree) {
    const Value *known = known_value(checker->frame, tree);
    if (known)
        return *known;
    if (checker->effort.depth >= MAX_EVALUATION_DEPTH)
        limit_at(checker->compiler, user_span(checker, tree->span),
                 "expressions and calls are nested more than %d deep", MAX_EVALUATION_DEPTH);
    count_evaluation(checker, tree);
    checker->effort.depth++;
    Value value = evaluate_kind(checker, tree);
    checker->effort.depth--;
    return value;
}
