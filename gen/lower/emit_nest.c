/* Loops of kernels. In: a nest with its plan. Out: loops with literal bounds, full tiles before
   remainders; instructions hoisted as far out as their values allow; sums finished where their
   loops end; then the epilogue. */

#include "lower/nests.h"

#include <string.h>

const char *const loop_letters[MAX_NEST_LOOPS] = {"i", "j", "k", "l", "m", "n", "o", "p", "q"};

static int kept_count(const Nest *nest) {
    int count = 0;
    while (count < nest->loop_count && !(nest->has_sums && nest->loops[count].is_summed))
        count++;
    return count;
}

/* The depth of the innermost loops; where sums have no loop of their own, after their
   initialisation. */
static int innermost(const Nest *nest) {
    return nest->has_sums && kept_count(nest) == nest->loop_count ? nest->loop_count
                                                                  : nest->loop_count - 1;
}

/* The depth at which a body instruction stands: in the innermost loop that its value varies on;
   under guards, and where sums are accumulated in memory, in the innermost of all. */
static int instruction_depth(const Nest *nest, const Instruction *instruction) {
    unsigned varies = instruction_varies(instruction);
    bool adds_in_memory = nest->contract && !nest->has_sums;
    if (nest->guard_count > 0 || adds_in_memory || instruction->kind == INSTRUCTION_ACCUMULATE)
        return innermost(nest);
    int depth = nest->loop_count - 1;
    while (depth >= 0 && !(varies >> depth & 1))
        depth--;
    return depth;
}

static bool stands_at(const Nest *nest, const Instruction *instruction, int depth,
                      bool in_epilogue) {
    return in_epilogue ? instruction_is_in_epilogue(instruction)
                       : !instruction->is_epilogue && instruction_depth(nest, instruction) == depth;
}

/* Adds all instructions of one unrolled instance before the next, so that few values are live at
   once. */
static void add_by_instance(Kernel *kernel, Text *out, int depth, bool in_epilogue) {
    const Nest *nest = kernel->nest;
    unsigned loops = 0;
    for (int i = 0; i < nest->instruction_count; i++)
        if (stands_at(nest, nest->instructions[i], depth, in_epilogue))
            loops |= instruction_loops(kernel, nest->instructions[i]);
    if (in_epilogue && epilogue_add_calls(kernel, out, loops))
        return;
    Instance instance = {{0}};
    do {
        for (int i = 0; i < nest->instruction_count; i++)
            if (stands_at(nest, nest->instructions[i], depth, in_epilogue))
                instruction_add_at(kernel, out, nest->instructions[i], &instance);
    } while (instance_next(kernel, loops, &instance));
}

/* Products instance by instance; other instructions instruction by instruction, so that independent
   dependency chains interleave. */
static void add_body_instructions(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    if (nest->contract) {
        add_by_instance(kernel, out, depth, false);
        return;
    }
    for (int i = 0; i < nest->instruction_count; i++)
        if (stands_at(nest, nest->instructions[i], depth, false))
            instruction_add_statements(kernel, out, nest->instructions[i]);
}

static void add_inner(Kernel *kernel, Text *out, int depth);

static char *guard_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < kernel->nest->guard_count; i++) {
        const Guard *guard = &kernel->nest->guards[i];
        char *index = kernel_address(kernel, guard->offset, guard->factor, NULL);
        text_add(out, "%s%s >= 0 && %s < %lld", i ? " && " : "", index, index,
                 (long long)guard->bound);
    }
    return out->bytes;
}

static void add_guarded(Kernel *kernel, Text *out, int depth) {
    if (kernel->nest->is_transpose)
        return;
    if (depth != innermost(kernel->nest) || kernel->nest->guard_count == 0) {
        add_body_instructions(kernel, out, depth);
        return;
    }
    Text *body = text_new(kernel->compiler);
    add_body_instructions(kernel, body, depth);
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "guard", "%s", guard_text(kernel));
    bind_slot(&bindings, "body", "%s", body->bytes);
    template_add(out, "guard", &bindings, 0);
}

