/* Guards: conditions of rewriting rules. In: the nodes that the letters of a rule stand for. Out:
   whether the rule may be applied. A guard looks at a node and its inputs, never at its users. */

#include "rewrite/rules.h"

#include <math.h>

enum {
    LOOK = 8,             /* how deep a condition looks */
    TAME_EXPONENT = 16,   /* a factor of up to 2^16 does not drive a number out of range */
    NORMAL_EXPONENT = 96, /* a constant of this size is a normal number in all types */
};

#define A match->bound[0]
#define B match->bound[1]
#define C match->bound[2]

static bool is_within(double value, int exponent) {
    return value == 0 || (fabs(value) <= ldexp(1, exponent) && fabs(value) >= ldexp(1, -exponent));
}

static bool is_normal(double value) {
    return is_within(value, NORMAL_EXPONENT);
}

static bool is_finite_number(double value) {
    return isfinite(value);
}

static bool is_not_infinite(double value) {
    return !isinf(value);
}

/* Whether all numbers of a constant are so. */
static bool constant_is(const Node *node, bool (*holds)(double value)) {
    for (int64_t i = 0; node->numbers && i < shape_count(node->shape); i++)
        if (!holds(node->numbers[i]))
            return false;
    return node->numbers || holds(node->value);
}

bool constant_is_finite(const Node *node) {
    return constant_is(node, is_finite_number);
}

/* A reshape that adds leading axes of size 1 and no more. */
static bool is_padding_reshape(const Node *node) {
    if (node->kind != KIND_VIEW || node->op != OP_RESHAPE)
        return false;
    Shape in = node->inputs[0]->shape, both;
    bool is_broadcast = shape_broadcast(in, node->shape, &both) && shape_equal(both, node->shape);
    return is_broadcast && in.rank < node->shape.rank;
}

Node *node_bare(Node *node) {
    while ((node->kind == KIND_VIEW && node->op == OP_EXPAND) || is_padding_reshape(node))
        node = node->inputs[0];
    return node;
}

bool is_invariant(const Node *node, const Node *like) {
    Shape in = like->inputs[0]->shape;
    if (like->over_batch && node->batched)
        return false;
    for (int i = 0; i < in.rank; i++) {
        int axis = i - (in.rank - node->shape.rank);
        if ((like->axes >> i & 1) && axis >= 0 && node->shape.size[axis] != 1)
            return false;
    }
    return true;
}

static bool is_onehot(const Node *node) {
    return node->kind == KIND_INPUT && node->variable->onehot;
}

/* A factor that may be reordered within a product without overflow or underflow. */
static bool is_tame(const Node *node, int depth) {
    if (depth > LOOK)
        return false;
    switch (node->kind) {
    case KIND_CONST:
        return node_is_number(node) && is_within(node->value, TAME_EXPONENT);
    case KIND_GIVEN:
        return node->given == GIVEN_SHARE;
    case KIND_REDUCE:
        return node->op == OP_SUM && is_onehot(node->inputs[0]) && !node->over_batch;
    case KIND_VIEW:
        return node->op == OP_RESHAPE && is_tame(node->inputs[0], depth + 1);
    case KIND_MAP:
        if (node->op == OP_NEG)
            return is_tame(node->inputs[0], depth + 1);
        return node->op == OP_MUL && is_tame(node->inputs[0], depth + 1) &&
               is_tame(node->inputs[1], depth + 1);
    default:
        return false;
    }
}

static bool is_finite_map(Op op) {
    static const Op bounded[] = {OP_LESS, OP_LESS_EQUAL, OP_EQUAL, OP_NOT_EQUAL};
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++)
        if (op == bounded[i])
            return true;
    return false;
}

