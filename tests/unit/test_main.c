/* main: what `compile` refuses before it reads the model. */

#include "nngen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char model[] = "network m\ninput x[2]\noutput 2 * x\n";

/* The exit code for a header of this name; what is said must name the culprit where it is 2. */
static int code_of(const char *name, const char *culprit) {
    const Options options = {0};
    char ending[64];
    Result result = compile("m.def", model, strlen(model), name, &options);
    int code = result.exit_code;
    snprintf(ending, sizeof ending, "': C would misread its '%s'\n", culprit);
    if (code == 2)
        cr_expect(strstr(result.diagnostics, ending), "%s: %s", name, result.diagnostics);
    else
        cr_expect(result.source, "%s: %s", name, result.diagnostics);
    cr_expect_eq(code == 2, result.source == NULL);
    result_free(&result);
    return code;
}

Test(main, names_that_include_would_misread_are_refused) {
    static const char *const wrong[][2] = {
        {"a\"b.h", "\""},   {"a\\b.h", "\\"}, {"a\nb.h", "\\x0a"}, {"\x7F.h", "\\x7f"},
        {"a\x1F", "\\x1f"}, {"?\?=.h", "?"},  {"a?\?/b.h", "?"},   {"a?\?'", "?"},
        {"a?\?(.h", "?"},   {"a?\?).h", "?"}, {"a?\?!.h", "?"},    {"a?\?<.h", "?"},
        {"a?\?>.h", "?"},   {"a?\?-.h", "?"}, {"a??\?-.h", "?"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(code_of(wrong[i][0], wrong[i][1]), 2, "%s", wrong[i][0]);
}

Test(main, other_names_are_taken) {
    static const char *const right[] = {"a.h",    "a b.h",  "a?b.h",      "a?",    "a??",
                                        "a??b.h", "a?=?.h", "\xC3\xA4.h", "a'b.h", "<a>.h"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        cr_expect_eq(code_of(right[i], ""), 0, "%s", right[i]);
}