static const char *loop_variable(const Kernel *kernel, int loop) {
    int letter = 0;
    if (loop == kernel->nest->example_loop)
        return "b";
    if (kernel->nest->interleaved)
        return "k";
    for (int i = 0; i < loop; i++)
        letter += i != kernel->nest->example_loop;
    return loop_letters[letter];
}

/* Whether a loop of one round, which is not emitted as a loop, needs a block of its own. */
static bool is_alone(const Kernel *kernel, int depth, Stretch stretch, int64_t covered) {
    return kernel->nest->block == 0 && !stretch.base && stretch.from + stretch.first == 0 &&
           covered == kernel->nest->loops[depth].extent;
}

/* Accumulators of fused sums over the batch, declared around the loop over examples. */
static void begin_batch_sums(Kernel *kernel, Text *out) {
    for (int i = 0; i < kernel->nest->instruction_count; i++)
        if (kernel->nest->instructions[i]->kind == INSTRUCTION_BATCH_SUM)
            instruction_instances(kernel, out, kernel->nest->instructions[i],
                                  kernel->nest->instructions[i]->varies,
                                  instruction_declare_batch_sum);
}

static void finish_batch_sums(Kernel *kernel, Text *out) {
    for (int i = 0; i < kernel->nest->instruction_count; i++)
        if (kernel->nest->instructions[i]->is_after_examples)
            instruction_add_statements(kernel, out, kernel->nest->instructions[i]);
}

/* Prefetches from an instruction's address plus `ahead`: each round of a sum fetches its share, so
   that all rounds together fetch `count` elements, `per_row` further on for every row of tiles. */
static void add_prefetch(Kernel *kernel, Text *out, const Instruction *instruction, int64_t ahead,
                         int64_t per_row, int64_t count) {
    static const Instance first = {{0}};
    int sum = kept_count(kernel->nest);
    Stretch block =
        kernel->nest->block > 0 ? kernel->block : (Stretch){.end = kernel->nest->loops[sum].extent};
    int64_t rounds = block.end - block.first, each = (count + rounds - 1) / rounds;
    int64_t factor[MAX_NEST_LOOPS] = {0};
    factor[1] = per_row;
    factor[sum] = each;
    const Pointer *pointer = kernel_pointer(kernel, instruction->access->storage);
    Kernel start = *kernel, within = *kernel;
    start.at[sum] = (Position){
        .block = block.block, .begin = block.begin, .first = block.first, .instances = 1};
    within.at[sum].block = NULL;
    const char *element =
        pointer_text(kernel, pointer, instruction_address_text(&start, instruction, &first));
    Bindings bindings = instruction_statement(kernel, 1);
    bind_slot(&bindings, "element", "%s", element);
    bind_slot(&bindings, "ahead", "%s",
              kernel_address(&within, ahead - each * block.first, factor, NULL));
    template_add(out, instruction->is_epilogue ? "fetch_near" : "fetch", &bindings, 0);
}

/* Prefetches during the sums of a tile: part of the packed panel after the one that all tiles of
   this loop read, and in the last block of the sums what epilogues of later tiles read. */
static void add_prefetches(Kernel *kernel, Text *out, int depth, const Position *range) {
    const Nest *nest = kernel->nest;
    if (depth != kept_count(nest) || !range->variable)
        return;
    if (nest->prefetched) {
        int64_t rounds = nest->block > 0 ? nest->block : nest->loops[depth].extent;
        int64_t next = rounds * nest->loops[0].panel, rows = nest->loops[1].extent;
        int64_t per_row = (next + rows - 1) / rows;
        add_prefetch(kernel, out, nest->prefetched, next, per_row,
                     per_row * kernel->at[1].instances);
    }
    int64_t tile = (int64_t)kernel->at[0].instances * kernel->at[0].width * kernel->at[1].instances;
    bool is_last = nest->block == 0 || kernel->finishes;
    for (int i = 0; nest->prefetch_distance > 0 && is_last && i < nest->instruction_count; i++)
        if (instruction_is_prefetched(nest, nest->instructions[i]))
            add_prefetch(kernel, out, nest->instructions[i], nest->prefetch_distance, 0, tile);
}