/* Finite for every input that a caller may pass. */
static bool is_finite(const Node *node, int depth) {
    if (depth > LOOK)
        return false;
    switch (node->kind) {
    case KIND_CONST:
        return constant_is_finite(node);
    case KIND_INPUT:
        return is_onehot(node);
    case KIND_RANDOM:
        return true;
    case KIND_GIVEN:
        return !given_has_variable(node->given) && node->given != GIVEN_SUM;
    case KIND_VIEW:
        for (int i = 0; i < node->input_count; i++)
            if (!is_finite(node->inputs[i], depth + 1))
                return false;
        return true;
    case KIND_MAP:
        if (is_finite_map(node->op))
            return true;
        if (node->op == OP_WHERE)
            return is_finite(node->inputs[1], depth + 1) && is_finite(node->inputs[2], depth + 1);
        return node->op == OP_NEG && is_finite(node->inputs[0], depth + 1);
    default:
        return false;
    }
}

static bool is_map(const Node *node, Op op) {
    return node->kind == KIND_MAP && node->op == op;
}

/* Of 2 * x or x * 2, and of 2 / x: which input the number is, or -1. */
static int constant_factor(const Node *node) {
    if (!is_map(node, OP_MUL) && !is_map(node, OP_DIV))
        return -1;
    if (node_is_number(node->inputs[0]))
        return 0;
    return node->op == OP_MUL && node_is_number(node->inputs[1]) ? 1 : -1;
}

/* 2 * x and -2 * x, or 2 / x and -2 / x. */
static bool has_opposite_factor(const Node *a, const Node *b) {
    int one = constant_factor(a), other = constant_factor(b);
    return one >= 0 && other >= 0 && a->op == b->op && a->inputs[1 - one] == b->inputs[1 - other] &&
           a->inputs[one]->value == -b->inputs[other]->value;
}

/* Whether b is what -a becomes, or a what -b becomes. */
static bool is_opposite(const Node *a, const Node *b) {
    if (has_opposite_factor(a, b))
        return true;
    if (is_map(a, OP_NEG) && a->inputs[0] == b)
        return true;
    if (is_map(b, OP_NEG) && b->inputs[0] == a)
        return true;
    return is_map(a, OP_SUB) && is_map(b, OP_SUB) && a->inputs[0] == b->inputs[1] &&
           a->inputs[1] == b->inputs[0];
}

bool when_always(const Match *match) {
    (void)match;
    return true;
}

bool when_a_constant(const Match *match) {
    return node_is_number(A);
}

bool when_a_negative(const Match *match) {
    return node_is_number(A) && A->value < 0;
}

/* Whether the product of two constants has normal numbers, and no more than the larger of them. */
static bool has_normal_product(Node *a, Node *b) {
    Shape shape;
    int64_t most = shape_count(a->shape), other = shape_count(b->shape);
    if (!shape_broadcast(a->shape, b->shape, &shape) ||
        shape_count(shape) > (most > other ? most : other))
        return false;
    for (int64_t k = 0; k < shape_count(shape); k++) {
        Element left = {a, element_broadcast(shape, k, a->shape)};
        Element right = {b, element_broadcast(shape, k, b->shape)};
        if (!is_normal(element_number(left) * element_number(right)))
            return false;
    }
    return true;
}

bool when_a_and_b_constant(const Match *match) {
    bool are_normal = A->kind == KIND_CONST && B->kind == KIND_CONST && constant_is(A, is_normal) &&
                      constant_is(B, is_normal);
    return are_normal && has_normal_product(A, B);
}

bool when_a_finite(const Match *match) {
    return is_finite(A, 0);
}

/* Figures are of one example at least. */
bool when_a_count_of_examples(const Match *match) {
    return A->kind == KIND_GIVEN && A->given == GIVEN_COUNT;
}

bool when_c_finite(const Match *match) {
    return is_finite(C, 0);
}

bool when_b_power_of_two(const Match *match) {
    int exponent;
    return node_is_number(B) && fabs(frexp(B->value, &exponent)) == 0.5 &&
           is_within(B->value, NORMAL_EXPONENT);
}

bool when_b_not_whole(const Match *match) {
    return !node_is_number(B) || B->value != floor(B->value);
}

