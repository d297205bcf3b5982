/* Expressions, by recursive descent; a chain of operators of one level is a loop.

   In: tokens. Out: trees no deeper than MAX_DEPTH. Not its business: what the names mean. */

#include "syntax/parse.h"

#include <string.h>

static const char *const comparisons[] = {"<=", "<", ">=", ">", "==", "!=", NULL};
static const char *const additions[] = {"+", "-", NULL};
static const char *const multiplications[] = {"*", "/", NULL};

static Tree *tree_new(Parser *parser, TreeKind kind, int child_count) {
    count_part(parser);
    Tree *tree = NEW(parser->compiler, Tree);
    tree->kind = kind;
    tree->depth = 1;
    tree->span = tree->name_span = parser->token.span;
    tree->child_count = child_count;
    if (child_count > 0)
        tree->children = NEW_ARRAY(parser->compiler, Tree *, child_count);
    return tree;
}

static Tree *too_deep(Parser *parser, Span span) {
    error_at(parser->compiler, span, "nested more than %d deep", MAX_DEPTH);
    return NULL;
}

/* Completes a tree whose children stand: its depth, and its span up to the last token. */
static Tree *finish(Parser *parser, Tree *tree) {
    for (int i = 0; i < tree->child_count; i++)
        if (tree->children[i] && tree->children[i]->depth >= tree->depth)
            tree->depth = tree->children[i]->depth + 1;
    tree->span = span_join(tree->span, parser->last);
    return tree->depth <= MAX_DEPTH ? tree : too_deep(parser, tree->name_span);
}

static bool set_children(Tree *tree, Trees trees) {
    tree->child_count = trees.count;
    tree->children = trees.items;
    return true;
}

bool tree_list(Parser *parser, Reader *item, const char *close, Trees *trees) {
    Span outer = parser->open;
    if (take(parser, close))
        return true;
    parser->open = parser->last;
    do {
        Tree *tree = item(parser);
        if (!tree)
            return false;
        PUSH(parser->compiler, trees->items, trees->count, tree);
    } while (take(parser, ","));
    bool is_closed = expect_close(parser, close);
    parser->open = outer;
    return is_closed;
}

static Tree *number(Parser *parser) {
    Tree *tree = tree_new(parser, TREE_NUMBER, 0);
    tree->number = parser->token.number;
    advance(parser);
    return finish(parser, tree);
}

/* argument = [ NAME "=" ] expression, the named ones last */
static bool argument(Parser *parser, Tree *tree) {
    const char *label = NULL;
    Span span = parser->token.span;
    if (before(parser, "=") && parser->token.kind == TOKEN_NAME) {
        label = token_text(parser);
        advance(parser);
        advance(parser);
    }
    Tree *value = expression(parser);
    if (!value)
        return false;
    int count = tree->child_count;
    if (!label && count > 0 && tree->labels[count - 1]) {
        error_at(parser->compiler, value->span,
                 "expected a named argument after '%s = ...', found one without a name",
                 tree->labels[count - 1]);
        return false;
    }
    int labels = count, spans = count;
    PUSH(parser->compiler, tree->labels, labels, label);
    PUSH(parser->compiler, tree->label_spans, spans, span);
    PUSH(parser->compiler, tree->children, tree->child_count, value);
    return true;
}

/* call = NAME "(" [ argument { "," argument } ] ")" */
static Tree *name_or_call(Parser *parser) {
    Tree *tree = tree_new(parser, TREE_NAME, 0);
    tree->name = token_text(parser);
    advance(parser);
    if (!at(parser, "("))
        return finish(parser, tree);
    Span outer = parser->open;
    tree->kind = TREE_CALL;
    advance(parser);
    if (take(parser, ")"))
        return finish(parser, tree);
    parser->open = parser->last;
    do {
        if (!argument(parser, tree))
            return NULL;
    } while (take(parser, ","));
    bool is_closed = expect_close(parser, ")");
    parser->open = outer;
    return is_closed ? finish(parser, tree) : NULL;
}

static Tree *list(Parser *parser) {
    Tree *tree = tree_new(parser, TREE_LIST, 0);
    Trees trees = {0};
    advance(parser);
    return tree_list(parser, expression, "]", &trees) && set_children(tree, trees)
               ? finish(parser, tree)
               : NULL;
}

static Tree *parenthesis(Parser *parser) {
    Span outer = parser->open, open = parser->token.span;
    advance(parser);
    parser->open = open;
    Tree *tree = expression(parser);
    if (!tree || (!take(parser, ")") && !expected(parser, "an operator or ')'")))
        return NULL;
    parser->open = outer;
    tree->span = span_join(open, parser->last);
    return tree;
}

/* primary = NUMBER | NAME | call | "(" expression ")" | "[" [ expression { "," expression } ] "]"
 */
static Tree *primary(Parser *parser) {
    if (parser->token.kind == TOKEN_NUMBER)
        return number(parser);
    if (parser->token.kind == TOKEN_NAME)
        return name_or_call(parser);
    if (at(parser, "("))
        return parenthesis(parser);
    if (at(parser, "["))
        return list(parser);
    expected(parser, "an expression");
    return NULL;
}

