/* Formulas above kernels. In: nodes and their labels. Out: what a kernel computes, in the
   notation of the language, down to named values. */

#include "emit/emitter.h"

enum { SHOWN_NUMBERS = 8 }; /* of a constant without a name */

const char *given_prefix(const Labels *labels, Given given) {
    return given == GIVEN_GRADIENT    ? labels->gradient
           : given == GIVEN_DIRECTION ? "direction_"
                                      : "product_";
}

typedef struct {
    Text *out;
    const Labels *labels;
} Formula;

/* A level, looser than any operator: what stands alone on the right of a title. */
enum { WHOLE = -1 };

static void add_formula(Formula *formula, const Node *node, int level);

/* Whether a node that is computed stands in formulas by its name. */
static bool is_named(const Formula *formula, const Node *node) {
    return formula->labels->has_line[node->id] || (node->input_count > 0 && node->name);
}

/* One bracket for each axis that begins, or ends, at element `at`. */
static void add_brackets(Formula *formula, const Node *node, int64_t at, const char *bracket) {
    int64_t row = 1;
    for (int axis = node->shape.rank - 1; axis >= 0; axis--) {
        row *= node->shape.size[axis];
        text_add(formula->out, "%s", at % row == 0 ? bracket : "");
    }
}

/* A constant by its name: the user's, or that of its table; by its numbers where these are few. */
static void add_numbers(Formula *formula, const Node *node) {
    int64_t count = shape_count(node->shape);
    if (node->name || count > SHOWN_NUMBERS) {
        text_add(formula->out, "%s", formula->labels->name[node->id]);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        text_add(formula->out, "%s", i ? ", " : "");
        add_brackets(formula, node, i, "[");
        text_add(formula->out, "%.6g", node->numbers[i]);
        add_brackets(formula, node, i + 1, "]");
    }
}

static void add_leaf(Formula *formula, const Node *node) {
    if (node->kind == KIND_GIVEN && given_has_variable(node->given))
        text_add(formula->out, "%s%s", given_prefix(formula->labels, node->given),
                 node->variable->name);
    else if (node->kind == KIND_GIVEN)
        text_add(formula->out, "%s", given_names[node->given]);
    else if (node_is_number(node))
        text_add(formula->out, "%.6g", node->value);
    else if (node->kind == KIND_CONST)
        add_numbers(formula, node);
    else if (node->kind == KIND_RANDOM)
        text_add(formula->out, "random_%s()", op_rows[node->op].name);
    else
        text_add(formula->out, "%s", node->name);
}

/* ", axis = 1" where not all are summed, as the language has it. */
static void add_axes(Formula *formula, const Node *node) {
    const char *before = "[";
    int rank = node->inputs[0]->shape.rank;
    if (node->over_batch || node->axes + 1 == 1u << rank)
        return;
    text_add(formula->out, ", axis = ");
    for (int axis = 0; axis < rank; axis++)
        if (node->axes >> axis & 1) {
            text_add(formula->out, "%s%d", before, axis);
            before = ", ";
        }
    text_add(formula->out, "]");
}

static void add_call(Formula *formula, const char *name, const Node *node) {
    text_add(formula->out, "%s(", name);
    for (int i = 0; i < node->input_count; i++) {
        text_add(formula->out, "%s", i ? ", " : "");
        add_formula(formula, node->inputs[i], 0);
    }
    if (node->kind == KIND_REDUCE)
        add_axes(formula, node);
    text_add(formula->out, ")");
}

/* x[0:2, 3:5] */
static void add_slice(Formula *formula, const Node *node) {
    add_formula(formula, node->inputs[0], 6);
    for (int axis = 0; axis < node->shape.rank; axis++)
        text_add(formula->out, "%s%lld:%lld", axis ? ", " : "[", (long long)node->start[axis],
                 (long long)(node->start[axis] + node->shape.size[axis]));
    text_add(formula->out, "]");
}

/* Powers have no blanks around them: a^2. */
static void add_infix(Formula *formula, const Node *node, const Infix *infix, int level) {
    bool needs_parentheses = infix->level < level;
    const char *space = infix->op == OP_POW ? "" : " ";
    text_add(formula->out, "%s", needs_parentheses ? "(" : "");
    add_formula(formula, node->inputs[0], infix->level);
    text_add(formula->out, "%s%s%s", space, infix->text, space);
    add_formula(formula, node->inputs[1], infix->level + 1);
    text_add(formula->out, "%s", needs_parentheses ? ")" : "");
}