bool when_b_opposite_of_a(const Match *match) {
    return is_opposite(A, B);
}

bool when_c_opposite_of_a(const Match *match) {
    return is_opposite(A, C);
}

/* The mask is of another value than b, and of one that is not cut off itself. */
bool when_b_masked_by_other(const Match *match) {
    const Node *a = node_bare(A), *b = node_bare(B);
    if (a == b || is_map(a, OP_WHERE))
        return false;
    return !is_map(b, OP_WHERE) || b->inputs[0]->inputs[0] != a;
}

bool when_b_onehot(const Match *match) {
    const Node *sum = match->sum;
    return is_onehot(B) && !sum->over_batch && sum->shape.rank == 0;
}

/* Made of constants and of what the emitted function knows, as 1 - 0.9^t is. */
static bool is_known_number(const Node *node, int depth) {
    if (node->shape.rank > 0 || node->batched || depth > LOOK || node->kind > KIND_MAP)
        return false;
    if (node->kind == KIND_GIVEN)
        return !given_has_variable(node->given) && node->given != GIVEN_SUM;
    if (node->input_count == 0)
        return node_is_number(node);
    for (int i = 0; i < node->input_count; i++)
        if (!is_known_number(node->inputs[i], depth + 1))
            return false;
    return true;
}

static const Node *node_undetached(const Node *node) {
    while (is_map(node, OP_DETACH) || node->kind == KIND_VIEW)
        node = node->inputs[0];
    return node;
}

/* A sum of exp(x - the largest x), which lies between 1 and how many there are. */
static bool is_sum_of_shifted(const Node *node) {
    node = node_undetached(node);
    if (node->kind != KIND_REDUCE || node->op != OP_SUM || !is_map(node->inputs[0], OP_EXP))
        return false;
    const Node *shifted = node->inputs[0]->inputs[0];
    if (!is_map(shifted, OP_SUB))
        return false;
    const Node *largest = node_undetached(shifted->inputs[1]);
    return largest->kind == KIND_REDUCE && largest->op == OP_MAX &&
           largest->inputs[0] == shifted->inputs[0] && largest->axes == node->axes;
}

/* Made with infinite numbers, as logits are that rule a class out. */
static bool is_masked(const Node *node, int depth) {
    if (node->kind == KIND_CONST)
        return !constant_is(node, is_not_infinite);
    bool is_made = depth < LOOK && (node->kind == KIND_MAP || node->kind == KIND_VIEW);
    for (int i = 0; is_made && i < node->input_count; i++)
        if (is_masked(node->inputs[i], depth + 1))
            return true;
    return false;
}

/* The logarithm of a probability, made of logits that are finite. */
static bool is_log_of_logits(const Node *node, int depth) {
    if (depth > LOOK)
        return false;
    if (node->kind == KIND_CONST)
        return constant_is_finite(node);
    if (is_map(node, OP_SUB)) {
        const Node *log = node_undetached(node->inputs[1]);
        return is_map(log, OP_LOG) && is_sum_of_shifted(log->inputs[0]) && !is_masked(node, 0);
    }
    if (node->kind != KIND_VIEW && !is_map(node, OP_NEG))
        return is_map(node, OP_LOG1P_EXP) && !is_masked(node, 0);
    for (int i = 0; i < node->input_count; i++)
        if (!is_log_of_logits(node->inputs[i], depth + 1))
            return false;
    return true;
}

bool when_b_log_of_logits(const Match *match) {
    return is_log_of_logits(B, 0);
}

/* A divisor of several numbers, of which it is known that its reciprocal is a normal number. */
bool when_b_steady(const Match *match) {
    bool is_for_many = shape_count(B->shape) < shape_count(A->shape) || (A->batched && !B->batched);
    return is_for_many && (is_known_number(B, 0) || is_sum_of_shifted(B));
}

