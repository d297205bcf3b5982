/* The tree as text, for --dump=parse and the golden tests: the language itself, one statement a
   line, every operator in parentheses, so that precedence can be read off. Parsed again it gives
   the same text.

   In: statements. Out: text. Not its business: whether they make sense. */

#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

static void print_statements(Text *out, int count, Statement *const *statements, int indent);

/* The shortest of the usual forms that reads back as the same number. */
static void print_number(Text *out, double number) {
    char digits[32];
    int precision = 15;
    do
        snprintf(digits, sizeof digits, "%.*g", precision, number);
    while (strtod(digits, NULL) != number && precision++ < 17);
    text_add(out, "%s", digits);
}

static void print_tree(Text *out, const Tree *tree);

static void print_trees(Text *out, int count, Tree *const *trees) {
    for (int i = 0; i < count; i++) {
        text_add(out, "%s", i > 0 ? ", " : "");
        print_tree(out, trees[i]);
    }
}

static void print_unary(Text *out, const Tree *tree) {
    text_add(out, "(%s", tree->name);
    print_tree(out, tree->children[0]);
    text_add(out, ")");
}

static void print_binary(Text *out, const Tree *tree) {
    text_add(out, "(");
    print_tree(out, tree->children[0]);
    text_add(out, " %s ", tree->name);
    print_tree(out, tree->children[1]);
    text_add(out, ")");
}

static void print_call(Text *out, const Tree *tree) {
    text_add(out, "%s(", tree->name);
    for (int i = 0; i < tree->child_count; i++) {
        text_add(out, "%s", i > 0 ? ", " : "");
        if (tree->labels[i])
            text_add(out, "%s = ", tree->labels[i]);
        print_tree(out, tree->children[i]);
    }
    text_add(out, ")");
}

static void print_index(Text *out, const Tree *tree) {
    print_tree(out, tree->children[0]);
    text_add(out, "[");
    print_trees(out, tree->child_count - 1, tree->children + 1);
    text_add(out, "]");
}

static void print_range(Text *out, const Tree *tree) {
    if (tree->children[0])
        print_tree(out, tree->children[0]);
    text_add(out, ":");
    if (tree->children[1])
        print_tree(out, tree->children[1]);
}

static void print_list(Text *out, const Tree *tree) {
    text_add(out, "[");
    print_trees(out, tree->child_count, tree->children);
    text_add(out, "]");
}

static void print_tree(Text *out, const Tree *tree) {
    switch (tree->kind) {
    case TREE_NUMBER:
        print_number(out, tree->number);
        break;
    case TREE_NAME:
        text_add(out, "%s", tree->name);
        break;
    case TREE_UNARY:
        print_unary(out, tree);
        break;
    case TREE_BINARY:
        print_binary(out, tree);
        break;
    case TREE_CALL:
        print_call(out, tree);
        break;
    case TREE_INDEX:
        print_index(out, tree);
        break;
    case TREE_RANGE:
        print_range(out, tree);
        break;
    case TREE_LIST:
        print_list(out, tree);
        break;
    }
}

static void print_shape(Text *out, bool has_shape, int count, Tree *const *sizes) {
    if (!has_shape)
        return;
    text_add(out, "[");
    print_trees(out, count, sizes);
    text_add(out, "]");
}

static void print_comment(Text *out, const char *comment, int indent) {
    while (*comment) {
        int length = (int)strcspn(comment, "\n");
        text_add(out, "#%s%.*s\n%*s", length > 0 ? " " : "", length, comment, indent, "");
        comment += length + (comment[length] == '\n');
    }
}

static void print_parameter(Text *out, const Parameter *parameter) {
    text_add(out, "%s", parameter->name);
    print_shape(out, parameter->has_shape, parameter->rank, parameter->sizes);
    if (!parameter->initial)
        return;
    text_add(out, " = ");
    print_tree(out, parameter->initial);
}

