/* The compiler on one page. In: text and options. Out: C and diagnostics, or the text of one
   stage. */

#define _POSIX_C_SOURCE 200809L
#include "check/check.h"
#include "emit/emit.h"
#include "nngen.h"

#include <locale.h>
#include <string.h>

const char no_memory[] = "nngen: error: out of memory\n";

/* Whether --dump asks for this stage. */
static bool ends_with(const Compiler *compiler, const char *stage) {
    return compiler->options.dump && strcmp(compiler->options.dump, stage) == 0;
}

/* A malformed graph is a bug of the stage before. */
static void verify(const Graph *graph, const char *stage) {
    const char *problem = graph_check(graph);
    if (problem)
        stop_at(graph->compiler, (Span){0}, "internal: after %s: %s", stage, problem);
}

static void verify_program(const Program *program, const char *stage) {
    for (int i = 0; i < program->function_count; i++)
        verify(program->functions[i]->graph, stage);
}

/* So is a plan that breaks the rules of dataflow.h. */
static void verify_plans(const Program *program, const char *stage, const Layouts *placed) {
    for (int i = 0; i < program->function_count; i++) {
        arena_open(program->compiler);
        Function *function = program->functions[i];
        const char *problem =
            dataflow_check(placed ? dataflow_placed(function, placed) : dataflow_fused(function));
        if (problem)
            stop_at(program->compiler, (Span){0}, "internal: after %s: %s", stage, problem);
        arena_close(program->compiler);
    }
}

static void read_plans(Program *program, const PlansFile *file) {
    plans_parse(program, source_new(program->compiler, file->name, file->text, file->size));
}

/* The stages that depend on the target, for one. Variables lie as in `shared`, unless that is NULL.
   True where --dump or an error ends here. */
static bool run_back_end(Compiler *compiler, Version *version, const Layouts *shared, Text *dump) {
    Program *program = version->program;
    compiler->options.target = version->target;
    fold(program);
    verify_program(program, "fold");
    if (ends_with(compiler, "fold"))
        return program_print(dump, program), true;

    fuse(program);
    verify_program(program, "fuse");
    verify_plans(program, "fuse", NULL);
    if (ends_with(compiler, "fuse"))
        return schedule_print(dump, program), true;

    Layouts *layouts = version->layouts = layout(program, shared);
    verify_program(program, "layout");
    if (ends_with(compiler, "layout"))
        return layouts_print(dump, program, layouts), true;

    schedule(program, layouts);
    if (compiler->options.plans.text)
        read_plans(program, &compiler->options.plans);
    if (compiler->error_count > 0)
        return true;
    if (ends_with(compiler, "schedule"))
        return plans_print(dump, program), true;

    lower(program, layouts);
    if (compiler->error_count > 0)
        return true;
    if (ends_with(compiler, "lower"))
        return lower_print(dump, program), true;

    place(program, layouts);
    verify_plans(program, "place", layouts);
    check_limits(program);
    if (ends_with(compiler, "place"))
        return schedule_print(dump, program), true;
    return false;
}

/* Operations of one example in the largest function. */
static double most_operations(const Program *program) {
    double most = 0;
    for (int i = 0; i < program->function_count; i++) {
        double count = flops_of_function(program->functions[i]).example;
        most = count > most ? count : most;
    }
    return most;
}

/* The targets of --target=any, the best first; of several the last is c99, which makes what they
   have in common. */
static int list_versions(Compiler *compiler, const Program *program, Target list[MOST_VERSIONS]) {
    Options *options = &compiler->options;
    if (options->target != TARGET_ANY)
        return list[0] = options->target, 1;
    if (options->versions == 0)
        options->versions = versions_that_pay(most_operations(program));
    int count = versions_listed(options->versions, list);
    if (count > 1 && list[count - 1] != TARGET_C99)
        list[count++] = TARGET_C99;
    return count;
}

/* Each version of the program, from `first` on; NULL where --dump or an error ended them. */
static Version *run_versions(Compiler *compiler, Program *first, int *count, Text *dump) {
    Target targets[MOST_VERSIONS];
    *count = list_versions(compiler, first, targets);
    Version *versions = NEW_ARRAY(compiler, Version, *count);
    bool has_ended = false;
    for (int i = 0; i < *count && compiler->error_count == 0; i++) {
        versions[i] = (Version){.target = targets[i]};
        versions[i].program = i == 0 ? first : program_new(first->graph);
        compiler->options.target = targets[i];
        if (*count > 1 && compiler->options.dump && !ends_with(compiler, "emit"))
            text_add(dump, "# version %s\n", machine_of(&compiler->options)->name);
        has_ended |= run_back_end(compiler, &versions[i], versions[0].layouts, dump);
    }
    return has_ended ? NULL : versions;
}

