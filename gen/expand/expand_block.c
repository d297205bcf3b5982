/* Blocks: definitions whose calls share one set of parameters and states. In: a frame with its
   arguments. Out: what the body returns. The first call makes the variables, here called parts;
   every later call uses the same ones in the same order, and is an error where it would need
   others. */

#include "expand/calls.h"

#include <string.h>

/* A parameter or state of a block. */
typedef struct {
    Variable *variable;
    Span at;     /* where the body makes it */
    Value value; /* a state's, as the last call left it */
} Part;

struct Block {
    const Definition *definition;
    int part_count;
    Part *parts;
    int met; /* parts that the call at work has used so far */
    bool is_running, is_made, is_broken;
    Span first_call;
};

static Block *find_block(Checker *checker, const Definition *definition) {
    for (int i = 0; i < checker->blocks.count; i++)
        if (checker->blocks.items[i]->definition == definition)
            return checker->blocks.items[i];
    Block *block = NEW(checker->compiler, Block);
    block->definition = definition;
    PUSH(checker->compiler, checker->blocks.items, checker->blocks.count, block);
    return block;
}

/* The innermost frame at work that runs a block, or NULL. */
static Frame *block_frame(const Checker *checker) {
    Frame *frame = checker->frame;
    while (frame && !frame->block)
        frame = frame->caller;
    return frame;
}

/* Reports, at the call of the block, how it differs from the first call. */
static void fail_call(Checker *checker, const Frame *frame, const char *text) {
    Frame *inside = enter_frame(checker, frame->caller);
    fail(checker, frame->call, "%s", text);
    note_at(checker->compiler, frame->block->first_call, "the first call of '%s' is here",
            frame->definition->name);
    leave_frame(checker, inside);
    frame->block->is_broken = true;
}

static void fail_parts(Checker *checker, const Frame *frame) {
    const char *name = frame->definition->name;
    fail_call(checker, frame,
              format_text(checker->compiler,
                          "this call of the block '%s' makes other parameters than its first",
                          name));
}

bool meets_parts(const Checker *checker) {
    const Frame *frame = block_frame(checker);
    return frame && frame->block->is_made;
}

Variable *meet_part(Checker *checker, VariableKind kind, Shape shape, Span at, Value *value) {
    const Frame *frame = block_frame(checker);
    Block *block = frame->block;
    Compiler *compiler = checker->compiler;
    if (block->is_broken)
        return NULL;
    const Part *part = block->met < block->part_count ? &block->parts[block->met++] : NULL;
    if (!part || part->variable->kind != kind || part->at.source != at.source ||
        part->at.first != at.first) {
        fail_parts(checker, frame);
        return NULL;
    }
    Variable *variable = part->variable;
    if (!shape_equal(variable->shape, shape)) {
        fail_call(checker, frame,
                  format_text(compiler, "'%s' has shape %s, this call of '%s' needs %s",
                              variable->name, shape_text(compiler, variable->shape),
                              frame->definition->name, shape_text(compiler, shape)));
        return NULL;
    }
    *value = part->value;
    return variable;
}

void keep_part(Checker *checker, Variable *variable, Span at) {
    const Frame *frame = block_frame(checker);
    Part part = {variable, at, value_node(variable->node)};
    if (frame)
        PUSH(checker->compiler, frame->block->parts, frame->block->part_count, part);
}

void change_part(Checker *checker, const Variable *variable, Value value) {
    const Frame *frame = block_frame(checker);
    for (int i = 0; frame && i < frame->block->part_count; i++)
        if (frame->block->parts[i].variable == variable)
            frame->block->parts[i].value = value;
}

void name_block_statement(Checker *checker, const Statement *statement) {
    const char *name = checker->frame->definition->name;
    bool is_named = statement->kind != STATEMENT_RETURN;
    checker->naming.prefix =
        is_named ? format_text(checker->compiler, "%s.%s", name, statement->name) : name;
}

static Value fail_recursion(Checker *checker, const Frame *frame) {
    fail(checker, frame->call, "the block '%s' calls itself", frame->definition->name);
    hint(checker->compiler, "a block's parameters are made once; a function may call a block as "
                            "often as it likes");
    frame->block->is_broken = true;
    return (Value){.kind = VALUE_NONE};
}

Value run_block(Checker *checker, Frame *frame) {
    Block *block = find_block(checker, frame->definition);
    int errors = checker->compiler->error_count, made_count = checker->naming.made_count;
    Made *made = checker->naming.made;
    const char *prefix = checker->naming.prefix;
    frame->block = block;
    if (block->is_running)
        return fail_recursion(checker, frame);
    if (block->is_broken)
        return (Value){.kind = VALUE_NONE};
    if (!block->is_made)
        block->first_call = user_span(checker, frame->call);
    block->is_running = true;
    block->met = 0;
    checker->naming.made = NULL;
    checker->naming.made_count = 0;
    Value value = run_body(checker, frame);
    checker->naming.made = made;
    checker->naming.made_count = made_count;
    checker->naming.prefix = prefix;
    block->is_running = false;
    if (errors < checker->compiler->error_count)
        block->is_broken = true;
    else if (block->is_made && block->met < block->part_count)
        fail_parts(checker, frame);
    block->is_made = true;
    return block->is_broken ? (Value){.kind = VALUE_NONE} : value;
}

static const Definition *find_used(Checker *checker, const Statement *statement) {
    const Binding *binding = scope_find(&checker->definitions.user, statement->name);
    if (!binding)
        binding = scope_find(&checker->definitions.prelude, statement->name);
    const Definition *definition = binding ? binding->value.definition : NULL;
    if (definition && definition->kind == DEFINITION_BLOCK)
        return definition;
    Value value = {.kind = VALUE_DEFINITION, .definition = definition};
    if (definition) {
        fail(checker, statement->name_span, "'use' needs a block, this is %s",
             value_text(checker, value));
        return NULL;
    }
    const char **names = NULL;
    int count = 0;
    for (int i = 0; i < checker->statements->count; i++) {
        const Definition *other = checker->statements->statements[i]->definition;
        if (other && other->kind == DEFINITION_BLOCK)
            PUSH(checker->compiler, names, count, other->name);
    }
    const char *nearest = nearest_name(statement->name, names, count);
    fail(checker, statement->name_span, "unknown block '%s'", statement->name);
    if (nearest)
        hint(checker->compiler, "did you mean '%s'?", nearest);
    return NULL;
}

const Definition *copy_block(Checker *checker, const Statement *statement) {
    const Definition *definition = find_used(checker, statement);
    if (!definition)
        return NULL;
    Definition *copy = NEW(checker->compiler, Definition);
    *copy = *definition;
    copy->name = statement->second_name;
    return copy;
}

void warn_of_idle_blocks(Checker *checker) {
    const Statements *statements = checker->statements;
    for (int i = 0; i < statements->count; i++) {
        const Statement *statement = statements->statements[i];
        bool is_use = statement->kind == STATEMENT_USE;
        const char *name = is_use ? statement->second_name : statement->name;
        const Binding *binding =
            is_use || statement->definition ? scope_find(&checker->definitions.user, name) : NULL;
        if (!binding || binding->value.definition->kind != DEFINITION_BLOCK ||
            find_block(checker, binding->value.definition)->is_made)
            continue;
        warning_at(checker->compiler, is_use ? statement->second_span : statement->name_span,
                   "the block '%s' is never called", name);
    }
}
