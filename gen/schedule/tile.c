/* schedule: how each kernel runs. In: clusters of nests. Out: the loops of every nest, the one in
   vector lanes, unroll factors. order.c decides how variables lie in memory, lower/instructions.c
   what one round of a nest does. */

#include "lower/lower.h"
#include "schedule/passes.h"

#include <limits.h>

#include <string.h>

/* Whether an instruction can be vectorised along a loop: its address is invariant or contiguous,
   or, where the lanes are given, has any stride (gather, scatter). Stores must not be invariant. */
static bool is_lane_instruction(const Instruction *instruction, int loop, bool is_given) {
    int64_t factor = instruction_stride(instruction, loop);
    return factor == 1 || (is_given && factor > 0) ||
           (factor == 0 && instruction->kind != INSTRUCTION_STORE);
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
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *instruction = nest->instructions[i];
        if (instruction->is_epilogue && nest->loops[loop].is_summed)
            continue;
        if (!is_lane_instruction(instruction, loop, is_given))
            return false;
        if (instruction->kind == INSTRUCTION_ACCUMULATE && nest->loops[loop].is_summed &&
            !(instruction->operands[0]->varies >> loop & 1))
            return false;
    }
    return true;
}

/* The sum over a per-batch value that the nest computes, or NULL. */
static const Node *sum_per_batch(const NestBuilder *builder) {
    const Nest *nest = builder->nest;
    for (int i = 0; builder->cluster->kind == CLUSTER_PLAIN && i < nest->node_count; i++)
        if (nest->nodes[i]->kind == KIND_REDUCE)
            return nest->nodes[i];
    return NULL;
}

/* The loop in lanes of a sum over a per-batch value: along the value's innermost axis, with a
   scalar remainder even where vectors could be masked, so that the sum has the same bits in all
   functions. */
static int lane_of_sum(const NestBuilder *builder, const Node *operand) {
    const Layout *layout = layout_of(builder->layouts, builder->function, operand);
    for (int i = layout->digit_count - 1; i >= 0; i--) {
        int axis = layout->digits[i].axis;
        if (axis >= 0 && operand->shape.size[axis] > 1)
            return builder->domain_loop[axis];
    }
    return -1;
}

static bool is_long_enough(const NestBuilder *builder, int loop) {
    const Options *options = &builder->compiler->options;
    int64_t extent = builder->nest->loops[loop].extent;
    return extent >= (machine_of(options)->has_masks ? 2 : lanes_for(options, extent));
}

/* The loop to vectorise: one that is not summed if possible, the longest. */
static int choose_lane(const NestBuilder *builder) {
    const Nest *nest = builder->nest;
    int best = -1;
    if (builder->cluster->examples_in_lanes)
        return nest->example_loop;
    const Node *sum = sum_per_batch(builder);
    if (sum) {
        int loop = lane_of_sum(builder, sum->inputs[0]);
        bool is_long =
            loop >= 0 && nest->loops[loop].extent >= lanes_for(&builder->compiler->options, 1);
        return is_long && can_be_lane(nest, loop, true) ? loop : -1;
    }
    for (int loop = 0; loop < nest->loop_count; loop++) {
        bool is_outer = builder->cluster->kind == CLUSTER_EXAMPLES && loop == nest->example_loop;
        if (is_outer || !is_long_enough(builder, loop) || !can_be_lane(nest, loop, false))
            continue;
        bool better = best < 0 || (nest->loops[best].is_summed && !nest->loops[loop].is_summed) ||
                      (nest->loops[best].is_summed == nest->loops[loop].is_summed &&
                       nest->loops[loop].extent > nest->loops[best].extent);
        if (better)
            best = loop;
    }
    return best;
}

/* Targets without vectors unroll as if they had 128 bits: 4 floats. */
static void set_lanes(NestBuilder *builder, int lane) {
    const Options *options = &builder->compiler->options;
    Loop *loop = &builder->nest->loops[lane];
    loop->is_lane = true;
    loop->masks_rest = !sum_per_batch(builder) && machine_of(options)->has_masks;
    loop->lanes = lanes_for(options, loop->extent);
    if (!loop->masks_rest && loop->lanes > loop->extent)
        loop->lanes /= 2;
}