static void print_definition(Text *out, const Definition *definition, int indent) {
    static const char *const words[] = {
        [DEFINITION_DEF] = "def",
        [DEFINITION_BLOCK] = "block",
        [DEFINITION_OPTIMIZER] = "optimizer",
        [DEFINITION_INITIALIZER] = "initializer",
        [DEFINITION_REGULARIZER] = "regularizer",
        [DEFINITION_METRIC] = "metric",
    };
    print_comment(out, definition->comment, indent);
    text_add(out, "%s %s(", words[definition->kind], definition->name);
    for (int i = 0; i < definition->parameter_count; i++) {
        text_add(out, "%s", i > 0 ? ", " : "");
        print_parameter(out, &definition->parameters[i]);
    }
    text_add(out, ") {\n");
    print_statements(out, definition->body_count, definition->body, indent + 4);
    text_add(out, "%*s}", indent, "");
    if (!definition->derivative)
        return;
    text_add(out, " deriv ");
    print_tree(out, definition->derivative);
}

/* How a statement begins, and what stands before its second name. */
static const struct {
    const char *word, *link;
} statement_rows[] = {
    [STATEMENT_NETWORK] = {"network", NULL}, [STATEMENT_INPUT] = {"input", NULL},
    [STATEMENT_TARGET] = {"target", NULL},   [STATEMENT_ASSIGN] = {NULL, NULL},
    [STATEMENT_STATE] = {"state", NULL},     [STATEMENT_SUM] = {"sum", NULL},
    [STATEMENT_RETURN] = {"return", NULL},   [STATEMENT_DEFINITION] = {NULL, NULL},
    [STATEMENT_LOSS] = {"loss", NULL},       [STATEMENT_UPDATE] = {"update", "for"},
    [STATEMENT_BATCH] = {"batch", NULL},     [STATEMENT_METRIC] = {"metric", NULL},
    [STATEMENT_OUTPUT] = {"output", NULL},   [STATEMENT_USE] = {"use", "as"},
    [STATEMENT_FREEZE] = {"freeze", ""},     [STATEMENT_DERIVATIVE] = {"derivative", "by"},
    [STATEMENT_SETTING] = {"setting", NULL}, [STATEMENT_HESSIAN] = {"hessian", NULL},
    [STATEMENT_AT] = {"at", NULL},           [STATEMENT_REQUIRE] = {"require", NULL},
};

static void print_words(Text *out, const Statement *statement) {
    for (int i = 0; i < statement->word_count; i++) {
        text_add(out, " ");
        if (statement->word_calls[i])
            print_tree(out, statement->word_calls[i]);
        else
            text_add(out, "%s", statement->words[i]);
    }
}

static void print_values(Text *out, const Statement *statement) {
    for (int i = 0; i < statement->value_count; i++) {
        text_add(out, i > 0 ? ", " : "");
        print_tree(out, statement->values[i]);
        if (statement->units && statement->units[i])
            text_add(out, " as %s", statement->units[i]);
    }
}

static void print_statement(Text *out, const Statement *statement, int indent) {
    if (statement->definition) {
        print_definition(out, statement->definition, indent);
        return;
    }
    const char *word = statement_rows[statement->kind].word,
               *link = statement_rows[statement->kind].link;
    text_add(out, "%s%s%s", word ? word : "", word && statement->name ? " " : "",
             statement->name ? statement->name : "");
    print_shape(out, statement->has_shape, statement->size_count, statement->sizes);
    print_words(out, statement);
    if (statement->value_count > 0)
        text_add(out, statement->name ? " = " : " ");
    print_values(out, statement);
    if (statement->second_name)
        text_add(out, "%s%s %s", *link ? " " : "", link, statement->second_name);
}

static void print_statements(Text *out, int count, Statement *const *statements, int indent) {
    for (int i = 0; i < count; i++) {
        text_add(out, "%*s", indent, "");
        print_statement(out, statements[i], indent);
        text_add(out, "\n");
    }
}

void tree_print(Text *out, const Statements *statements) {
    print_statements(out, statements->count, statements->statements, 0);
}
