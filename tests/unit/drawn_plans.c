/* Drawing plans. In: equations, a seed. Out: a plan that fits: trees are drawn until plan_check passes
   one. */

#include "drawn_plans.h"

#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    MOST_AXES = 32,
    MOST_DEPTH = 2,    /* of loops around several nests */
    MOST_ROUNDS = 6,   /* of a loop that is often written out; a longer one is seldom */
    MOST_COPIES = 300, /* of a nest */
    MOST_DRAWS = 2000,
};

Compiler *plans_compiler(void) {
    Compiler *compiler = test_compiler();
    compiler->options.target = TARGET_X86_64_V4;
    return compiler;
}

int drawn_number(uint64_t *state, int count) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)count);
}

/* What is left of each axis inside the loops so far, and of its last block. */
typedef struct {
    int64_t block[MOST_AXES], tail[MOST_AXES];
    double copies; /* by loops that are written out */
} Left;

typedef struct {
    const Equations *equations;
    Compiler *compiler;
    uint64_t *state;
    bool has_lanes;
    double copies; /* the most of any nest */
} Drawer;

static bool is_in(unsigned set, int axis) {
    return set >> axis & 1;
}

/* One of `count`. */
static bool one_in(const Drawer *drawer, int count) {
    return drawn_number(drawer->state, count) == 0;
}

static unsigned axes_of(const Equation *equation) {
    return equation->kept | equation->reduced;
}

// Loops

/* A loop over an axis by steps that leave a block, or by single elements. */
static PlanLoop draw_loop(const Drawer *drawer, const Left *left, int axis, bool is_cut) {
    int64_t block = left->block[axis];
    PlanLoop loop = {.axis = axis, .step = 1};
    if (is_cut && block > 2)
        loop.step = 1 + drawn_number(drawer->state, (int)block - 1);
    if (block != drawer->equations->axes[axis].extent)
        while (block % loop.step != 0)
            loop.step--;
    loop.left = left->tail[axis] % loop.step;
    return loop;
}

static bool is_whole(const Drawer *drawer, const Left *left, int axis) {
    int64_t extent = drawer->equations->axes[axis].extent;
    return left->block[axis] == extent && extent > 4;
}

static void enter(Left *left, const PlanLoop *loop) {
    int64_t *block = &left->block[loop->axis], *tail = &left->tail[loop->axis];
    if (loop->kind == PLAN_UNROLL || loop->kind == PLAN_EACH)
        left->copies *=
            loop->count ? (double)loop->count : (double)((*block + loop->step - 1) / loop->step);
    if (loop->count)
        return;
    *block = loop->step;
    *tail = loop->left ? loop->left : loop->step;
}

/* The loops of one axis in a nest, outermost first: the digits of what is left, one to three of
   them; or, of a kept axis, the smallest one first. */
static int draw_digits(const Drawer *drawer, const Equation *equation, Left left, int axis,
                       PlanLoop loops[3]) {
    if (is_in(equation->kept, axis) && is_whole(drawer, &left, axis) && one_in(drawer, 6)) {
        int stride = 2 + drawn_number(drawer->state, 2);
        loops[0] = (PlanLoop){.axis = axis, .step = 1, .count = stride, .kind = PLAN_EACH};
        loops[1] = (PlanLoop){.axis = axis, .step = stride};
        return 2;
    }
    int count = 0;
    while (left.block[axis] > 1 && count < 2 && !one_in(drawer, 3)) {
        PlanLoop loop = draw_loop(drawer, &left, axis, true);
        if (loop.step == 1)
            break;
        loops[count++] = loop;
        enter(&left, &loop);
    }
    if (left.block[axis] > 1)
        loops[count++] = draw_loop(drawer, &left, axis, false);
    return count;
}

/* How a loop of a nest runs. */
static void draw_kind(const Drawer *drawer, const Equation *equation, const Left *left,
                      PlanLoop *loop, bool *has_lanes, bool has_parts) {
    const Options *options = &drawer->compiler->options;
    int64_t block = left->block[loop->axis], rounds = (block + loop->step - 1) / loop->step;
    bool is_reduced = is_in(equation->reduced, loop->axis);
    if (loop->kind == PLAN_EACH)
        return;
    if (*has_lanes && loop->step == 1 && block <= target_lanes(options) && !one_in(drawer, 3)) {
        loop->kind = PLAN_LANES;
        loop->rest = (Rest)drawn_number(drawer->state, 4);
        *has_lanes = false;
        return;
    }
    if (one_in(drawer, rounds <= MOST_ROUNDS ? 2 : 8))
        loop->kind = one_in(drawer, 2) ? PLAN_UNROLL : PLAN_EACH;
    loop->has_parts = is_reduced && has_parts && one_in(drawer, 2);
    loop->is_split = loop->kind == PLAN_FOR && one_in(drawer, 3);
    loop->has_fence = one_in(drawer, 16);
}

