/* The plan of a kernel that makes one sum of products, such as a convolution, and what follows it:
   which axis is in lanes, the register tile, the loops around it.

   In: its equations, how its buffers lie, the target's numbers. Out: a plan, the one of fewest cycles
   by the cost model among those that are tried: each axis in lanes, or none; tiles of one or two of
   the other axes that are kept. Not its business: sums that wait, several sums.

   Where an index can leave a value, as padding makes it, the axis whose loop is in lanes or innermost
   is cut into borders and a middle without tests, and what its test depends on as well is written
   out, so that masks are numbers. */

#include "schedule/passes.h"

#include <string.h>

enum { MOST_WRITTEN_OUT = 16, MOST_STATEMENTS = 512, MOST_TILE = 16 };

/* The axis of a sum, as a candidate plan has it. */
typedef struct {
    int tile; /* elements, or vectors of the axis in lanes, that a register tile has */
    bool is_written_out;
} AxisPlan;

typedef struct {
    int lane;  /* axis, -1: none */
    int lanes; /* of a vector, 1 without */
    AxisPlan axes[32];
    double cycles;
} Candidate;

typedef struct {
    const Equations *equations;
    const Options *options;
    const int *innermost; /* by buffer: the index that runs along memory, -1: none does */
    int number;           /* of the sum */
    const Equation *sum;
    unsigned tests_with[32]; /* by axis: axes that tests depend on together with it */
    int64_t stride[32]; /* by axis: only some terms are there for each remainder by this; or 1 */
    Candidate best;
} Chooser;

/* Of the sum; or what is made, where there is none. */
static Expr *term_of(const Chooser *chooser) {
    return chooser->sum->reduce ? chooser->sum->inside : chooser->sum->around;
}

static int64_t extent_of(const Chooser *chooser, int axis) {
    return chooser->equations->axes[axis].extent;
}

static bool is_in(unsigned set, int axis) {
    return set >> axis & 1;
}

static int64_t rounds_of(int64_t extent, int64_t step) {
    return (extent + step - 1) / step;
}

// What a reference needs of an axis in lanes

typedef enum { LANE_SHARED, LANE_IN_LINE, LANE_APART } LaneUse;

static LaneUse lane_use(const Chooser *chooser, const Reference *reference, int lane) {
    LaneUse use = LANE_SHARED;
    for (int i = 0; i < reference->index_count; i++)
        for (int k = 0; k < reference->index[i].term_count; k++) {
            const Term *term = &reference->index[i].terms[k];
            if (term->variable != lane)
                continue;
            bool is_local = chooser->equations->symbols->buffers[reference->buffer].is_local;
            bool is_in_line = (is_local || i == chooser->innermost[reference->buffer]) &&
                              term->factor == 1 && reference->index[i].divisor == 1 &&
                              use == LANE_SHARED;
            use = is_in_line ? LANE_IN_LINE : LANE_APART;
        }
    return use;
}

static unsigned axes_of(const Reference *reference) {
    unsigned set = 0;
    for (int i = 0; i < reference->index_count; i++)
        for (int k = 0; k < reference->index[i].term_count; k++)
            set |= 1u << reference->index[i].terms[k].variable;
    return set;
}

// Cycles

/* Elements of an axis that a round of the loops around a tile takes. */
static int64_t advance_of(const Chooser *chooser, const Candidate *candidate, int axis) {
    int64_t tile = candidate->axes[axis].tile * chooser->stride[axis];
    return axis == candidate->lane ? tile * candidate->lanes : tile;
}

/* Loads of one round of the sum: of each read one for each element, or vector, that the tile needs. */
static double loads_of(const Chooser *chooser, const Candidate *candidate, const Expr *expr) {
    double count = 0;
    if (expr->kind == EXPR_READ) {
        unsigned set = axes_of(expr->reference);
        count = 1;
        for (int axis = 0; axis < chooser->equations->axis_count; axis++)
            if (is_in(set & chooser->sum->kept, axis) ||
                (axis == candidate->lane && is_in(set, axis)))
                count *= candidate->axes[axis].tile;
        if (candidate->lane >= 0 &&
            lane_use(chooser, expr->reference, candidate->lane) == LANE_APART)
            count *= candidate->lanes;
    }
    for (int i = 0; i < expr->argument_count; i++)
        count += loads_of(chooser, candidate, expr->arguments[i]);
    return count;
}

