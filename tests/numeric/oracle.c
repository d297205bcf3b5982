/* See oracle.h. Of the compiler only parse and check are used. */

#define _GNU_SOURCE
#include "oracle.h"

#include "check/check.h"

#include <stdlib.h>
#include <string.h>

/* Leaves the graph NULL after an error. */
static void read_model(Oracle *oracle, const char *text) {
    Compiler *compiler = &oracle->compiler;
    if (setjmp(compiler->stop) == 0) {
        compiler->prelude = parse_prelude(compiler);
        compiler->rules = rules_new(compiler);
        Source *source = source_new(compiler, "model.def", text, strlen(text));
        Statements *statements = parse(compiler, source);
        Graph *graph = compiler->error_count ? NULL : check(compiler, statements);
        oracle->graph = compiler->error_count ? NULL : graph;
    }
}

Oracle *oracle_new(const char *text, char **message) {
    Oracle *oracle = calloc(1, sizeof *oracle);
    oracle->compiler.arena = arena_new();
    oracle->compiler.diagnostics = text_new(&oracle->compiler);
    read_model(oracle, text);
    oracle->generic = oracle->graph ? generic_new(oracle->graph) : NULL;
    if (oracle->generic) {
        return oracle;
    }
    if (message) {
        const char *said = oracle->compiler.diagnostics->bytes;
        *message = strdup(said ? said : "no memory");
    }
    oracle_free(oracle);
    return NULL;
}

void oracle_free(Oracle *oracle) {
    if (oracle) {
        generic_free(oracle->generic);
        arena_free(oracle->compiler.arena);
    }
    free(oracle);
}