// Nests

/* A value that a sum begins with; -1: none. */
static int draw_start(const Drawer *drawer, const Equation *equation) {
    Expr *rest;
    int count = drawer->equations->symbols->buffer_count;
    int first = drawn_number(drawer->state, count);
    for (int i = 0; i < count && !one_in(drawer, 3); i++)
        if (plan_start(drawer->equations, equation, (first + i) % count, &rest))
            return (first + i) % count;
    return -1;
}

/* Where a sum in blocks waits: in its own value, or in one that is made of it. */
static int draw_wait(const Drawer *drawer, int number) {
    const Equations *equations = drawer->equations;
    int later = number + drawn_number(drawer->state, equations->equation_count - number);
    return equations->equations[later].value;
}

static bool is_in_blocks(const Drawer *drawer, const Equation *equation, const Left *left) {
    for (int axis = 0; axis < drawer->equations->axis_count; axis++)
        if (is_in(equation->reduced, axis) &&
            left->block[axis] != drawer->equations->axes[axis].extent)
            return true;
    return false;
}

/* Squares, where the innermost loop is in lanes and no sum. */
static void draw_turn(const Drawer *drawer, PlanNode *node) {
    int count = node->loop_count;
    if (node->kind != NODE_MAKE || count < 2 || node->loops[count - 1].kind != PLAN_LANES ||
        one_in(drawer, 2))
        return;
    PlanLoop *loop = &node->loops[count - 2];
    if (loop->step == 1 && loop->count == 0)
        *loop = (PlanLoop){.axis = loop->axis, .step = 1, .left = loop->left, .kind = PLAN_TURN};
}

static PlanNode *draw_nest(Drawer *drawer, int number, Left left) {
    const Equations *equations = drawer->equations;
    const Equation *equation = &equations->equations[number];
    PlanNode *node = NEW(drawer->compiler, PlanNode);
    *node = (PlanNode){.kind = equation->reduce ? NODE_SUM : NODE_MAKE, .equation = number};
    node->starts = equation->reduce == REDUCE_SUM ? draw_start(drawer, equation) : -1;
    bool is_waiting =
        equation->reduce && is_in_blocks(drawer, equation, &left) && !one_in(drawer, 3);
    node->waits = is_waiting ? draw_wait(drawer, number) : -1;
    PlanLoop loops[MOST_AXES][3];
    int count[MOST_AXES] = {0}, next[MOST_AXES] = {0}, all = 0;
    for (int axis = 0; axis < equations->axis_count; axis++)
        if (is_in(axes_of(equation), axis))
            all += count[axis] = draw_digits(drawer, equation, left, axis, loops[axis]);
    bool has_lanes = drawer->has_lanes;
    bool has_parts = node->starts < 0 && node->waits < 0 && one_in(drawer, 2);
    for (; all > 0; all--) {
        int axis = drawn_number(drawer->state, equations->axis_count);
        while (next[axis] == count[axis])
            axis = (axis + 1) % equations->axis_count;
        PlanLoop loop = loops[axis][next[axis]++];
        draw_kind(drawer, equation, &left, &loop, &has_lanes, has_parts);
        enter(&left, &loop);
        PUSH(drawer->compiler, node->loops, node->loop_count, loop);
    }
    draw_turn(drawer, node);
    if (left.copies > drawer->copies)
        drawer->copies = left.copies;
    return node;
}

// Trees

/* Axes over which loops may go around these nests: those that all have, at times those of the first,
   whose sum then is in blocks. */
static unsigned axes_around(const Drawer *drawer, int first, int last) {
    unsigned set = axes_of(&drawer->equations->equations[first]);
    for (int i = first + 1; i <= last && !one_in(drawer, 6); i++)
        set &= axes_of(&drawer->equations->equations[i]);
    return set;
}