static void estimate(const Chooser *chooser, Candidate *candidate) {
    const Machine *machine = machine_of(chooser->options);
    const Equation *sum = chooser->sum;
    double rounds = 1, tiles = 1, size = 1;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++) {
        double count =
            (double)rounds_of(extent_of(chooser, axis), advance_of(chooser, candidate, axis));
        if (is_in(sum->reduced, axis))
            rounds *= count;
        if (is_in(sum->kept, axis)) {
            tiles *= count;
            size *= candidate->axes[axis].tile;
        }
    }
    double products = size / machine->port.multiply_adds * (machine->has_fma ? 1 : 2);
    double loads = loads_of(chooser, candidate, term_of(chooser)) / machine->port.loads;
    double round = products > loads ? products : loads;
    if (round < machine->port.latency)
        round = machine->port.latency;
    bool is_reduced = candidate->lane >= 0 && is_in(sum->reduced, candidate->lane);
    double end = size * (is_reduced ? 2 * candidate->lanes : 2);
    candidate->cycles = tiles * (rounds * round + end);
}

static void consider(Chooser *chooser, Candidate candidate) {
    estimate(chooser, &candidate);
    if (chooser->best.cycles == 0 || candidate.cycles < chooser->best.cycles)
        chooser->best = candidate;
}

// Tiles

/* Accumulators for which there are registers, beside those of an operand. */
static int most_accumulators(const Chooser *chooser) {
    return machine_of(chooser->options)->registers * 3 / 4;
}

/* Axes that may have several elements in a tile: a test would stand in each of them. */
static bool can_be_tiled(const Chooser *chooser, const Candidate *candidate, int axis) {
    return is_in(chooser->sum->kept, axis) && chooser->stride[axis] == 1 &&
           (chooser->tests_with[axis] == 0 || axis == candidate->lane);
}

static int64_t most_of_tile(const Chooser *chooser, const Candidate *candidate, int axis) {
    int64_t extent = extent_of(chooser, axis);
    if (axis == candidate->lane)
        extent = rounds_of(extent, candidate->lanes);
    return extent < MOST_TILE ? extent : MOST_TILE;
}

/* Tiles of one axis, and with a second one behind it. */
static void try_tiles(Chooser *chooser, Candidate candidate, int first, int64_t room) {
    consider(chooser, candidate);
    for (int axis = first; axis < chooser->equations->axis_count; axis++) {
        if (!can_be_tiled(chooser, &candidate, axis))
            continue;
        int64_t most = most_of_tile(chooser, &candidate, axis);
        for (int tile = 2; tile <= most && tile <= room; tile++) {
            Candidate wider = candidate;
            wider.axes[axis].tile = tile;
            wider.axes[axis].is_written_out = true;
            try_tiles(chooser, wider, axis + 1, room / tile);
        }
    }
}

/* What tests of this axis depend on besides it is written out: kept axes are in the tile then.
   False where that is too much. */
static bool write_out(const Chooser *chooser, Candidate *candidate, int axis, int64_t *room) {
    int64_t statements = 1;
    for (int other = 0; other < chooser->equations->axis_count; other++) {
        if (!is_in(chooser->tests_with[axis], other) || other == axis)
            continue;
        int64_t extent = extent_of(chooser, other);
        bool is_strided = chooser->stride[other] > 1; /* not all of its elements are in one tile */
        statements *= extent;
        if (extent > MOST_WRITTEN_OUT || statements > MOST_WRITTEN_OUT || is_strided)
            return false;
        candidate->axes[other].is_written_out = true;
        if (is_in(chooser->sum->kept, other)) {
            candidate->axes[other].tile = (int)extent;
            *room /= extent;
        } else if (*room * statements > MOST_STATEMENTS)
            *room = MOST_STATEMENTS / statements;
    }
    return *room >= 1;
}

