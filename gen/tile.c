/* tile: how each kernel runs. In: clusters of nests. Out: for every nest its loops, which of them
   runs in vector lanes, and how many instances of each run side by side. order.c says how variables
   lie in memory, steps.c what a nest does in one round. */

#include "plan.h"

enum { TILED_PRODUCTS = 400 }; /* in all functions of a program, up to which `auto` tiles */

/* Whether an address stands still or moves by one from lane to lane, or, where the lanes are given,
   by any distance: values are gathered and scattered then. What is stored must move. */
static bool is_lane_step(const Step *step, int loop, bool is_given) {
    int64_t factor = step->factor[loop];
    return factor == 1 || (is_given && factor > 0) || (factor == 0 && step->kind != STEP_STORE);
}

static bool loop_is_guarded(const Nest *nest, int loop) {
    for (int i = 0; i < nest->guard_count; i++)
        if (nest->guards[i].factor[loop] != 0)
            return true;
    return false;
}

static bool can_be_lane(const Nest *nest, int loop, bool is_given) {
    if (loop_is_guarded(nest, loop))
        return false;
    for (int i = 0; i < nest->step_count; i++) {
        const Step *step = nest->steps[i];
        if (step->is_tail && nest->loops[loop].is_summed)
            continue;
        if (!is_lane_step(step, loop, is_given))
            return false;
        if (step->kind == STEP_ACCUMULATE && nest->loops[loop].is_summed &&
            !(step->steps[0]->varies >> loop & 1))
            return false;
        if ((step->kind == STEP_RANDOM || step->kind == STEP_CLASS) && nest->loops[loop].is_rows &&
            (step->varies >> loop & 1))
            return false;
    }
    return true;
}

int target_lanes(const Options *options) {
    return options->target == TARGET_C99 ? 1 : options->is_double ? 2 : 4;
}

/* What 128 bits hold. Scalar code is laid out as if it had lanes too: compilers find them in
 * instances side by side. */
static int natural_lanes(const Compiler *compiler) {
    return compiler->options.is_double ? 2 : 4;
}

static const Node *sum_of(const Nest *nest) {
    for (int i = 0; i < nest->node_count; i++)
        if (nest->nodes[i]->kind == KIND_REDUCE)
            return nest->nodes[i];
    return NULL;
}

/* A sum over a value per batch runs in the lanes in which that value lies, whatever else its loops
   do, so that its bits are those of the same sum in other functions. */
static int lane_of_sum(const Builder *builder, const Node *operand) {
    const int8_t *order = operand->order;
    for (int i = operand->shape.rank - 1; i >= 0; i--) {
        int axis = order[0] ? order[i] - 1 : i;
        if (operand->shape.size[axis] > 1)
            return builder->domain_loop[axis];
    }
    return -1;
}

/* The lane loop: kept before summed, the longest. */
static int choose_lane(const Builder *builder) {
    const Nest *nest = builder->nest;
    int lanes = natural_lanes(builder->compiler), best = -1;
    const Node *sum = builder->cluster->kind == CLUSTER_PLAIN ? sum_of(nest) : NULL;
    if (sum) {
        int loop = lane_of_sum(builder, sum->inputs[0]);
        bool is_long = loop >= 0 && nest->loops[loop].extent >= lanes;
        return is_long && can_be_lane(nest, loop, true) ? loop : -1;
    }
    for (int loop = 0; loop < nest->loop_count; loop++) {
        bool is_outer = builder->cluster->kind == CLUSTER_ROWS && loop == nest->row_loop;
        if (nest->loops[loop].extent < lanes || is_outer || !can_be_lane(nest, loop, false))
            continue;
        bool better = best < 0 || (nest->loops[best].is_summed && !nest->loops[loop].is_summed) ||
                      (nest->loops[best].is_summed == nest->loops[loop].is_summed &&
                       nest->loops[loop].extent > nest->loops[best].extent);
        if (better)
            best = loop;
    }
    return best;
}

static void unroll_loop(Nest *nest, int loop, int instances) {
    if (loop < 0 || loop_is_guarded(nest, loop))
        return;
    int64_t extent = nest->loops[loop].extent;
    nest->loops[loop].unroll = extent < instances ? (int)extent : instances;
}

/* The kept loop beside the lanes that gives the most reuse: the longest. */
static int longest_kept(const Nest *nest, int but) {
    int best = -1;
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (!nest->loops[loop].is_summed && loop != but &&
            (best < 0 || nest->loops[loop].extent > nest->loops[best].extent))
            best = loop;
    return best;
}