static void unroll_loop(Nest *nest, int loop, int instances) {
    if (loop < 0 || loop_is_guarded(nest, loop))
        return;
    int64_t extent = nest->loops[loop].extent;
    nest->loops[loop].unroll = extent < instances ? (int)extent : instances;
}

/* The other loop of the register tile: the longest that is not summed, for most reuse. */
static int longest_kept(const Nest *nest, int but) {
    int best = -1;
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (!nest->loops[loop].is_summed && loop != but &&
            (best < 0 || nest->loops[loop].extent > nest->loops[best].extent))
            best = loop;
    return best;
}

/* Cache blocking: where a tile's part of the weights, or of the gradients by outputs, exceeds
   the first cache, its sum is cut into blocks of equal size, each run for all of the other loop. */
static void block_sum(NestBuilder *builder, int lane) {
    Nest *nest = builder->nest;
    const Options *options = &builder->compiler->options;
    const Loop *sum = &nest->loops[nest->loop_count - 1], *other = &nest->loops[1];
    bool is_matrix = nest->loop_count == 3 && lane == 0 && nest->loops[0].is_lane &&
                     !other->is_summed && sum->is_summed;
    if (!is_matrix || nest->guard_count > 0 || other->extent <= other->unroll)
        return;
    int64_t width = (int64_t)nest->loops[lane].unroll * nest->loops[lane].lanes;
    /* A tile that is narrower than its panel leaves lines between its own, and with these sets of
       the cache. */
    int64_t row = nest->loops[lane].panel > width ? nest->loops[lane].panel : width;
    int64_t bytes = sum->extent * row * real_bytes(options);
    int64_t count = cache_pieces(options, bytes);
    if (count <= 1)
        return;
    nest->block = (sum->extent + count - 1) / count;
    if (sum->panel)
        nest->block = (nest->block + sum->panel - 1) / sum->panel * sum->panel;
    nest->partial_sums = storage_of_kernel(builder->function, "unfinished", other->extent * width);
}

/* A load of the epilogue that reads one contiguous block per tile, as weights and moments are
   read. */
bool instruction_is_prefetched(const Nest *nest, const Instruction *instruction) {
    int64_t width = (int64_t)nest->loops[0].unroll * nest->loops[0].lanes;
    return instruction->is_epilogue && instruction->kind == INSTRUCTION_LOAD &&
           instruction_stride(instruction, 0) == 1 && instruction->factor[1] == width;
}

/* Packed weights whose panels follow each other in memory, each read by all tiles of the second
   loop. */
static bool is_in_panels(const Nest *nest, const Instruction *instruction) {
    int axis;
    int64_t width = (int64_t)nest->loops[0].unroll * nest->loops[0].lanes;
    return !instruction->is_epilogue && instruction->kind == INSTRUCTION_LOAD &&
           instruction->access->storage->kind == STORAGE_NET &&
           layout_panels(instruction->access->layout, &axis) == width &&
           instruction->panel_loop == 0 && instruction->factor[1] == 0 &&
           instruction->factor[2] == width;
}

/* Weights larger than the first cache are prefetched: the next panel while tiles read the one
   before, or while that one is transposed. */
static void prefetch_weights(NestBuilder *builder) {
    const Cluster *cluster = builder->cluster;
    Nest *nest = builder->nest, *transpose = cluster->nest_count > 0 ? cluster->nests[0] : nest;
    int64_t bytes =
        nest->loops[0].extent * nest->loops[2].extent * real_bytes(&builder->compiler->options);
    if (!pays_prefetching(&builder->compiler->options, bytes))
        return;
    for (int i = 0; i < nest->instruction_count; i++)
        if (is_in_panels(nest, nest->instructions[i]))
            nest->prefetched = nest->instructions[i];
    if (transpose->interleaved)
        transpose->prefetch_distance =
            transpose->instructions[0]->factor[transpose->interleaved - 1] * nest->loops[0].unroll *
            nest->loops[0].lanes;
}

