/* Indices, references and loops of a plan that is applied. In: where the walk is. Out: loops, and
   the equations' expressions in their variables. */

#include "lower/applier.h"

Position position_copy(Applier *applier, const Position *from) {
    int count = applier->equations->axis_count;
    return (Position){
        .value = array_copy(applier->compiler, from->value, count, sizeof(Affine)),
        .block = array_copy(applier->compiler, from->block, count, sizeof(int64_t)),
        .nominal = array_copy(applier->compiler, from->nominal, count, sizeof(int64_t)),
        .grain = array_copy(applier->compiler, from->grain, count, sizeof(int64_t)),
    };
}

Affine in_loops(Applier *applier, Affine a) {
    Affine sum = affine_number(a.offset);
    for (int i = 0; i < a.term_count; i++)
        sum = affine_add(applier->compiler, sum,
                         affine_scale(applier->compiler, applier->at.value[a.terms[i].variable],
                                      a.terms[i].factor));
    sum.divisor *= a.divisor;
    return affine_scale(applier->compiler, sum, 1);
}

AffineTest test_in_loops(Applier *applier, AffineTest test) {
    return (AffineTest){in_loops(applier, test.value), test.divisor};
}

Affine difference(Applier *applier, Affine a, Affine b) {
    return affine_add(applier->compiler, a, affine_scale(applier->compiler, b, -1));
}

int64_t extent_at(const Position *home, int axis) {
    return home->block[axis] / home->grain[axis];
}

Affine index_at(Applier *applier, const Position *home, int axis) {
    Affine index = difference(applier, applier->at.value[axis], home->value[axis]);
    index.divisor *= home->grain[axis];
    return affine_scale(applier->compiler, index, 1);
}

void made_late(Applier *applier, int buffer, Tests when, const PlanLoop *in) {
    applier->made_when[buffer] = when;
    applier->made_in[buffer] = in;
}

Reference *reference_to(Applier *applier, int buffer, int index_count, const Affine *index) {
    Affine made[MAX_RANK + 1];
    bool is_local = applier->equations->symbols->buffers[buffer].is_local;
    for (int i = 0; i < index_count; i++) /* of what stays inside, the index is an axis, or 0 */
        made[i] = is_local && index[i].term_count > 0
                      ? index_at(applier, &applier->home_of[buffer], index[i].terms[0].variable)
                      : in_loops(applier, index[i]);
    return reference_new(applier->symbols, applier->buffer_of[buffer], index_count, made);
}

Expr *expr_in_loops(Applier *applier, const Expr *expr) {
    Symbols *symbols = applier->symbols;
    if (expr->kind == EXPR_READ)
        return expr_read(symbols,
                         reference_to(applier, expr->reference->buffer,
                                      expr->reference->index_count, expr->reference->index));
    if (expr->kind == EXPR_REGISTER)
        return expr_register(symbols, applier->result);
    Expr **arguments = NEW_ARRAY(applier->compiler, Expr *, expr->argument_count + 1);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = expr_in_loops(applier, expr->arguments[i]);
    Expr *made = expr_with(symbols, expr, arguments);
    made->index = NEW_ARRAY(applier->compiler, Affine, expr->index_count + 1);
    for (int i = 0; i < expr->index_count; i++)
        made->index[i] = in_loops(applier, expr->index[i]);
    return made;
}

// Loops

/* "n" where the loop runs through the whole axis, else "n0", "n1", .. from outside inwards. */
static const char *variable_name(Applier *applier, const PlanLoop *loop) {
    const Axis *axis = &applier->equations->axes[loop->axis];
    int64_t block = applier->at.nominal[loop->axis];
    if (loop->step == 1 && loop->count == 0 && block == axis->extent)
        return axis->name;
    int depth = applier->at.value[loop->axis].term_count;
    return format_text(applier->compiler, "%s%d", axis->name, depth);
}

int lanes_for_rounds(const Applier *applier, int64_t count) {
    int lanes = count > 1 ? narrowest_lanes(&applier->compiler->options) : 1;
    while (lanes < count)
        lanes *= 2;
    return lanes;
}

/* Of a loop of so many rounds in a block of so many. */
static int lanes_of(const Applier *applier, const PlanLoop *loop, int64_t count, int64_t nominal) {
    return lanes_for_rounds(applier, loop->rest == REST_NARROW ? count : nominal);
}

static LoopMark mark_of(const PlanLoop *loop, int64_t count, int64_t nominal) {
    static const LoopMark marks[] = {LOOP_PLAIN, LOOP_UNROLL, LOOP_EACH, LOOP_TURN, LOOP_LANES};
    bool is_scalar = loop->kind == PLAN_LANES && loop->rest == REST_SCALAR && count < nominal;
    return is_scalar ? LOOP_UNROLL : marks[loop->kind];
}