/* Sixteen registers: a tile of 4 by 2 vectors, or of 2 by 4 numbers, leaves room for the operands.
 */
static void tile_contract(Builder *builder, int lane) {
    Nest *nest = builder->nest;
    bool is_scalar = target_lanes(&builder->compiler->options) == 1;
    int other = longest_kept(nest, lane), natural = natural_lanes(builder->compiler);
    if (!nest->has_sums)
        return;
    bool lane_is_kept = lane >= 0 && !nest->loops[lane].is_summed;
    unroll_loop(nest, other, is_scalar ? 2 : 4);
    if (!lane_is_kept)
        unroll_loop(nest, longest_kept(nest, other), 2);
    else
        unroll_loop(nest, lane,
                    is_scalar                                ? natural
                    : nest->loops[lane].extent < 2 * natural ? 1
                                                             : 2);
}

/* Short loops beside each other: element by element there is nothing to share, but a sum over
 * examples has several in flight. */
static void tile_elements(Builder *builder, int lane) {
    Nest *nest = builder->nest;
    if (lane < 0 || nest->guard_count > 0 || target_lanes(&builder->compiler->options) == 1)
        return;
    int64_t vectors = nest->loops[lane].extent / target_lanes(&builder->compiler->options);
    if (vectors <= 4)
        unroll_loop(nest, lane, (int)vectors);
    else if (builder->cluster->kind == CLUSTER_ROW_SUM && !nest->loops[lane].is_summed)
        unroll_loop(nest, lane, 4);
}

static void mark_vectors(Nest *nest, int lane) {
    for (int i = 0; lane >= 0 && i < nest->step_count; i++) {
        Step *step = nest->steps[i];
        bool summed_lane = nest->loops[lane].is_summed && step->kind == STEP_ACCUMULATE;
        unsigned varies =
            step->kind == STEP_STORE ? step->steps[0]->varies | step->varies : step->varies;
        step->is_vector = (varies >> lane & 1) || summed_lane;
    }
}

static void plan_nest(Builder *builder) {
    Nest *nest = builder->nest;
    int lane = choose_lane(builder);
    bool has_lanes = target_lanes(&builder->compiler->options) > 1;
    if (lane >= 0 && has_lanes)
        nest->loops[lane].is_lane = true;
    mark_vectors(nest, has_lanes ? lane : -1);
    if (builder->is_plain)
        return;
    if (nest->contract)
        tile_contract(builder, lane);
    else
        tile_elements(builder, lane);
}

static void tile_cluster(Function *function, Cluster *cluster, bool is_plain) {
    Builder builder = {
        .function = function, .compiler = function->graph->compiler, .cluster = cluster};
    builder.is_plain = is_plain;
    int count = cluster->nest_count;
    Nest **nests = cluster->nests;
    cluster->nests = NULL;
    cluster->nest_count = 0;
    for (int i = 0; i < count; i++) {
        Node *contract = nests[i]->contract;
        if (contract && !contract_gathers(contract->contract, contract->shape)) {
            build_fill(&builder, contract);
            plan_nest(&builder);
            PUSH(builder.compiler, cluster->nests, cluster->nest_count, builder.nest);
        }
        builder.nest = nests[i];
        build_nest(&builder);
        plan_nest(&builder);
        PUSH(builder.compiler, cluster->nests, cluster->nest_count, nests[i]);
    }
}

/* `auto` keeps what is emitted in bounds: beyond some products, plain loops for all. */
static bool runs_plain(const Program *program) {
    int products = 0;
    for (int f = 0; f < program->function_count; f++)
        for (int c = 0; c < program->functions[f]->schedule->cluster_count; c++)
            products += program->functions[f]->schedule->clusters[c]->kind == CLUSTER_CONTRACT;
    Unroll unroll = program->compiler->options.unroll;
    return unroll == UNROLL_NONE || (unroll == UNROLL_AUTO && products > TILED_PRODUCTS);
}

void tile(Program *program) {
    bool any = false, is_plain = runs_plain(program);
    for (int f = 0; f < program->function_count; f++)
        any |= !program->functions[f]->schedule->is_straight;
    if (any)
        order_variables(program);
    for (int f = 0; f < program->function_count; f++) {
        Function *function = program->functions[f];
        if (function->schedule->is_straight)
            continue;
        order_nodes(function);
        for (int c = 0; c < function->schedule->cluster_count; c++)
            tile_cluster(function, function->schedule->clusters[c], is_plain);
    }
}
