/* The stage `layout` on small networks: every variable and value has a layout that fits it and is
   read as it is printed, elements of values in memory have places of their own within their
   storage, and later stages find all storages made. */

#include "autodiff/autodiff.h"
#include "checked.h"
#include "place/place.h"
#include "rewrite/rewrite.h"
#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SAMPLES = 300 }; /* elements of a value that are looked at, about */

static const char *const models[] = {
    /* examples in lanes, panels that do not divide */
    "network n\ninput x[20]\ntarget y[3] onehot\nh = relu(dense(x, 18))\np = softmax(dense(h, 3))\n"
    "loss cross_entropy(p, y)\nupdate adam(0.01)\nbatch 8\nmetric accuracy(p, y)\n",
    /* packed values, copies panel by panel, rows that would share sets of a cache */
    "network n\ninput x[256] minmax\ntarget y[10] onehot\nh = relu(dense(x, 128))\n"
    "g = tanh(dense(h * sum(h), 128))\np = softmax(dense(concat(g, g[4:20]), 10))\n"
    "loss cross_entropy(p, y)\nupdate adam(0.01)\nbatch 64\n",
    /* values of rank 2, an edge, a scattered gradient, a reshaped slice, numbers */
    "network n\ninput x[16, 3]\ntarget y\nk = param([8, 3, 3], 0.1)\n"
    "c = relu(contract(k[o, t, i] * x[2*l + t - 1, i], o = 8, l = 8))\n"
    "d = reshape(c[2:6], [32]) * [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, "
    "4, "
    "5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]\n"
    "p = sum(d) + sum(max(c, axis = 1))\nloss (p - y)^2\nupdate sgd(0.1)\nbatch 16\noutput p\n",
};

/* Of one model and target. */
typedef struct {
    Compiler *compiler;
    Program *program;
    Layouts *layouts;
    int shared; /* layouts whose places are used in turn */
} Laid;

static void expect_fit(Laid *laid, const Layout *layout, const LayoutOf *of, const char *name) {
    Layout read;
    const char *text = layout_text(laid->compiler, layout, of);
    const char *problem = layout_check(laid->compiler, layout, of);
    if (!problem)
        problem = layout_parse(laid->compiler, text, of, &read);
    if (!problem && !layout_equal(&read, layout))
        problem = "is read as another one";
    if (problem)
        cr_expect_fail("%s = %s: %s", name, text, problem);
}

/* An optimizer's state lies as its parameter does. */
static void expect_variables(Laid *laid) {
    const Graph *graph = laid->program->graph;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i], *owner = variable->owner;
        const Layout *layout = layout_of_variable(laid->layouts, variable);
        LayoutOf of = layout_subject_of_variable(&laid->compiler->options, variable);
        expect_fit(laid, layout, &of, variable->name);
        if (owner && shape_equal(owner->shape, variable->shape))
            cr_expect_eq(layout, layout_of_variable(laid->layouts, owner), "%s", variable->name);
    }
}

/* The address of an element of the last example, by its row-major number. */
static int64_t address_of(const Access *access, Shape shape, int64_t examples, int64_t element) {
    int64_t own[MAX_RANK], index[MAX_RANK + 1] = {access->has_examples ? examples - 1 : 0};
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        own[axis] = element % shape.size[axis];
        element /= shape.size[axis];
    }
    for (int axis = 0; axis < access->rank; axis++)
        index[axis + 1] =
            access->start[axis] + (access->from[axis] < 0 ? 0 : own[access->from[axis]]);
    return access->offset + layout_position(access->layout, index);
}

/* Each element of a computed value has a place of its own, unless panels take turns. */
static void expect_places(Laid *laid, const Function *function, const Node *node) {
    const Access *access = access_of(laid->layouts, function, node);
    bool has_whole =
        access->storage->kind != STORAGE_INPUT && access->storage->kind != STORAGE_SHARE;
    int64_t examples = has_whole ? function->examples : 1, count = shape_count(node->shape);
    bool *is_taken = NEW_ARRAY(laid->compiler, bool, access->storage->count), is_right = true;
    bool is_own = node_is_computed(node);
    for (int i = 0; i < access->layout->digit_count; i++) {
        const Digit *digit = &access->layout->digits[i];
        bool is_shared = digit->room == 1 && digit->count > 1;
        laid->shared += is_shared;
        is_own &= !is_shared || digit->axis == AXIS_EXAMPLES;
    }
    for (int64_t i = 0; i < count && is_right; i += 1 + count / SAMPLES) {
        int64_t at = address_of(access, node->shape, examples, i);
        is_right = at >= 0 && at < access->storage->count && !(is_own && is_taken[at]);
        if (is_right)
            is_taken[at] = true;
    }
    if (!is_right)
        cr_expect_fail("%s: %%%d %s", function->name, node->id, node->name ? node->name : "");
}

