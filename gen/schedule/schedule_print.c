/* The text form of schedules, for --dump=fuse, schedule and place. In: functions after any of these
   stages. Out: clusters in order of execution with their nests, and plans, loops, instructions and
   storages as far as they exist; for schedule plans that `--plans` reads, and comments. */

#include "schedule/passes.h"

#include <string.h>

static const char *const cluster_kinds[] = {
    [CLUSTER_PLAIN] = "plain",
    [CLUSTER_EXAMPLES] = "rows",
    [CLUSTER_CONTRACT] = "contract",
    [CLUSTER_BATCH_SUM] = "row sum",
};

static void print_loops(Text *out, const Nest *nest) {
    for (int i = 0; i < nest->loop_count; i++) {
        const Loop *loop = &nest->loops[i];
        text_add(out, "%s %s%s%lld", i ? "," : " for", loop->is_summed ? "sum " : "",
                 loop->over_examples ? "rows " : "", (long long)loop->extent);
        if (loop->is_lane)
            text_add(out, " lanes");
        if (loop->unroll > 1)
            text_add(out, " x%d", loop->unroll);
        if (loop->panel)
            text_add(out, " in panels of %d", loop->panel);
    }
}

static void print_address(Text *out, const Nest *nest, const Instruction *instruction) {
    text_add(out, "[%lld", (long long)instruction->offset);
    for (int i = 0; i < nest->loop_count; i++)
        if (instruction->factor[i])
            text_add(out, " + %lld*%c", (long long)instruction->factor[i], 'i' + i);
    text_add(out, "]");
}

static int instruction_number(const Nest *nest, const Instruction *instruction) {
    int number = 0;
    while (number < nest->instruction_count && nest->instructions[number] != instruction)
        number++;
    return number;
}

/* An instruction of the nest, or a value that an earlier nest left in a register, by its node. */
static void print_operand(Text *out, const Nest *nest, const Instruction *operand) {
    if (operand->nest == nest)
        text_add(out, " #%d", instruction_number(nest, operand));
    else
        text_add(out, " %%%d", operand->node->id);
}

static void print_instruction(Text *out, const Nest *nest, const Instruction *instruction) {
    static const char *const kinds[] = {
        [INSTRUCTION_LOAD] = "load",   [INSTRUCTION_CLASS] = "class",
        [INSTRUCTION_CONST] = "const", [INSTRUCTION_RANDOM] = "random",
        [INSTRUCTION_APPLY] = "apply", [INSTRUCTION_ACCUMULATE] = "accumulate",
        [INSTRUCTION_STORE] = "store", [INSTRUCTION_BATCH_SUM] = "ride",
    };
    text_add(out, "    %s%d: %s", instruction->is_epilogue ? "tail " : "",
             instruction_number(nest, instruction), kinds[instruction->kind]);
    if (instruction->kind == INSTRUCTION_APPLY || instruction->kind == INSTRUCTION_ACCUMULATE)
        text_add(out, " %s", op_rows[instruction->op].name);
    if (instruction->kind == INSTRUCTION_CONST)
        text_add(out, " %.9g", instruction->node ? instruction->node->value : 0.0);
    for (int i = 0; i < 3; i++)
        if (instruction->operands[i])
            print_operand(out, nest, instruction->operands[i]);
    bool has_address =
        instruction->kind == INSTRUCTION_LOAD || instruction->kind == INSTRUCTION_CLASS ||
        instruction->kind == INSTRUCTION_STORE || instruction->kind == INSTRUCTION_RANDOM;
    if (has_address)
        print_address(out, nest, instruction);
    if (instruction->node)
        text_add(out, " %%%d", instruction->node->id);
    text_add(out, "\n");
}

static void print_nest(Text *out, const Nest *nest) {
    text_add(out, "  nest");
    for (int i = 0; i < nest->node_count; i++)
        text_add(out, " %%%d%s%s", nest->nodes[i]->id, nest->nodes[i]->in_epilogue ? "t" : "",
                 nest->nodes[i]->in_memory ? "*" : "");
    print_loops(out, nest);
    text_add(out, "\n");
    const char *plan = nest->instruction_count ? nest_plan_text(out->compiler, nest) : NULL;
    if (plan)
        text_add(out, "    plan: %s\n", plan);
    if (nest->instruction_count && !nest->is_transpose) {
        Cycles cycles = nest_cycles(&out->compiler->options, nest);
        text_add(out,
                 "    cycles at least: arithmetic %.0f, loads %.0f, divider %.0f, memory %.0f\n",
                 cycles.arithmetic, cycles.loads, cycles.divider, cycles.memory);
    }
    for (int i = 0; i < nest->instruction_count; i++)
        print_instruction(out, nest, nest->instructions[i]);
}

static void print_storages(Text *out, const Schedule *schedule) {
    for (int i = 0; i < schedule->scratch_count; i++) {
        const Storage *storage = schedule->scratch[i];
        text_add(out, "  arena %lld .. %lld, clusters %d .. %d%s%s\n", (long long)storage->offset,
                 (long long)(storage->offset + storage->count - 1), storage->first_use,
                 storage->last_use, storage->name ? ": " : "", storage->name ? storage->name : "");
    }
}

static void print_cluster(Text *out, const Cluster *cluster, int number) {
    text_add(out, " %d: %s\n", number, cluster_kinds[cluster->kind]);
    if (cluster->plan)
        equations_text(out, cluster->equations);
    for (int n = 0; n < cluster->nest_count && !cluster->plan; n++)
        print_nest(out, cluster->nests[n]);
}

/* Moves the lines of `from` behind `out`, each behind `mark`. */
static void move_lines(Text *out, Text *from, const char *mark) {
    for (const char *line = from->bytes; line && *line; line = strchr(line, '\n') + 1)
        text_add(out, "%s%.*s", mark, (int)strcspn(line, "\n") + 1, line);
    *from = *text_new(from->compiler);
}

/* mark: what begins each line that is of no plan. */
static void print_function(Text *out, const Function *function, const char *mark) {
    const Schedule *schedule = function->schedule;
    Text *lines = text_new(out->compiler);
    text_add(lines, "function %s, %lld rows%s\n", function->name, (long long)function->examples,
             schedule->is_straight ? ", straight" : "");
    for (int i = 0; i < schedule->cluster_count; i++) {
        const Cluster *cluster = schedule->clusters[i];
        print_cluster(lines, cluster, i);
        if (!cluster->plan)
            continue;
        move_lines(out, lines, mark);
        plan_text(out, cluster->equations, cluster->plan);
        if (cluster->plan->cycles > 0)
            text_add(lines, "cycles %.0f\n", cluster->plan->cycles);
    }
    print_storages(lines, schedule);
    move_lines(out, lines, mark);
}

void schedule_print(Text *out, const Program *program) {
    for (int f = 0; f < program->function_count; f++)
        print_function(out, program->functions[f], "");
}

void plans_print(Text *out, const Program *program) {
    for (int f = 0; f < program->function_count; f++)
        print_function(out, program->functions[f], "# ");
}
