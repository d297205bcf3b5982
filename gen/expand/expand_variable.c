/* Parameters and states. In: a shape and a first value. Out: variables of the graph, named after
   the value that the model's statement assigns (`h.weight`, `h.2.weight`), with the node of
   their first and, for states, of their next value. */

#include "expand/calls.h"

#include <stdlib.h>
#include <string.h>

/* The constant or random node of that shape, or NULL for 0; false after a message. */
static bool initial_node(Checker *checker, Value value, Shape shape, Span at, Node **initial) {
    *initial = NULL;
    if (value.kind == VALUE_NUMBER && value.number == 0)
        return true;
    Node *node = to_node(checker, value, at);
    if (!node)
        return false;
    learn_nodes(checker);
    if (fact_of(checker, node).training & ~(unsigned)ON_RANDOM) {
        fail(checker, at,
             "a first value is made of numbers and random numbers, this depends on more");
        return false;
    }
    *initial = fit_node(checker, node, shape);
    if (!*initial)
        fail(checker, at, "a first value of shape %s does not fill the shape %s",
             shape_text(checker->compiler, node->shape), shape_text(checker->compiler, shape));
    return *initial != NULL;
}

static void bind_number(Checker *checker, Frame *frame, const char *name, int64_t number) {
    scope_bind(checker, &frame->scope, name, value_number((double)number));
}

/* Runs an initializer with `shape`, `fan_in` and `fan_out` bound: of [out, in, k..] in * prod(k)
   and out * prod(k). */
static Value run_initializer(Checker *checker, Value value, Shape shape, Span at) {
    value = with_arguments(checker, value, at);
    if (value.kind == VALUE_NONE)
        return value;
    Frame *frame = frame_apply(checker, value, at);
    int64_t window = 1;
    for (int i = 2; i < shape.rank; i++)
        window *= shape.size[i];
    int64_t out = shape.rank > 0 ? shape.size[0] : 1, in = shape.rank > 1 ? shape.size[1] : out;
    scope_bind(checker, &frame->scope, "shape", value_list(checker, shape));
    bind_number(checker, frame, "fan_in", in * window);
    bind_number(checker, frame, "fan_out", out * window);
    checker->context.batch_random++;
    Value result = run_body(checker, frame);
    checker->context.batch_random--;
    return result;
}

static bool first_value(Checker *checker, Value value, Shape shape, Span at, Node **initial) {
    *initial = NULL;
    if (value.kind == VALUE_DEFINITION && value.definition->kind == DEFINITION_INITIALIZER)
        value = run_initializer(checker, value, shape, at);
    else if (value.kind != VALUE_NUMBER && value.kind != VALUE_NODE && value.kind != VALUE_NONE) {
        fail(checker, at, "a first value is a number or an initializer, this is %s",
             value_text(checker, value));
        return false;
    }
    return value.kind != VALUE_NONE && initial_node(checker, value, shape, at, initial);
}

/* Whether what stands here may make parameters: only what training sees does. */
static bool may_make(Checker *checker, Span at) {
    const char *word = checker->context.forbids_variables;
    for (const Frame *frame = checker->frame; frame->definition && !word; frame = frame->caller)
        if (frame->definition->kind == DEFINITION_BLOCK)
            word = frame->block ? NULL : "default of a block";
        else if (frame->definition->kind != DEFINITION_DEF)
            word = definition_words[frame->definition->kind];
    if (word)
        fail(checker, at, "no parameter or state can be made in a%s %s",
             strchr("aeiou", word[0]) ? "n" : "", word);
    return !word;
}

/* Adds a variable under its local name; name_variables gives it the whole one. */
static Variable *add_made(Checker *checker, VariableKind kind, const char *local, Shape shape,
                          Span at) {
    Graph *graph = checker->graph;
    set_span(checker, at);
    const Frame *maker = checker->frame;
    if (!maker->definition || maker->block) {
        Frame *direct = NEW(checker->compiler, Frame);
        *direct = (Frame){.caller = checker->frame, .depth = maker->depth + 1, .call = at};
        maker = direct;
    }
    Variable *variable = graph_add_variable(graph, kind, local ? local : "param", shape);
    variable->node = graph_variable(graph, variable);
    Made made = {variable, maker, local, checker->naming.made_count};
    PUSH(checker->compiler, checker->naming.made, checker->naming.made_count, made);
    keep_part(checker, variable, at);
    return variable;
}

