/* Collectives: what has a value for one parameter only after every parameter has given its share.
   These are `total` and `hessian`, and definitions that call a collective. In: a tree of an
   optimizer's body. Out: the next collective that it calls; of `total` and `hessian` the share that
   one parameter gives, and from all shares the values. */

#include "expand/calls.h"

#include <string.h>

// Which calls are collective

static bool is_collective_builtin(const Builtin *builtin) {
    return builtin->expand == expand_total || builtin->expand == expand_hessian;
}

/* A definition in whose text calls are looked for, and those whose text was looked at before. */
typedef struct {
    const Definition *definition;
    KnownValues seen;
} Search;

static bool search_definition(Checker *checker, Search *search, const Definition *definition);

/* Whether a body binds the name: what a call of it calls is then known only when the body runs. */
static bool binds(const Definition *definition, const char *name) {
    for (int i = 0; i < definition->parameter_count; i++)
        if (strcmp(definition->parameters[i].name, name) == 0)
            return true;
    for (int i = 0; i < definition->body_count; i++)
        if (definition->body[i]->name && strcmp(definition->body[i]->name, name) == 0)
            return true;
    return false;
}

/* Whether the call is a collective, or may be one. */
static bool search_call(Checker *checker, Search *search, const char *name) {
    if (binds(search->definition, name))
        return true;
    Value callee = callee_of(checker, name);
    if (callee.kind == VALUE_BUILTIN)
        return is_collective_builtin(callee.builtin);
    return callee.kind == VALUE_DEFINITION && search_definition(checker, search, callee.definition);
}

static bool search_trees(Checker *checker, Search *search, Tree *const *trees, int count) {
    for (int i = 0; i < count; i++) {
        const Tree *tree = trees[i];
        if (tree && ((tree->kind == TREE_CALL && search_call(checker, search, tree->name)) ||
                     search_trees(checker, search, tree->children, tree->child_count)))
            return true;
    }
    return false;
}

static bool search_text(Checker *checker, Search *search) {
    const Definition *definition = search->definition;
    for (int i = 0; i < definition->parameter_count; i++) {
        const Parameter *parameter = &definition->parameters[i];
        if (search_trees(checker, search, &parameter->initial, 1) ||
            search_trees(checker, search, parameter->sizes, parameter->rank))
            return true;
    }
    for (int i = 0; i < definition->body_count; i++) {
        const Statement *statement = definition->body[i];
        if (search_trees(checker, search, statement->values, statement->value_count) ||
            search_trees(checker, search, statement->sizes, statement->size_count))
            return true;
    }
    return false;
}

/* Searches a definition's text, unless it was searched before. Names in it mean what they mean in
   its body, not where the search began: the frame at work is one of that definition meanwhile. */
static bool search_definition(Checker *checker, Search *search, const Definition *definition) {
    const Value *known = known_find(&checker->collectives, definition);
    if (known || known_find(&search->seen, definition))
        return known && known->number != 0;
    known_add(checker, &search->seen, definition, value_number(0));
    const Definition *outer = search->definition;
    Frame body = {.is_prelude = is_of_prelude(definition)};
    search->definition = definition;
    Frame *outside = enter_frame(checker, &body);
    bool is_found = search_text(checker, search);
    leave_frame(checker, outside);
    search->definition = outer;
    return is_found;
}

/* Whether a definition is, or may be, a collective. The whole search is done for one definition, of
   which the answer is kept: of others that it meets in a circle, it has not seen all. */
static bool is_collective(Checker *checker, const Definition *definition) {
    const Value *known = known_find(&checker->collectives, definition);
    if (known)
        return known->number != 0;
    Search search = {0};
    bool is_found = search_definition(checker, &search, definition);
    known_add(checker, &checker->collectives, definition, value_number(is_found));
    return is_found;
}

static bool is_collective_call(Checker *checker, const Tree *tree) {
    if (tree->kind != TREE_CALL)
        return false;
    const Value *optimizer = called_optimizer(checker, tree);
    if (optimizer)
        return is_collective(checker, optimizer->definition);
    Value callee = callee_of(checker, tree->name);
    if (callee.kind == VALUE_BUILTIN)
        return is_collective_builtin(callee.builtin);
    return callee.kind == VALUE_DEFINITION && !callee.arguments &&
           callee.definition->kind == DEFINITION_DEF && !callee.definition->derivative &&
           is_collective(checker, callee.definition);
}

static bool has_collective(Checker *checker, const Tree *tree) {
    bool is_found = is_collective_call(checker, tree);
    for (int i = 0; i < tree->child_count && !is_found; i++)
        is_found = tree->children[i] && has_collective(checker, tree->children[i]);
    return is_found;
}

// The next one in a tree

/* Whether all children are evaluated, one after the other, for the tree to have its value. */
static bool takes_values(const Checker *checker, const Tree *tree) {
    if (tree->kind != TREE_CALL)
        return tree->kind == TREE_UNARY || tree->kind == TREE_BINARY || tree->kind == TREE_LIST;
    Value callee = callee_of(checker, tree->name);
    return callee.kind != VALUE_BUILTIN || !callee.builtin->is_raw;
}

/* `where`, if the tree is a call of it. */
static const Builtin *called_where(const Checker *checker, const Tree *tree) {
    if (tree->kind != TREE_CALL)
        return NULL;
    Value callee = callee_of(checker, tree->name);
    bool is_where = callee.kind == VALUE_BUILTIN && callee.builtin->expand == expand_where;
    return is_where ? callee.builtin : NULL;
}

