/* Contractions: sums of products over a nest of loops, the examples being the outermost loop. The
   three operands play alike: out from a and b forward, a from out and b, b from out and a
   backward, with the same indices. What is a matrix product in disguise goes to BLAS where there
   is one. */

#include "tensor.h"

#include <string.h>

#ifdef GENERIC_BLAS
#include <cblas.h>
#endif

enum { NEST_LOOPS = MAX_LOOPS + 1 };

/* 0 <= offset + sum of factor * loop < size */
typedef struct {
    int64_t offset, size, factor[NEST_LOOPS];
} LoopRange;

typedef struct {
    int loop_count, range_count;
    int64_t extent[NEST_LOOPS];
    ptrdiff_t base[3], stride[3][NEST_LOOPS]; /* of out, a, b */
    LoopRange ranges[3 * MAX_RANK];           /* only those that some term leaves */
} Nest;

static bool range_needed(const LoopRange *range, const Nest *nest) {
    int64_t least = range->offset, most = range->offset;
    for (int l = 0; l < nest->loop_count; l++) {
        int64_t reach = range->factor[l] * (nest->extent[l] - 1);
        least += reach < 0 ? reach : 0;
        most += reach > 0 ? reach : 0;
    }
    return least < 0 || most >= range->size;
}

/* Loop 0 is the examples; loop l of the contraction is loop l + 1 of the nest. */
static void nest_operand(Nest *nest, const Contract *contract, int which, const Tensor *tensor) {
    const Index *index = &contract->index[which];
    ptrdiff_t stride[MAX_RANK] = {0};
    row_strides(tensor->shape, stride);
    nest->stride[which][0] = tensor->examples > 1 ? (ptrdiff_t)tensor->count : 0;
    for (int axis = 0; axis < tensor->shape.rank; axis++) {
        LoopRange range = {.offset = index->offset[axis], .size = tensor->shape.size[axis]};
        nest->base[which] += (ptrdiff_t)index->offset[axis] * stride[axis];
        for (int l = 0; l < contract->loop_count; l++) {
            range.factor[l + 1] = index->factor[axis][l];
            nest->stride[which][l + 1] += (ptrdiff_t)index->factor[axis][l] * stride[axis];
        }
        if (range_needed(&range, nest)) {
            nest->ranges[nest->range_count++] = range;
        }
    }
}

static void drop_loop(Nest *nest, int loop) {
    for (int l = loop; l + 1 < nest->loop_count; l++) {
        nest->extent[l] = nest->extent[l + 1];
        for (int which = 0; which < 3; which++) {
            nest->stride[which][l] = nest->stride[which][l + 1];
        }
        for (int r = 0; r < nest->range_count; r++) {
            nest->ranges[r].factor[l] = nest->ranges[r].factor[l + 1];
        }
    }
    nest->loop_count--;
}

static bool can_join(const Nest *nest, int outer, int inner) {
    for (int which = 0; which < 3; which++) {
        if (nest->stride[which][outer] !=
            nest->stride[which][inner] * (ptrdiff_t)nest->extent[inner]) {
            return false;
        }
    }
    return nest->range_count == 0;
}

/* Fewer loops with the same terms. */
static void nest_join(Nest *nest) {
    for (int l = nest->loop_count - 1; l >= 0 && nest->loop_count > 1; l--) {
        if (nest->extent[l] == 1) {
            drop_loop(nest, l);
        }
    }
    for (int l = nest->loop_count - 2; l >= 0; l--) {
        if (can_join(nest, l, l + 1)) {
            nest->extent[l + 1] *= nest->extent[l];
            drop_loop(nest, l);
        }
    }
}

static Nest nest_new(const Contract *contract, const Tensor *out, const Tensor *a,
                     const Tensor *b) {
    size_t examples = a->examples > b->examples ? a->examples : b->examples;
    Nest nest = {.loop_count = contract->loop_count + 1};
    nest.extent[0] = (int64_t)(out->examples > examples ? out->examples : examples);
    for (int l = 0; l < contract->loop_count; l++) {
        nest.extent[l + 1] = contract->extent[l];
    }
    nest_operand(&nest, contract, 0, out);
    nest_operand(&nest, contract, 1, a);
    nest_operand(&nest, contract, 2, b);
    nest_join(&nest);
    return nest;
}

/* target[] += x[] * y[]: which operand each is, and where its numbers lie. fresh: how many numbers the
   target has in all, if they are to count as zero; or 0. */
typedef struct {
    int which[3];
    Real *target;
    const Real *x, *y;
    size_t fresh;
} Roles;