/* Data of the epilogue larger than the caches is prefetched during the sums of earlier tiles. */
static void add_prefetches(NestBuilder *builder, int lane) {
    Nest *nest = builder->nest;
    const Options *options = &builder->compiler->options;
    bool is_matrix = nest->loop_count == 3 && lane == 0 && !nest->loops[1].is_summed;
    if (!is_matrix || nest->guard_count > 0)
        return;
    prefetch_weights(builder);
    int vectors = nest->loops[0].unroll, rows = nest->loops[1].unroll;
    int64_t width = (int64_t)vectors * nest->loops[0].lanes, bytes = 0;
    for (int i = 0; i < nest->instruction_count; i++)
        if (instruction_is_prefetched(nest, nest->instructions[i]))
            bytes += nest->loops[0].extent * nest->loops[1].extent * real_bytes(options);
    int64_t terms = nest->block > 0 ? nest->block : nest->loops[2].extent;
    nest->prefetch_distance = width * rows * prefetch_tiles(options, bytes, terms, rows, vectors);
}

/* A matrix times a vector uses every weight once: as many outputs at a time as keep the
   multiply-adds busy, and where there are few outputs, several partial sums of each. */
static void tile_vector(Nest *nest, const Options *options, int lane) {
    Loop *outputs = &nest->loops[lane];
    nest->is_rolled = true;
    int64_t vectors = (outputs->extent + outputs->lanes - 1) / outputs->lanes;
    int most = vectors < INT_MAX ? (int)vectors : INT_MAX;
    outputs->unroll = vector_sums(options, most, (int)(outputs->panel / outputs->lanes));
    int accumulators = sum_accumulators(options, outputs->unroll);
    nest->accumulator_loop = nest->loop_count - 1;
    Loop *sum = &nest->loops[nest->accumulator_loop];
    if (accumulators > 1 && sum->extent >= (int64_t)2 * accumulators) {
        nest->accumulators = accumulators;
        sum->unroll = accumulators;
    }
}

/* Sums across lanes, one per output, are joined to vectors of outputs for the epilogue. */
static void sum_across(NestBuilder *builder, int lane, int other) {
    Nest *nest = builder->nest;
    const Options *options = &builder->compiler->options;
    int lanes = nest->loops[lane].lanes;
    bool is_whole = machine_of(options)->has_masks || nest->loops[other].extent % lanes == 0;
    bool has_rest = !nest->loops[lane].masks_rest && nest->loops[lane].extent % lanes != 0;
    if (!is_whole || has_rest || nest->loops[lane].lanes != target_lanes(options) ||
        nest->guard_count > 0 || nest->loops[other].panel)
        return;
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *instruction = nest->instructions[i];
        if (instruction->is_epilogue &&
            (instruction->kind == INSTRUCTION_RANDOM || instruction->kind == INSTRUCTION_CLASS ||
             !is_lane_instruction(instruction, other, false)))
            return;
    }
    nest->epilogue_lane = other + 1;
    unroll_loop(nest, other, lanes);
}

static bool is_of_one_example(const Nest *nest) {
    for (int loop = 1; loop < nest->loop_count - 1; loop++)
        if (nest->loops[loop].extent > 1)
            return false;
    return nest->guard_count == 0 && nest->loop_count >= 2 &&
           nest->loops[nest->loop_count - 1].is_summed;
}

