/* The prelude is text like any model's: a copy of it under other names gives the same graph, and
   nothing in gen/ knows it. */

#include "checked.h"
#include "embedded.h"

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

Test(check_prelude, a_copy_under_other_names_gives_the_same_graph) {
    static char names[MAX_NAMES][64], model[200000];
    int count = prelude_names(names);
    cr_assert(count > 15);
    for (int i = 0; i < embedded_prelude_count; i++)
        rename_all(embedded_prelude[i].text, model, names, count);
    rename_all(digits, model, names, count);
    Checked plain, copy;
    check_open(&plain, digits);
    check_open(&copy, model);
    cr_assert(plain.graph && copy.graph, "%s%s", plain.said, copy.said);
    cr_expect_eq(plain.graph->node_count, copy.graph->node_count);
    char *metric = strstr(copy.text, "metric my_");
    cr_assert(metric);
    memmove(metric + 7, metric + 10, strlen(metric + 10) + 1);
    cr_expect_str_eq(plain.text, copy.text);
    check_close(&plain);
    check_close(&copy);
}

/* No string in the sources of gen is the name of a definition; names of operators stand in
   ops.h, words of C in names.c. */
Test(check_prelude, no_name_of_it_stands_in_the_compiler) {
    static char names[MAX_NAMES][64];
    int count = prelude_names(names);
    glob_t sources;
    cr_assert(glob(NNGEN_SOURCE "/gen/*.c", 0, NULL, &sources) == 0);
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