/* c is a sum of a, perhaps in the shape that broadcasts against it. */
bool when_c_sums_a(const Match *match) {
    const Node *sum = C;
    while (sum->kind == KIND_VIEW && sum->op == OP_RESHAPE)
        sum = sum->inputs[0];
    return sum->kind == KIND_REDUCE && sum->op == OP_SUM && sum->inputs[0] == A;
}

bool when_a_and_b_cheap(const Match *match) {
    Shape both;
    bool is_safe = is_tame(A, 0) || is_tame(B, 0);
    return is_safe && shape_broadcast(A->shape, B->shape, &both) &&
           shape_count(both) < shape_count(C->shape);
}

bool when_b_floats(const Match *match) {
    int64_t count = shape_count(B->shape);
    return count < shape_count(A->shape) && count < shape_count(C->shape) && is_tame(B, 0);
}

/* A maximum has not been taken from a yet. */
bool when_a_not_shifted(const Match *match) {
    if (match->sum->over_batch)
        return false;
    const Node *shift = is_map(A, OP_SUB) ? A->inputs[1] : A;
    while (is_map(shift, OP_DETACH) || (shift->kind == KIND_VIEW && shift->op == OP_RESHAPE))
        shift = shift->inputs[0];
    return shift == A || shift->kind != KIND_REDUCE || shift->op != OP_MAX;
}

bool when_a_invariant(const Match *match) {
    const Node *sum = match->sum;
    bool is_expanded = A->kind == KIND_VIEW && A->op == OP_EXPAND;
    return is_expanded && !sum->over_batch && is_invariant(node_bare(A), sum);
}

bool when_b_invariant(const Match *match) {
    return is_invariant(B, match->sum);
}

static bool is_zero(const Node *node) {
    return node_is_number(node) && node->value == 0;
}

bool when_a_zero(const Match *match) {
    return is_zero(node_bare(A));
}

static bool is_share(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_SHARE;
}

/* A sum over the examples and no axes, of what each has a part of. */
bool when_a_share(const Match *match) {
    return is_share(A) && match->sum->over_batch && match->sum->axes == 0;
}

bool when_a_share_c_steady(const Match *match) {
    return when_a_share(match) && !C->batched;
}

// Signs

enum { MAY_BE_NEGATIVE = 1, MAY_BE_POSITIVE = 2, ANY_SIGN = 3 };

static unsigned opposite_signs(unsigned signs) {
    return signs >> 1 | (signs & 1) << 1;
}

static unsigned product_signs(unsigned a, unsigned b) {
    unsigned opposite = opposite_signs(b);
    return (a & opposite ? MAY_BE_NEGATIVE : 0u) | (a & b ? MAY_BE_POSITIVE : 0u);
}

/* log of the sum of e^a along some axes, in the shape that broadcasts along them. */
static bool is_log_sum(const Node *log, const Node *a) {
    const Node *sum = is_map(log, OP_LOG) ? log->inputs[0] : log;
    while (sum->kind == KIND_VIEW && sum->op == OP_RESHAPE)
        sum = sum->inputs[0];
    if (sum->kind != KIND_REDUCE || sum->op != OP_SUM || !is_map(sum->inputs[0], OP_EXP) ||
        sum->inputs[0]->inputs[0] != a || sum->over_batch)
        return false;
    Shape kept = a->shape;
    for (int i = 0; i < kept.rank; i++)
        kept.size[i] = sum->axes >> i & 1 ? 1 : kept.size[i];
    return shape_equal(log->shape, kept) || shape_count(log->shape) == 1;
}

static unsigned signs_of(const Node *node, int depth);

/* The signs of a branch that is taken where `a` has these. */
static unsigned branch_signs(const Node *branch, const Node *a, unsigned signs, int depth) {
    if (branch == a)
        return signs;
    if (a && is_opposite(branch, a))
        return opposite_signs(signs);
    return signs_of(branch, depth);
}