/* The register tile of a product. */
static void tile_contract(NestBuilder *builder, int lane) {
    Nest *nest = builder->nest;
    const Options *options = &builder->compiler->options;
    Tile tile = tile_of(options);
    int other = longest_kept(nest, lane);
    if (!nest->has_sums)
        return;
    if (lane < 0 || nest->loops[lane].is_summed) {
        unroll_loop(nest, other, tile.rows);
        unroll_loop(nest, longest_kept(nest, other), 2);
        if (lane >= 0 && other == 0 && is_of_one_example(nest) && target_lanes(options) > 1)
            sum_across(builder, lane, other);
        return;
    }
    if (lane == 0 && target_lanes(options) > 1 && is_of_one_example(nest)) {
        tile_vector(nest, options, lane);
        return;
    }
    int64_t lanes = target_lanes(options) > 1 ? nest->loops[lane].lanes : 1;
    int64_t vectors = (nest->loops[lane].extent + lanes - 1) / lanes;
    int wanted = vectors < tile.vectors ? (int)vectors : tile.vectors;
    unroll_loop(nest, lane, wanted);
    if (other >= 0)
        unroll_loop(nest, other, tile_rows(options, nest->loops[other].extent, wanted));
    block_sum(builder, lane);
    add_prefetches(builder, lane);
}

/* Unrolls elementwise loops: nothing is reused, but a sum over examples then has several
   accumulators in flight. */
static void tile_elements(NestBuilder *builder, int lane) {
    Nest *nest = builder->nest;
    if (lane < 0 || builder->cluster->examples_in_lanes || nest->guard_count > 0 ||
        target_lanes(&builder->compiler->options) == 1)
        return;
    int64_t vectors = nest->loops[lane].extent / nest->loops[lane].lanes;
    int other = longest_kept(nest, lane);
    if (builder->cluster->kind == CLUSTER_BATCH_SUM && nest->loops[lane].is_summed && other == 0)
        sum_across(builder, lane, other);
    if (nest->epilogue_lane > 0)
        return;
    if (nest->loops[lane].panel) {
        int in_panel = nest->loops[lane].panel / nest->loops[lane].lanes;
        int in_tile = tile_of(&builder->compiler->options).vectors; /* a panel may hold several */
        unroll_loop(nest, lane, in_panel < in_tile ? in_panel : in_tile);
    } else if (vectors >= 1 && vectors <= 4)
        unroll_loop(nest, lane, (int)vectors);
    else if (vectors > 4 && builder->cluster->kind == CLUSTER_BATCH_SUM &&
             !nest->loops[lane].is_summed)
        unroll_loop(nest, lane, 4);
}

static void mark_vectors(Nest *nest, int lane) {
    for (int i = 0; lane >= 0 && i < nest->instruction_count; i++) {
        Instruction *instruction = nest->instructions[i];
        int here =
            instruction->is_epilogue && nest->epilogue_lane > 0 ? nest->epilogue_lane - 1 : lane;
        bool summed_lane =
            nest->loops[here].is_summed && instruction->kind == INSTRUCTION_ACCUMULATE;
        instruction->is_vector = (instruction_varies(instruction) >> here & 1) || summed_lane;
    }
}

/* Marks scalar factors of vector products as broadcast loads, unless they are hoisted out of the
   lane loop, where there are no vectors yet. */
static void mark_broadcasts(Nest *nest, int lane) {
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *sum = nest->instructions[i], *product = sum->operands[0];
        if (sum->kind != INSTRUCTION_ACCUMULATE || product->node ||
            product->kind != INSTRUCTION_APPLY)
            continue;
        for (int k = 0; k < 2; k++)
            if (sum->is_vector && !product->operands[k]->is_vector)
                product->operands[k]->is_broadcast =
                    product->operands[k]->kind == INSTRUCTION_LOAD &&
                    (nest->guard_count > 0 || product->operands[k]->varies >> lane != 0);
    }
}

static int count_users(const Nest *nest, const Instruction *of) {
    int count = 0;
    for (int i = 0; i < nest->instruction_count; i++)
        for (int k = 0; k < 3; k++)
            count += nest->instructions[i]->operands[k] == of;
    return count;
}

/* The load of the initial value of `sum`: `load`, or a copy of it where other instructions use
   that, so that functions which differ in these still add in the same order. */