static void run_inner(size_t count, Real *restrict target, const Real *x, const Real *y,
                      const ptrdiff_t *step) {
    if (step[0] == 1 && step[1] == 0 && step[2] == 1) {
        for (size_t i = 0; i < count; i++) {
            target[i] += x[0] * y[i];
        }
    } else if (step[0] == 1 && step[1] == 1 && step[2] == 0) {
        for (size_t i = 0; i < count; i++) {
            target[i] += x[i] * y[0];
        }
    } else if (step[0] == 0) {
        Real sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += x[(ptrdiff_t)i * step[1]] * y[(ptrdiff_t)i * step[2]];
        }
        target[0] += sum;
    } else {
        for (size_t i = 0; i < count; i++) {
            target[(ptrdiff_t)i * step[0]] += x[(ptrdiff_t)i * step[1]] * y[(ptrdiff_t)i * step[2]];
        }
    }
}

static int inner_score(const Nest *nest, const Roles *roles, int loop) {
    ptrdiff_t t = nest->stride[roles->which[0]][loop];
    ptrdiff_t x = nest->stride[roles->which[1]][loop], y = nest->stride[roles->which[2]][loop];
    bool short_loop = nest->extent[loop] < 4;
    if (t == 1 && (x == 1 || x == 0) && (y == 1 || y == 0)) {
        return short_loop ? 2 : 4;
    }
    return t == 0 && x == 1 && y == 1 && !short_loop ? 3 : 1;
}

static void move_inner_loop_last(Nest *nest, const Roles *roles) {
    int best = nest->loop_count - 1;
    for (int l = nest->loop_count - 2; l >= 0; l--) {
        if (inner_score(nest, roles, l) > inner_score(nest, roles, best)) {
            best = l;
        }
    }
    Nest old = *nest;
    int last = nest->loop_count - 1;
    nest->loop_count = NEST_LOOPS;
    drop_loop(nest, best);
    nest->loop_count = last + 1;
    nest->extent[last] = old.extent[best];
    for (int which = 0; which < 3; which++) {
        nest->stride[which][last] = old.stride[which][best];
    }
    for (int r = 0; r < nest->range_count; r++) {
        nest->ranges[r].factor[last] = old.ranges[r].factor[best];
    }
}

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Cuts [*first, *end) of the innermost loop to where every range holds at the outer loops'
   place. */
static void clip(const Nest *nest, const int64_t *place, int64_t *first, int64_t *end) {
    int last = nest->loop_count - 1;
    *first = 0;
    *end = nest->extent[last];
    for (int r = 0; r < nest->range_count; r++) {
        const LoopRange *range = &nest->ranges[r];
        int64_t at = range->offset, factor = range->factor[last];
        for (int l = 0; l < last; l++) {
            at += range->factor[l] * place[l];
        }
        int64_t low = -at, high = range->size - 1 - at; /* low <= factor * i <= high */
        if (factor == 0) {
            *end = low <= 0 && high >= 0 ? *end : 0;
            continue;
        }
        int64_t from = factor > 0 ? -floor_divide(-low, factor) : -floor_divide(-high, factor);
        int64_t to = factor > 0 ? floor_divide(high, factor) : floor_divide(low, factor);
        *first = from > *first ? from : *first;
        *end = to + 1 < *end ? to + 1 : *end;
    }
}

static bool next_place(const Nest *nest, int64_t *place) {
    for (int l = nest->loop_count - 2; l >= 0; l--) {
        if (++place[l] < nest->extent[l]) {
            return true;
        }
        place[l] = 0;
    }
    return false;
}

static ptrdiff_t offset_at(const Nest *nest, int which, const int64_t *place) {
    ptrdiff_t offset = nest->base[which];
    for (int l = 0; l < nest->loop_count; l++) {
        offset += nest->stride[which][l] * (ptrdiff_t)place[l];
    }
    return offset;
}

static void run_loops(const Nest *nest, const Roles *roles) {
    int last = nest->loop_count - 1;
    int64_t place[NEST_LOOPS] = {0}, first, end;
    ptrdiff_t step[3];
    for (int i = 0; i < 3; i++) {
        step[i] = nest->stride[roles->which[i]][last];
    }
    do {
        clip(nest, place, &first, &end);
        if (first < end) {
            place[last] = first;
            run_inner((size_t)(end - first),
                      roles->target + offset_at(nest, roles->which[0], place),
                      roles->x + offset_at(nest, roles->which[1], place),
                      roles->y + offset_at(nest, roles->which[2], place), step);
            place[last] = 0;
        }
    } while (next_place(nest, place));
}

#ifdef GENERIC_BLAS
/* A matrix of the product: steps along its two loops. */
typedef struct {
    ptrdiff_t row, column;
} Steps;