Value make_parameter(Checker *checker, Value shape_value, Value initial, const Span *spans) {
    Shape shape;
    Node *first;
    Value met = {.kind = VALUE_NONE};
    if (!to_shape(checker, shape_value, spans[0], &shape))
        return met;
    if (meets_parts(checker)) {
        meet_part(checker, VARIABLE_PARAM, shape, spans[0], &met);
        return met;
    }
    if (!may_make(checker, spans[0]) || !first_value(checker, initial, shape, spans[1], &first))
        return met;
    const Frame *frame = checker->frame;
    const char *local = frame->assigned;
    if (frame->block && local)
        local = NULL;
    else if (!local && frame != checker->model)
        local = "param";
    Variable *variable = add_made(checker, VARIABLE_PARAM, local, shape, spans[0]);
    variable->initial = first;
    return value_node(variable->node);
}

bool declared_shape(Checker *checker, const Statement *statement, Shape *shape) {
    int count = statement->size_count;
    double *sizes = NEW_ARRAY(checker->compiler, double, count);
    for (int i = 0; i < count; i++) {
        const Tree *size = statement->sizes[i];
        if (!to_number(checker, evaluate(checker, size), size->span, &sizes[i]))
            return false;
    }
    Span at = statement->name_span;
    if (count > 0)
        at = span_join(statement->sizes[0]->span, statement->sizes[count - 1]->span);
    return to_shape(checker, value_numbers((Shape){.rank = 1, .size = {count}}, sizes), at, shape);
}

static bool state_shape(Checker *checker, const Statement *statement, Value initial, Shape *shape) {
    bool is_optimizer = checker->frame->definition->kind == DEFINITION_OPTIMIZER;
    *shape = is_optimizer ? moved_parameter(checker)->shape : (Shape){0};
    if (!is_optimizer && initial.kind == VALUE_NODE)
        *shape = initial.node->shape;
    return !statement->has_shape || declared_shape(checker, statement, shape);
}

Value read_first_weight(const Frame *frame) {
    bool is_optimizer = frame->definition->kind == DEFINITION_OPTIMIZER;
    Binding *weight = is_optimizer ? scope_find(&frame->scope, "weight") : NULL;
    if (!weight)
        return (Value){.kind = VALUE_ABSENT};
    Value now = weight->value;
    const Variable *parameter = weight->variable;
    weight->value = parameter->initial ? value_node(parameter->initial) : value_number(0);
    return now;
}

void read_weight(const Frame *frame, Value now) {
    if (now.kind != VALUE_ABSENT)
        scope_find(&frame->scope, "weight")->value = now;
}

static Value state_value(Checker *checker, const Tree *tree) {
    Value now = read_first_weight(checker->frame);
    checker->context.batch_random++;
    Value initial = evaluate(checker, tree);
    checker->context.batch_random--;
    read_weight(checker->frame, now);
    return initial;
}

void make_state(Checker *checker, const Statement *statement) {
    Scope *scope = &checker->frame->scope;
    bool is_optimizer = checker->frame->definition->kind == DEFINITION_OPTIMIZER;
    Binding *earlier = scope_find(scope, statement->name);
    Span at = statement->name_span;
    const char *local = checker->frame->block ? NULL : statement->name;
    Variable *variable = NULL;
    if (earlier && earlier->variable) {
        fail(checker, at, "'%s' is a state already", statement->name);
        return;
    }
    Value initial = state_value(checker, statement->values[0]), value = {.kind = VALUE_NONE};
    Shape shape;
    Node *first;
    if ((is_optimizer || may_make(checker, at)) &&
        state_shape(checker, statement, initial, &shape)) {
        if (!is_optimizer && meets_parts(checker)) {
            variable = meet_part(checker, VARIABLE_STATE, shape, at, &value);
        } else if (first_value(checker, initial, shape, statement->values[0]->span, &first)) {
            set_span(checker, at);
            variable = is_optimizer ? make_moved_state(checker, statement->name, shape)
                                    : add_made(checker, VARIABLE_STATE, local, shape, at);
            variable->initial = first;
            value = value_node(variable->node);
        }
    }
    if (variable && !is_optimizer)
        add_to_layer(checker, variable);
    Binding *binding = scope_bind(checker, scope, statement->name, value);
    binding->span = at;
    binding->variable = variable;
}

/* The new value reads as where(training, new, old) in a layer: inference leaves a state alone. */
void assign_variable(Checker *checker, Binding *binding, Value value, const Statement *statement) {
    Variable *variable = binding->variable;
    Compiler *compiler = checker->compiler;
    Span at = statement->values[0]->span;
    if (binding->is_assigned) {
        fail(checker, statement->name_span, "'%s' is assigned twice", binding->name);
        return;
    }
    binding->is_assigned = true;
    Node *node = to_node(checker, value, at);
    if (!node) {
        binding->value = (Value){.kind = VALUE_NONE};
        return;
    }
    set_span(checker, at);
    if (node->batched) {
        fail(checker, at, "'%s' has one value per batch, this has one per example", binding->name);
        if (variable->kind == VARIABLE_STATE)
            hint(compiler, "batch_mean(..) makes one of them");
        return;
    }
    Node *next = fit_node(checker, node, variable->shape);
    if (!next) {
        fail(checker, at, "'%s' has shape %s, its new value %s", binding->name,
             shape_text(compiler, variable->shape), shape_text(compiler, node->shape));
        return;
    }
    bool is_kept = checker->context.keeps_states && variable->next;
    if (variable->kind != VARIABLE_PARAM && !variable->frozen && !is_kept)
        variable->next = next;
    binding->value = value_node(next);
    if (variable->kind == VARIABLE_STATE) {
        Value operands[] = {value_node(given_node(checker, GIVEN_TRAINING)), value_node(next),
                            value_node(variable->node)};
        binding->value = apply_map(checker, OP_WHERE, operands, at, "where");
        change_part(checker, variable, binding->value);
    }
}