static void draw_loop_around(Drawer *drawer, PlanNode *node, Left *left, int axis) {
    PlanLoop loop = draw_loop(drawer, left, axis, one_in(drawer, 2));
    int64_t rounds = (left->block[axis] + loop.step - 1) / loop.step;
    if (rounds <= MOST_ROUNDS && one_in(drawer, 6))
        loop.kind = one_in(drawer, 2) ? PLAN_UNROLL : PLAN_EACH;
    loop.is_split = loop.kind == PLAN_FOR && one_in(drawer, 3);
    enter(left, &loop);
    PUSH(drawer->compiler, node->loops, node->loop_count, loop);
}

/* The smallest digit, and behind it all others. */
static void draw_remainders_around(Drawer *drawer, PlanNode *node, Left *left, int axis) {
    int stride = 2 + drawn_number(drawer->state, 2);
    PlanLoop digit = {.axis = axis, .step = 1, .count = stride, .kind = PLAN_EACH};
    PlanLoop others = {.axis = axis, .step = stride};
    enter(left, &digit);
    PUSH(drawer->compiler, node->loops, node->loop_count, digit);
    PUSH(drawer->compiler, node->loops, node->loop_count, others);
    left->block[axis] = left->tail[axis] = 1; /* all of it */
}

static void draw_nests(Drawer *drawer, PlanNode *parent, int first, int last, Left left, int depth);

/* Loops around nests; false where no axis can have one. */
static bool draw_around(Drawer *drawer, PlanNode *parent, int first, int last, Left left,
                        int depth) {
    unsigned set = axes_around(drawer, first, last);
    PlanNode *node = NEW(drawer->compiler, PlanNode);
    *node = (PlanNode){.kind = NODE_FOR, .starts = -1, .waits = -1};
    int count = drawer->equations->axis_count, begin = drawn_number(drawer->state, count + 1);
    for (int i = 0; i < count; i++) {
        int axis = (begin + i) % count;
        if (!is_in(set, axis) || left.block[axis] == 1 || one_in(drawer, 2))
            continue;
        if (one_in(drawer, 6) && is_whole(drawer, &left, axis))
            draw_remainders_around(drawer, node, &left, axis);
        else
            draw_loop_around(drawer, node, &left, axis);
    }
    if (node->loop_count == 0)
        return false;
    draw_nests(drawer, node, first, last, left, depth + 1);
    PUSH(drawer->compiler, parent->children, parent->child_count, node);
    return true;
}

static void draw_nests(Drawer *drawer, PlanNode *parent, int first, int last, Left left,
                       int depth) {
    if (depth < MOST_DEPTH && !one_in(drawer, 3) &&
        draw_around(drawer, parent, first, last, left, depth))
        return;
    if (first < last) {
        int cut = first + drawn_number(drawer->state, last - first);
        draw_nests(drawer, parent, first, cut, left, depth);
        draw_nests(drawer, parent, cut + 1, last, left, depth);
        return;
    }
    PlanNode *nest = draw_nest(drawer, first, left);
    PUSH(drawer->compiler, parent->children, parent->child_count, nest);
}

static Plan *draw_plan(Drawer *drawer) {
    Left left = {.copies = 1};
    for (int axis = 0; axis < drawer->equations->axis_count; axis++)
        left.block[axis] = left.tail[axis] = drawer->equations->axes[axis].extent;
    Plan *plan = NEW(drawer->compiler, Plan);
    plan->name = drawer->equations->name;
    plan->root = NEW(drawer->compiler, PlanNode);
    plan->root->starts = plan->root->waits = -1;
    drawer->copies = 1;
    draw_nests(drawer, plan->root, 0, drawer->equations->equation_count - 1, left, 0);
    return plan;
}

char *drawn_plan(const Equations *equations, uint64_t *state, bool has_lanes) {
    Drawer drawer = {.equations = equations,
                     .compiler = equations->symbols->compiler,
                     .state = state,
                     .has_lanes =
                         has_lanes && target_lanes(&equations->symbols->compiler->options) > 1};
    for (int i = 0; i < MOST_DRAWS; i++) {
        Plan *plan = draw_plan(&drawer);
        if (drawer.copies > MOST_COPIES || plan_check(equations, plan, NULL))
            continue;
        Text *out = text_new(drawer.compiler);
        plan_text(out, equations, plan);
        return out->bytes;
    }
    cr_assert_fail("no plan of %s fits", equations->name);
    return NULL;
}