/* The few terms of a window are written out, as far as no test asks for them. */
static void write_out_window(const Chooser *chooser, Candidate *candidate, int64_t *room) {
    const Expr *term = term_of(chooser);
    bool is_product = term->kind == EXPR_APPLY && term->op == OP_MUL;
    int64_t terms = 1;
    unsigned set = 0;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++) {
        bool is_free = chooser->tests_with[axis] == 0 && axis != candidate->lane;
        if (!is_in(chooser->sum->reduced, axis) || !is_free)
            continue;
        set |= 1u << axis;
        terms *= extent_of(chooser, axis);
    }
    if (is_product || terms > MOST_WRITTEN_OUT)
        return;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        candidate->axes[axis].is_written_out |= is_in(set, axis);
    if (*room * terms > MOST_STATEMENTS)
        *room = MOST_STATEMENTS / terms;
}

// Lanes

static bool references_suit(const Chooser *chooser, const Expr *expr, int lane) {
    bool suits = true;
    if (expr->kind == EXPR_READ)
        suits = lane_use(chooser, expr->reference, lane) != LANE_APART;
    for (int i = 0; suits && i < expr->argument_count; i++)
        suits = references_suit(chooser, expr->arguments[i], lane);
    return suits;
}

static bool store_suits(const Chooser *chooser, const Equation *equation, int buffer, int lane) {
    const Reference stored = {
        .buffer = buffer, .index_count = equation->index_count, .index = equation->index};
    return lane_use(chooser, &stored, lane) != LANE_APART;
}

/* What follows the sum reads and stores along memory as well, if it goes by this axis. */
static bool others_suit(const Chooser *chooser, int lane) {
    for (int i = 0; i < chooser->equations->equation_count; i++) {
        const Equation *equation = &chooser->equations->equations[i];
        bool has_winner = equation->reduce == REDUCE_FIRST_MAX;
        if (!is_in(equation->kept, lane))
            continue;
        if (!references_suit(chooser, equation->around, lane) ||
            !store_suits(chooser, equation, equation->value, lane) ||
            (has_winner && !store_suits(chooser, equation, equation->winner, lane)))
            return false;
    }
    return true;
}

static bool can_be_lane(const Chooser *chooser, int axis) {
    const Machine *machine = machine_of(chooser->options);
    int64_t extent = extent_of(chooser, axis);
    int lanes = lanes_for(chooser->options, extent);
    bool is_whole = extent % lanes == 0 && chooser->tests_with[axis] == 0;
    return machine->vector > 0 && extent >= 2 && chooser->stride[axis] == 1 &&
           (machine->has_masks || is_whole) && references_suit(chooser, term_of(chooser), axis) &&
           others_suit(chooser, axis);
}

/* The axis of tests that is cut into borders and a middle, where no axis is in lanes: the longest,
   since the others are written out. */
static int axis_to_split(const Chooser *chooser) {
    int found = -1;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        if (chooser->tests_with[axis] != 0 &&
            (found < 0 || extent_of(chooser, axis) >= extent_of(chooser, found)))
            found = axis;
    return found;
}

static void try_lane(Chooser *chooser, int axis) {
    Candidate candidate = {.lane = axis, .lanes = 1};
    int64_t room = most_accumulators(chooser);
    for (int i = 0; i < chooser->equations->axis_count; i++)
        candidate.axes[i].tile = 1;
    if (axis >= 0)
        candidate.lanes = lanes_for(chooser->options, extent_of(chooser, axis));
    int tested = axis >= 0 ? axis : axis_to_split(chooser);
    if (tested >= 0 && !write_out(chooser, &candidate, tested, &room)) {
        if (axis >= 0)
            return;
        room = 1;
    }
    write_out_window(chooser, &candidate, &room);
    try_tiles(chooser, candidate, 0, room);
}

// The tree

/* tail: elements of the last block around the loop. */
static PlanLoop loop_of(int axis, int64_t step, int64_t tail, PlanLoopKind kind) {
    return (PlanLoop){.axis = axis, .step = step, .left = tail % step, .kind = kind};
}

static void add_loop(Chooser *chooser, PlanNode *node, PlanLoop loop) {
    PUSH(chooser->equations->symbols->compiler, node->loops, node->loop_count, loop);
}

/* Whether the loop of this axis is to be cut: tests depend on it and on what is written out. */
static bool is_to_split(const Chooser *chooser, int axis) {
    bool result = false;
    for (int other = 0; other < chooser->equations->axis_count; other++)
        if (is_in(chooser->tests_with[axis], other) && other != axis)
            result |= chooser->best.axes[other].is_written_out;
    return result;
}

