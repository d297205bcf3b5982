/* Loops of kernels. In: a nest with its plan. Out: loops with literal bounds, full tiles first,
   then what is left; each step stands as far out as its value allows, sums are finished where their
   loops end. */

#include "kernel.h"

#include <string.h>

const char *const loop_letters[MAX_NEST_LOOPS] = {"i", "j", "k", "l", "m", "n", "o", "p", "q"};

static int kept_count(const Nest *nest) {
    int count = 0;
    while (count < nest->loop_count && !(nest->has_sums && nest->loops[count].is_summed))
        count++;
    return count;
}

/* Inside all loops; where sums have no loop of their own, after their beginning. */
static int innermost(const Nest *nest) {
    return nest->has_sums && kept_count(nest) == nest->loop_count ? nest->loop_count
                                                                  : nest->loop_count - 1;
}

/* The loop inside which a body step stands: the innermost one that its value varies on; under
   guards, and where sums are added up in memory, the innermost of all. */
static int step_depth(const Nest *nest, const Step *step) {
    unsigned varies =
        step->kind == STEP_STORE ? step->varies | step->steps[0]->varies : step->varies;
    bool adds_in_memory = nest->contract && !nest->has_sums;
    if (nest->guard_count > 0 || adds_in_memory || step->kind == STEP_ACCUMULATE)
        return innermost(nest);
    int depth = nest->loop_count - 1;
    while (depth >= 0 && !(varies >> depth & 1))
        depth--;
    return depth;
}

static void add_body_steps(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < nest->step_count; i++)
        if (!nest->steps[i]->is_tail && step_depth(nest, nest->steps[i]) == depth)
            step_add_statements(kernel, out, nest->steps[i]);
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
    if (depth != innermost(kernel->nest) || kernel->nest->guard_count == 0) {
        add_body_steps(kernel, out, depth);
        return;
    }
    Text *body = text_new(kernel->compiler);
    add_body_steps(kernel, body, depth);
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "guard", "%s", guard_text(kernel));
    bind_slot(&bindings, "body", "%s", body->bytes);
    template_add(out, "guard", &bindings, 0);
}

static const char *loop_variable(const Kernel *kernel, int loop) {
    int letter = 0;
    if (loop == kernel->nest->row_loop)
        return "b";
    for (int i = 0; i < loop; i++)
        letter += i != kernel->nest->row_loop;
    return loop_letters[letter];
}

/* One stretch of a loop: `count` rounds of `instances` instances of `width` lanes, from `first` on.
 */
static void add_range(Kernel *kernel, Text *out, int depth, Position range, int64_t count) {
    bool is_whole = range.first == 0 &&
                    count * range.instances * range.width == kernel->nest->loops[depth].extent;
    Text *body = text_new(kernel->compiler);
    int64_t step = (int64_t)range.instances * range.width;
    range.variable = count > 1 ? loop_variable(kernel, depth) : NULL;
    kernel->at[depth] = range;
    add_guarded(kernel, body, depth);
    add_inner(kernel, body, depth + 1);
    if (is_whole && count == 1) {
        text_add(out, "%s", body->bytes);
        return;
    }
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "body", "%s", body->bytes);
    bind_slot(&bindings, "first", "%lld", (long long)range.first);
    bind_slot(&bindings, "end", "%lld", (long long)(range.first + count * step));
    bind_slot(&bindings, "advance", step == 1 ? "++" : " += %lld", (long long)step);
    bind_slot(&bindings, "i", "%s", range.variable ? range.variable : "");
    template_add(out, count > 1 ? "loop" : "scope", &bindings, 0);
}

/* Full tiles, then what is left in one go; of a lane loop full vectors before single numbers. */
static void add_loop(Kernel *kernel, Text *out, int depth) {
    const Loop *loop = &kernel->nest->loops[depth];
    int64_t first = 0;
    for (int width = loop->is_lane ? target_lanes(&kernel->compiler->options) : 1;; width = 1) {
        int64_t left = (loop->extent - first) / width, count = left / loop->unroll,
                rest = left % loop->unroll;
        if (width == 1 && loop->is_lane)
            count = 0, rest = left;
        Position full = {.first = first, .instances = loop->unroll, .width = width};
        if (count > 0)
            add_range(kernel, out, depth, full, count);
        first += count * loop->unroll * width;
        Position partial = {.first = first, .instances = (int)rest, .width = width};
        if (rest > 0)
            add_range(kernel, out, depth, partial, 1);
        first += rest * width;
        if (width == 1)
            return;
    }
}

/* Sums begin at zero here, run over the summed loops, and are finished; then the tail. */
static void add_sums(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < nest->step_count; i++)
        if (nest->steps[i]->kind == STEP_ACCUMULATE)
            step_instances(kernel, out, nest->steps[i], nest->steps[i]->varies, step_declare);
    if (depth < nest->loop_count)
        add_loop(kernel, out, depth);
    else
        add_guarded(kernel, out, depth);
    for (int i = 0; i < nest->step_count; i++)
        if (step_is_partial(kernel, nest->steps[i]))
            step_instances(kernel, out, nest->steps[i], nest->steps[i]->varies, step_finish);
    for (int i = 0; i < nest->step_count; i++)
        if (nest->steps[i]->is_tail)
            step_add_statements(kernel, out, nest->steps[i]);
}

static void add_inner(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    if (nest->has_sums && depth == kept_count(nest))
        add_sums(kernel, out, depth);
    else if (depth < nest->loop_count)
        add_loop(kernel, out, depth);
}

void kernel_add_nest(Kernel *kernel, Text *out, Nest *nest, bool in_rows) {
    kernel->nest = nest;
    memset(&kernel->at[in_rows], 0, sizeof kernel->at - (size_t)in_rows * sizeof *kernel->at);
    kernel_name_steps(kernel);
    int first = in_rows ? 1 : 0;
    Text *body = text_new(kernel->compiler);
    for (int depth = -1; depth < first; depth++)
        add_guarded(kernel, body, depth);
    add_inner(kernel, body, first);
    text_add(out, "%s", body->bytes);
}
