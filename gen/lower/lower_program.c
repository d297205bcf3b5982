/* Kernels of all functions as loops. In: functions whose kernels have plans, or some of them. Out:
   cluster->lowered of these, and their text. */

#include "lower/lower.h"

static void refuse(Compiler *compiler, const Plan *plan, const char *problem) {
    if (!plan->at.source)
        stop_at(compiler, (Span){0}, "internal: the plan of %s: %s", plan->name, problem);
    error_at(compiler, plan->at, "the plan of %s does not fit: %s", plan->name, problem);
}

/* All passes take many times the memory of what comes out. */
static void lower_cluster(const Layouts *layouts, const Function *function, Cluster *cluster) {
    Compiler *compiler = function->graph->compiler;
    arena_open(compiler);
    LoweredKernel made = lower_kernel(layouts, function, cluster->equations, cluster->plan);
    arena_keep(compiler);
    if (made.problem)
        refuse(compiler, cluster->plan, made.problem);
    else {
        LoweredKernel *lowered = NEW(compiler, LoweredKernel);
        lowered->loops = loops_copy(made.loops);
        lowered->accesses = array_copy(compiler, made.accesses, made.access_count,
                                       sizeof *made.accesses);
        lowered->access_count = made.access_count;
        cluster->lowered = lowered;
    }
    arena_return(compiler);
    arena_close(compiler);
}

void lower(Program *program, const Layouts *layouts) {
    for (int f = 0; f < program->function_count; f++) {
        const Function *function = program->functions[f];
        for (int c = 0; c < function->schedule->cluster_count; c++)
            if (function->schedule->clusters[c]->plan)
                lower_cluster(layouts, function, function->schedule->clusters[c]);
    }
}

void lower_print(Text *out, const Program *program) {
    for (int f = 0; f < program->function_count; f++) {
        const Function *function = program->functions[f];
        text_add(out, "function %s, %lld rows%s\n", function->name, (long long)function->examples,
                 function->schedule->is_straight ? ", straight" : "");
        for (int c = 0; c < function->schedule->cluster_count; c++) {
            const Cluster *cluster = function->schedule->clusters[c];
            if (!cluster->lowered)
                continue;
            text_add(out, "# kernel %d of %d\n", c, function->schedule->cluster_count);
            loops_text(out, cluster->lowered->loops);
        }
    }
}
