/* Whether a plan fits its kernel. In: equations, a plan. Out: NULL, or why not, in one sentence. */

#include "schedule/schedule.h"

#include <inttypes.h>

/* Of one nest; choose_plan keeps far below. */
enum { MOST_COPIES = 1 << 14 };

/* The nodes around, from inside out. */
typedef struct Around {
    const PlanNode *node;
    const struct Around *outer;
} Around;

typedef struct {
    const Equations *equations;
    int64_t *block;  /* by axis: elements of the block that the loops so far leave */
    int64_t *tail;   /* and of their last one, where it is shorter; else as block */
    int64_t *grain;  /* by axis: digits below this step are gone through already */
    bool *is_uneven; /* by axis: what is left has not as many elements for each value of these */
    int64_t *parts;  /* by axis: loops so far whose rounds have accumulators of their own */
    bool *makes;     /* by buffer: some equation does */
    bool *is_made;   /* likewise: so far */
    unsigned *late; /* likewise: axes whose last blocks alone make it, as a sum in blocks is made */
    int64_t **late_block;     /* likewise, by axis: how large these are */
    unsigned *waiting;        /* likewise: of a sum that waits there, the axes of its blocks */
    int *waits;               /* likewise: where its sum waits, plus 1; 0: nowhere */
    const PlanNode **within;  /* likewise: in which its sum is not finished, or NULL */
    bool *is_over;            /* likewise: another value has been written over it */
    const PlanNode **read_in; /* likewise: the outermost node in which it was read last, .. */
    const Reference **read;   /* .. and the element, NULL: more than one */
    const Around *around;
    int made_count;
    int *made;      /* buffers, in the order of the plan */
    bool *has_nest; /* by equation */
    double copies;  /* of what is below, by the loops so far that are written out */
    const PlanNode *node;
    const char *problem;
    const PlanNode *unfit; /* where that is */
} Checker;

__attribute__((format(printf, 2, 3))) static void complain(Checker *checker, const char *format,
                                                           ...) {
    if (checker->problem)
        return;
    Text *text = text_new(checker->equations->symbols->compiler);
    va_list arguments;
    va_start(arguments, format);
    text_add_v(text, format, arguments);
    va_end(arguments);
    checker->problem = text->bytes;
    checker->unfit = checker->node;
}

static const char *value_name(const Checker *checker, const Equation *equation) {
    return checker->equations->symbols->buffers[equation->value].name;
}

