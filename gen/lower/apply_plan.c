/* A plan applied: equations become loops, blocks, accumulators and the statements inside them. The
   one pass that decides in which order sums are made.

   In: equations, a plan that fits. Out: a loop program over logical indices, one index per axis;
   loops still to be unrolled or put in lanes are marked. Not its business: addresses, vectors,
   registers.

   A value that stays inside the kernel is a local array as large as the block of the innermost loop
   around all nests that make or read it. The accumulators of a sum are a local array around its
   outermost reducing loop, an element for each kept element below and each part; where unfinished
   sums wait, that loop is left out of this, and its first and last rounds are told apart by tests. */

#include "lower/applier.h"

// Nests without a sum

static void make_element(Applier *applier, void *context) {
    const Equation *equation = context;
    Reference *to = reference_to(applier, equation->value, equation->index_count, equation->index);
    body_add(applier->symbols, applier->body,
             stmt_store(applier->symbols, to, expr_in_loops(applier, equation->around)));
}

/* When the values that a nest reads are there. */
typedef struct {
    Tests tests;
    const PlanLoop *in;
} When;

static bool is_open(const Applier *applier, const PlanLoop *loop) {
    for (const Open *open = applier->open; open; open = open->outer)
        if (open->loop == loop)
            return true;
    return false;
}

static void add_when(const Applier *applier, const Expr *expr, When *when) {
    if (expr->kind == EXPR_READ) {
        int buffer = expr->reference->buffer;
        const PlanLoop *loop = applier->made_in[buffer];
        if (loop && when->tests.count == 0 && is_open(applier, loop))
            *when = (When){applier->made_when[buffer], loop}; /* sums wait for the same loops */
    }
    for (int i = 0; i < expr->argument_count; i++)
        add_when(applier, expr->arguments[i], when);
}

static void add_nest(Applier *applier, const PlanNode *nest) {
    const Equation *equation = &applier->equations->equations[nest->equation];
    When when = {0};
    if (equation->inside)
        add_when(applier, equation->inside, &when);
    add_when(applier, equation->around, &when);
    made_late(applier, equation->value, when.tests, when.in);
    if (equation->reduce == REDUCE_FIRST_MAX)
        made_late(applier, equation->winner, when.tests, when.in);
    Body *outer = applier->body;
    if (when.tests.count > 0) {
        if (affine_equal(when.tests.tests[0].value, affine_number(-1)))
            return; /* not in this block */
        enter(applier, add_if(applier, when.tests)->body);
    }
    if (nest->kind == NODE_SUM)
        add_sum(applier, nest);
    else
        add_path(applier, path_of_nest(applier, nest, 0), make_element, (void *)equation);
    applier->body = outer;
    Tests *waits = &applier->made_when[equation->value];
    for (int i = 0; i < when.tests.count && nest->waits >= 0; i++)
        PUSH(applier->compiler, waits->tests, waits->count, when.tests.tests[i]);
}

// The tree

static bool expr_reads(const Expr *expr, int buffer) {
    if (!expr)
        return false;
    if (expr->kind == EXPR_READ && expr->reference->buffer == buffer)
        return true;
    for (int i = 0; i < expr->argument_count; i++)
        if (expr_reads(expr->arguments[i], buffer))
            return true;
    return false;
}

/* Nests below a node that make or read a value. */
static int uses_below(const Applier *applier, const PlanNode *node, int buffer) {
    if (node->kind == NODE_FOR) {
        int count = 0;
        for (int i = 0; i < node->child_count; i++)
            count += uses_below(applier, node->children[i], buffer);
        return count;
    }
    const Equation *equation = &applier->equations->equations[node->equation];
    return equation_makes(equation, buffer) || node->waits == buffer ||
           expr_reads(equation->inside, buffer) || expr_reads(equation->around, buffer);
}

/* Whether its uses are all below this node, and not all below one of its children. */
static bool is_shared_at(const Applier *applier, const PlanNode *node, int value) {
    int all = uses_below(applier, applier->plan->root, value);
    bool is_here = uses_below(applier, node, value) == all;
    for (int i = 0; i < node->child_count; i++)
        is_here &= node->children[i]->kind != NODE_FOR ||
                   uses_below(applier, node->children[i], value) < all;
    return is_here;
}

static void add_local(Applier *applier, const Equation *equation, int value) {
    Buffer buffer = applier->equations->symbols->buffers[value];
    for (int i = 0; i < equation->index_count; i++)
        if (equation->index[i].term_count > 0) /* else the axis has one element */
            buffer.extent[i] = extent_at(&applier->at, equation->index[i].terms[0].variable);
    applier->home_of[value] = position_copy(applier, &applier->at);
    applier->buffer_of[value] = symbols_buffer(applier->symbols, buffer);
    Stmt *stmt = stmt_new(applier->symbols, STMT_LOCAL);
    stmt->buffer = applier->buffer_of[value];
    body_add(applier->symbols, applier->body, stmt);
}

