/* Which names a pattern of `freeze` fits, against the definition written as a recursion; and that
   no pattern takes long. */

#define _GNU_SOURCE
#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

enum { LONGEST = 4 };

static bool fits(const char *name, const char *pattern) {
    if (*pattern == '*')
        return fits(name, pattern + 1) || (*name && fits(name + 1, pattern));
    return *name == *pattern && (!*name || fits(name + 1, pattern + 1));
}

/* Word number `number` over the letters, from 0: "a", "b", "aa", .. */
static const char *word_number(int number, const char *letters) {
    static char words[2][LONGEST + 2];
    static int turn;
    int base = (int)strlen(letters);
    char *end = words[turn = !turn] + LONGEST + 1;
    *end = '\0';
    for (number++; number > 0; number = (number - 1) / base)
        *--end = letters[(number - 1) % base];
    return end;
}

/* Words of up to four letters. */
static int word_count(int letters) {
    int count = 0, of_length = 1;
    for (int length = 1; length <= LONGEST; length++)
        count += of_length *= letters;
    return count;
}

/* Parameters are called as every word of a and b; `z` is there to be trained. */
static void write_model(FILE *out, const char *pattern) {
    fputs("network t\ninput x[2]\ntarget y[2]\nz = param([2], 1)\nh = x * z\n", out);
    for (int i = 0; i < word_count(2); i++)
        fprintf(out, "%s = param([2], 0)\nh = h + %s\n", word_number(i, "ab"),
                word_number(i, "ab"));
    fprintf(out,
            "loss half_squared_error(h, y)\nupdate sgd(0.1) for z\nupdate sgd(0.1)\n"
            "freeze %s\n",
            pattern);
}

static void expect_frozen(const char *pattern) {
    static char model[8000];
    Checked checked;
    FILE *out = fmemopen(model, sizeof model, "w");
    write_model(out, pattern);
    fclose(out);
    check_open(&checked, model);
    int frozen = 0;
    for (int i = 0; i < word_count(2); i++)
        frozen += fits(word_number(i, "ab"), pattern);
    cr_assert_eq(checked.graph != NULL, frozen > 0, "%s: %s", pattern, checked.said);
    for (int i = 0; checked.graph && i < checked.graph->variable_count; i++) {
        const Variable *variable = checked.graph->variables[i];
        if (variable->kind == VARIABLE_PARAM)
            cr_expect_eq(variable->frozen, fits(variable->name, pattern), "%s: %s", pattern,
                         variable->name);
    }
    check_close(&checked);
}

Test(check_patterns, as_defined) {
    for (int i = 0; i < word_count(3); i++) {
        const char *pattern = word_number(i, "ab*");
        if (!fits("z", pattern))
            expect_frozen(pattern);
    }
    expect_frozen("*a*b");
    expect_frozen("a**");
}

/* Twelve stars, each of which could stand for many things, and a name that fits up to its end. */
Test(check_patterns, with_many_stars, .timeout = 10) {
    char name[191], model[1000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(model, sizeof model,
             "network t\ninput x[2]\ntarget y[2]\n%s = param([2], 1)\nh = x * %s\n"
             "loss half_squared_error(h, y)\nupdate sgd(0.1)\nfreeze *a*a*a*a*a*a*a*a*a*a*a*b\n",
             name, name);
    expect_said(model, "is called '*a*a*a*a*a*a*a*a*a*a*a*b'");
}