static int64_t round_up(int64_t value, int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* A smallest digit before the others, one value after the other. */
static void enter_digit(Checker *checker, const PlanLoop *loop) {
    const char *name = checker->equations->axes[loop->axis].name;
    int64_t *block = &checker->block[loop->axis], *tail = &checker->tail[loop->axis];
    int64_t grain = loop->step * loop->count;
    if (loop->kind != PLAN_EACH)
        complain(checker,
                 "%s:%" PRId64 " is before larger digits, and not for `each` of its values", name,
                 loop->count);
    if (loop->step != checker->grain[loop->axis])
        complain(checker, "%s/%" PRId64 ":%" PRId64 " is not the smallest digit of %s", name,
                 loop->step, loop->count, name);
    if (loop->count < 2 || grain > *block)
        complain(checker, "%s:%" PRId64 " in a block of %" PRId64 " is no digit", name, loop->count,
                 *block);
    if (loop->left != 0 || checker->is_uneven[loop->axis])
        complain(checker, "%s:%" PRId64 " leaves something and goes through a whole block", name,
                 loop->count);
    checker->is_uneven[loop->axis] = *block % grain != 0 || *tail % grain != 0;
    checker->grain[loop->axis] = grain;
    *block = round_up(*block, grain);
    *tail = round_up(*tail, grain);
}

static void check_lanes(Checker *checker, const PlanLoop *loop) {
    const char *name = checker->equations->axes[loop->axis].name;
    int64_t block = checker->block[loop->axis], tail = checker->tail[loop->axis];
    if (loop->step != 1)
        complain(checker, "lanes run through single elements, not %s/%" PRId64, name, loop->step);
    const Options *options = &checker->equations->symbols->compiler->options;
    int most = target_lanes(options);
    if (block > most)
        complain(checker, "%s runs in %" PRId64 " lanes, and the target has %d", name, block, most);
    bool fills_lanes =
        tail == block && (block & (block - 1)) == 0 && block >= narrowest_lanes(options);
    if (!fills_lanes && loop->rest == REST_NONE)
        complain(checker,
                 "a block of %" PRId64 " does not fill the lanes of %s, and the plan does not "
                 "say how it runs",
                 tail, name);
}

/* A loop that is turned stands around the loop in lanes, of which there are as many as it has rounds. */
static void check_turn(Checker *checker, const PlanNode *node, int number) {
    const PlanLoop *loop = &node->loops[number];
    const char *name = checker->equations->axes[loop->axis].name;
    bool has_lanes = number + 2 == node->loop_count && node->loops[number + 1].kind == PLAN_LANES;
    if (node->kind != NODE_MAKE || !has_lanes || loop->step != 1) {
        complain(checker, "%s is turned, and there is no loop in lanes alone inside, or a sum",
                 name);
        return;
    }
    const PlanLoop *lanes = &node->loops[number + 1];
    int64_t rows = checker->block[loop->axis], columns = checker->block[lanes->axis];
    int64_t least = narrowest_lanes(&checker->equations->symbols->compiler->options);
    while (least < columns)
        least *= 2;
    bool are_alike = checker->tail[lanes->axis] == columns || lanes->rest == REST_MASK;
    if (columns == 1 || !are_alike)
        complain(checker, "%s is turned into vectors of %s that are not all of several lanes", name,
                 checker->equations->axes[lanes->axis].name);
    if (rows > least)
        complain(checker, "%" PRId64 " rows of %s are turned into vectors of %" PRId64, rows, name,
                 least);
}

/* One loop further inwards. */
static void enter_loop(Checker *checker, const PlanLoop *loop) {
    const char *name = checker->equations->axes[loop->axis].name;
    int64_t block = checker->block[loop->axis], tail = checker->tail[loop->axis];
    if (loop->kind == PLAN_UNROLL || loop->kind == PLAN_EACH)
        checker->copies *=
            (double)(loop->count ? loop->count : round_up(block, loop->step) / loop->step);
    if (loop->count != 0) {
        enter_digit(checker, loop);
        return;
    }
    int64_t grain = checker->grain[loop->axis];
    if (loop->step % grain != 0)
        complain(checker,
                 "elements of %s are %" PRId64 " apart here, and %s/%" PRId64 " goes between them",
                 name, grain, name, loop->step);
    if (checker->is_uneven[loop->axis] && loop->step != grain)
        complain(checker,
                 "elements of %s are %" PRId64 " apart here, and not as many in each block, which "
                 "%s/%" PRId64 " would have to leave over differently",
                 name, grain, name, loop->step);
    if (loop->step >= block && block > 1 && loop->step > tail)
        complain(checker, "%s/%" PRId64 " in a block of %" PRId64 " is no loop", name, loop->step,
                 block);
    bool is_whole = block == checker->equations->axes[loop->axis].extent;
    if (!is_whole && block % loop->step != 0)
        complain(checker, "%s/%" PRId64 " does not divide the block of %" PRId64 " around it", name,
                 loop->step, block);
    if (loop->kind == PLAN_LANES)
        check_lanes(checker, loop);
    int64_t left = tail % loop->step;
    if (left != loop->left)
        complain(checker, "%s/%" PRId64 " leaves %" PRId64 " and the plan says %" PRId64, name,
                 loop->step, left, loop->left);
    if (loop->is_split && loop->kind != PLAN_FOR)
        complain(checker, "%s is split and is no plain loop", name);
    if (loop->rest != REST_NONE && loop->kind != PLAN_LANES)
        complain(checker, "what is left of %s is said of a loop that is not in lanes", name);
    checker->parts[loop->axis] += loop->has_parts || loop->kind == PLAN_LANES;
    checker->block[loop->axis] = loop->step;
    checker->tail[loop->axis] = left ? left : loop->step;
}

/* The child of the root that holds all loops around, or is the nest itself. */
static const PlanNode *outermost(const Checker *checker) {
    const PlanNode *node = checker->node;
    for (const Around *around = checker->around; around; around = around->outer)
        node = around->outer ? around->node : node;
    return node;
}

static bool is_element(const Reference *reference, const Affine *index, int count) {
    bool result = reference->index_count == count;
    for (int i = 0; i < count && result; i++)
        result = affine_equal(reference->index[i], index[i]);
    return result;
}

static void note_read(Checker *checker, const Reference *reference) {
    int buffer = reference->buffer;
    const PlanNode *node = outermost(checker);
    const Reference *before = checker->read[buffer];
    bool is_again = checker->read_in[buffer] == node;
    bool is_same =
        !is_again || (before && is_element(before, reference->index, reference->index_count));
    checker->read_in[buffer] = node;
    checker->read[buffer] = is_same ? reference : NULL;
}

/* In loops, what is written over is read element by element, each before. */
static void check_over(Checker *checker, const Equation *equation) {
    int buffer = equation->over - 1;
    if (buffer < 0)
        return;
    const Reference *read = checker->read[buffer];
    bool is_inside = checker->read_in[buffer] == outermost(checker);
    if (is_inside && !(read && is_element(read, equation->index, equation->index_count)))
        complain(checker, "%s is written over %s in loops in which other elements of that are read",
                 value_name(checker, equation), checker->equations->symbols->buffers[buffer].name);
    checker->is_over[buffer] = true;
}

/* Adds to `late` the axes in whose last blocks alone the values are there. */
static void check_reads(Checker *checker, const Expr *expr, unsigned *late) {
    const Buffer *buffers = checker->equations->symbols->buffers;
    if (expr->kind == EXPR_READ) {
        int buffer = expr->reference->buffer;
        if (checker->makes[buffer] && !checker->is_made[buffer])
            complain(checker, "%s is read before it is made", buffers[buffer].name);
        if (checker->is_over[buffer])
            complain(checker, "%s is read where another value has been written over it",
                     buffers[buffer].name);
        note_read(checker, expr->reference);
        if (checker->within[buffer])
            complain(checker, "%s is read where its sum is not finished", buffers[buffer].name);
        *late |= checker->late[buffer];
    }
    for (int i = 0; i < expr->argument_count; i++)
        check_reads(checker, expr->arguments[i], late);
}

static bool reduces(const PlanNode *node, const Equation *equation) {
    for (int i = 0; i < node->loop_count; i++)
        if (equation->reduced >> node->loops[i].axis & 1)
            return true;
    return false;
}

/* Accumulators have an axis for each kept one and for each loop with parts. */
static void check_accumulators(Checker *checker, const Equation *equation) {
    int64_t rank = 0;
    for (int axis = 0; axis < checker->equations->axis_count; axis++) {
        rank += equation->kept >> axis & 1;
        rank += equation->reduced >> axis & 1 ? checker->parts[axis] : 0;
    }
    if (rank > MAX_RANK + 1)
        complain(checker, "%s needs accumulators of %" PRId64 " axes, and these have at most %d",
                 value_name(checker, equation), rank, MAX_RANK + 1);
}

static bool divides_by_axis(AffineTest test, int axis) {
    return test.divisor != 0 && affine_has(test.value, axis);
}

/* Whether it asks whether an index by this axis lies between the rounds of a stride. */
static bool asks_between(const Expr *expr, int axis) {
    if (!expr)
        return false;
    bool result = expr->kind == EXPR_TEST && divides_by_axis(expr_asked(expr), axis);
    for (int i = 0; !result && i < expr->argument_count; i++)
        result = asks_between(expr->arguments[i], axis);
    return result;
}

/* A stride's remainders are of kept axes; lanes side by side do not lie between its rounds. */
static void check_strides(Checker *checker, const PlanNode *node, const Equation *equation) {
    for (int i = 0; i < node->loop_count; i++) {
        const PlanLoop *loop = &node->loops[i];
        const char *name = checker->equations->axes[loop->axis].name;
        if (loop->count != 0 && equation->reduced >> loop->axis & 1)
            complain(checker, "%s is summed over, whose digits run in their order", name);
        bool is_between = asks_between(equation->inside, loop->axis) ||
                          asks_between(equation->around, loop->axis);
        for (int k = 0; k < equation->test_count; k++)
            is_between |= divides_by_axis(equation->tests[k], loop->axis);
        if (loop->kind == PLAN_LANES && is_between)
            complain(checker, "%s runs in lanes, and %s has not a term for each", name,
                     value_name(checker, equation));
    }
}

static void check_sum(Checker *checker, const PlanNode *node, const Equation *equation) {
    Expr *rest;
    const Buffer *buffers = checker->equations->symbols->buffers;
    if (node->starts >= 0 && equation->reduce != REDUCE_SUM)
        complain(checker, "%s is a maximum, which begins with its first term",
                 value_name(checker, equation));
    if (node->waits >= 0 && equation->reduce == REDUCE_FIRST_MAX)
        complain(checker, "%s would wait in two values", value_name(checker, equation));
    if (node->starts >= 0 && !plan_start(checker->equations, equation, node->starts, &rest))
        complain(checker, "%s cannot begin with %s, which it does not add",
                 value_name(checker, equation), buffers[node->starts].name);
    for (int i = 0; i < node->loop_count; i++) {
        const PlanLoop *loop = &node->loops[i];
        bool is_reduced = equation->reduced >> loop->axis & 1;
        if (!is_reduced || !(loop->has_parts || loop->kind == PLAN_LANES))
            continue;
        if (node->starts >= 0)
            complain(checker, "%s begins with %s and has parts", value_name(checker, equation),
                     buffers[node->starts].name);
        if (node->waits >= 0)
            complain(checker, "%s waits and has parts", value_name(checker, equation));
    }
    check_accumulators(checker, equation);
    if (!reduces(node, equation))
        complain(checker, "%s has no reducing loop in its nest", value_name(checker, equation));
}

/* Axes that loops around have begun to run through, as a set. */
static unsigned axes_begun(const Checker *checker) {
    unsigned set = 0;
    for (int axis = 0; axis < checker->equations->axis_count; axis++)
        if (checker->block[axis] != checker->equations->axes[axis].extent ||
            checker->grain[axis] != 1)
            set |= 1u << axis;
    return set;
}

static void check_axes(Checker *checker, const Equation *equation, unsigned late) {
    const Axis *axes = checker->equations->axes;
    unsigned used = equation->kept | equation->reduced, begun = axes_begun(checker);
    for (int axis = 0; axis < checker->equations->axis_count; axis++) {
        if (used >> axis & 1 && checker->block[axis] != checker->grain[axis])
            complain(checker, "no loop of %s runs through %s", value_name(checker, equation),
                     axes[axis].name);
        if (begun & ~used & ~late & 1u << axis)
            complain(checker, "a loop of %s runs through %s, which it has not",
                     value_name(checker, equation), axes[axis].name);
    }
}

/* The outermost node with a loop over what the sum reduces, NULL: it is finished in its nest. */
static const PlanNode *node_of_sum(const Checker *checker, const Equation *equation) {
    const PlanNode *outermost = NULL;
    for (const Around *around = checker->around; around; around = around->outer)
        if (reduces(around->node, equation))
            outermost = around->node;
    return outermost;
}

/* Unfinished sums wait where their value, or what is made of it when they are finished, will be.
   begun: axes that loops around run through. */
static void check_waits(Checker *checker, const PlanNode *node, const Equation *equation,
                        unsigned begun) {
    const Equations *equations = checker->equations;
    const char *name = value_name(checker, equation),
               *where = equations->symbols->buffers[node->waits].name;
    if (!(begun & equation->reduced))
        complain(checker, "%s waits and is not in blocks", name);
    const Equation *maker = NULL;
    for (int i = 0; i < equations->equation_count; i++)
        if (equations->equations[i].value == node->waits)
            maker = &equations->equations[i];
    if (equations->symbols->buffers[node->waits].is_local)
        complain(checker, "%s cannot wait in %s, which stays inside the kernel", name, where);
    if (maker && maker->over > 0)
        complain(checker, "%s cannot wait in %s, which lies over %s", name, where,
                 equations->symbols->buffers[maker->over - 1].name);
    bool is_like = maker && maker->index_count == equation->index_count &&
                   equations->symbols->buffers[node->waits].type ==
                       equations->symbols->buffers[equation->value].type;
    for (int i = 0; is_like && i < equation->index_count; i++)
        is_like = affine_equal(maker->index[i], equation->index[i]);
    if (!is_like)
        complain(checker,
                 "%s cannot wait in %s, which the kernel does not make of the same elements", name,
                 where);
    if (checker->is_made[node->waits] || checker->waiting[node->waits])
        complain(checker, "%s cannot wait in %s, which is in use", name, where);
    checker->waiting[node->waits] = begun & equation->reduced;
    checker->waits[equation->value] = node->waits + 1;
}

static void made(Checker *checker, const PlanNode *node, const Equation *equation, int buffer,
                 unsigned late) {
    Compiler *compiler = checker->equations->symbols->compiler;
    int count = checker->equations->axis_count;
    unsigned waiting = node->waits == buffer ? 0 : checker->waiting[buffer];
    if (waiting & ~late)
        complain(checker, "%s is made while unfinished sums wait in it",
                 value_name(checker, equation));
    checker->is_made[buffer] = true;
    PUSH(compiler, checker->made, checker->made_count, buffer);
    checker->late[buffer] = late;
    checker->late_block[buffer] = array_copy(compiler, checker->block, count, sizeof(int64_t));
    if (node->kind == NODE_SUM && node->waits < 0)
        checker->within[buffer] = node_of_sum(checker, equation);
}

static void check_nest(Checker *checker, const PlanNode *node) {
    const Equations *equations = checker->equations;
    const Equation *equation = &equations->equations[node->equation];
    if (checker->has_nest[node->equation])
        complain(checker, "%s is made twice", value_name(checker, equation));
    checker->has_nest[node->equation] = true;
    if ((node->kind == NODE_SUM) != (equation->reduce != REDUCE_NONE))
        complain(checker, "%s is %s", value_name(checker, equation),
                 equation->reduce ? "a sum" : "no sum");
    unsigned late = 0, begun = axes_begun(checker);
    if (equation->inside)
        check_reads(checker, equation->inside, &late);
    check_reads(checker, equation->around, &late);
    for (int axis = 0; axis < equations->axis_count; axis++)
        if (late & begun & (equation->kept | equation->reduced) & 1u << axis)
            complain(checker,
                     "%s is made in all blocks of %s, of a sum that is finished in the last one",
                     value_name(checker, equation), equations->axes[axis].name);
    if (node->waits >= 0 && node->kind == NODE_SUM)
        check_waits(checker, node, equation, begun);
    unsigned late_here = node->waits >= 0 ? late | (begun & equation->reduced) : late;
    made(checker, node, equation, equation->value, late_here);
    check_over(checker, equation);
    if (equation->reduce == REDUCE_FIRST_MAX)
        made(checker, node, equation, equation->winner, late_here);
    for (int i = 0; i < node->loop_count; i++) {
        if (node->loops[i].kind == PLAN_TURN)
            check_turn(checker, node, i);
        enter_loop(checker, &node->loops[i]);
    }
    check_axes(checker, equation, late);
    check_strides(checker, node, equation);
    if (checker->copies > MOST_COPIES)
        complain(checker, "%s would be written out %.0f times, at most %d are possible",
                 value_name(checker, equation), checker->copies, MOST_COPIES);
    if (node->kind == NODE_SUM)
        check_sum(checker, node, equation);
    else if (node->starts >= 0 || node->waits >= 0)
        complain(checker, "%s is no sum, and neither starts nor waits",
                 value_name(checker, equation));
}

/* Behind a node sums are finished that were not in it, and blocks have gone by. first: of what was
   made in it. */
static void leave(Checker *checker, const PlanNode *node, int first) {
    for (int i = first; i < checker->made_count; i++) {
        int buffer = checker->made[i];
        if (checker->within[buffer] == node)
            checker->within[buffer] = NULL;
        for (int axis = 0; axis < checker->equations->axis_count; axis++)
            if (checker->late[buffer] >> axis & 1 &&
                checker->block[axis] != checker->late_block[buffer][axis])
                checker->late[buffer] &= ~(1u << axis);
        if (checker->waits[buffer] > 0 && checker->late[buffer] == 0)
            checker->waiting[checker->waits[buffer] - 1] = 0;
    }
}

static void check_node(Checker *checker, const PlanNode *node) {
    int count = checker->equations->axis_count;
    Compiler *compiler = checker->equations->symbols->compiler;
    int64_t *block = checker->block, *tail = checker->tail, *parts = checker->parts;
    int64_t *grain = checker->grain;
    bool *is_uneven = checker->is_uneven;
    double copies = checker->copies;
    const Around *around = checker->around;
    int first = checker->made_count;
    checker->node = node;
    checker->block = array_copy(compiler, block, count, sizeof *block);
    checker->tail = array_copy(compiler, tail, count, sizeof *tail);
    checker->parts = array_copy(compiler, parts, count, sizeof *parts);
    checker->grain = array_copy(compiler, grain, count, sizeof *grain);
    checker->is_uneven = array_copy(compiler, is_uneven, count, sizeof *is_uneven);
    if (node->kind != NODE_FOR)
        check_nest(checker, node);
    else {
        for (int i = 0; i < node->loop_count; i++)
            enter_loop(checker, &node->loops[i]);
        checker->around = &(Around){node, around};
        for (int i = 0; i < node->child_count && !checker->problem; i++)
            check_node(checker, node->children[i]);
        checker->around = around;
    }
    checker->block = block;
    checker->tail = tail;
    checker->parts = parts;
    checker->grain = grain;
    checker->is_uneven = is_uneven;
    checker->copies = copies;
    if (node->kind == NODE_FOR)
        leave(checker, node, first);
}

const char *plan_check(const Equations *equations, const Plan *plan, const PlanNode **unfit) {
    Compiler *compiler = equations->symbols->compiler;
    Checker checker = {
        .equations = equations,
        .block = NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
        .tail = NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
        .parts = NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
        .grain = NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
        .is_uneven = NEW_ARRAY(compiler, bool, equations->axis_count + 1),
        .makes = NEW_ARRAY(compiler, bool, equations->symbols->buffer_count + 1),
        .is_made = NEW_ARRAY(compiler, bool, equations->symbols->buffer_count + 1),
        .late = NEW_ARRAY(compiler, unsigned, equations->symbols->buffer_count + 1),
        .late_block = NEW_ARRAY(compiler, int64_t *, equations->symbols->buffer_count + 1),
        .waiting = NEW_ARRAY(compiler, unsigned, equations->symbols->buffer_count + 1),
        .waits = NEW_ARRAY(compiler, int, equations->symbols->buffer_count + 1),
        .is_over = NEW_ARRAY(compiler, bool, equations->symbols->buffer_count + 1),
        .read_in = NEW_ARRAY(compiler, const PlanNode *, equations->symbols->buffer_count + 1),
        .read = NEW_ARRAY(compiler, const Reference *, equations->symbols->buffer_count + 1),
        .within = NEW_ARRAY(compiler, const PlanNode *, equations->symbols->buffer_count + 1),
        .copies = 1,
        .has_nest = NEW_ARRAY(compiler, bool, equations->equation_count + 1),
    };
    for (int i = 0; i < equations->axis_count; i++) {
        checker.block[i] = checker.tail[i] = equations->axes[i].extent;
        checker.grain[i] = 1;
    }
    for (int i = 0; i < equations->equation_count; i++) {
        const Equation *equation = &equations->equations[i];
        checker.makes[equation->value] = true;
        if (equation->reduce == REDUCE_FIRST_MAX)
            checker.makes[equation->winner] = true;
    }
    check_node(&checker, plan->root);
    checker.node = plan->root;
    for (int i = 0; i < equations->equation_count; i++)
        if (!checker.has_nest[i])
            complain(&checker, "%s has no nest", value_name(&checker, &equations->equations[i]));
    if (unfit)
        *unfit = checker.unfit;
    return checker.problem;
}

static bool is_result(const Expr *expr, const Equation *equation) {
    return expr->kind == EXPR_REGISTER && expr->reg == equation->result;
}

static bool reads(const Expr *expr, int buffer) {
    return expr->kind == EXPR_READ && expr->reference->buffer == buffer;
}

/* `expr` with the register alone where it says register + start; NULL where it does not. */
static Expr *without_start(const Equations *equations, const Equation *equation, Expr *expr,
                           int buffer, Expr **start) {
    if (expr->kind == EXPR_APPLY && expr->op == OP_ADD)
        for (int i = 0; i < 2; i++)
            if (is_result(expr->arguments[i], equation) && reads(expr->arguments[1 - i], buffer)) {
                *start = expr->arguments[1 - i];
                return expr->arguments[i];
            }
    Expr *arguments[3];
    for (int i = 0; i < expr->argument_count; i++) {
        Expr *made = without_start(equations, equation, expr->arguments[i], buffer, start);
        if (!made)
            continue;
        for (int k = 0; k < expr->argument_count; k++)
            arguments[k] = k == i ? made : expr->arguments[k];
        return expr_with(equations->symbols, expr, arguments);
    }
    return NULL;
}

Expr *plan_start(const Equations *equations, const Equation *equation, int buffer, Expr **rest) {
    Expr *start = NULL;
    *rest = without_start(equations, equation, equation->around, buffer, &start);
    return *rest ? start : NULL;
}