/* Local arrays that begin here. */
static void add_locals(Applier *applier, const PlanNode *node) {
    const Symbols *symbols = applier->equations->symbols;
    for (int i = 0; i < applier->equations->equation_count; i++)
        for (int value = 0; value < symbols->buffer_count; value++)
            if (equation_makes(&applier->equations->equations[i], value) &&
                symbols->buffers[value].is_local && is_shared_at(applier, node, value))
                add_local(applier, &applier->equations->equations[i], value);
}

typedef struct {
    const PlanNode *node;
    int next; /* the loop of the node that comes next */
} Walk;

static void add_loops_of_node(Applier *applier, void *context);

/* Sums whose outermost reducing loop is this one begin before it and are finished behind it. */
static void begin_sums(Applier *applier, const PlanNode *node, Path path, const PlanLoop *loop,
                       bool is_finishing) {
    if (node->kind == NODE_FOR) {
        for (int i = 0; i < node->child_count; i++) {
            const PlanNode *child = node->children[i];
            Path longer = path_new(applier);
            for (int k = 0; k < path.count; k++)
                path_add(applier, &longer, path.loops[k]);
            for (int k = 0; k < child->loop_count; k++)
                path_add(applier, &longer, &child->loops[k]);
            begin_sums(applier, child, longer, loop, is_finishing);
        }
        return;
    }
    const Equation *equation = &applier->equations->equations[node->equation];
    if (node->kind != NODE_SUM || node->waits >= 0 || !is_reducing(equation, loop))
        return;
    Sum **sum = &applier->sum_of[node->equation];
    if (!is_finishing && !*sum) {
        *sum = begin_sum(applier, node, path);
        begin_values(applier, *sum, false);
    } else if (is_finishing && (*sum)->path.loops[0] == loop) {
        for_each_kept(applier, *sum, finish_element);
        *sum = NULL;
    }
}

static void add_loops_of_node(Applier *applier, void *context) {
    Walk walk = *(Walk *)context;
    const PlanNode *node = walk.node;
    if (walk.next == node->loop_count) {
        add_locals(applier, node);
        for (int i = 0; i < node->child_count; i++) {
            const PlanNode *child = node->children[i];
            if (child->kind == NODE_FOR)
                add_loops_of_node(applier, &(Walk){child, 0});
            else
                add_nest(applier, child);
        }
        return;
    }
    const PlanLoop *loop = &node->loops[walk.next];
    Path below = path_new(applier), one = path_new(applier);
    for (int i = walk.next; i < node->loop_count; i++)
        path_add(applier, &below, &node->loops[i]);
    path_add(applier, &one, loop);
    walk.next++;
    begin_sums(applier, node, below, loop, false);
    add_path(applier, one, add_loops_of_node, &walk);
    begin_sums(applier, node, below, loop, true);
}

static void add_arguments(Applier *applier) {
    const Symbols *from = applier->equations->symbols;
    for (int i = 0; i < from->buffer_count; i++)
        if (!from->buffers[i].is_local)
            applier->buffer_of[i] = symbols_buffer(applier->symbols, from->buffers[i]);
}

LoopKernel *apply_plan(const Equations *equations, const Plan *plan, bool is_fused) {
    Compiler *compiler = equations->symbols->compiler;
    Applier applier = {
        .equations = equations,
        .plan = plan,
        .compiler = compiler,
        .is_fused = is_fused,
        .kernel = loops_new(compiler, equations->name),
        .buffer_of = NEW_ARRAY(compiler, int, equations->symbols->buffer_count + 1),
        .home_of = NEW_ARRAY(compiler, Position, equations->symbols->buffer_count + 1),
        .made_when = NEW_ARRAY(compiler, Tests, equations->symbols->buffer_count + 1),
        .made_in = NEW_ARRAY(compiler, const PlanLoop *, equations->symbols->buffer_count + 1),
        .sum_of = NEW_ARRAY(compiler, Sum *, equations->equation_count + 1),
        .at = {NEW_ARRAY(compiler, Affine, equations->axis_count + 1),
               NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
               NEW_ARRAY(compiler, int64_t, equations->axis_count + 1),
               NEW_ARRAY(compiler, int64_t, equations->axis_count + 1)},
    };
    applier.symbols = applier.kernel->symbols;
    applier.body = applier.kernel->body;
    for (int i = 0; i < equations->axis_count; i++) {
        applier.at.value[i] = affine_number(0);
        applier.at.block[i] = applier.at.nominal[i] = equations->axes[i].extent;
        applier.at.grain[i] = 1;
    }
    add_arguments(&applier);
    add_loops_of_node(&applier, &(Walk){plan->root, 0});
    return applier.kernel;
}
