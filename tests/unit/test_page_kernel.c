/* The kernel on the page gen/README.md: its equations, layouts and plan, and the loop program that
   it says all passes make of them. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_page(void) {
    FILE *file = fopen(NNGEN_SOURCE "/gen/README.md", "r");
    cr_assert_not_null(file);
    char *page = calloc(1, 1 << 20);
    cr_assert_gt(fread(page, 1, (1 << 20) - 1, file), 0);
    fclose(file);
    return page;
}

/* The lines of the fenced block of this kind. */
static char *block_of(Compiler *compiler, const char *page, const char *kind) {
    const char *fence = format_text(compiler, "\n```%s\n", kind);
    const char *first = strstr(page, fence);
    cr_assert_not_null(first, "no block of %s", kind);
    first += strlen(fence);
    const char *end = strstr(first, "```");
    return format_text(compiler, "%.*s", (int)(end - first), first);
}

/* Of lines "layout NAME = DIGITS". */
static BufferLayout *layouts_of(const Equations *equations, const LoopKernel *kernel, char *lines) {
    Compiler *compiler = kernel->symbols->compiler;
    BufferLayout *layouts = NEW_ARRAY(compiler, BufferLayout, kernel->symbols->buffer_count + 1);
    for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
        char name[80];
        int size = 0;
        cr_assert_eq(sscanf(line, "layout %79s = %n", name, &size), 1, "%s", line);
        for (int i = 0; i < kernel->symbols->buffer_count; i++) {
            const Buffer *buffer = &kernel->symbols->buffers[i];
            if (strcmp(buffer->name, name) != 0)
                continue;
            bool has_examples = buffer->extent[0] == equations->axes[0].extent;
            LayoutOf of = {.type = buffer->type, .alignment = 32};
            of.examples = has_examples ? buffer->extent[0] : 0;
            of.shape.rank = buffer->rank - has_examples;
            for (int axis = 0; axis < of.shape.rank; axis++)
                of.shape.size[axis] = buffer->extent[axis + has_examples];
            Layout *layout = NEW(compiler, Layout);
            const char *problem = layout_parse(compiler, line + size, &of, layout);
            cr_assert_null(problem, "%s: %s", line, problem);
            layouts[i] = (BufferLayout){.layout = layout, .has_examples = has_examples};
        }
    }
    return layouts;
}

static char *text_of(const LoopKernel *kernel) {
    Text *out = text_new(kernel->symbols->compiler);
    loops_text(out, kernel);
    return out->bytes;
}

Test(page_kernel, passes_make_of_it_what_the_page_says) {
    Compiler *compiler = plans_compiler();
    char *page = read_page();
    const char *equations_lines = block_of(compiler, page, "equations");
    Equations *equations = equations_parse(compiler, equations_lines);
    cr_assert_not_null(equations, "%s", equations_lines);
    Plan *plan;
    const char *text = block_of(compiler, page, "plan"),
               *problem = plan_parse(equations, &text, &plan);
    cr_assert_null(problem, "%s", problem);
    problem = plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s", problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    cr_expect_str_eq(text_of(kernel), block_of(compiler, page, "loops of the plan"));
    problem = address(kernel, layouts_of(equations, kernel, block_of(compiler, page, "layouts")),
                      &kernel);
    if (!problem)
        problem = vectorise(kernel, &kernel);
    cr_assert_null(problem, "%s", problem);
    unroll(kernel);
    scalar_replace(kernel);
    clean(kernel);
    cr_expect_str_eq(text_of(kernel), block_of(compiler, page, "loops at the end"));
    free(page);
    test_compiler_free(compiler);
}
