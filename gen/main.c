/* The compiler on one page: text and options in, C and diagnostics out. */

#define _POSIX_C_SOURCE 200809L
#include "embedded.h"
#include "plan.h"

#include <locale.h>
#include <string.h>

static const char no_memory[] = "nngen: error: out of memory\n";

static bool is_wanted(const Compiler *compiler, const char *stage) {
    return compiler->options.dump && strcmp(compiler->options.dump, stage) == 0;
}

/* Definitions that every model sees. */
static Statements *parse_prelude(Compiler *compiler) {
    Statements *all = NEW(compiler, Statements);
    for (int i = 0; i < embedded_prelude_count; i++) {
        Statements *file = parse(compiler, prelude_source(compiler, i));
        for (int s = 0; s < file->count; s++)
            PUSH(compiler, all->statements, all->count, file->statements[s]);
    }
    return all;
}

/* A breach of the graph's rules is a bug of the stage before. */
static void verify(const Graph *graph, const char *stage) {
    const char *problem = graph_check(graph);
    if (problem)
        stop_at(graph->compiler, (Span){0}, "internal: after %s: %s", stage, problem);
}

static void verify_program(const Program *program, const char *stage) {
    for (int i = 0; i < program->function_count; i++)
        verify(program->functions[i]->graph, stage);
}

static void run_stages(Compiler *compiler, const Source *source, const char *header_name,
                       Result *result) {
    Text *dump = text_new(compiler);

    compiler->prelude = parse_prelude(compiler);
    Statements *statements = parse(compiler, source);
    if (is_wanted(compiler, "parse"))
        tree_print(dump, statements);
    if (compiler->error_count > 0)
        return;

    Graph *graph = check(compiler, statements);
    if (!graph || compiler->error_count > 0)
        return;
    verify(graph, "check");
    if (is_wanted(compiler, "check"))
        graph_print(dump, graph);

    stabilise(graph);
    if (graph->cost)
        grad(graph);
    verify(graph, "grad");
    if (is_wanted(compiler, "grad"))
        graph_print(dump, graph);

    update(graph);
    Program *program = program_new(graph);
    verify_program(program, "update");
    if (is_wanted(compiler, "update"))
        program_print(dump, program);

    fold(program);
    verify_program(program, "fold");
    if (is_wanted(compiler, "fold"))
        program_print(dump, program);

    fuse(program);
    verify_program(program, "fuse");
    if (is_wanted(compiler, "fuse"))
        schedule_print(dump, program);

    tile(program);
    if (is_wanted(compiler, "tile"))
        schedule_print(dump, program);

    place(program);
    if (is_wanted(compiler, "place"))
        schedule_print(dump, program);

    Emitted emitted = emit(program, source, header_name);
    if (is_wanted(compiler, "emit"))
        text_add(dump, "%s", emitted.source);
    result->source = emitted.source;
    result->header = emitted.header;
    if (compiler->options.dump)
        result->dump = dump->bytes;
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
        run_stages(&compiler, source_new(&compiler, name, text, size), header_name, &made);
    } else if (compiler.exit_code == 0)
        compiler.exit_code = compiler.error_count > 0 ? 1 : 4;
    if (compiler.error_count > 0 && compiler.exit_code == 0)
        compiler.exit_code = 1;
    made.arena = result.arena;
    made.exit_code = compiler.exit_code;
    made.diagnostics = compiler.diagnostics && compiler.diagnostics->bytes
                           ? compiler.diagnostics->bytes
                           : (char *)"";
    if (made.exit_code != 0)
        made.source = made.header = made.dump = NULL;
    return made;
}

/* For this thread, numbers are read and written as in C, whatever locale the caller has set. */
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