static void expect_nodes_of(Laid *laid, const Function *function) {
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        const Layout *layout = layout_of(laid->layouts, function, node);
        const Access *access = access_of(laid->layouts, function, node);
        LayoutOf of = layout_subject(function, node);
        char name[64];
        snprintf(name, sizeof name, "%s: %%%d", function->name, id);
        expect_fit(laid, layout, &of, name);
        if (access && node_is_computed(node) && layout_size(layout) != access->storage->count)
            cr_expect_fail("%s", name);
        if (access && access->storage->kind != STORAGE_CLASSES)
            expect_places(laid, function, node);
    }
}

/* Partial sums between blocks are of a kernel's plan; all else is there before. */
static void expect_all_made(Laid *laid, const int *before) {
    for (int f = 0; f < laid->program->function_count; f++) {
        const Schedule *schedule = laid->program->functions[f]->schedule;
        int added = 0;
        for (int c = 0; c < schedule->cluster_count; c++)
            for (int n = 0; n < schedule->clusters[c]->nest_count; n++)
                added += schedule->clusters[c]->nests[n]->partial_sums != NULL;
        cr_expect_eq(schedule->storage_count, before[f] + added);
    }
}

static int lay_out(const char *model, Target target) {
    Checked checked;
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    if (setjmp(checked.compiler.stop))
        cr_assert_fail("%s", checked.compiler.diagnostics->bytes);
    checked.compiler.options.target = target;
    checked.compiler.options.unroll = UNROLL_TILE;
    stabilise(checked.graph);
    grad(checked.graph);
    update(checked.graph);
    Laid laid = {.compiler = &checked.compiler, .program = program_new(checked.graph)};
    int storages[FUNCTION_COUNT];
    fold(laid.program);
    fuse(laid.program);
    laid.layouts = layout(laid.program, NULL);
    expect_variables(&laid);
    for (int f = 0; f < laid.program->function_count; f++) {
        expect_nodes_of(&laid, laid.program->functions[f]);
        storages[f] = laid.program->functions[f]->schedule->storage_count;
    }
    schedule(laid.program, laid.layouts);
    place(laid.program, laid.layouts);
    expect_all_made(&laid, storages);
    check_close(&checked);
    return laid.shared;
}

Test(layout_program, all_that_lies_in_memory) {
    static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V3,
                                     TARGET_X86_64_V4};
    int shared = 0;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        for (size_t t = 0; t < sizeof targets / sizeof *targets; t++)
            shared += lay_out(models[i], targets[t]);
    cr_expect_gt(shared, 20, "%d", shared);
}

static void expect_type(Type type, const char *text, int bytes) {
    cr_expect_str_eq(type_text(type), text);
    cr_expect_eq(type_bytes(type), bytes);
    cr_expect_eq(type_by_text(text, strlen(text)), type);
}

/* What elements are, by value. */
Test(layout_program, types) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Options narrow = {.is_double = false}, wide = {.is_double = true};
    expect_type(TYPE_FLOAT, "f32", 4);
    expect_type(TYPE_DOUBLE, "f64", 8);
    expect_type(TYPE_INT32, "i32", 4);
    expect_type(TYPE_UINT8, "u8", 1);
    expect_type(TYPE_BOOL, "bool", 1);
    cr_expect_eq(type_by_text("f3", 2), TYPE_COUNT);
    cr_expect_eq(type_by_text("f32 ", 3), TYPE_FLOAT);
    cr_expect_eq(type_of_node(&narrow, formula_node(graph, "add(x, w)")), TYPE_FLOAT);
    cr_expect_eq(type_of_node(&wide, formula_node(graph, "x")), TYPE_DOUBLE);
    cr_expect_eq(type_of_node(&wide, formula_node(graph, "y")), TYPE_INT32);
    cr_expect_eq(type_of_node(&wide, formula_node(graph, "less(x, w)")), TYPE_BOOL);
    test_compiler_free(compiler);
}
