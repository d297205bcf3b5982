/* What a definition of the prelude requires of its arguments: for each `require` in gen/prelude a
   call that breaks it must be told what is needed. A condition NAME < NUMBER is broken by the next
   whole number; those of other forms have a row in `others`. */

#define _POSIX_C_SOURCE 200809L

#include "base/embedded.h"
#include "messages.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 60, LONG = 600 };

/* What arguments without a default are here. */
static const struct {
    const char *name, *text;
} arguments[] = {{"lr", "0.1"},    {"inner", "sgd(0.1)"},
                 {"limit", "1"},   {"rate", "0.1"},
                 {"c", "0.1"},     {"factor", "0.5"},
                 {"every", "2"},   {"over", "100"},
                 {"l1", "0.1"},    {"l2", "0.1"},
                 {"lambda", "1"},  {"n", "3"},
                 {"y", "y"},       {"b", "y"},
                 {"same", "y[0]"}, {"positive", "y"},
                 {"negative", "y"}};

static const struct {
    const char *condition, *line;
} others[] = {
    {"low <= high", "q = hard_tanh(h, 1, -1)"},
    {"k <= classes", "metric top_k(h, y, k = 4)"},
    {"rank(p) < 2", "metric precision(reshape(h, [1, 3]), reshape(y, [1, 3]))"},
    {"longest >= shortest", "update rprop(shortest = 2, longest = 1)"},
    {"over * rise > 1", "update sgd(one_cycle(0.1, 2))"},
    {"smoothing >= 0", "loss cross_entropy(h, y, smoothing = -1)"},
    {"smoothing <= 1", "loss cross_entropy(h, y, smoothing = 2)"},
    {"classes > 1", "loss cross_entropy(sum(h), sum(y))"},
    {"k >= 0", "q = shift(reshape(x, [2, 2]), -1)"},
};
enum { OTHERS = sizeof others / sizeof *others };

/* The definition that the lines read belong to. */
typedef struct {
    const char *family;
    char name[SHORT], parameters[LONG];
} Head;

static const char *argument_of(const char *name, const char *family) {
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (strcmp(arguments[i].name, name) == 0)
            return arguments[i].text;
    return strcmp(family, "augmentation") == 0 ? "x" : "h";
}

/* name(arguments, broken = bad) */
static void write_call(const Head *definition, const char *broken, double bad, char *call) {
    int size = sprintf(call, "%s(", definition->name), depth = 0;
    const char *at = definition->parameters;
    while (*at) {
        char name[SHORT] = "";
        bool has_default = false;
        at += strspn(at, ", ");
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");
        memcpy(name, at, length);
        for (at += length; *at && (*at != ',' || depth > 0); at++) {
            depth += (*at == '[' || *at == '(') - (*at == ']' || *at == ')');
            has_default |= *at == '=';
        }
        if (!has_default && strcmp(name, broken) != 0)
            size += sprintf(call + size, "%s = %s, ", name, argument_of(name, definition->family));
    }
    sprintf(call + size, "%s = %g)", broken, bad);
}

static void write_line(const Head *definition, const char *call, char *line) {
    const char *family = definition->family;
    const char *form = strcmp(family, "optimizers") == 0     ? "update %s"
                       : strcmp(family, "schedules") == 0    ? "update sgd(%s)"
                       : strcmp(family, "losses") == 0       ? "loss %s"
                       : strcmp(family, "regularizers") == 0 ? "loss mean((h - y)^2) + %s"
                       : strcmp(family, "metrics") == 0      ? "metric %s"
                       : strcmp(family, "initializers") == 0 ? "q = dense(h, 3, init = %s)"
                                                             : "q = %s";
    sprintf(line, form, call);
}

static bool begins(const char *line, const char *word) {
    return strncmp(line, word, strlen(word)) == 0;
}