/* A plain loop over what the tile leaves of the axis, if that is more than one round. */
static void add_outer(Chooser *chooser, PlanNode *node, int axis) {
    const Candidate *best = &chooser->best;
    int64_t extent = extent_of(chooser, axis), step = advance_of(chooser, best, axis);
    if (step >= extent)
        return;
    int64_t block = rounds_of(extent, chooser->stride[axis]) * chooser->stride[axis];
    PlanLoop loop = loop_of(axis, step, block, PLAN_FOR);
    loop.is_split = is_to_split(chooser, axis);
    add_loop(chooser, node, loop);
}

/* Elements of the last block that the loops around the tile leave. */
static int64_t tail_of(const Chooser *chooser, int axis) {
    int64_t extent = extent_of(chooser, axis), step = advance_of(chooser, &chooser->best, axis);
    return step >= extent ? extent : extent % step ? extent % step : step;
}

/* The loops of a nest inside the tile: of these axes. */
static void add_inner(Chooser *chooser, PlanNode *node, unsigned set) {
    const Candidate *best = &chooser->best;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++) {
        int64_t step = axis == best->lane ? best->lanes : 1;
        if (is_in(set, axis) && best->axes[axis].tile > 1)
            add_loop(chooser, node, loop_of(axis, step, tail_of(chooser, axis), PLAN_UNROLL));
    }
    if (best->lane < 0 || !is_in(set, best->lane))
        return;
    PlanLoop lanes = loop_of(best->lane, 1, 1, PLAN_LANES);
    bool is_whole = extent_of(chooser, best->lane) % best->lanes == 0;
    lanes.rest = is_whole ? REST_NONE : REST_MASK;
    add_loop(chooser, node, lanes);
}

/* Plain loops over the reduced axes that are not written out: examples, then axes of tests, which stand
   around the others. */
static void add_reducing(Chooser *chooser, PlanNode *node) {
    const Equations *equations = chooser->equations;
    for (int pass = 0; pass < 3; pass++)
        for (int axis = 0; axis < equations->axis_count; axis++) {
            bool is_plain =
                is_in(chooser->sum->reduced, axis) &&
                (!chooser->best.axes[axis].is_written_out || axis == chooser->best.lane);
            int turn = equations->axes[axis].is_examples ? 0 : chooser->tests_with[axis] ? 1 : 2;
            if (is_plain && turn == pass)
                add_outer(chooser, node, axis);
        }
    /* A test would stand in the innermost loop. */
    if (node->loop_count > 0 && chooser->tests_with[node->loops[node->loop_count - 1].axis])
        node->loops[node->loop_count - 1].is_split = true;
}

static unsigned written_out(const Chooser *chooser, unsigned set) {
    unsigned result = 0;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        if (is_in(set, axis) && chooser->best.axes[axis].is_written_out)
            result |= 1u << axis;
    return result;
}

/* What is added to the sum, which then begins with it; -1: nothing is, or no element of a value. */
static int start_of(const Chooser *chooser) {
    const Expr *around = chooser->sum->around;
    bool is_added = around->kind == EXPR_APPLY && around->op == OP_ADD;
    for (int i = 0; is_added && i < 2; i++)
        if (around->arguments[i]->kind == EXPR_READ &&
            around->arguments[1 - i]->kind == EXPR_REGISTER)
            return around->arguments[i]->reference->buffer;
    return -1;
}

static void add_sum(Chooser *chooser, PlanNode *parent) {
    Compiler *compiler = chooser->equations->symbols->compiler;
    PlanNode *node = NEW(compiler, PlanNode);
    const Equation *sum = chooser->sum;
    unsigned out = written_out(chooser, sum->reduced);
    unsigned lane = chooser->best.lane >= 0 ? 1u << chooser->best.lane : 0;
    node->kind = NODE_SUM;
    node->equation = chooser->number;
    bool has_start = sum->reduce == REDUCE_SUM && !(lane & sum->reduced);
    node->starts = has_start ? start_of(chooser) : -1;
    node->waits = -1;
    add_reducing(chooser, node);
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        if (is_in(out & ~lane, axis))
            add_loop(chooser, node, loop_of(axis, 1, extent_of(chooser, axis), PLAN_UNROLL));
    add_inner(chooser, node, sum->kept | lane);
    PUSH(compiler, parent->children, parent->child_count, node);
}

