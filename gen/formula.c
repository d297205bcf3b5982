/* What a kernel computes, as the comment above it says it: the language's own notation, down to
 * named values. */

#include "emit.h"

#include <string.h>

enum { FORMULA_DEPTH = 7, FORMULA_SIZE = 400 };

static const struct {
    Op op;
    const char *text;
    int level;
} infix[] = {
    {OP_ADD, " + ", 2},         {OP_SUB, " - ", 2},    {OP_MUL, " * ", 3},
    {OP_DIV, " / ", 3},         {OP_POW, "^", 5},      {OP_LESS, " < ", 1},
    {OP_LESS_EQUAL, " <= ", 1}, {OP_EQUAL, " == ", 1}, {OP_NOT_EQUAL, " != ", 1},
};

static void add_formula(Text *out, const Node *node, int depth, int level);

static void add_name(Text *out, const Node *node) {
    if (node->kind == KIND_GIVEN && given_has_variable(node->given))
        text_add(out, "%s(%s)", given_names[node->given], node->variable->name);
    else if (node->kind == KIND_GIVEN)
        text_add(out, "%s", given_names[node->given]);
    else if (node->kind == KIND_CONST)
        text_add(out, "%.6g", node->value);
    else if (node->kind == KIND_RANDOM)
        text_add(out, "random_%s()", op_rows[node->op].name);
    else
        text_add(out, "%s", node->name ? node->name : "..");
}

static void add_call(Text *out, const char *name, const Node *node, int depth) {
    text_add(out, "%s(", name);
    for (int i = 0; i < node->input_count; i++) {
        text_add(out, "%s", i ? ", " : "");
        add_formula(out, node->inputs[i], depth - 1, 0);
    }
    text_add(out, ")");
}

static void add_infix(Text *out, const Node *node, int row, int depth, int level) {
    bool needs_parentheses = infix[row].level < level;
    text_add(out, "%s", needs_parentheses ? "(" : "");
    add_formula(out, node->inputs[0], depth - 1, infix[row].level);
    text_add(out, "%s", infix[row].text);
    add_formula(out, node->inputs[1], depth - 1, infix[row].level + 1);
    text_add(out, "%s", needs_parentheses ? ")" : "");
}

static void add_contract(Text *out, const Node *node, int depth) {
    text_add(out, "sum(");
    for (int i = 0; i < 2; i++) {
        text_add(out, "%s", i ? " * " : "");
        add_formula(out, node->inputs[i], depth - 1, 4);
    }
    text_add(out, ")");
}

static void add_formula(Text *out, const Node *node, int depth, int level) {
    bool is_whole = level < 0;
    if (out->size > FORMULA_SIZE)
        depth = 0;
    if (node->input_count == 0 || depth == 0 || (node->name && !is_whole)) {
        add_name(out, node);
        return;
    }
    if (node->kind == KIND_CONTRACT) {
        add_contract(out, node, depth);
        return;
    }
    for (int row = 0; node->kind == KIND_MAP && row < (int)(sizeof infix / sizeof *infix); row++)
        if (infix[row].op == node->op) {
            add_infix(out, node, row, depth, level);
            return;
        }
    if (node->kind == KIND_MAP && node->op == OP_NEG) {
        text_add(out, "-");
        add_formula(out, node->inputs[0], depth - 1, 4);
    } else if (node->kind == KIND_MAP && node->op == OP_DETACH)
        add_formula(out, node->inputs[0], depth - 1, level);
    else
        add_call(out, op_rows[node->op].name, node, depth);
}

char *formula_text(Compiler *compiler, const Node *node) {
    Text *out = text_new(compiler);
    if (node->name)
        text_add(out, "%s = ", node->name);
    add_formula(out, node, FORMULA_DEPTH, -1);
    return out->bytes;
}

int place_line(Compiler *compiler, Span place) {
    const Source *source = place.source;
    if (!source || source->is_prelude)
        return 0;
    size_t *at = &compiler->line_at;
    int *line = &compiler->line;
    if (compiler->line_source != source)
        compiler->line_source = source, *at = 0, *line = 1;
    for (; *at < place.first && *at < source->size; ++*at)
        *line += source->text[*at] == '\n';
    for (; *at > place.first; --*at)
        *line -= source->text[*at - 1] == '\n';
    return *line;
}

char *place_text(Compiler *compiler, Span place) {
    int line = place_line(compiler, place);
    return line > 0 ? format_text(compiler, "line %d", line) : format_text(compiler, "%s", "");
}
