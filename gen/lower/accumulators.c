/* The arrays in which sums and maxima grow. In: a sum that begins. Out: a local array, of maxima that
   say where they are two: an axis for each kept one below the outermost reducing loop, then one for
   each part, that in lanes last. */

#include "lower/applier.h"

bool is_part(const Equation *equation, const PlanLoop *loop) {
    return is_reducing(equation, loop) && (loop->has_parts || loop->kind == PLAN_LANES);
}

bool sum_is_in_lanes(const Sum *sum) {
    for (int i = 0; i < sum->path.count; i++)
        if (is_part(sum->equation, sum->path.loops[i]) && sum->path.loops[i]->kind == PLAN_LANES)
            return true;
    return false;
}

/* Kept axes that loops of the path run through, each once, as a set. */
static unsigned axes_below(const Sum *sum) {
    unsigned set = 0;
    for (int i = 0; i < sum->path.count; i++)
        if (!is_reducing(sum->equation, sum->path.loops[i]))
            set |= 1u << sum->path.loops[i]->axis;
    return set;
}

/* Rounds of a loop of the path where no block is cut short. */
static int64_t rounds_of(const Sum *sum, int number) {
    const PlanLoop *loop = sum->path.loops[number];
    int64_t block = sum->start.nominal[loop->axis];
    for (int i = 0; i < number; i++)
        if (sum->path.loops[i]->axis == loop->axis)
            block = sum->path.loops[i]->step;
    return (block + loop->step - 1) / loop->step;
}

/* A local array of this shape, called after the value that comes of it. */
static int local_for(Applier *applier, Buffer buffer, int value) {
    buffer.name =
        format_text(applier->compiler, "%s.sum", applier->equations->symbols->buffers[value].name);
    Stmt *stmt = stmt_new(applier->symbols, STMT_LOCAL);
    stmt->buffer = symbols_buffer(applier->symbols, buffer);
    body_add(applier->symbols, applier->body, stmt);
    return stmt->buffer;
}

void add_accumulators(Applier *applier, Sum *sum) {
    const Buffer *value = &applier->equations->symbols->buffers[sum->equation->value];
    Buffer buffer = {.type = value->type, .is_local = true, .is_written = true};
    unsigned below = axes_below(sum);
    for (int axis = 0; axis < applier->equations->axis_count; axis++)
        if (below >> axis & 1)
            buffer.extent[buffer.rank++] = extent_at(&sum->start, axis);
    for (int in_lanes = 0; in_lanes < 2; in_lanes++)
        for (int i = 0; i < sum->path.count; i++) {
            const PlanLoop *loop = sum->path.loops[i];
            if (is_part(sum->equation, loop) && (loop->kind == PLAN_LANES) == in_lanes) {
                int64_t rounds = rounds_of(sum, i);
                buffer.extent[buffer.rank++] =
                    in_lanes ? lanes_for_rounds(applier, rounds) : rounds;
                sum->part_count++;
            }
        }
    if (buffer.rank == 0)
        buffer.extent[buffer.rank++] = 1;
    sum->accumulators = local_for(applier, buffer, sum->equation->value);
    sum->winners = -1;
    if (sum->equation->reduce == REDUCE_FIRST_MAX)
        sum->winners = local_for(applier, buffer, sum->equation->winner);
}

Reference *accumulator(Applier *applier, const Sum *sum, int buffer, const Affine *parts) {
    Affine index[MAX_RANK + 1];
    int count = 0;
    unsigned below = axes_below(sum);
    for (int axis = 0; axis < applier->equations->axis_count; axis++)
        if (below >> axis & 1)
            index[count++] = index_at(applier, &sum->start, axis);
    for (int i = 0; i < sum->part_count; i++)
        index[count++] = parts[i];
    if (count == 0)
        index[count++] = affine_number(0);
    return reference_new(applier->symbols, buffer, count, index);
}
