/* Drawing plans. In: equations, a seed. Out: the text of a plan that fits. */

#include "drawn_plans.h"

#include "formula_graph.h"

Compiler *plans_compiler(void) {
    Compiler *compiler = test_compiler();
    compiler->options.target = TARGET_X86_64_V4;
    return compiler;
}

int drawn_number(uint64_t *state, int count) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)count);
}

typedef struct {
    int axis;
    int64_t step, left;
    int64_t count; /* of a smallest digit that comes first */
} DrawnLoop;

/* Cuts an axis into one to three digits; the loops, outermost first. */
static int draw_digits(uint64_t *state, int64_t extent, DrawnLoop *loops, int axis) {
    int count = 0;
    int64_t block = extent;
    for (int i = 0; i < 2 && block > 1; i++) {
        int64_t step = 1 + drawn_number(state, (int)block);
        if (step == block || (count > 0 && block % step != 0) || step == 1)
            continue;
        int64_t tail = count > 0 && loops[count - 1].left ? loops[count - 1].left : block;
        loops[count++] = (DrawnLoop){axis, step, tail % step, 0};
        if (step > tail)
            return 0; /* no loop in the last block: draw again */
        block = step;
    }
    loops[count++] = (DrawnLoop){axis, 1, 0, 0};
    return count;
}

/* The smallest digit of a kept axis first, then the rest. */
static int draw_remainders(uint64_t *state, DrawnLoop *loops, int axis) {
    int64_t stride = 2 + drawn_number(state, 2);
    loops[0] = (DrawnLoop){axis, 1, 0, stride};
    loops[1] = (DrawnLoop){axis, stride, 0, 0};
    return 2;
}

enum { MOST_LANES = 16 }; /* of the target that tests plan for */

/* A loop of single elements may run in lanes. */
static bool fits_lanes(const Equations *equations, const DrawnLoop *loops, int loop, int first) {
    int axis = loops[loop].axis;
    int64_t block = loop > first ? loops[loop - 1].step : equations->axes[axis].extent;
    return loops[loop].step == 1 && loops[loop].count == 0 && block > 1 && block <= MOST_LANES;
}

typedef struct {
    int first, next, end; /* of the loops, outermost first */
} DrawnAxis;

static void add_loop(Text *out, const Equations *equations, const DrawnLoop *loop,
                     const char *kind) {
    text_add(out, "%s %s", kind, equations->axes[loop->axis].name);
    if (loop->step != 1)
        text_add(out, "/%d", (int)loop->step);
    if (loop->count != 0)
        text_add(out, ":%d", (int)loop->count);
    if (loop->left != 0)
        text_add(out, "+%d", (int)loop->left);
}

/* Loops of a nest that has these axes: digits of each, mixed. */
static void draw_nest(Text *out, const Equations *equations, const Equation *equation,
                      uint64_t *state, bool has_lanes) {
    static const char *const kinds[] = {"for", "unroll", "each"};
    DrawnLoop loops[3 * MAX_LOOPS];
    DrawnAxis axes[MAX_LOOPS] = {{0}};
    int count = 0;
    for (int axis = 0; axis < equations->axis_count; axis++) {
        if (!((equation->kept | equation->reduced) >> axis & 1))
            continue;
        int added = 0;
        if (equation->kept >> axis & 1 && equations->axes[axis].extent > 4 &&
            drawn_number(state, 6) == 0)
            added = draw_remainders(state, &loops[count], axis);
        while (added == 0)
            added = draw_digits(state, equations->axes[axis].extent, &loops[count], axis);
        axes[axis] = (DrawnAxis){count, count, count + added};
        count += added;
    }
    text_add(out, "  %s %s", equation->reduce ? "sum" : "make",
             equations->symbols->buffers[equation->value].name);
    if (equation->reduce == REDUCE_FIRST_MAX)
        text_add(out, ", %s", equations->symbols->buffers[equation->winner].name);
    bool has_parts = equation->reduce && drawn_number(state, 2);
    for (int i = 0; i < count; i++) {
        int number = drawn_number(state, equations->axis_count);
        while (axes[number].next == axes[number].end)
            number = (number + 1) % equations->axis_count;
        int loop = axes[number].next++;
        bool in_lanes = has_lanes && fits_lanes(equations, loops, loop, axes[number].first) &&
                        drawn_number(state, 2);
        text_add(out, "%s", i ? ", " : ": ");
        const char *kind = in_lanes ? "lanes" : kinds[drawn_number(state, 3)];
        add_loop(out, equations, &loops[loop], loops[loop].count ? "each" : kind);
        bool is_part = has_parts && equation->reduced >> number & 1 && drawn_number(state, 2);
        text_add(out, "%s%s", is_part ? " parts" : "", in_lanes ? " mask" : "");
        has_lanes &= !in_lanes;
    }
    text_add(out, "\n");
}

char *drawn_plan(const Equations *equations, uint64_t *state, bool has_lanes) {
    Text *out = text_new(equations->symbols->compiler);
    text_add(out, "plan %s\n", equations->name);
    for (int i = 0; i < equations->equation_count; i++)
        draw_nest(out, equations, &equations->equations[i], state, has_lanes);
    return out->bytes;
}