/* Of relu and the like, whose branches are chosen by the sign of what they hold. */
static unsigned choice_signs(const Node *node, int depth) {
    const Node *condition = node->inputs[0], *a = NULL;
    unsigned signs = 0;
    if (is_map(condition, OP_LESS_EQUAL) || is_map(condition, OP_LESS)) {
        bool is_low = is_zero(condition->inputs[1]), is_high = is_zero(condition->inputs[0]);
        a = is_low ? condition->inputs[0] : is_high ? condition->inputs[1] : NULL;
        signs = is_low ? MAY_BE_NEGATIVE : MAY_BE_POSITIVE;
    }
    return branch_signs(node->inputs[1], a, signs, depth) |
           branch_signs(node->inputs[2], a, opposite_signs(signs), depth);
}

static unsigned map_signs(const Node *node, int depth) {
    Node *const *inputs = node->inputs;
    unsigned a = signs_of(inputs[0], depth);
    unsigned b = node->input_count > 1 ? signs_of(inputs[1], depth) : 0;
    switch (node->op) {
    case OP_ADD:
        return a | b;
    case OP_SUB:
        return is_log_sum(inputs[1], inputs[0]) ? MAY_BE_NEGATIVE : a | opposite_signs(b);
    case OP_MUL:
    case OP_DIV:
        return inputs[0] == inputs[1] ? MAY_BE_POSITIVE : product_signs(a, b);
    case OP_MAXIMUM:
        return (a & b & MAY_BE_NEGATIVE) | ((a | b) & MAY_BE_POSITIVE);
    case OP_MINIMUM:
        return ((a | b) & MAY_BE_NEGATIVE) | (a & b & MAY_BE_POSITIVE);
    case OP_NEG:
        return opposite_signs(a);
    case OP_WHERE:
        return choice_signs(node, depth);
    case OP_EXP:
    case OP_SQRT:
    case OP_ABS:
    case OP_LOGISTIC:
    case OP_LOG1P_EXP:
        return MAY_BE_POSITIVE;
    case OP_HYPERBOLIC:
    case OP_ATAN:
    case OP_ERF:
    case OP_FLOOR:
    case OP_DETACH:
        return a;
    default:
        return op_compares(node->op) ? MAY_BE_POSITIVE : ANY_SIGN;
    }
}

static unsigned number_signs(double value) {
    return (value < 0 ? MAY_BE_NEGATIVE : 0u) | (value > 0 ? MAY_BE_POSITIVE : 0u);
}

/* The signs that a value may have, as far as its text tells, besides being 0. */
static unsigned signs_of(const Node *node, int depth) {
    unsigned signs = 0;
    if (depth > LOOK)
        return ANY_SIGN;
    switch (node->kind) {
    case KIND_CONST:
        for (int64_t i = 0; node->numbers && i < shape_count(node->shape); i++)
            signs |= number_signs(node->numbers[i]);
        return node->numbers ? signs : number_signs(node->value);
    case KIND_RANDOM:
        return node->op == OP_UNIFORM ? MAY_BE_POSITIVE : ANY_SIGN;
    case KIND_INPUT:
        return is_onehot(node) ? MAY_BE_POSITIVE : ANY_SIGN;
    case KIND_MAP:
        return map_signs(node, depth + 1);
    case KIND_CONTRACT:
        return product_signs(signs_of(node->inputs[0], depth + 1),
                             signs_of(node->inputs[1], depth + 1));
    case KIND_WINDOW:
        return node->op == OP_WINDOW_FIRST ? MAY_BE_POSITIVE : signs_of(node->inputs[0], depth + 1);
    case KIND_REDUCE:
    case KIND_VIEW:
        for (int i = 0; i < node->input_count; i++)
            signs |= signs_of(node->inputs[i], depth + 1);
        return signs;
    default:
        return ANY_SIGN;
    }
}

bool when_a_never_positive(const Match *match) {
    return !(signs_of(A, 0) & MAY_BE_POSITIVE);
}

bool when_a_never_negative(const Match *match) {
    return !(signs_of(A, 0) & MAY_BE_NEGATIVE);
}
