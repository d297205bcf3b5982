/* Arguments of built-in functions. In: a call and the function's row. Out: a Call with every
   argument evaluated and at its index, handed to the row's function; or a message about the
   arguments. */

#include "expand/calls.h"

#include <string.h>

const Builtin *builtin_by_name(const char *name) {
    for (int i = 0; i < builtin_count; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

static int argument_count(const Builtin *row) {
    int count = 0;
    while (count < MAX_ARGUMENTS && row->arguments[count])
        count++;
    return count;
}

/* Which named argument argument i is, -1 for one more value of a variadic function, -2 after a
   message. */
static int argument_number(Checker *checker, const Builtin *row, const Tree *tree, int i) {
    const char *label = tree->labels ? tree->labels[i] : NULL;
    int count = argument_count(row);
    if (!label && row->variadic)
        return -1;
    if (!label && i < count)
        return i;
    if (!label) {
        fail(checker, tree->children[i]->span, "%s takes %d argument%s, this is number %d",
             row->name, count, count == 1 ? "" : "s", i + 1);
        return -2;
    }
    for (int j = 0; j < count; j++)
        if (strcmp(row->arguments[j], label) == 0)
            return j;
    fail(checker, tree->label_spans[i], "%s has no argument '%s'", row->name, label);
    hint_argument(checker->compiler, row->name, label, row->arguments, count);
    return -2;
}

static bool take_argument(Call *call, int i) {
    const Builtin *row = call->row;
    const Tree *argument = call->tree->children[i];
    int number = argument_number(call->checker, row, call->tree, i);
    if (number == -2)
        return false;
    if (number >= 0 && call->named[number].kind != VALUE_ABSENT) {
        fail(call->checker, argument->span, "%s gets the argument '%s' twice", row->name,
             row->arguments[number]);
        return false;
    }
    Value value = {.kind = VALUE_NONE};
    if (!row->is_raw)
        value = evaluate(call->checker, argument);
    if (number >= 0) {
        call->named[number] = value;
        call->named_trees[number] = argument;
        call->named_spans[number] = argument->span;
    } else {
        call->values[call->count] = value;
        call->spans[call->count++] = argument->span;
    }
    return row->is_raw || value.kind != VALUE_NONE;
}

static bool take_arguments(Call *call) {
    const Builtin *row = call->row;
    const Tree *tree = call->tree;
    bool is_good = true;
    call->values = NEW_ARRAY(call->checker->compiler, Value, tree->child_count);
    call->spans = NEW_ARRAY(call->checker->compiler, Span, tree->child_count);
    call->checker->context.batch_random += row->is_maker;
    for (int i = 0; i < tree->child_count; i++)
        is_good &= take_argument(call, i);
    call->checker->context.batch_random -= row->is_maker;
    if (!is_good)
        return false;
    if (row->variadic && call->count < row->required)
        fail(call->checker, tree->span, "%s needs a value", row->name);
    for (int i = 0; !row->variadic && i < row->required; i++)
        if (call->named[i].kind == VALUE_ABSENT) {
            fail(call->checker, tree->span, "%s needs the argument '%s'", row->name,
                 row->arguments[i]);
            return false;
        }
    return !row->variadic || call->count >= row->required;
}

bool open_call(Checker *checker, const Builtin *row, const Tree *tree, Call *call) {
    *call = (Call){.checker = checker, .row = row, .tree = tree};
    for (int i = 0; i < MAX_ARGUMENTS; i++)
        call->named[i].kind = VALUE_ABSENT;
    bool has_own_arguments = row->is_raw && row->variadic;
    return has_own_arguments || take_arguments(call);
}

Value expand_builtin(Checker *checker, const Builtin *row, const Tree *tree) {
    Call call;
    if (!open_call(checker, row, tree, &call))
        return (Value){.kind = VALUE_NONE};
    int errors = checker->compiler->error_count;
    Value value = row->expand(&call);
    if (!row->is_raw && errors < checker->compiler->error_count)
        for (int i = 0; i < tree->child_count; i++)
            note_shape(checker, tree->children[i]);
    return value;
}