/* Names sums over examples and over an example's own elements differently. */
static const char *sum_name(const Node *node) {
    bool over_examples = node->over_batch;
    if (node->kind == KIND_WINDOW)
        return node->op == OP_WINDOW_SUM ? "sum" : node->op == OP_WINDOW_MAX ? "max" : "first_max";
    for (int i = 0; node->kind == KIND_CONTRACT && i < 2; i++)
        over_examples |= node->inputs[i]->batched && !node->batched;
    bool is_largest = node->kind == KIND_REDUCE && node->op == OP_MAX;
    return is_largest ? (over_examples ? "batch_max" : "max") : over_examples ? "batch_sum" : "sum";
}

/* Whether a view only adds or drops axes of size 1. */
static bool is_only_shape(const Node *node) {
    Shape from = node->inputs[0]->shape, to = node->shape;
    int at = 0;
    for (int axis = 0; axis < from.rank; axis++) {
        while (at < to.rank && to.size[at] == 1)
            at++;
        if (from.size[axis] != 1 && (at >= to.rank || to.size[at++] != from.size[axis]))
            return false;
    }
    return true;
}

/* Whether the formula omits a node: copies, broadcasting, axes of size 1. */
static bool is_unseen(const Node *node) {
    return node->op == OP_DETACH || node->op == OP_EXPAND ||
           (node->op == OP_RESHAPE && is_only_shape(node));
}

/* What a copy with the examples innermost, made by way of one axis, is a copy of; else the node. */
static const Node *uncopied(const Node *node) {
    const Node *copy = node->op == OP_RESHAPE ? node->inputs[0] : NULL;
    if (!copy || copy->op != OP_DETACH || !copy->nest || !copy->nest->is_transpose)
        return node;
    const Node *flat = copy->inputs[0];
    bool is_same = flat->op == OP_RESHAPE && shape_equal(flat->inputs[0]->shape, node->shape);
    return is_same ? flat->inputs[0] : node;
}

/* The axes of the result have the first letters, in turn; those of size 1 only where the result is
   shown with its index. Whether each has one loop. */
static bool choose_letters(const Formula *formula, const Node *node, bool is_whole, char *letters) {
    const char *next = formula->labels->letters;
    bool has_all = true;
    for (int axis = 0; axis < node->shape.rank; axis++) {
        int loop = contract_loop_of_axis(node, axis);
        has_all &= loop >= 0;
        if (loop >= 0 && !letters[loop] && (is_whole || node->shape.size[axis] > 1))
            letters[loop] = *next++;
    }
    for (int loop = 0; loop < node->contract->loop_count; loop++)
        if (!letters[loop])
            letters[loop] = *next++;
    return has_all;
}

/* The index of an operand, in the axes that it has before views that the formula omits, but for one
   that repeats it. A single number has none. */
static void add_index(Formula *formula, const Node *contract, int operand, const char *letters) {
    const Node *node = uncopied(contract->inputs[operand]), *seen = node;
    const Index *index = &contract->contract->index[operand + 1];
    while (seen->input_count > 0 && !is_named(formula, seen) && is_unseen(seen))
        seen = seen->inputs[0];
    if (shape_count(seen->shape) != shape_count(node->shape))
        seen = node;
    for (int axis = 0, at = 0; axis < seen->shape.rank; axis++) {
        text_add(formula->out, "%s", axis ? ", " : "[");
        bool has_size = seen == node || seen->shape.size[axis] > 1;
        while (seen != node && has_size && node->shape.size[at] == 1)
            at++;
        if (has_size)
            print_index_axis(formula->out, contract->contract, index, at++, letters);
        else
            text_add(formula->out, "0");
    }
    text_add(formula->out, "%s", seen->shape.rank > 0 ? "]" : "");
}

/* The row-major number of a term in its window, "2*k + l". */
static void add_number(Formula *formula, const Node *node, const char *letters) {
    const Contract *contract = node->contract;
    int64_t after = 1;
    bool is_first = true;
    for (int loop = 0; loop < contract->loop_count; loop++)
        after *= window_has_loop(node, loop) ? contract->extent[loop] : 1;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        if (!window_has_loop(node, loop) || contract->extent[loop] == 1)
            continue;
        after /= contract->extent[loop];
        text_add(formula->out, "%s", is_first ? "" : " + ");
        if (after > 1)
            text_add(formula->out, "%lld*", (long long)after);
        text_add(formula->out, "%c", letters[loop]);
        is_first = false;
    }
    text_add(formula->out, "%s", is_first ? "0" : "");
}

