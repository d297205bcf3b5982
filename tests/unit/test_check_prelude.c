/* The prelude is text like any model's: a copy of it under other names gives the same graph, and
   nothing in gen/ knows it. */

#include "checked.h"
#include "nngen.h"
#include "base/embedded.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 300 };

static const char *const kinds[] = {"def ", "optimizer ", "initializer ", "regularizer ",
                                    "metric "};

/* Names that the prelude defines. */
static int prelude_names(char names[][64]) {
    int count = 0;
    for (int i = 0; i < embedded_prelude_count; i++)
        for (const char *line = embedded_prelude[i].text; line; line = strchr(line, '\n')) {
            line += *line == '\n';
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
                size_t length = strlen(kinds[k]);
                if (strncmp(line, kinds[k], length) != 0)
                    continue;
                cr_assert(count < MAX_NAMES);
                snprintf(names[count++], 64, "%.*s", (int)strcspn(line + length, "( "),
                         line + length);
            }
        }
    return count;
}

static bool is_part(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Copies text to `out`, every prelude name with "my_" before it. */
static void rename_all(const char *text, char *out, char names[][64], int count) {
    out += strlen(out);
    for (const char *end; *text; text = end) {
        for (end = text; is_part(*end); end++)
            continue;
        for (int i = 0; i < count; i++)
            if (strlen(names[i]) == (size_t)(end - text) &&
                strncmp(names[i], text, strlen(names[i])) == 0)
                out += sprintf(out, "my_");
        end += end == text;
        out += sprintf(out, "%.*s", (int)(end - text), text);
    }
}

static const char digits[] =
    "network digits\n"
    "input  image[64]  minmax\n"
    "target digit[10]  onehot\n"
    "h = relu(dense(image, 32, init = he))\n"
    "h = dropout(tanh(dense(h, 4, init = normal(0.1))), 0.1)\n"
    "p = softmax(dense(identity(h), 10))\n"
    "q = sigmoid(h[0])\n"
    "loss   cross_entropy(p, digit) + l2(1e-4) + l1(1e-3) + binary_cross_entropy(q, digit[0])\n"
    "update adam(lr = 2e-3 * 0.97^epoch)\n"
    "metric accuracy(p, digit)\n";

/* The digits model with everything of the prelude renamed, the definitions behind it. */
static const char *renamed_digits(void) {
    static char names[MAX_NAMES][64], model[200000];
    int count = prelude_names(names);
    cr_assert(count > 15);
    *model = '\0';
    rename_all(digits, model, names, count);
    for (int i = 0; i < embedded_prelude_count; i++)
        rename_all(embedded_prelude[i].text, model, names, count);
    return model;
}

/* Takes every "my_" out. */
static void name_back(char *text) {
    for (char *at = text; (at = strstr(at, "my_"));)
        memmove(at, at + 3, strlen(at + 3) + 1);
}

static int line_of(Span span) {
    int line = 1;
    for (size_t i = 0; i < span.first; i++)
        line += span.source->text[i] == '\n';
    return line;
}

Test(check_prelude, a_copy_under_other_names_gives_the_same_graph) {
    Checked plain, copy;
    check_open(&plain, digits);
    check_open(&copy, renamed_digits());
    cr_assert(plain.graph && copy.graph, "%s%s", plain.said, copy.said);
    cr_assert_eq(plain.graph->node_count, copy.graph->node_count);
    char *text = format_text(&copy.compiler, "%s", copy.text);
    name_back(text);
    cr_expect_str_eq(plain.text, text);
    for (int i = 0; i < plain.graph->node_count; i++) {
        Span span = plain.graph->nodes[i]->span;
        cr_expect_not(span.source->is_prelude);
        cr_expect_eq(line_of(span), line_of(copy.graph->nodes[i]->span), "node %d", i);
    }
    check_close(&plain);
    check_close(&copy);
}

/* Blanks the hashes of the model's text, that of a pair of files too. */
static void forget_hash(char *source) {
    char hash[17] = "", *at = strstr(source, ", model ");
    cr_assert(at);
    snprintf(hash, sizeof hash, "%.16s", at + 8);
    while ((at = strstr(source, hash)))
        memset(at, '-', strlen(hash));
    for (at = source; (at = strstr(at, "_PAIR ")); at++) {
        size_t before = strcspn(at, "\n0");
        memset(at + before, '-', strcspn(at + before, "\n"));
    }
}

Test(check_prelude, a_copy_under_other_names_gives_the_same_c) {
    const Options options = {.target = TARGET_GENERIC};
    const char *model = renamed_digits();
    Result plain = compile("m.def", digits, strlen(digits), "net.h", &options);
    Result copy = compile("m.def", model, strlen(model), "net.h", &options);
    cr_assert(plain.source && copy.source, "%s%s", plain.diagnostics, copy.diagnostics);
    name_back(copy.source);
    forget_hash(plain.source);
    forget_hash(copy.source);
    name_back(copy.header);
    forget_hash(plain.header);
    forget_hash(copy.header);
    cr_expect_str_eq(plain.source, copy.source);
    cr_expect_str_eq(plain.header, copy.header);
    result_free(&plain);
    result_free(&copy);
}

/* A number that the emitted function knows, which a definition may share its name with. */
static bool is_given(const char *name) {
    for (int given = 0; given <= GIVEN_ADD; given++)
        if (strcmp(given_names[given], name) == 0)
            return true;
    return false;
}

/* No string in the sources of gen is the name of a definition; names of operators stand in
   ops.h, words of C in names.c. */
Test(check_prelude, no_name_of_it_stands_in_the_compiler) {
    static char names[MAX_NAMES][64];
    int count = prelude_names(names);
    glob_t sources;
    cr_assert(glob(NNGEN_SOURCE "/gen/*.c", 0, NULL, &sources) == 0);
    cr_assert(glob(NNGEN_SOURCE "/gen/*/*.c", GLOB_APPEND, NULL, &sources) == 0);
    for (size_t i = 0; i < sources.gl_pathc; i++) {
        static char text[1 << 20];
        if (strstr(sources.gl_pathv[i], "/names.c"))
            continue;
        FILE *file = fopen(sources.gl_pathv[i], "r");
        cr_assert(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        for (int j = 0; j < count; j++) {
            char quoted[70];
            if (is_given(names[j]))
                continue;
            snprintf(quoted, sizeof quoted, "\"%s\"", names[j]);
            cr_expect_null(strstr(text, quoted), "%s has %s", sources.gl_pathv[i], quoted);
        }
    }
    globfree(&sources);
}

/* The derivations' starting points: textbook formulas, not stable ones. */
Test(check_prelude, softmax_is_over_the_last_axis) {
    expect_nodes("h = softmax(reshape(x, [2, 2]))", "%0: B[4] = input x\n"
                                                    "%1: B[2, 2] = reshape %0\n"
                                                    "%2: B[2] = maximum %1 over 1\n"
                                                    "%3: B[2, 1] = reshape %2\n"
                                                    "%4: B[2, 1] = detach %3\n"
                                                    "%5: B[2, 2] = sub %1, %4\n"
                                                    "%6: B[2, 2] = exp %5\n"
                                                    "%7: B[2] = sum %6 over 1\n"
                                                    "%8: B[2, 1] = reshape %7\n"
                                                    "%9: B[2, 2] = div %6, %8    # h\n");
}

Test(check_prelude, dropout_is_there_in_training_only) {
    expect_nodes("h = dropout(x, 0.75)", "%0: B[4] = input x\n"
                                         "%1: [] = given training\n"
                                         "%2: B[4] = random uniform 0\n"
                                         "%3: [] = 0.25\n"
                                         "%4: B[4] = less %2, %3\n"
                                         "%5: [] = 4\n"
                                         "%6: B[4] = mul %0, %5\n"
                                         "%7: [] = 0\n"
                                         "%8: B[4] = where %4, %6, %7\n"
                                         "%9: B[4] = where %1, %8, %0    # h\n");
    expect_nodes("h = dropout(x, 1)", "%0: B[4] = input x\n"
                                      "%1: [] = given training\n"
                                      "%2: B[4] = random uniform 0\n"
                                      "%3: [] = 0\n"
                                      "%4: B[4] = less %2, %3\n"
                                      "%5: [] = 1\n"
                                      "%6: B[4] = mul %0, %5\n"
                                      "%7: [] = 0\n"
                                      "%8: B[4] = where %4, %6, %7\n"
                                      "%9: B[4] = where %1, %8, %0    # h\n");
}