/* Transposes the part of a product's weights that the first loop is at. */
static void interleave_transpose(Kernel *kernel, Text *out, const Position *range) {
    Kernel transpose = *kernel;
    transpose.nest = kernel->cluster->nests[0];
    if (!transpose.nest->interleaved || kernel->nest->is_transpose)
        return;
    Position *at = &transpose.at[transpose.nest->interleaved - 1];
    *at = *range;
    at->instances =
        range->instances * range->width - (range->part ? range->width - range->part : 0);
    at->width = 1;
    at->part = 0;
    add_inner(&transpose, out, 0);
    kernel->pointer_count = transpose.pointer_count;
    kernel->pointers = transpose.pointers;
}

/* A loop of `count` rounds of `instances` instances of `width` lanes each. */
static void add_range(Kernel *kernel, Text *out, int depth, Stretch stretch, Position range,
                      int64_t count) {
    Text *body = text_new(kernel->compiler);
    int64_t advance = (int64_t)range.instances * range.width;
    range.block = stretch.block;
    range.base = stretch.base;
    range.begin = stretch.begin;
    range.from = stretch.from;
    range.variable = count > 1 ? loop_variable(kernel, depth) : NULL;
    range.range = (Range){range.first, range.first + (count - 1) * advance, advance};
    kernel->at[depth] = range;
    if (depth == 0)
        interleave_transpose(kernel, body, &range);
    add_prefetches(kernel, body, depth, &range);
    add_guarded(kernel, body, depth);
    if (depth + 1 == kernel->nest->example_loop)
        begin_batch_sums(kernel, body);
    add_inner(kernel, body, depth + 1);
    if (depth + 1 == kernel->nest->example_loop)
        finish_batch_sums(kernel, body);
    if (count == 1 && is_alone(kernel, depth, stretch, advance)) {
        text_add(out, "%s", body->bytes);
        return;
    }
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "body", "%s", body->bytes);
    bind_slot(&bindings, "first", "%lld", (long long)range.first);
    bind_slot(&bindings, "end", "%lld", (long long)(range.first + count * advance));
    bind_slot(&bindings, "advance", advance == 1 ? "++" : " += %lld", (long long)advance);
    bind_slot(&bindings, "i", "%s", range.variable ? range.variable : "");
    if (count > 1 && kernel->nest->is_rolled && depth == kept_count(kernel->nest))
        template_add(out, "rolled", &bindings, 0);
    template_add(out, count > 1 ? "loop" : "scope", &bindings, 0);
}

/* Whole tiles, as many as fit; moves stretch->first past them. */
static void add_whole_tiles(Kernel *kernel, Text *out, int depth, Stretch *stretch, int width) {
    const Loop *loop = &kernel->nest->loops[depth];
    int64_t tile = (int64_t)loop->unroll * width;
    int64_t count = (stretch->end - stretch->first) / tile;
    Position whole = {.first = stretch->first, .instances = loop->unroll, .width = width};
    if (count > 0)
        add_range(kernel, out, depth, *stretch, whole, count);
    stretch->first += count * tile;
}

/* The remainder after whole tiles, unrolled: vectors, the last one masked, or a narrower one
   where it is alone. */
static void add_last_vectors(Kernel *kernel, Text *out, int depth, Stretch left) {
    const Loop *loop = &kernel->nest->loops[depth];
    int64_t count = left.end - left.first;
    Position last = {.first = left.first, .width = loop->lanes};
    if (count == 0)
        return;
    if (count < last.width && !loop->is_summed)
        last.width = lanes_for(&kernel->compiler->options, count);
    last.instances = (int)((count + last.width - 1) / last.width);
    last.part = (int)(count % last.width);
    add_range(kernel, out, depth, left, last, 1);
}

/* Whole tiles, then the remainder at once; of a lane loop without masks, scalars at the end. */
static void add_stretch(Kernel *kernel, Text *out, int depth, Stretch stretch) {
    const Loop *loop = &kernel->nest->loops[depth];
    int lanes = loop->is_lane ? loop->lanes : 1;
    add_whole_tiles(kernel, out, depth, &stretch, lanes);
    if (loop->masks_rest) {
        add_last_vectors(kernel, out, depth, stretch);
        return;
    }
    for (int width = lanes;; width = 1) {
        Position left = {.first = stretch.first, .width = width};
        left.instances = (int)((stretch.end - stretch.first) / width);
        if (left.instances > 0)
            add_range(kernel, out, depth, stretch, left, 1);
        stretch.first += (int64_t)left.instances * width;
        if (width == 1)
            return;
    }
}