static bool is_row_major(Steps steps, int64_t columns) {
    return steps.column == 1 || columns == 1;
}

static int leading(Steps steps, bool row_major, int64_t other) {
    ptrdiff_t step = row_major ? steps.row : steps.column;
    return (int)(step > other ? step : other);
}

/* The loops as M, N, K of one product, or false. -1: no such loop, extent 1. */
static bool find_product(const Nest *nest, const Roles *roles, int loops[3]) {
    loops[0] = loops[1] = loops[2] = -1;
    for (int l = 0; l < nest->loop_count; l++) {
        bool t = nest->stride[roles->which[0]][l] != 0, x = nest->stride[roles->which[1]][l] != 0,
             y = nest->stride[roles->which[2]][l] != 0;
        int kind = t && x && !y ? 0 : t && !x && y ? 1 : !t && x && y ? 2 : -1;
        if (kind < 0 || loops[kind] >= 0) {
            return false;
        }
        loops[kind] = l;
    }
    return nest->range_count == 0 && loops[2] >= 0;
}

static Steps steps_of(const Nest *nest, int which, int row, int column) {
    return (Steps){row < 0 ? 1 : nest->stride[which][row],
                   column < 0 ? 1 : nest->stride[which][column]};
}

static bool run_product(const Nest *nest, const Roles *roles) {
    int loops[3];
    if (!find_product(nest, roles, loops)) {
        return false;
    }
    int64_t extent[3];
    for (int i = 0; i < 3; i++) {
        extent[i] = loops[i] < 0 ? 1 : nest->extent[loops[i]];
    }
    Steps t = steps_of(nest, roles->which[0], loops[0], loops[1]);
    Steps x = steps_of(nest, roles->which[1], loops[0], loops[2]);
    Steps y = steps_of(nest, roles->which[2], loops[2], loops[1]);
    if (!is_row_major(t, extent[1]) || t.row < extent[1] || (x.row != 1 && x.column != 1) ||
        (y.row != 1 && y.column != 1)) {
        return false;
    }
    size_t fresh = roles->fresh;
    if (fresh > 0 && fresh != (size_t)(extent[0] * extent[1])) {
        return false;
    }
    bool x_rows = is_row_major(x, extent[2]), y_rows = is_row_major(y, extent[1]);
    cblas_sgemm(
        CblasRowMajor, x_rows ? CblasNoTrans : CblasTrans, y_rows ? CblasNoTrans : CblasTrans,
        (int)extent[0], (int)extent[1], (int)extent[2], 1, roles->x + nest->base[roles->which[1]],
        leading(x, x_rows, x_rows ? extent[2] : extent[0]), roles->y + nest->base[roles->which[2]],
        leading(y, y_rows, y_rows ? extent[1] : extent[2]), fresh > 0 ? 0 : 1,
        roles->target + nest->base[roles->which[0]], leading(t, true, extent[1]));
    return true;
}
#else
static bool run_product(const Nest *nest, const Roles *roles) {
    (void)nest;
    (void)roles;
    return false;
}
#endif

static void nest_run(const Nest *nest, Roles roles) {
    Roles swapped = {{roles.which[0], roles.which[2], roles.which[1]},
                     roles.target,
                     roles.y,
                     roles.x,
                     roles.fresh};
    if (run_product(nest, &roles) || run_product(nest, &swapped)) {
        return;
    }
    memset(roles.target, 0, roles.fresh * sizeof *roles.target);
    Nest ordered = *nest;
    move_inner_loop_last(&ordered, &roles);
    run_loops(&ordered, &roles);
}

void contract_forward(const Node *node, Tensor *out, Tensor *const *in) {
    Nest nest = nest_new(node->contract, out, in[0], in[1]);
    nest_run(
        &nest,
        (Roles){{0, 1, 2}, out->value, in[0]->value, in[1]->value, out->examples * out->count});
}

/* To the slope of one operand from that of the result and the other operand. */
static void backward_to(const Nest *nest, const Tensor *out, Tensor *const *in, int to) {
    Tensor *target = in[to];
    if (target->slope) {
        size_t fresh = target->is_fresh ? target->examples * target->count : 0;
        nest_run(nest,
                 (Roles){{to + 1, 0, 2 - to}, target->slope, out->slope, in[1 - to]->value, fresh});
        target->is_fresh = false;
    }
}

void contract_backward(const Node *node, const Tensor *out, Tensor *const *in) {
    Nest nest = nest_new(node->contract, out, in[0], in[1]);
    backward_to(&nest, out, in, 0);
    backward_to(&nest, out, in, 1);
}