/* Returns the text of the stage that --dump asks for and stops there; else NULL. */
static Text *run_stages(Compiler *compiler, const Source *source, const char *header_name,
                        Result *result) {
    Text *dump = text_new(compiler);

    compiler->prelude = parse_prelude(compiler);
    compiler->rules = rules_new(compiler);
    Statements *statements = parse(compiler, source);
    if (compiler->error_count > 0)
        return NULL;
    if (ends_with(compiler, "parse"))
        return tree_print(dump, statements), dump;

    Graph *graph = check(compiler, statements);
    if (!graph || compiler->error_count > 0)
        return NULL;
    verify(graph, "check");
    if (ends_with(compiler, "check"))
        return graph_print(dump, graph), dump;

    stabilise(graph); /* fold.c: forms that stay finite, before they are differentiated */
    if (graph->cost)
        grad(graph);
    verify(graph, "grad");
    if (ends_with(compiler, "grad"))
        return graph_print(dump, graph), dump;

    update(graph);
    Program *program = program_new(graph);
    verify_program(program, "update");
    if (ends_with(compiler, "update"))
        return program_print(dump, program), dump;

    int count;
    Version *versions = run_versions(compiler, program, &count, dump);
    if (!versions || compiler->error_count > 0)
        return compiler->error_count > 0 ? NULL : dump;

    Emitted emitted = emit(versions, count, source, header_name);
    if (ends_with(compiler, "emit"))
        return text_add(dump, "%s", emitted.source), dump;
    result->source = emitted.source;
    result->header = emitted.header;
    return NULL;
}

/* The first character that C would misread in `#include "name"`, or NULL: quotes, backslashes,
   control characters and trigraphs. */
static const char *header_culprit(const char *name) {
    for (const char *c = name; c && *c; c++) {
        bool is_trigraph = c[0] == '?' && c[1] == '?' && c[2] && strchr("=/'()!<>-", c[2]);
        if ((unsigned char)*c < ' ' || *c == 0x7F || *c == '"' || *c == '\\' || is_trigraph)
            return c;
    }
    return NULL;
}

static void check_header_name(Compiler *compiler, const char *name) {
    const char *culprit = header_culprit(name);
    if (!culprit)
        return;
    char shown[SHOWN_SIZE];
    show_character(culprit, strlen(culprit), shown);
    error_at(compiler, (Span){0}, "#include cannot name '%s': C would misread its '%s'",
             shown_text(compiler, name), shown);
    compiler->exit_code = 2;
    longjmp(compiler->stop, 1);
}

static Result compile_in_c(const char *name, const char *text, size_t size, const char *header_name,
                           const Options *options) {
    Result result = {.exit_code = 4, .arena = arena_new(), .diagnostics = (char *)no_memory};
    if (!result.arena)
        return result;
    Compiler compiler = {.arena = result.arena, .options = *options};
    Result made = {0};
    if (setjmp(compiler.stop) == 0) {
        compiler.diagnostics = text_new(&compiler);
        check_header_name(&compiler, header_name);
        const Source *source = source_new(&compiler, name, text, size);
        const Text *dump = run_stages(&compiler, source, header_name, &made);
        made.dump = dump ? dump->bytes : NULL;
    } else if (compiler.exit_code == 0)
        compiler.exit_code = compiler.error_count > 0 ? 1 : 4;
    if (compiler.error_count > 0 && compiler.exit_code == 0)
        compiler.exit_code = 1;
    made.arena = result.arena;
    made.exit_code = compiler.exit_code;
    bool has_text = compiler.diagnostics && compiler.diagnostics->bytes;
    made.diagnostics = has_text              ? compiler.diagnostics->bytes
                       : made.exit_code == 4 ? (char *)no_memory
                                             : (char *)"";
    made.said = compiler.said;
    made.said_count = compiler.said_count;
    if (made.exit_code != 0)
        made.source = made.header = made.dump = NULL;
    return made;
}

/* Switches this thread to the C locale, so that numbers are read and written alike for every
   caller. */
Result compile(const char *name, const char *text, size_t size, const char *header_name,
               const Options *options) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return (Result){.exit_code = 4, .diagnostics = (char *)no_memory};
    locale_t before = uselocale(plain);
    Result result = compile_in_c(name, text, size, header_name, options);
    uselocale(before);
    freelocale(plain);
    return result;
}

void result_free(Result *result) {
    if (result->arena)
        arena_free(result->arena);
    *result = (Result){0};
}