/* Order of makers in the source: the outer call before the calls in its arguments and in its
   body. */
static int compare_made(const void *first, const void *second) {
    const Made *a = first, *b = second;
    const Frame *m = a->maker, *n = b->maker;
    while (m->depth > n->depth)
        m = m->caller;
    while (n->depth > m->depth)
        n = n->caller;
    if (m == n && a->maker != b->maker)
        return a->maker->depth - b->maker->depth;
    while (m->caller != n->caller) {
        m = m->caller;
        n = n->caller;
    }
    if (m->call.first != n->call.first)
        return m->call.first < n->call.first ? -1 : 1;
    return a->number - b->number;
}

/* How many makers the prefix has had, this one counted. */
static int count_maker(Checker *checker) {
    Binding *binding = scope_find(&checker->naming.makers, checker->naming.prefix);
    if (!binding)
        binding =
            scope_bind(checker, &checker->naming.makers, checker->naming.prefix, value_number(0));
    return (int)(binding->value.number += 1);
}

/* Which of the variables of one maker with this local name this is, from 1. */
static int local_number(const Checker *checker, int i) {
    int number = 1;
    for (int j = i - 1; j >= 0 && checker->naming.made[j].maker == checker->naming.made[i].maker;
         j--)
        if (checker->naming.made[j].local &&
            strcmp(checker->naming.made[j].local, checker->naming.made[i].local) == 0)
            number++;
    return number;
}

static const char *variable_name(Checker *checker, int i, int maker) {
    const Made *made = &checker->naming.made[i];
    Text name = {.compiler = checker->compiler};
    text_add(&name, "%s", checker->naming.prefix);
    if (maker > 1)
        text_add(&name, ".%d", maker);
    if (made->local)
        text_add(&name, ".%s", made->local);
    if (made->local && local_number(checker, i) > 1)
        text_add(&name, ".%d", local_number(checker, i));
    return name.bytes;
}

/* Names the variables first .. end - 1, one maker's. False where a name is taken, which a block's
   value can do: embed.h of h in the block embed, and of embed = f(x), where f makes h. */
static bool name_maker(Checker *checker, int first, int end, int maker) {
    for (int i = first; i < end; i++)
        if (scope_find(&checker->naming.taken, variable_name(checker, i, maker)))
            return false;
    for (int i = first; i < end; i++) {
        Variable *variable = checker->naming.made[i].variable;
        const char *kind = variable->kind == VARIABLE_PARAM ? "parameter" : "state";
        variable->name = variable->node->name =
            take_name(checker, variable_name(checker, i, maker));
        variable->frozen = freeze_of(checker, variable) != NULL;
        refuse_counter(checker, variable->name, kind, variable->node->span);
    }
    return true;
}

void refuse_counter(Checker *checker, const char *name, const char *kind, Span at) {
    static const char *const counters[] = {"seed", "step", "epoch", "epochs", "examples"};
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (strcmp(counters[i], name) == 0) {
            error_at(checker->compiler, at,
                     "a %s cannot be called '%s': that is a number of the net's own", kind, name);
            hint(checker->compiler,
                 "get, set and weights files find numbers by name, so this "
                 "needs another, '%s_value' say",
                 name);
        }
}

void name_variables(Checker *checker) {
    const Made *made = checker->naming.made;
    if (checker->naming.made_count > 1)
        qsort(checker->naming.made, (size_t)checker->naming.made_count,
              sizeof *checker->naming.made, compare_made);
    for (int first = 0, end = 0; first < checker->naming.made_count; first = end) {
        while (end < checker->naming.made_count && made[end].maker == made[first].maker)
            end++;
        while (!name_maker(checker, first, end, count_maker(checker)))
            continue;
    }
    checker->naming.made_count = 0;
}

const char *take_name(Checker *checker, const char *name) {
    const char *free_name = name;
    for (int number = 2; scope_find(&checker->naming.taken, free_name); number++)
        free_name = format_text(checker->compiler, "%s.%d", name, number);
    scope_bind(checker, &checker->naming.taken, free_name, value_number(0));
    return free_name;
}