static Instruction *start_of(NestBuilder *builder, Instruction *load, const Instruction *sum) {
    Nest *nest = builder->nest;
    Instruction *start = load;
    if (count_users(nest, load) > 1) {
        int at = 0;
        while (nest->instructions[at] != sum)
            at++;
        start = NEW(builder->compiler, Instruction);
        *start = *load;
        PUSH(builder->compiler, nest->instructions, nest->instruction_count, start);
        memmove(nest->instructions + at + 1, nest->instructions + at,
                sizeof *nest->instructions * (size_t)(nest->instruction_count - 1 - at));
        nest->instructions[at] = start;
    }
    start->is_start = true;
    return start;
}

/* A sum to which a value such as a bias is added has that value as its initial value, unless the
   sum is added up in several accumulators. */
static void start_sums(NestBuilder *builder, int lane) {
    Nest *nest = builder->nest;
    bool is_whole = nest->accumulators <= 1 && nest->epilogue_lane == 0 && nest->guard_count == 0 &&
                    (lane < 0 || !nest->loops[lane].is_summed);
    for (int i = 0; is_whole && i < nest->instruction_count; i++) {
        Instruction *add = nest->instructions[i];
        if (!add->is_epilogue || add->kind != INSTRUCTION_APPLY || add->op != OP_ADD)
            continue;
        for (int k = 0; k < 2; k++) {
            Instruction *sum = add->operands[k], *load = add->operands[1 - k];
            if (sum->kind != INSTRUCTION_ACCUMULATE || sum->op != OP_SUM || sum->start ||
                load->kind != INSTRUCTION_LOAD || (load->varies & ~sum->varies) ||
                count_users(nest, sum) > 1)
                continue;
            sum->start = start_of(builder, load, sum);
            sum->node = add->node;
            add->same = sum;
            break;
        }
    }
}

static void plan_nest(NestBuilder *builder) {
    Nest *nest = builder->nest;
    int lane = choose_lane(builder);
    bool has_lanes = target_lanes(&builder->compiler->options) > 1;
    if (lane >= 0 && has_lanes)
        set_lanes(builder, lane);
    if (!builder->is_plain && nest->contract)
        tile_contract(builder, lane);
    else if (!builder->is_plain)
        tile_elements(builder, lane);
    mark_vectors(nest, has_lanes ? lane : -1);
    if (nest->contract && nest->has_sums)
        start_sums(builder, lane);
    if (machine_of(&builder->compiler->options)->has_fma)
        mark_broadcasts(nest, lane);
}

/* A square of whole vectors, or of whole panels, per round. */
static void plan_transpose(NestBuilder *builder) {
    int lanes = target_lanes(&builder->compiler->options);
    for (int loop = 0; loop < 2; loop++) {
        Loop *side = &builder->nest->loops[loop];
        side->lanes = lanes;
        unroll_loop(builder->nest, loop, side->panel ? side->panel : lanes > 1 ? lanes : 4);
    }
}

static void tile_cluster(NestBuilder builder, Cluster *cluster) {
    builder.cluster = cluster;
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
        if (contract && contract->kind == KIND_WINDOW) { /* by plan_kernels.c */
        } else if (nests[i]->is_transpose)
            plan_transpose(&builder);
        else
            plan_nest(&builder);
        PUSH(builder.compiler, cluster->nests, cluster->nest_count, nests[i]);
    }
}

static void tile_function(const Program *program, Layouts *layouts, Function *function) {
    LoadTable loads = {0};
    NestBuilder builder = {.layouts = layouts,
                           .function = function,
                           .compiler = function->graph->compiler,
                           .is_plain = program_runs_plain(program),
                           .loads = &loads};
    find_weights(function);
    find_forward_products(function, program->graph->variable_count);
    for (int c = 0; c < function->schedule->cluster_count; c++)
        tile_cluster(builder, function->schedule->clusters[c]);
}

void schedule(Program *program, Layouts *layouts) {
    for (int f = 0; f < program->function_count; f++)
        if (!program->functions[f]->schedule->is_straight) {
            tile_function(program, layouts, program->functions[f]);
            plan_kernels(layouts, program->functions[f]);
            name_plans(program->functions[f]);
        }
}
