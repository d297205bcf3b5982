/* See planned_values.h. */
#define _GNU_SOURCE
#include "planned_values.h"

#include "autodiff/autodiff.h"
#include "check/check.h"
#include "drawn_plans.h"
#include "graph_values.h"
#include "loops_run.h"
#include "rewrite/rewrite.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FLOPS = 2000000 };

typedef struct {
    Program *program;
    Layouts *layouts;
} Scheduled;

static Scheduled scheduled(Compiler *compiler, const char *text) {
    compiler->prelude = parse_prelude(compiler);
    compiler->rules = rules_new(compiler);
    Statements *statements = parse(compiler, source_new(compiler, "m.def", text, strlen(text)));
    Graph *graph = compiler->error_count == 0 ? check(compiler, statements) : NULL;
    cr_assert(graph && compiler->error_count == 0, "%s\n%s", text, compiler->diagnostics->bytes);
    stabilise(graph);
    if (graph->cost)
        grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    fuse(program);
    Layouts *layouts = layout(program, NULL);
    schedule(program, layouts);
    return (Scheduled){program, layouts};
}

// One kernel

typedef struct {
    const char *model;
    const Layouts *layouts;
    Function *function;
    double **values; /* by id */
    PlansTally *tally;
} Comparison;

static const Node *node_of(const Comparison *comparison, const BufferOrigin *origin) {
    return origin->node ? origin->node : comparison->function->stores[origin->store].value;
}

/* The index of row-major element `at`. */
static void index_of(const Buffer *buffer, int64_t at, int64_t *index) {
    for (int axis = buffer->rank - 1; axis >= 0; axis--) {
        index[axis] = at % buffer->extent[axis];
        at /= buffer->extent[axis];
    }
}

/* Where element `at` lies. */
static int64_t position_of(const Buffer *buffer, const Access *access, bool has_examples,
                           int64_t at) {
    int64_t index[MAX_RANK + 1] = {0}, within[MAX_RANK + 1] = {0};
    if (access->storage->kind == STORAGE_CLASSES)
        return at;
    index_of(buffer, at, index);
    within[0] = access->has_examples && has_examples ? index[0] : 0;
    for (int axis = 0; axis < access->rank; axis++)
        within[axis + 1] = access->start[axis] +
                           (access->from[axis] < 0 ? 0 : index[has_examples + access->from[axis]]);
    return access->offset + layout_position(access->layout, within);
}

static double element_of(const Comparison *comparison, const Node *node, const Buffer *buffer,
                         int64_t at) {
    const double *values = comparison->values[node->id];
    if (buffer->type != TYPE_INT32)
        return values[at];
    int64_t classes = shape_count(node->shape);
    for (int64_t k = 0; k < classes; k++)
        if (values[at * classes + k] == 1)
            return (double)k;
    return 0;
}

/* Few bits: sums of thousands of products of two are exact. */
static bool is_short(double value) {
    return ldexp(value, 10) == rint(ldexp(value, 10)) && fabs(value) < 1024;
}

static bool is_near(double a, double b) {
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b));
}

/* Arguments that are one storage are one array; what nobody has given a value is NaN. */
static double **memory_of(const Comparison *comparison, const Equations *equations,
                          const LoweredKernel *lowered, bool *is_exact) {
    const Symbols *symbols = lowered->loops->symbols;
    Compiler *compiler = symbols->compiler;
    double **memory = NEW_ARRAY(compiler, double *, symbols->buffer_count + 1);
    int64_t *size = NEW_ARRAY(compiler, int64_t, symbols->buffer_count + 1);
    int count = 0;
    for (int i = 0; i < symbols->buffer_count; i++)
        count += !symbols->buffers[i].is_local;
    for (int i = 0; i < count; i++) {
        int same = 0;
        while (lowered->accesses[same]->storage != lowered->accesses[i]->storage)
            same++;
        for (int k = i; k < count; k++)
            if (lowered->accesses[k]->storage == lowered->accesses[i]->storage &&
                symbols->buffers[k].extent[0] > size[same])
                size[same] = symbols->buffers[k].extent[0];
        if (same < i) {
            memory[i] = memory[same];
            continue;
        }
        memory[i] = NEW_ARRAY(compiler, double, size[i]);
        for (int64_t k = 0; k < size[i]; k++)
            memory[i][k] = NAN;
    }
    for (int i = 0, argument = 0; i < equations->symbols->buffer_count; i++) {
        const Buffer *buffer = &equations->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        const Node *node = node_of(comparison, &equations->origins[i]);
        for (int64_t at = 0; !buffer->is_written && at < buffer_count(buffer); at++) {
            double value = element_of(comparison, node, buffer, at);
            *is_exact &= is_short(value);
            memory[argument][position_of(buffer, lowered->accesses[argument], node->batched, at)] =
                value;
        }
        argument++;
    }
    return memory;
}