/* sum(k[i, l] * x[2*j + l - 1]), where i and j are the axes of the result. Where these are not
   loops, indices would say nothing, unless they stand on the left as well. Of windows
   max(x[i, 2*j + k]), sum(d[i] where first[i] == k). */
static void add_contract(Formula *formula, const Node *node, bool is_whole) {
    char letters[MAX_LOOPS + 1] = "";
    bool has_indices = choose_letters(formula, node, is_whole, letters) || is_whole;
    const char *between = node->kind == KIND_WINDOW ? " where " : " * ";
    text_add(formula->out, "%s(", sum_name(node));
    for (int i = 0; i < node->input_count; i++) {
        bool is_indexed = has_indices && node->inputs[i]->shape.rank > 0;
        text_add(formula->out, "%s", i ? between : "");
        add_formula(formula, node->inputs[i], is_indexed ? 6 : 4);
        if (is_indexed)
            add_index(formula, node, i, letters);
    }
    if (node->kind == KIND_WINDOW && node->input_count > 1 && has_indices) {
        text_add(formula->out, " == ");
        add_number(formula, node, letters);
    }
    text_add(formula->out, ")");
}

static void add_product(Formula *formula, const Node *node) {
    add_formula(formula, node->inputs[0], 3);
    text_add(formula->out, " * ");
    add_formula(formula, node->inputs[1], 4);
}

/* a * b + c, c - a * b */
static void add_fma(Formula *formula, const Node *node, int level) {
    const Node *rest = node->inputs[2];
    bool is_minus = rest->kind == KIND_MAP && rest->op == OP_NEG;
    text_add(formula->out, "%s", level > 2 ? "(" : "");
    if (node->op == OP_FNMA) {
        add_formula(formula, rest, 2);
        text_add(formula->out, " - ");
        add_product(formula, node);
    } else {
        add_product(formula, node);
        text_add(formula->out, is_minus ? " - " : " + ");
        add_formula(formula, is_minus ? rest->inputs[0] : rest, 3);
    }
    text_add(formula->out, "%s", level > 2 ? ")" : "");
}

static void add_operation(Formula *formula, const Node *node, int level) {
    if (node_has_terms(node)) {
        add_contract(formula, node, level == WHOLE);
        return;
    }
    const Infix *infix = node->kind == KIND_MAP ? infix_by_op(node->op) : NULL;
    if (infix)
        add_infix(formula, node, infix, level);
    else if (node->kind == KIND_MAP && (node->op == OP_FMA || node->op == OP_FNMA))
        add_fma(formula, node, level);
    else if (node->op == OP_NEG) {
        text_add(formula->out, "-");
        add_formula(formula, node->inputs[0], 4);
    } else if (is_unseen(node))
        add_formula(formula, node->inputs[0], level);
    else if (node->op == OP_SLICE)
        add_slice(formula, node);
    else
        add_call(formula, node->kind == KIND_REDUCE ? sum_name(node) : op_rows[node->op].name,
                 node);
}

static void add_formula(Formula *formula, const Node *node, int level) {
    node = uncopied(node);
    if (node->input_count == 0)
        add_leaf(formula, node);
    else if (is_named(formula, node))
        text_add(formula->out, "%s", formula->labels->name[node->id]);
    else
        add_operation(formula, node, level);
}

/* "h", or "c_product[i, j]" of a sum whose indices the formula shows. */
static void add_title(Formula *formula, const Node *node, const char *title) {
    char letters[MAX_LOOPS + 1] = "";
    text_add(formula->out, "%s", title);
    if (node_has_terms(node) && node->shape.rank > 0) {
        choose_letters(formula, node, true, letters);
        print_index(formula->out, node->contract, &node->contract->index[0], node->shape.rank,
                    letters);
    }
    text_add(formula->out, " = ");
}

char *formula_text(Emitter *emitter, const Node *node, const char *title) {
    Formula formula = {text_new(emitter->compiler), &emitter->labels};
    title = title ? title : emitter->labels.name[node->id];
    if (title)
        add_title(&formula, node, title);
    add_operation(&formula, node, title ? WHOLE : 0);
    return formula.out->bytes;
}

int span_line(Span span) {
    bool is_model = span.source && !span.source->is_prelude;
    return is_model ? source_line(span.source, span.first) : 0;
}

char *span_text(Compiler *compiler, Span span) {
    int line = span_line(span);
    return line > 0 ? format_text(compiler, "line %d", line) : format_text(compiler, "%s", "");
}