static bool at_index_end(const Parser *parser) {
    return at(parser, ",") || at(parser, "]");
}

/* index = expression | [ expression ] ":" [ expression ] */
static Tree *index_item(Parser *parser) {
    Tree *first = NULL;
    Span start = parser->token.span;
    if (!at(parser, ":") && !(first = expression(parser)))
        return NULL;
    if (!at(parser, ":"))
        return first;
    Tree *tree = tree_new(parser, TREE_RANGE, 2);
    tree->span = start;
    tree->children[0] = first;
    advance(parser);
    if (!at_index_end(parser) && !(tree->children[1] = expression(parser)))
        return NULL;
    return finish(parser, tree);
}

/* postfix = primary { "[" index { "," index } "]" } */
static Tree *postfix(Parser *parser) {
    Tree *tree = primary(parser);
    while (tree && at(parser, "[")) {
        Tree *indexed = tree_new(parser, TREE_INDEX, 0);
        Trees trees = {0};
        PUSH(parser->compiler, trees.items, trees.count, tree);
        advance(parser);
        if (at(parser, "]"))
            return expected(parser, "an index"), NULL;
        if (!tree_list(parser, index_item, "]", &trees))
            return NULL;
        set_children(indexed, trees);
        indexed->span = tree->span;
        tree = finish(parser, indexed);
    }
    if (tree && at(parser, "(")) {
        error_at(parser->compiler, parser->token.span,
                 "expected a name before '(': only names can be called");
        return NULL;
    }
    return tree;
}

static Tree *binary(Parser *parser, Tree *left, Reader *operand) {
    Tree *tree = tree_new(parser, TREE_BINARY, 2);
    tree->name = parser->token.symbol;
    tree->span = left->span;
    tree->children[0] = left;
    advance(parser);
    tree->children[1] = operand(parser);
    return tree->children[1] ? finish(parser, tree) : NULL;
}

static Tree *unary(Parser *parser);

/* power = postfix [ "^" unary ], so that it binds to the right */
static Tree *power(Parser *parser) {
    Tree *tree = postfix(parser);
    return tree && at(parser, "^") ? binary(parser, tree, unary) : tree;
}

/* unary = ( "-" | "+" ) unary | power; every way down passes here */
static Tree *unary(Parser *parser) {
    if (parser->depth == MAX_DEPTH)
        return too_deep(parser, parser->token.span);
    parser->depth++;
    Tree *tree;
    if (at(parser, "-")) {
        tree = tree_new(parser, TREE_UNARY, 1);
        tree->name = "-";
        advance(parser);
        tree->children[0] = unary(parser);
        tree = tree->children[0] ? finish(parser, tree) : NULL;
    } else if (take(parser, "+")) {
        tree = unary(parser);
    } else {
        tree = power(parser);
    }
    parser->depth--;
    return tree;
}

static bool at_any(const Parser *parser, const char *const *operators) {
    while (*operators && !at(parser, *operators))
        operators++;
    return *operators;
}

/* product = unary { ( "*" | "/" ) unary } */
static Tree *product(Parser *parser) {
    Tree *tree = unary(parser);
    while (tree && at_any(parser, multiplications))
        tree = binary(parser, tree, unary);
    return tree;
}

/* sum = product { ( "+" | "-" ) product } */
static Tree *sum(Parser *parser) {
    Tree *tree = product(parser);
    while (tree && at_any(parser, additions))
        tree = binary(parser, tree, product);
    return tree;
}

/* expression = sum [ comparison sum ] */
Tree *expression(Parser *parser) {
    Tree *tree = sum(parser);
    if (tree && at_any(parser, comparisons))
        tree = binary(parser, tree, sum);
    if (tree && at_any(parser, comparisons)) {
        error_at(parser->compiler, parser->token.span, "comparisons do not chain: '%s' after '%s'",
                 parser->token.symbol, tree->name);
        return NULL;
    }
    return tree;
}

Tree *call(Parser *parser) {
    Tree *tree = expression(parser);
    if (!tree || tree->kind == TREE_CALL)
        return tree;
    if (tree->kind == TREE_NAME) {
        error_at(parser->compiler, tree->span, "expected a call, found the name '%s'", tree->name);
        hint(parser->compiler, "write %s(..)", tree->name);
    } else {
        error_at(parser->compiler, tree->span, "expected a call, found another expression");
    }
    return NULL;
}

Tree *parse_expression(Compiler *compiler, const Source *source) {
    Parser parser;
    int errors = compiler->error_count;
    if (!parser_start(&parser, compiler, source))
        return NULL;
    parser.lexer.brackets = 1; /* newlines are blanks */
    if (parser.token.kind == TOKEN_NEWLINE)
        advance(&parser);
    Tree *tree = expression(&parser);
    if (tree && parser.token.kind != TOKEN_END)
        expected(&parser, "an operator or the end");
    return compiler->error_count == errors ? tree : NULL;
}
