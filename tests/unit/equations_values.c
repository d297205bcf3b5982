/* See equations_values.h. */
#define _GNU_SOURCE
#include "equations_values.h"

#include "autodiff/autodiff.h"
#include "check/check.h"
#include "equations_run.h"
#include "graph_values.h"
#include "loops_run.h"
#include "rewrite/rewrite.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FLOPS = 2000000 };

typedef struct {
    const char *model;
    Function *function;
    double **values; /* by id */
    TestValues variables;
    EquationsTally *tally;
} Comparison;

/* The numbers of a node as a buffer has them. */
static double *numbers_of(const Comparison *comparison, const Node *node, const Buffer *buffer) {
    const Graph *graph = comparison->function->graph;
    if (buffer->type != TYPE_INT32)
        return comparison->values[node->id];
    int64_t classes = shape_count(node->shape);
    double *made = NEW_ARRAY(graph->compiler, double, TEST_ROWS);
    for (int64_t k = 0; k < classes * TEST_ROWS; k++)
        if (comparison->values[node->id][k] == 1)
            made[k / classes] = (double)(k % classes);
    return made;
}

static bool is_near(double a, double b) {
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b));
}

static void expect_values(const Comparison *comparison, const Equations *equations, int buffer,
                          const double *made) {
    const BufferOrigin *origin = &equations->origins[buffer];
    const Node *node =
        origin->node ? origin->node : comparison->function->stores[origin->store].value;
    const double *wanted = comparison->values[node->id];
    Text *text = text_new(equations->symbols->compiler);
    equations_text(text, equations);
    for (int64_t k = 0; k < buffer_count(&equations->symbols->buffers[buffer]); k++)
        cr_assert(is_near(made[k], wanted[k]), "%s\n%s: %s\n%s[%d] is %.17g, not %.17g",
                  comparison->model, comparison->function->name, text->bytes,
                  equations->symbols->buffers[buffer].name, (int)k, made[k], wanted[k]);
}

static void compare(const Comparison *comparison, const Equations *equations) {
    Symbols *symbols = equations->symbols;
    int count = symbols->buffer_count;
    double **memory = NEW_ARRAY(symbols->compiler, double *, count + 1);
    for (int i = 0; i < count; i++) {
        const Buffer *buffer = &symbols->buffers[i];
        memory[i] = NEW_ARRAY(symbols->compiler, double, buffer_count(buffer));
        if (!buffer->is_written)
            memory[i] = numbers_of(comparison, equations->origins[i].node, buffer);
        for (int64_t k = 0; buffer->is_written && k < buffer_count(buffer); k++)
            memory[i][k] = NAN;
    }
    LoopKernel *kernel = plain_nests(equations);
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s\n%s", comparison->model, problem);
    for (int i = 0; i < count; i++)
        if (symbols->buffers[i].is_written && !symbols->buffers[i].is_local)
            expect_values(comparison, equations, i, memory[i]);
    comparison->tally->compared++;
}

static bool is_of_rows(const Function *function) {
    bool has_examples = false;
    for (int id = 0; id < function->graph->node_count; id++)
        has_examples |= function->graph->nodes[id]->batched;
    return !has_examples || function->examples == TEST_ROWS;
}

static void compare_function(Comparison *comparison, Function *function) {
    const char **reasons;
    Equations **made = equations_of(function, &reasons);
    EquationsTally *tally = comparison->tally;
    comparison->function = function;
    comparison->values = graph_values(function->graph, &comparison->variables);
    bool is_small = flops_of_function(function).call < MOST_FLOPS;
    for (int c = 0; c < function->schedule->cluster_count; c++) {
        tally->kernels++;
        tally->without += !made[c];
        if (!made[c]) {
            char *line = tally->reasons;
            if (asprintf(&tally->reasons, "%s%s: %s\n", line ? line : "", function->name,
                         reasons[c]) < 0)
                abort();
            free(line);
        } else if (is_of_rows(function) && is_small)
            compare(comparison, made[c]);
    }
}

static Program *fused(Compiler *compiler, const char *text) {
    compiler->prelude = parse_prelude(compiler);
    compiler->rules = rules_new(compiler);
    Statements *statements = parse(compiler, source_new(compiler, "m.def", text, strlen(text)));
    Graph *graph = compiler->error_count == 0 ? check(compiler, statements) : NULL;
    if (!graph)
        return NULL;
    stabilise(graph);
    if (graph->cost)
        grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    fuse(program);
    return program;
}

EquationsTally equations_expect(const char *text, const Options *options) {
    EquationsTally tally = {0};
    Compiler compiler = {.arena = arena_new(), .options = *options};
    compiler.options.is_double = true;
    cr_assert(compiler.arena);
    if (setjmp(compiler.stop) == 0) {
        compiler.diagnostics = text_new(&compiler);
        Program *program = fused(&compiler, text);
        cr_assert(program, "%s\n%s", text, compiler.diagnostics->bytes);
        layout(program, NULL);
        Comparison comparison = {.model = text, .tally = &tally};
        comparison.variables = test_values(program->graph);
        comparison.variables.draw = loops_drawn;
        for (int f = 0; f < program->function_count; f++)
            if (!program->functions[f]->schedule->is_straight)
                compare_function(&comparison, program->functions[f]);
    } else
        cr_assert_fail("%s\n%s", text, compiler.diagnostics ? compiler.diagnostics->bytes : "");
    arena_free(compiler.arena);
    return tally;
}

void equations_tally_free(EquationsTally *tally) {
    free(tally->reasons);
}