static void expect_results(const Comparison *comparison, const Equations *equations,
                           const LoweredKernel *lowered, double **memory, bool is_exact,
                           const char *plan) {
    for (int i = 0, argument = 0; i < equations->symbols->buffer_count; i++) {
        const Buffer *buffer = &equations->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        const Node *node = node_of(comparison, &equations->origins[i]);
        const Access *access = lowered->accesses[argument];
        for (int64_t at = 0; buffer->is_written && at < buffer_count(buffer); at++) {
            double got = memory[argument][position_of(buffer, access, node->batched, at)];
            double wanted = element_of(comparison, node, buffer, at);
            bool is_sum = is_exact && is_short(wanted); /* else some operator rounds it */
            if (is_sum ? got == wanted : is_near(got, wanted))
                continue;
            Text *text = text_new(equations->symbols->compiler);
            equations_text(text, equations);
            text_add(text, "%s", plan);
            loops_text(text, lowered->loops);
            cr_assert_fail("%s\n%s: %s\n%s[%d] is %.17g, not %.17g%s", comparison->model,
                           comparison->function->name, text->bytes, buffer->name, (int)at, got,
                           wanted, is_sum ? ", and all sums are exact" : "");
        }
        argument++;
    }
}

static void run_by(const Comparison *comparison, const Equations *equations, const char *text) {
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){text}, &plan);
    cr_assert_null(problem, "%s%s", text, problem);
    LoweredKernel lowered =
        lower_kernel(comparison->layouts, comparison->function, equations, plan);
    if (lowered.problem) {
        comparison->tally->refused++;
        return;
    }
    bool is_exact = true;
    double **memory = memory_of(comparison, equations, &lowered, &is_exact);
    problem = loops_run(lowered.loops, memory);
    cr_assert_null(problem, "%s\n%s%s", comparison->model, text, problem);
    expect_results(comparison, equations, &lowered, memory, is_exact, text);
    comparison->tally->runs++;
    comparison->tally->exact += is_exact;
}

static void run_function(Comparison *comparison, int plans, uint64_t *state) {
    const Schedule *schedule = comparison->function->schedule;
    for (int c = 0; c < schedule->cluster_count; c++) {
        const Cluster *cluster = schedule->clusters[c];
        if (!cluster->plan)
            continue;
        comparison->tally->kernels++;
        Text *chosen = text_new(comparison->function->graph->compiler);
        plan_text(chosen, cluster->equations, cluster->plan);
        run_by(comparison, cluster->equations, chosen->bytes);
        for (int i = 0; i < plans; i++)
            run_by(comparison, cluster->equations, drawn_plan(cluster->equations, state, true));
    }
}

/* Small whole numbers in place of all; targets that are classes stay. */
static void make_whole(const Graph *graph, TestValues *variables) {
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        bool has_rows = variable->kind == VARIABLE_INPUT || variable->kind == VARIABLE_TARGET;
        int64_t count = shape_count(variable->shape) * (has_rows ? TEST_ROWS : 1);
        for (int64_t k = 0; k < count; k++)
            if (variables->of[v][k] != 0 && variables->of[v][k] != 1)
                variables->of[v][k] = rint(2 * variables->of[v][k]);
    }
}