/* Where the condition is a number, only the chosen branch is evaluated. */
static const Tree *next_in_where(Checker *checker, const Builtin *where, const Tree *tree) {
    Call call;
    if (!open_call(checker, where, tree, &call)) {
        keep_value(checker, checker->frame, tree, (Value){.kind = VALUE_NONE});
        return NULL;
    }
    const Tree *next = next_collective(checker, call.named_trees[0]);
    if (next)
        return next;
    Value condition = evaluate_ahead(checker, call.named_trees[0]);
    bool is_number = condition.kind == VALUE_NUMBER;
    for (int i = 1; i < 3 && condition.kind != VALUE_NONE; i++) {
        if (is_number && (condition.number != 0) != (i == 1))
            continue;
        next = next_collective(checker, call.named_trees[i]);
        if (next)
            return next;
        evaluate_ahead(checker, call.named_trees[i]);
    }
    return NULL;
}

/* is_value: the tree is evaluated as it stands; in contract(..) products and indices are not. */
static const Tree *next_below(Checker *checker, const Tree *tree, bool is_value) {
    if (!tree)
        return NULL;
    count_evaluation(checker, tree);
    if (known_value(checker->frame, tree) || !has_collective(checker, tree))
        return NULL;
    const Builtin *where = called_where(checker, tree);
    if (where)
        return next_in_where(checker, where, tree);
    bool takes = (is_value || tree->kind == TREE_CALL) && takes_values(checker, tree);
    for (int i = 0; i < tree->child_count; i++) {
        const Tree *next = next_below(checker, tree->children[i], takes);
        if (next)
            return next;
        if (takes)
            evaluate_ahead(checker, tree->children[i]);
    }
    return is_collective_call(checker, tree) ? tree : NULL;
}

const Tree *next_collective(Checker *checker, const Tree *tree) {
    return next_below(checker, tree, true);
}

// What they make of the shares

static void combine_total(Checker *checker, const Moves *moves, Span at, const Value *shares,
                          Value *results) {
    Value total = shares[0];
    for (int i = 1; i < moves->count; i++) {
        Value operands[] = {total, shares[i]};
        total = apply_map(checker, OP_ADD, operands, at, "total");
    }
    for (int i = 0; i < moves->count; i++)
        results[i] = total;
}

/* `total(x, before = 1)`: for each parameter the sum of what those before it give. */
static void combine_before(Checker *checker, const Moves *moves, Span at, const Value *shares,
                           Value *results) {
    Value total = value_number(0);
    for (int i = 0; i < moves->count; i++) {
        Value operands[] = {total, shares[i]};
        results[i] = total;
        total = apply_map(checker, OP_ADD, operands, at, "total");
    }
}

Value expand_total(Call *call) {
    Checker *checker = call->checker;
    Value share = call->named[0], waiting = {.kind = VALUE_NONE};
    Span at = call->named_spans[0];
    double before = 0;
    if (call->named[1].kind != VALUE_ABSENT &&
        !to_number(checker, call->named[1], call->named_spans[1], &before))
        return (Value){.kind = VALUE_NONE};
    Combine *combine = before != 0 ? combine_before : combine_total;
    if (!checker->frame->run)
        return fail(checker, call->tree->span,
                    "'total' adds up over the parameters, in optimizers only");
    if (share.kind == VALUE_NUMBER) {
        give_share(checker, call->tree, share, combine);
        return waiting;
    }
    Node *node = to_node(checker, share, at);
    if (!node)
        return waiting;
    if (shape_count(node->shape) != 1 || node->batched) {
        fail(checker, at, "total adds one number per parameter, this has shape %s%s",
             shape_text(checker->compiler, node->shape), node->batched ? " per example" : "");
        hint(checker->compiler, "sum(..) makes one of them");
        return (Value){.kind = VALUE_NONE};
    }
    set_span(checker, call->tree->span);
    share = value_node(fit_node(checker, node, (Shape){0}));
    give_share(checker, call->tree, share, combine);
    return waiting;
}

/* The product of the Hessian with a vector: a share is the part of the vector that belongs to one
   parameter, a result is that part of the product. */
static void combine_hessian(Checker *checker, const Moves *moves, Span at, const Value *shares,
                            Value *results) {
    Graph *graph = checker->graph;
    int count = moves->count;
    (void)at;
    Direction direction = {.count = count};
    direction.variables = NEW_ARRAY(checker->compiler, Variable *, count);
    direction.nodes = NEW_ARRAY(checker->compiler, Node *, count);
    for (int i = 0; i < count; i++) {
        Node *product = graph_given(graph, GIVEN_PRODUCT);
        product->number = graph->direction_count;
        product->variable = moves->items[i].parameter;
        product->shape = product->variable->shape;
        direction.variables[i] = product->variable;
        direction.nodes[i] = shares[i].node;
        results[i] = value_node(product);
    }
    PUSH(checker->compiler, graph->directions, graph->direction_count, direction);
}

Value expand_hessian(Call *call) {
    Checker *checker = call->checker;
    Compiler *compiler = checker->compiler;
    Span at = call->named_spans[0];
    if (!checker->frame->run)
        return fail(checker, call->tree->span,
                    "'hessian' multiplies with the Hessian by the parameters, in optimizers only");
    Node *node = to_node(checker, call->named[0], at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    set_span(checker, at);
    Shape shape = moved_parameter(checker)->shape;
    Node *direction = node->batched ? NULL : fit_node(checker, node, shape);
    if (!direction)
        return fail(checker, at, "hessian: needs a value of the weight's shape %s, this has %s%s",
                    shape_text(compiler, shape), shape_text(compiler, node->shape),
                    node->batched ? " per example" : "");
    give_share(checker, call->tree, value_node(direction), combine_hessian);
    return (Value){.kind = VALUE_NONE};
}