/* A `for (base ..)` loop around the given body. */
static void add_outer_loop(Kernel *kernel, Text *out, const char *base, Stretch over,
                           int64_t advance, const char *body) {
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "i", "%s", base);
    bind_slot(&bindings, "first", "%lld", (long long)over.first);
    bind_slot(&bindings, "end", "%lld", (long long)over.end);
    bind_slot(&bindings, "advance", " += %lld", (long long)advance);
    bind_slot(&bindings, "body", "%s", body);
    template_add(out, "loop", &bindings, 0);
}

/* A loop within panels wider than its tiles: an outer loop over panels, an inner one in each. */
static void add_panels(Kernel *kernel, Text *out, int depth, Stretch over) {
    const Loop *loop = &kernel->nest->loops[depth];
    int64_t width = loop->panel, whole = over.end / width * width;
    const char *name = format_text(kernel->compiler, "%s_panel", loop_variable(kernel, depth));
    Stretch panel = {.block = over.block, .base = name, .end = width},
            rest = {.from = whole, .end = over.end - whole};
    panel.begin = (Range){over.begin.first + over.first, over.begin.last + whole - width, width};
    if (whole - over.first > width) {
        Text *body = text_new(kernel->compiler);
        add_stretch(kernel, body, depth, panel);
        add_outer_loop(kernel, out, name, (Stretch){.first = over.first, .end = whole}, width,
                       body->bytes);
    } else if (whole > over.first) {
        Stretch only = {.block = over.block, .from = over.first, .end = width};
        only.begin = over.begin;
        add_stretch(kernel, out, depth, only);
    }
    if (rest.end > 0)
        add_stretch(kernel, out, depth, rest);
}

static void add_loop(Kernel *kernel, Text *out, int depth) {
    const Loop *loop = &kernel->nest->loops[depth];
    int tile = loop->unroll * (loop->is_lane ? loop->lanes : 1);
    bool is_sum = kernel->nest->block > 0 && depth == kept_count(kernel->nest);
    Stretch whole = {.end = loop->extent};
    if (loop->panel && tile % loop->panel != 0)
        add_panels(kernel, out, depth, is_sum ? kernel->block : whole);
    else
        add_stretch(kernel, out, depth, is_sum ? kernel->block : whole);
}

/* One block of a blocked sum: the first initialises the sum, the last finishes it; between
   blocks partial sums are in memory. */
static void add_block(Kernel *kernel, Text *out, int depth, Stretch block) {
    const Loop *sum = &kernel->nest->loops[kept_count(kernel->nest)];
    kernel->block = block;
    kernel->begins = !block.block && block.first == 0;
    kernel->finishes = !block.block && block.end == sum->extent;
    add_loop(kernel, out, depth);
}

static void add_blocks(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    int64_t size = nest->block, extent = nest->loops[kept_count(nest)].extent;
    int64_t last = (extent - 1) / size * size;
    Stretch between = {.begin = {size, last - size, size}, .end = size};
    between.block =
        format_text(kernel->compiler, "%s_block", loop_variable(kernel, kept_count(nest)));
    add_block(kernel, out, depth, (Stretch){.end = size});
    if (last == 2 * size)
        add_block(kernel, out, depth, (Stretch){.first = size, .end = last});
    else if (last > size) {
        Text *body = text_new(kernel->compiler);
        add_block(kernel, body, depth, between);
        add_outer_loop(kernel, out, between.block, (Stretch){.first = size, .end = last}, size,
                       body->bytes);
    }
    add_block(kernel, out, depth, (Stretch){.first = last, .end = extent});
}

