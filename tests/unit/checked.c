/* In: the text of a model. Out: what `check` makes of it. */

#include "checked.h"

#include "check/check.h"

#include <criterion/criterion.h>
#include <string.h>

static void run(Checked *checked, const char *model) {
    Compiler *compiler = &checked->compiler;
    if (setjmp(compiler->stop))
        return;
    compiler->prelude = parse_prelude(compiler);
    compiler->rules = rules_new(compiler);
    Statements *statements = parse(compiler, source_new(compiler, "m.def", model, strlen(model)));
    if (compiler->error_count == 0)
        checked->graph = check(compiler, statements);
    if (!checked->graph)
        return;
    Text *text = text_new(compiler);
    graph_print(text, checked->graph);
    checked->text = text->bytes;
}

void check_open(Checked *checked, const char *model) {
    memset(checked, 0, sizeof *checked);
    checked->compiler.arena = arena_new();
    checked->text = "";
    cr_assert(checked->compiler.arena);
    run(checked, model);
    checked->said = checked->compiler.diagnostics ? checked->compiler.diagnostics->bytes : "";
    const char *breach = checked->graph ? graph_check(checked->graph) : NULL;
    cr_expect_null(breach, "%s", breach);
}

void check_close(Checked *checked) {
    arena_free(checked->compiler.arena);
}

void expect_graph(const char *model, const char *expected) {
    Checked checked;
    check_open(&checked, model);
    cr_expect_str_eq(checked.said, "");
    cr_expect_str_eq(checked.text, expected, "--- model:\n%s--- graph:\n%s--- expected:\n%s%s",
                     model, checked.text, expected, checked.said);
    check_close(&checked);
}

void expect_nodes(const char *lines, const char *expected) {
    Checked checked;
    char model[4000], nodes[8000] = "";
    snprintf(model, sizeof model, "network t\ninput x[4]\n%s\noutput h\n", lines);
    check_open(&checked, model);
    for (const char *line = checked.text; *line;) {
        size_t length = strcspn(line, "\n") + 1;
        if (*line == '%' && strlen(nodes) + length < sizeof nodes)
            strncat(nodes, line, length);
        line += length;
    }
    cr_expect_str_eq(checked.said, "");
    cr_expect_str_eq(nodes, expected, "--- model:\n%s--- nodes:\n%s--- expected:\n%s%s", model,
                     nodes, expected, checked.said);
    check_close(&checked);
}

void expect_said(const char *model, const char *line) {
    Checked checked;
    check_open(&checked, model);
    cr_expect(strstr(checked.said, line), "--- model:\n%s--- said:\n%s--- expected:\n%s", model,
              checked.said, line);
    check_close(&checked);
}