static void add_make(Chooser *chooser, PlanNode *parent, int number) {
    Compiler *compiler = chooser->equations->symbols->compiler;
    PlanNode *node = NEW(compiler, PlanNode);
    node->kind = NODE_MAKE;
    node->equation = number;
    node->starts = node->waits = -1;
    add_inner(chooser, node, chooser->equations->equations[number].kept);
    PUSH(compiler, parent->children, parent->child_count, node);
}

/* Copies for the remainders by strides, around all. */
static void add_remainders(Chooser *chooser, PlanNode *node) {
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        if (chooser->stride[axis] > 1)
            add_loop(
                chooser, node,
                (PlanLoop){
                    .axis = axis, .step = 1, .count = chooser->stride[axis], .kind = PLAN_EACH});
}

/* Examples first, tiled axes last: what all tiles of these read stays in the cache. */
static Plan *plan_of(Chooser *chooser) {
    const Equations *equations = chooser->equations;
    Compiler *compiler = equations->symbols->compiler;
    Plan *plan = NEW(compiler, Plan);
    PlanNode *around = NEW(compiler, PlanNode);
    plan->name = equations->name;
    plan->cycles = chooser->best.cycles;
    plan->root = NEW(compiler, PlanNode);
    add_remainders(chooser, around);
    for (int pass = 0; pass < 3; pass++)
        for (int axis = 0; axis < equations->axis_count; axis++) {
            bool is_tiled = chooser->best.axes[axis].tile > 1 && axis != chooser->best.lane;
            int turn = equations->axes[axis].is_examples ? 0 : is_tiled ? 2 : 1;
            if (is_in(chooser->sum->kept, axis) && turn == pass)
                add_outer(chooser, around, axis);
        }
    PlanNode *parent = around->loop_count > 0 ? around : plan->root;
    if (parent == around)
        PUSH(compiler, plan->root->children, plan->root->child_count, around);
    for (int i = 0; i < equations->equation_count; i++)
        if (equations->equations[i].reduce)
            add_sum(chooser, parent);
        else
            add_make(chooser, parent, i);
    return plan;
}

/* Remainders of kept axes are copies of the loops; of others, remainder_nests goes through the rounds
   that have a term. */
static void find_strides(Chooser *chooser, const AffineTest *test) {
    for (int k = 0; k < test->value.term_count; k++) {
        int axis = test->value.terms[k].variable;
        if (is_in(chooser->sum->kept, axis))
            chooser->stride[axis] = test->divisor;
    }
}

static void find_tests(Chooser *chooser) {
    const Equation *sum = chooser->sum;
    for (int axis = 0; axis < chooser->equations->axis_count; axis++)
        chooser->stride[axis] = 1;
    for (int i = 0; i < sum->test_count; i++) {
        const Affine *value = &sum->tests[i].value;
        if (sum->tests[i].divisor != 0) {
            find_strides(chooser, &sum->tests[i]);
            continue;
        }
        for (int k = 0; k < value->term_count; k++)
            for (int other = 0; other < value->term_count; other++)
                chooser->tests_with[value->terms[k].variable] |= 1u << value->terms[other].variable;
    }
}

/* The first equation may be a sum or maximum, and all others are made of its elements. */
static bool is_of_one_sum(const Equations *equations) {
    const Equation *sum = &equations->equations[0];
    for (int i = 1; i < equations->equation_count; i++)
        if (equations->equations[i].reduce || equations->equations[i].kept != sum->kept)
            return false;
    return true;
}

Plan *choose_plan(const Equations *equations, const Options *options, const int *innermost) {
    if (!is_of_one_sum(equations))
        return NULL;
    Chooser chooser = {.equations = equations,
                       .options = options,
                       .innermost = innermost,
                       .sum = &equations->equations[0]};
    find_tests(&chooser);
    try_lane(&chooser, -1);
    for (int axis = 0; axis < equations->axis_count; axis++)
        if (can_be_lane(&chooser, axis))
            try_lane(&chooser, axis);
    return plan_of(&chooser);
}
