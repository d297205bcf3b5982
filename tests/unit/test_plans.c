/* plans: names of a program's plans. Kernels of one name have numbers, and so are their plans told
   apart when they are read. */

#include "equations_parse.h"
#include "formula_graph.h"
#include "schedule/schedule.h"

#include <criterion/criterion.h>
#include <string.h>

static const char kernel[] = "kernel h: n 6\n"
                             "  x: f32[6]\n"
                             "  h: f32[6]\n"
                             "  h[n] = x[n] * 2    stored\n";

static Cluster *planned(Compiler *compiler, const char *text) {
    Cluster *cluster = NEW(compiler, Cluster);
    Equations *equations = equations_parse(compiler, kernel);
    Plan *plan;
    cr_assert_not_null(equations);
    cr_assert_null(plan_parse(equations, &text, &plan));
    cluster->equations = equations;
    cluster->plan = plan;
    return cluster;
}

/* A function `f` of three kernels h, between them one without a plan. */
static Program *program_of(Compiler *compiler) {
    Program *program = NEW(compiler, Program);
    Function *function = NEW(compiler, Function);
    program->compiler = compiler;
    program->function_count = 1;
    program->functions = NEW(compiler, Function *);
    program->functions[0] = function;
    function->name = "f";
    function->graph = graph_new(compiler);
    function->schedule = NEW(compiler, Schedule);
    Cluster *clusters[] = {planned(compiler, "plan h\n  make h: for n\n"), NEW(compiler, Cluster),
                           planned(compiler, "plan h\n  make h: unroll n\n"),
                           planned(compiler, "plan h\n  make h: for n/2, for n\n")};
    for (int i = 0; i < 4; i++)
        PUSH(compiler, function->schedule->clusters, function->schedule->cluster_count,
             clusters[i]);
    name_plans(function);
    return program;
}

static const char *text_of(const Program *program) {
    Text *out = text_new(program->compiler);
    plans_text(out, program);
    return out->bytes;
}

static void read(Program *program, const char *text) {
    plans_parse(program, source_new(program->compiler, "m.plans", text, strlen(text)));
}

Test(plans, kernels_of_one_name_have_numbers) {
    Compiler *compiler = test_compiler();
    Program *program = program_of(compiler);
    cr_expect_str_eq(text_of(program), "plan f.h\n"
                                       "  make h: for n\n"
                                       "plan f.h:2\n"
                                       "  make h: unroll n\n"
                                       "plan f.h:3\n"
                                       "  make h: for n/2, for n\n");
    read(program, "plan f.h:3\n"
                  "  make h: each n\n"
                  "plan f.h # the first\n"
                  "  make h: for n/3, for n\n");
    cr_expect_eq(compiler->error_count, 0);
    cr_expect_str_eq(text_of(program), "plan f.h\n"
                                       "  make h: for n/3, for n\n"
                                       "plan f.h:2\n"
                                       "  make h: unroll n\n"
                                       "plan f.h:3\n"
                                       "  make h: each n\n");
    test_compiler_free(compiler);
}

Test(plans, each_is_given_once) {
    Compiler *compiler = test_compiler();
    Program *program = program_of(compiler);
    read(program, "plan f.h:2\n"
                  "  make h: for n\n"
                  "plan f.h\n"
                  "  make h: unroll n\n"
                  "plan f.h:2\n"
                  "  make h: unroll n\n");
    cr_expect_eq(compiler->error_count, 1);
    cr_expect_not_null(
        strstr(compiler->diagnostics->bytes, "m.plans:5:6: error: a second plan of f.h:2\n"));
    test_compiler_free(compiler);
}