/* A model in which all is well but the line. */
static void check_line(const char *line, const char *condition, bool is_fine) {
    char text[2 * LONG];
    snprintf(text, sizeof text,
             "network wrong\ninput x[4]\ntarget y[3]\nh = dense(x, 3)\n%s\n%s%s%s%s", line,
             begins(line, "q =") ? "loss mean_squared_error(h, y) + mean(q)\n" : "",
             begins(line, "loss") || begins(line, "q =") ? "" : "loss mean_squared_error(h, y)\n",
             strstr(line, "update ") ? "" : "update sgd(0.1)\n", "output h\n");
    char needs[SHORT + 10];
    snprintf(needs, sizeof needs, "needs %s", condition);
    Options options = {0};
    Result result = compile("wrong.def", text, strlen(text), "net.h", &options);
    bool is_told = strstr(result.diagnostics, needs) != NULL;
    cr_expect(is_told != is_fine, "%s: %s", line, result.diagnostics);
    cr_expect_eq(result.exit_code, is_fine ? 0 : 1, "%s: %s", line, result.diagnostics);
    result_free(&result);
}

static bool check_other(const char *condition) {
    for (int i = 0; i < OTHERS; i++) {
        if (strcmp(others[i].condition, condition) == 0) {
            check_line(others[i].line, condition, false);
            return true;
        }
    }
    return false;
}

static void check_condition(const Head *definition, const char *condition) {
    char name[SHORT], comparison[3], call[LONG], line[LONG];
    double bound;
    int end = 0;
    if (check_other(condition))
        return;
    bool is_plain =
        sscanf(condition, "%59[a-z0-9] %2[<>=] %lf%n", name, comparison, &bound, &end) == 3;
    cr_assert(is_plain && condition[end] == '\0', "%s: no row for: %s", definition->name,
              condition);
    write_call(definition, name, comparison[0] == '<' ? bound + 1 : bound - 1, call);
    write_line(definition, call, line);
    check_line(line, condition, false);
}

static void read_head(Head *definition, const char *line) {
    sscanf(line, "%*s %59[a-z0-9_]", definition->name);
    const char *open = strchr(line, '('), *close = strrchr(line, ')');
    cr_assert(open && close);
    memset(definition->parameters, 0, LONG);
    while (close > open && !(close[1] == ' ' && (close[2] == '{' || close[2] == '=')))
        close--;
    memcpy(definition->parameters, open + 1, (size_t)(close - open - 1));
}

static int check_family(const char *family, const char *text) {
    Head definition = {.family = family};
    char *lines = strdup(text), *save = NULL;
    int count = 0;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (isalpha((unsigned char)*line))
            read_head(&definition, line);
        if (!begins(line, "    require "))
            continue;
        count++;
        check_condition(&definition, line + strlen("    require "));
    }
    free(lines);
    return count;
}

Test(prelude, what_is_required_of_arguments_is_said) {
    int count = 0;
    for (int i = 0; i < embedded_prelude_count; i++) {
        char family[SHORT];
        sscanf(embedded_prelude[i].name, "%59[a-z_]", family);
        count += check_family(family, embedded_prelude[i].text);
    }
    cr_expect(count > 120, "only %d requirements found", count);
}

/* The model around the line is fine, and so is every line that breaks nothing. */
Test(prelude, what_is_fine_passes) {
    check_line("update rprop(cosine(0.1))", "", true);
    check_line("setting first = 0.1\nupdate adagrad(first = first)", "", true);
    check_line("metric top_k(h, y, k = 3)", "", true);
    check_line("q = dense(h, 3, init = normal(0))", "", true);
    check_line("loss contrastive(h, y, y[0], margin = 1)", "", true);
    check_line("update averaged(sgd(0.1), step / (step + 1))", "", true);
    check_line("update sgd(cosine(0.1, over = epochs - 1))", "", true);
}

/* Settings and schedules have a first value. */
Test(prelude, what_is_required_holds_at_first) {
    check_line("setting limit = -1\nupdate clip_norm(adam(), limit)",
               "limit >= 0, limit is -1 at first", false);
    check_line("update sgd(0.1 / (step - 5))", "lr >= 0, lr is -0.02 at first", false);
}