static bool is_of_rows(const Function *function) {
    bool has_examples = false;
    for (int id = 0; id < function->graph->node_count; id++)
        has_examples |= function->graph->nodes[id]->batched;
    return !has_examples || function->examples == TEST_ROWS;
}

PlansTally plans_expect(const char *text, const Options *options, int plans, uint64_t seed) {
    PlansTally tally = {0};
    Compiler compiler = {.arena = arena_new(), .options = *options};
    compiler.options.is_double = true;
    cr_assert(compiler.arena);
    if (setjmp(compiler.stop) != 0)
        cr_assert_fail("%s\n%s", text, compiler.diagnostics->bytes);
    compiler.diagnostics = text_new(&compiler);
    Scheduled made = scheduled(&compiler, text);
    Comparison comparison = {.model = text, .layouts = made.layouts, .tally = &tally};
    TestValues variables = test_values(made.program->graph);
    make_whole(made.program->graph, &variables);
    variables.draw = loops_drawn;
    for (int f = 0; f < made.program->function_count; f++) {
        comparison.function = made.program->functions[f];
        if (comparison.function->schedule->is_straight || !is_of_rows(comparison.function) ||
            flops_of_function(comparison.function).call > MOST_FLOPS)
            continue;
        comparison.values = graph_values(comparison.function->graph, &variables);
        run_function(&comparison, plans, &seed);
    }
    arena_free(compiler.arena);
    return tally;
}

static void add_drawn(Text *out, const Scheduled *made, Function *function, uint64_t *state) {
    const Schedule *schedule = function->schedule;
    for (int c = 0; c < schedule->cluster_count; c++) {
        const Cluster *cluster = schedule->clusters[c];
        if (!cluster->plan)
            continue;
        Plan *plan;
        const char *text = drawn_plan(cluster->equations, state, true);
        cr_assert_null(plan_parse(cluster->equations, &(const char *){text}, &plan));
        if (!lower_kernel(made->layouts, function, cluster->equations, plan).problem)
            text_add(out, "plan %s\n%s", cluster->plan->name, strchr(text, '\n') + 1);
    }
}

char *plans_drawn(const char *text, const Options *options, uint64_t seed) {
    Compiler compiler = {.arena = arena_new(), .options = *options};
    cr_assert(compiler.arena);
    if (setjmp(compiler.stop) != 0)
        cr_assert_fail("%s\n%s", text, compiler.diagnostics->bytes);
    compiler.diagnostics = text_new(&compiler);
    Scheduled made = scheduled(&compiler, text);
    Text *out = text_new(&compiler);
    text_add(out, "# drawn by %d\n", (int)seed);
    for (int f = 0; f < made.program->function_count; f++)
        add_drawn(out, &made, made.program->functions[f], &seed);
    char *plans = strdup(out->bytes);
    arena_free(compiler.arena);
    return plans;
}

int plans_expect_same(const char *text, const Options *options) {
    Compiler compiler = {.arena = arena_new(), .options = *options};
    cr_assert(compiler.arena);
    if (setjmp(compiler.stop) != 0)
        cr_assert_fail("%s\n%s", text, compiler.diagnostics->bytes);
    compiler.diagnostics = text_new(&compiler);
    Scheduled made = scheduled(&compiler, text);
    Text *before = text_new(&compiler), *after = text_new(&compiler);
    plans_text(before, made.program);
    int count = 0;
    for (const char *at = before->bytes; at && (at = strstr(at, "plan ")); at++)
        count += at == before->bytes || at[-1] == '\n';
    if (count > 0) {
        plans_parse(made.program, source_new(&compiler, "m.plans", before->bytes, before->size));
        cr_assert_eq(compiler.error_count, 0, "%s\n%s\n%s", text, before->bytes,
                     compiler.diagnostics->bytes);
        plans_text(after, made.program);
        cr_assert_str_eq(after->bytes, before->bytes, "%s", text);
    }
    arena_free(compiler.arena);
    return count;
}