/* So many elements, `grain` apart, up to the next of them. */
static int64_t block_of(int64_t elements, int64_t grain) {
    return (elements + grain - 1) / grain * grain;
}

/* The loops that follow, inside a round of the first one that has so many elements. */
static void add_rest_of_path(Applier *applier, Path path, Affine round, int64_t block,
                             Inside *inside, void *context) {
    const PlanLoop *loop = path.loops[0];
    Position before = applier->at;
    Affine shift = affine_scale(applier->compiler, round, loop->step);
    int64_t count =
        loop->count ? loop->count : (before.block[loop->axis] + loop->step - 1) / loop->step;
    Open open = {loop, round, count, applier->open};
    applier->at = position_copy(applier, &before);
    applier->at.value[loop->axis] = affine_add(applier->compiler, before.value[loop->axis], shift);
    applier->at.block[loop->axis] = block;
    applier->at.nominal[loop->axis] = loop->step;
    if (loop->count) {
        int64_t grain = loop->step * loop->count;
        applier->at.grain[loop->axis] = grain;
        applier->at.nominal[loop->axis] = block_of(before.nominal[loop->axis], grain);
    }
    applier->open = &open;
    add_path(applier, (Path){path.count - 1, path.loops + 1}, inside, context);
    applier->open = open.outer;
    applier->at = before;
}

Body *enter(Applier *applier, Body *body) {
    Body *outer = applier->body;
    applier->body = body;
    return outer;
}

/* The number of a loop's round, where the variable runs in elements. */
static Affine round_of(Applier *applier, int variable, const PlanLoop *loop) {
    Affine round = affine_variable(applier->compiler, variable);
    round.divisor = loop->step;
    return round;
}

/* So many rounds as a loop, each with a block of so many elements. */
static void add_loop(Applier *applier, Path path, int64_t rounds, int64_t block, Inside *inside,
                     void *context) {
    const PlanLoop *loop = path.loops[0];
    int64_t nominal = applier->at.nominal[loop->axis];
    int variable = symbols_variable(applier->symbols, variable_name(applier, loop));
    Range range = {0, (rounds - 1) * loop->step, loop->step};
    Stmt *stmt = stmt_for(applier->symbols, variable, range);
    stmt->mark = mark_of(loop, rounds, nominal);
    stmt->lanes = stmt->mark == LOOP_LANES ? lanes_of(applier, loop, rounds, nominal) : 0;
    stmt->is_split = loop->is_split;
    body_add(applier->symbols, applier->body, stmt);
    Body *outer = enter(applier, stmt->body);
    add_rest_of_path(applier, path, round_of(applier, variable, loop), block, inside, context);
    if (loop->has_fence)
        body_add(applier->symbols, stmt->body, stmt_new(applier->symbols, STMT_FENCE));
    applier->body = outer;
}

/* A digit before larger ones: a loop, or, where not as many elements have each of its values, one
   value after the other. */
static void add_digit(Applier *applier, Path path, Inside *inside, void *context) {
    const PlanLoop *loop = path.loops[0];
    int64_t block = applier->at.block[loop->axis], grain = loop->step * loop->count;
    if (block % grain == 0)
        add_loop(applier, path, loop->count, block, inside, context);
    for (int64_t i = 0; block % grain != 0 && i < loop->count && i * loop->step < block; i++)
        add_rest_of_path(applier, path, affine_number(i), block_of(block - i * loop->step, grain),
                         inside, context);
}

void add_path(Applier *applier, Path path, Inside *inside, void *context) {
    if (path.count == 0) {
        inside(applier, context);
        return;
    }
    const PlanLoop *loop = path.loops[0];
    if (loop->count) {
        add_digit(applier, path, inside, context);
        return;
    }
    int64_t block = applier->at.block[loop->axis];
    int64_t rounds = block / loop->step, left = block % loop->step;
    if (rounds == 1 && loop->kind != PLAN_LANES)
        add_rest_of_path(applier, path, affine_number(0), loop->step, inside, context);
    else if (rounds > 0)
        add_loop(applier, path, rounds, loop->step, inside, context);
    if (left > 0)
        add_rest_of_path(applier, path, affine_number(rounds), left, inside, context);
}

Path path_new(Applier *applier) {
    return (Path){0, NEW_ARRAY(applier->compiler, const PlanLoop *, 1)};
}

void path_add(Applier *applier, Path *path, const PlanLoop *loop) {
    PUSH(applier->compiler, path->loops, path->count, loop);
}

bool is_reducing(const Equation *equation, const PlanLoop *loop) {
    return equation->reduced >> loop->axis & 1;
}

Path path_of_nest(Applier *applier, const PlanNode *nest, int first) {
    Path path = path_new(applier);
    for (int i = first; i < nest->loop_count; i++)
        path_add(applier, &path, &nest->loops[i]);
    return path;
}
