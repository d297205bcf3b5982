/* Kernels of all functions as loops. In: functions whose kernels have plans, or some of them. Out:
   cluster->lowered of these, and their text. */

#include "lower/lower.h"

static void refuse(Compiler *compiler, const Plan *plan, const char *problem) {
    if (!plan->at.source)
        stop_at(compiler, (Span){0}, "internal: the plan of %s: %s", plan->name, problem);
    error_at(compiler, plan->at, "the plan of %s does not fit: %s", plan->name, problem);
}

void lower(Program *program, const Layouts *layouts) {
    for (int f = 0; f < program->function_count; f++) {
        const Function *function = program->functions[f];
        for (int c = 0; c < function->schedule->cluster_count; c++) {
            Cluster *cluster = function->schedule->clusters[c];
            if (!cluster->plan)
                continue;
            LoweredKernel *lowered = NEW(program->compiler, LoweredKernel);
            *lowered = lower_kernel(layouts, function, cluster->equations, cluster->plan);
            if (lowered->problem)
                refuse(program->compiler, cluster->plan, lowered->problem);
            cluster->lowered = lowered;
        }
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
