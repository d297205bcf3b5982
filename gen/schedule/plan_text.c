/* The plan of a kernel in words, for the comment above it and for --dump=schedule: "8 examples by 2
   vectors of 16 outputs". In: tiled nests. Out: text. */

#include "schedule/passes.h"

#include <string.h>

static const char *loop_word(const Nest *nest, int loop) {
    if (nest->loops[loop].over_examples)
        return "examples";
    if (nest->loops[loop].is_summed)
        return "terms";
    Role role = nest->loops[loop].role;
    return role == ROLE_OUTPUTS ? "outputs" : role == ROLE_INPUTS ? "inputs" : "elements";
}

static int lane_of(const Nest *nest) {
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (nest->loops[loop].is_lane)
            return loop;
    return -1;
}

/* "2 vectors of 16 elements" */
static void add_lanes(Text *out, const Nest *nest, int lane) {
    const Loop *loop = &nest->loops[lane];
    bool is_example_loop = lane == nest->example_loop;
    if (loop->unroll > 1)
        text_add(out, "%d vectors of ", loop->unroll);
    text_add(out, "%d %s", loop->lanes, is_example_loop ? "examples" : loop_word(nest, lane));
    if (loop->unroll == 1)
        text_add(out, " in lanes");
}

/* Elements of a register tile. */
static int64_t elements_of_tile(const Nest *nest) {
    return (int64_t)nest->loops[0].unroll * nest->loops[0].lanes * nest->loops[1].unroll;
}

static bool has_batch_sum(const Nest *nest) {
    for (int i = 0; i < nest->instruction_count; i++)
        if (nest->instructions[i]->kind == INSTRUCTION_BATCH_SUM)
            return true;
    return false;
}

static void add_product(Text *out, const Nest *nest, int lane) {
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (loop != lane && !nest->loops[loop].is_summed && nest->loops[loop].unroll > 1)
            text_add(out, "%d %s by ", nest->loops[loop].unroll, loop_word(nest, loop));
    if (lane >= 0)
        add_lanes(out, nest, lane);
    else
        text_add(out, "one number at a time");
    if (nest->accumulators > 1)
        text_add(out, ", each sum in %d parts", nest->accumulators);
    if (nest->epilogue_lane > 0)
        text_add(out, ", then one sum per lane");
    if (has_batch_sum(nest))
        text_add(out, ", summed on the way");
    if (nest->prefetch_distance > 0)
        text_add(out, ", what follows fetched %lld %s ahead",
                 (long long)(nest->prefetch_distance / elements_of_tile(nest)),
                 nest->prefetch_distance > elements_of_tile(nest) ? "tiles" : "tile");
    if (nest->block > 0)
        text_add(out, ", %lld terms of each sum at a time", (long long)nest->block);
    if (nest->prefetched)
        text_add(out, ", the next panel of weights fetched ahead");
}

const char *nest_plan_text(Compiler *compiler, const Nest *nest) {
    Text *out = text_new(compiler);
    int lane = lane_of(nest);
    if (nest->is_transpose && nest->loops[0].lanes > 1)
        text_add(out, "squares of %d by %d%s", nest->loops[0].lanes, nest->loops[0].lanes,
                 nest->prefetch_distance > 0 ? ", the next ones fetched ahead" : "");
    else if ((nest->contract && nest->has_sums) || nest->epilogue_lane > 0)
        add_product(out, nest, lane);
    else if (lane >= 0)
        add_lanes(out, nest, lane);
    else if (nest->loop_count > 0 && target_lanes(&compiler->options) > 1)
        text_add(out, "number by number");
    return out->size ? out->bytes : NULL;
}

/* Whether an earlier nest of the cluster has the same plan. */
static bool is_said(Compiler *compiler, const Cluster *cluster, int number, const char *plan) {
    for (int i = 0; i < number; i++) {
        const char *before = nest_plan_text(compiler, cluster->nests[i]);
        if (before && strcmp(before, plan) == 0)
            return true;
    }
    return false;
}

/* The lines of a plan behind each other, in the words that `--dump=schedule` has. */
static const char *plan_in_a_line(Compiler *compiler, const Cluster *cluster) {
    Text *out = text_new(compiler);
    plan_text(out, cluster->equations, cluster->plan);
    char *lines = strchr(out->bytes, '\n') + 1;
    Text *line = text_new(compiler);
    for (char *at = strtok(lines, "\n"); at; at = strtok(NULL, "\n"))
        text_add(line, "%s%s", line->size ? "; " : "", at + strspn(at, " "));
    return line->bytes;
}

const char *cluster_plan_text(Compiler *compiler, const Cluster *cluster) {
    if (cluster->plan)
        return plan_in_a_line(compiler, cluster);
    Text *out = text_new(compiler);
    for (int i = 0; i < cluster->nest_count; i++) {
        const char *plan = nest_plan_text(compiler, cluster->nests[i]);
        if (plan && !is_said(compiler, cluster, i, plan))
            text_add(out, "%s%s", out->size ? "; " : "", plan);
    }
    return out->size ? out->bytes : NULL;
}

const char *straight_plan_text(const Function *function) {
    Compiler *compiler = function->graph->compiler;
    int lanes = straight_lanes(function), elements = function->schedule->element_lanes;
    return lanes > 1 && function->examples % lanes == 0
               ? format_text(compiler, "straight, %d examples in lanes", lanes)
           : elements ? format_text(compiler, "straight, %d elements in lanes", elements)
           : function->examples > 1 ? "straight, one example at a time"
                                    : "straight";
}