static void finish_sums(Kernel *kernel, Text *out) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *instruction = nest->instructions[i];
        if (instruction->kind == INSTRUCTION_ACCUMULATE && nest->epilogue_lane > 0)
            instruction_sum_across(kernel, out, instruction);
        else if (instruction_has_accumulators(kernel, instruction))
            instruction_instances(kernel, out, instruction, instruction->varies,
                                  instruction_join_accumulators);
        else if (instruction_is_unreduced(kernel, instruction))
            instruction_instances(kernel, out, instruction, instruction->varies,
                                  instruction_finish);
    }
}

static void add_epilogue(Kernel *kernel, Text *out, int depth) {
    int lane = kernel->nest->epilogue_lane - 1;
    Position before = kernel->at[lane < 0 ? 0 : lane];
    if (lane >= 0) { /* instances become lanes */
        Position *at = &kernel->at[lane];
        int lanes = target_lanes(&kernel->compiler->options);
        at->width = lanes;
        at->part = before.instances % lanes;
        at->instances = 1;
    }
    kernel->in_epilogue = true;
    add_by_instance(kernel, out, depth, true);
    kernel->in_epilogue = false;
    kernel->at[lane < 0 ? 0 : lane] = before;
}

/* Initialises sums, runs the summed loops, finishes the sums; then the epilogue. */
static void add_sums(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    bool is_whole = nest->block == 0;
    for (int i = 0; (is_whole || kernel->begins) && i < nest->instruction_count; i++)
        if (nest->instructions[i]->is_start)
            instruction_add_statements(kernel, out, nest->instructions[i]);
    for (int i = 0; i < nest->instruction_count; i++)
        if (nest->instructions[i]->kind == INSTRUCTION_ACCUMULATE)
            instruction_instances(kernel, out, nest->instructions[i], nest->instructions[i]->varies,
                                  is_whole || kernel->begins ? instruction_declare
                                                             : instruction_load_partial);
    if (depth < nest->loop_count)
        add_loop(kernel, out, depth);
    else
        add_guarded(kernel, out, depth);
    if (!is_whole && !kernel->finishes) {
        for (int i = 0; i < nest->instruction_count; i++)
            if (nest->instructions[i]->kind == INSTRUCTION_ACCUMULATE)
                instruction_instances(kernel, out, nest->instructions[i],
                                      nest->instructions[i]->varies, instruction_store_partial);
        return;
    }
    finish_sums(kernel, out);
    add_epilogue(kernel, out, depth);
}

/* Transposes a matrix in squares of whole vectors; at the edges masked squares or scalars. */
static void add_squares(Kernel *kernel, Text *out) {
    const Nest *nest = kernel->nest;
    int lanes = nest->loops[0].lanes;
    int64_t first = kernel->at[0].instances, second = kernel->at[1].instances;
    for (int64_t i = 0; i < first; i += lanes)
        for (int64_t j = 0; j < second; j += lanes) {
            Square square = {.first = {{(int)i, (int)j}},
                             .count = {(int)(first - i < lanes ? first - i : lanes),
                                       (int)(second - j < lanes ? second - j : lanes)}};
            instruction_add_square(kernel, out, &square);
        }
}

static void add_inner(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    if (nest->interleaved && depth == nest->interleaved - 1)
        add_inner(kernel, out, depth + 1);
    else if (nest->is_transpose && depth == nest->loop_count)
        add_squares(kernel, out);
    else if (nest->has_sums && depth == kept_count(nest))
        add_sums(kernel, out, depth);
    else if (nest->block > 0 && depth == kept_count(nest) - 1)
        add_blocks(kernel, out, depth);
    else if (depth < nest->loop_count)
        add_loop(kernel, out, depth);
}

void kernel_add_nest(Kernel *kernel, Text *out, Nest *nest, bool in_examples) {
    kernel->nest = nest;
    memset(&kernel->at[in_examples], 0,
           sizeof kernel->at - (size_t)in_examples * sizeof *kernel->at);
    kernel_name_instructions(kernel);
    int first = in_examples ? 1 : 0;
    Text *body = text_new(kernel->compiler);
    for (int depth = -1; depth < first; depth++)
        add_guarded(kernel, body, depth);
    add_inner(kernel, body, first);
    text_add(out, "%s", body->bytes);
}
