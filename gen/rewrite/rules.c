/* Rules written as text. In: the derivatives of ops.h and the rows of fold_rules.h, which are
   parsed once per compilation into terms. Out: nodes built from a term. grad.c differentiates by
   them, fold.c rewrites whole graphs. */

#include "rewrite/rules.h"

#include <string.h>

typedef enum {
    TERM_NUMBER,
    TERM_LETTER,
    TERM_COUNT, /* of the elements that a sum adds up */
    TERM_MAP,
    TERM_SUM,
    TERM_DROP,
    TERM_LARGEST,
} TermKind;

typedef struct RuleTerm RuleTerm;
struct RuleTerm {
    TermKind kind;
    Op op;
    double value;
    int letter;
    int part_count;
    RuleTerm *parts[3];
};

typedef struct {
    RuleTime time;
    const char *name, *pattern_text, *result_text;
    Condition *condition;
} RuleText;

static const RuleText rule_texts[] = {
#define RULE(time, pattern, result, condition)                                                     \
    {time, pattern " -> " result, pattern, result, when_##condition},
#include "rewrite/fold_rules.h"
#undef RULE
};
enum { RULE_COUNT = sizeof rule_texts / sizeof *rule_texts };

typedef struct {
    RuleTerm *pattern, *result;
    int either_count; /* sums and products in the pattern, which match either way round */
} Rule;

struct Rules {
    RuleTerm *derivatives[OP_COUNT][3];
    Rule rules[RULE_COUNT];
};

// Texts to terms

static RuleTerm *term_of(Compiler *compiler, const Tree *tree);

static RuleTerm *term_new(Compiler *compiler, TermKind kind, Op op) {
    RuleTerm *term = NEW(compiler, RuleTerm);
    term->kind = kind;
    term->op = op;
    return term;
}

static RuleTerm *number_term(Compiler *compiler, double value) {
    RuleTerm *term = term_new(compiler, TERM_NUMBER, OP_NONE);
    term->value = value;
    return term;
}

static bool is_number(const RuleTerm *term) {
    return term->kind == TERM_NUMBER;
}

static RuleTerm *binary_term(Compiler *compiler, const Tree *tree) {
    const Infix *infix = infix_by_text(tree->name);
    RuleTerm *term = term_new(compiler, TERM_MAP, infix->op);
    term->part_count = 2;
    term->parts[infix->is_exchanged] = term_of(compiler, tree->children[0]);
    term->parts[!infix->is_exchanged] = term_of(compiler, tree->children[1]);
    return term;
}

/* Functions that are no operators: they speak of the sum in the pattern. */
static TermKind call_kind(const char *name) {
    if (strcmp(name, "sum") == 0)
        return TERM_SUM;
    if (strcmp(name, "drop") == 0)
        return TERM_DROP;
    return strcmp(name, "largest") == 0 ? TERM_LARGEST : TERM_MAP;
}

static RuleTerm *call_term(Compiler *compiler, const Tree *tree) {
    TermKind kind = call_kind(tree->name);
    RuleTerm *term = term_new(compiler, kind, kind == TERM_MAP ? op_by_name(tree->name) : OP_NONE);
    int arity = kind == TERM_MAP ? op_rows[term->op].arity : 1;
    if (arity == 0 || arity != tree->child_count)
        stop_at(compiler, tree->span, "internal: a rule calls '%s' with %d arguments", tree->name,
                tree->child_count);
    term->part_count = arity;
    for (int i = 0; i < arity; i++)
        term->parts[i] = term_of(compiler, tree->children[i]);
    return term;
}

static RuleTerm *name_term(Compiler *compiler, const Tree *tree) {
    if (strcmp(tree->name, "count") == 0)
        return term_new(compiler, TERM_COUNT, OP_NONE);
    if (strlen(tree->name) != 1 || *tree->name < 'a' || *tree->name > 'z')
        stop_at(compiler, tree->span, "internal: a rule names '%s'", tree->name);
    RuleTerm *term = term_new(compiler, TERM_LETTER, OP_NONE);
    term->letter = *tree->name - 'a';
    return term;
}

static RuleTerm *negative_term(Compiler *compiler, const Tree *tree) {
    RuleTerm *part = term_of(compiler, tree->children[0]);
    if (is_number(part))
        return number_term(compiler, -part->value);
    RuleTerm *term = term_new(compiler, TERM_MAP, OP_NEG);
    term->part_count = 1;
    term->parts[0] = part;
    return term;
}

static RuleTerm *term_of(Compiler *compiler, const Tree *tree) {
    switch (tree->kind) {
    case TREE_NUMBER:
        return number_term(compiler, tree->number);
    case TREE_NAME:
        return name_term(compiler, tree);
    case TREE_UNARY:
        return negative_term(compiler, tree);
    case TREE_BINARY:
        return binary_term(compiler, tree);
    case TREE_CALL:
        return call_term(compiler, tree);
    default:
        stop_at(compiler, tree->span, "internal: a rule is not an expression");
    }
}

static RuleTerm *parse_rule(Compiler *compiler, const char *text) {
    Source *source = source_new(compiler, "rule", text, strlen(text));
    Tree *tree = parse_expression(compiler, source);
    if (!tree)
        stop_at(compiler, (Span){source, 0, source->size}, "internal: a rule does not parse");
    return term_of(compiler, tree);
}

static bool is_either_way(const RuleTerm *term) {
    return term->kind == TERM_MAP && (term->op == OP_ADD || term->op == OP_MUL);
}

static int count_either_ways(const RuleTerm *term) {
    int count = is_either_way(term);
    for (int i = 0; i < term->part_count; i++)
        count += count_either_ways(term->parts[i]);
    return count;
}

struct Rules *rules_new(Compiler *compiler) {
    struct Rules *rules = NEW(compiler, struct Rules);
    for (int op = 0; op < OP_COUNT; op++)
        for (int i = 0; i < op_rows[op].arity; i++)
            if (op_rows[op].derivative[i])
                rules->derivatives[op][i] = parse_rule(compiler, op_rows[op].derivative[i]);
    for (int i = 0; i < RULE_COUNT; i++) {
        Rule *rule = &rules->rules[i];
        rule->pattern = parse_rule(compiler, rule_texts[i].pattern_text);
        rule->result = parse_rule(compiler, rule_texts[i].result_text);
        rule->either_count = count_either_ways(rule->pattern);
    }
    return rules;
}

// Terms to nodes

static Node *build(Builder *builder, const Match *match, const RuleTerm *term);

static int64_t summed_count(const Node *sum) {
    int64_t count = 1;
    for (int i = 0; i < sum->inputs[0]->shape.rank; i++)
        if (sum->axes >> i & 1)
            count *= sum->inputs[0]->shape.size[i];
    return count;
}

/* `where` with a condition known now is its branch; other operators of constants are done now. */
static Node *build_map(Builder *builder, const Match *match, const RuleTerm *term) {
    Node *inputs[3] = {NULL, NULL, NULL};
    double values[3] = {0, 0, 0};
    bool is_constant = true;
    for (int i = 0; i < term->part_count; i++) {
        inputs[i] = build(builder, match, term->parts[i]);
        bool is_known = node_is_number(inputs[i]);
        if (i == 0 && term->op == OP_WHERE && is_known)
            return build(builder, match, term->parts[inputs[0]->value != 0 ? 1 : 2]);
        if (is_known)
            values[i] = inputs[i]->value;
        is_constant &= is_known;
    }
    if (is_constant)
        return builder->constant(builder, op_rows[term->op].value(values[0], values[1], values[2]));
    return builder->map(builder, term->op, inputs);
}

/* A part of a result that speaks of the sum in the pattern. */
static Node *build_reduced(Builder *builder, const Match *match, const RuleTerm *term) {
    Node *part = build(builder, match, term->parts[0]);
    switch (term->kind) {
    case TERM_SUM:
        return builder->sum(builder, part, match->sum);
    case TERM_DROP:
        return builder->drop(builder, part, match->sum);
    default:
        return builder->largest(builder, part, match->sum);
    }
}

static Node *build(Builder *builder, const Match *match, const RuleTerm *term) {
    switch (term->kind) {
    case TERM_NUMBER:
        return builder->constant(builder, term->value);
    case TERM_LETTER:
        return match->bound[term->letter];
    case TERM_COUNT:
        return builder->constant(builder, (double)summed_count(match->sum));
    case TERM_MAP:
        return build_map(builder, match, term);
    default:
        return build_reduced(builder, match, term);
    }
}

static bool is_mutant(const Compiler *compiler, int number) {
    return compiler->options.mutant == number;
}

/* For the mutation tests (Options.mutant): a wrong result instead of the right one. */
static Node *scaled(Builder *builder, Node *node) {
    Node *inputs[3] = {node, builder->constant(builder, 1.25), NULL};
    return builder->map(builder, OP_MUL, inputs);
}

/* Scales and shifts, so that a result of 0 becomes wrong, too. */
static Node *scaled_and_shifted(Builder *builder, Node *node) {
    Node *inputs[3] = {scaled(builder, node), builder->constant(builder, 0.125), NULL};
    return builder->map(builder, OP_ADD, inputs);
}

static int derivative_count(void) {
    int count = 0;
    for (int op = 0; op < OP_COUNT; op++)
        for (int i = 0; i < 3; i++)
            count += op_rows[op].derivative[i] != NULL;
    return count;
}

static int derivative_number(Derivative of) {
    int number = 1;
    for (int op = 0; op < OP_COUNT; op++)
        for (int i = 0; i < 3; i++) {
            if (op == (int)of.op && i == of.argument)
                return number;
            number += op_rows[op].derivative[i] != NULL;
        }
    return number;
}

Node *rule_derivative(Compiler *compiler, Builder *builder, const Match *match, Derivative of) {
    const RuleTerm *term = compiler->rules->derivatives[of.op][of.argument];
    if (!term)
        return NULL;
    Node *node = build(builder, match, term);
    return is_mutant(compiler, derivative_number(of)) ? scaled(builder, node) : node;
}

// Nodes against patterns

/* A trial of one pattern: bit i of `exchanged` says that the i-th sum or product is tried the other
   way round. */
typedef struct {
    Match match;
    unsigned exchanged;
    int either_count; /* still to come */
} Trial;

static bool fits(Trial *trial, const RuleTerm *term, Node *node);

static bool fits_sum(Trial *trial, const RuleTerm *term, Node *node) {
    if (node->kind != KIND_REDUCE || node->op != OP_SUM)
        return false;
    const Node *other = trial->match.sum;
    if (other && (other->axes != node->axes || other->over_batch != node->over_batch))
        return false;
    if (!other)
        trial->match.sum = node;
    return fits(trial, term->parts[0], node->inputs[0]);
}

static bool is_power(const Node *node, double exponent) {
    return node->kind == KIND_MAP && node->op == OP_POW && node_is_number(node->inputs[1]) &&
           node->inputs[1]->value == exponent;
}

/* Whether what the term says with other operators, a * a or sqrt(a), stands there as a power. */
static bool is_as_power(const RuleTerm *term, const Node *node) {
    if (term->op == OP_SQRT)
        return is_power(node, 0.5);
    return term->op == OP_MUL && term->parts[0]->kind == TERM_LETTER &&
           term->parts[1]->kind == TERM_LETTER &&
           term->parts[0]->letter == term->parts[1]->letter && is_power(node, 2);
}

static bool fits_map(Trial *trial, const RuleTerm *term, Node *node) {
    bool exchanged = is_either_way(term) && (trial->exchanged >> --trial->either_count & 1);
    if (is_as_power(term, node))
        return fits(trial, term->parts[0], node->inputs[0]);
    if (node->kind != KIND_MAP || node->op != term->op)
        return false;
    for (int i = 0; i < term->part_count; i++)
        if (!fits(trial, term->parts[i], node->inputs[exchanged ? 1 - i : i]))
            return false;
    return true;
}

static bool fits(Trial *trial, const RuleTerm *term, Node *node) {
    switch (term->kind) {
    case TERM_NUMBER:
        return node_is_number(node) && node->value == term->value;
    case TERM_SUM:
        return fits_sum(trial, term, node);
    case TERM_MAP:
        return fits_map(trial, term, node);
    case TERM_LETTER: {
        Node **bound = &trial->match.bound[term->letter];
        if (!*bound)
            *bound = node;
        return *bound == node;
    }
    default:
        return false;
    }
}

static bool fits_rule(const Rule *rule, Condition *condition, Node *node, Match *match) {
    for (unsigned exchanged = 0; exchanged < 1u << rule->either_count; exchanged++) {
        Trial trial = {{.whole = node}, exchanged, rule->either_count};
        if (!fits(&trial, rule->pattern, node) || !condition(&trial.match))
            continue;
        *match = trial.match;
        return true;
    }
    return false;
}

static bool can_fit(const RuleTerm *pattern, const Node *node) {
    if (pattern->kind == TERM_SUM)
        return node->kind == KIND_REDUCE;
    return node->kind == KIND_MAP && node->op == pattern->op;
}

Node *rule_rewrite(Compiler *compiler, Builder *builder, Node *node, RuleTime time) {
    struct Rules *rules = compiler->rules;
    for (int i = 0; i < RULE_COUNT; i++) {
        const Rule *rule = &rules->rules[i];
        Match match;
        if (!(rule_texts[i].time & time) || !can_fit(rule->pattern, node))
            continue;
        if (!fits_rule(rule, rule_texts[i].condition, node, &match))
            continue;
        Node *result = build(builder, &match, rule->result);
        bool is_wrong = is_mutant(compiler, derivative_count() + 1 + i);
        return is_wrong ? scaled_and_shifted(builder, result) : result;
    }
    return NULL;
}

// Rows by number

int rule_count(void) {
    return derivative_count() + RULE_COUNT;
}

const char *rule_name(int number) {
    for (int op = 0; op < OP_COUNT; op++)
        for (int i = 0; i < 3; i++)
            if (op_rows[op].derivative[i] && --number == 0)
                return op_rows[op].derivative[i];
    return number >= 1 && number <= RULE_COUNT ? rule_texts[number - 1].name : NULL;
}

RuleTime rule_time(int number) {
    int row = number - derivative_count() - 1;
    return row >= 0 && row < RULE_COUNT ? rule_texts[row].time : (RuleTime)0;
}
