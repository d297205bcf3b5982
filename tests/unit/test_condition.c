/* Conditions of the preprocessor, of which a part is known. */

#include "condition.h"

#include <criterion/criterion.h>
#include <string.h>

/* ONE, TWO and LATER, which stands for more; NONE is not defined; of others nothing is known. */
static const char *meaning(const void *names, const char *name) {
    static const char *const known[][2] = {{"ONE", "1"},
                                           {"TWO", "(ONE + 1) /* two */"},
                                           {"LATER", "(TWO && !UNKNOWN)"},
                                           {"LOOP", "LOOP"},
                                           {"ODD", "2 x"},
                                           {"NONE", ""}};
    (void)names;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], name) == 0)
            return known[i][1];
    return NULL;
}

Test(condition, knows_what_follows) {
    static const struct {
        const char *text;
        int wanted; /* -1: unknown */
    } cases[] = {
        {"1", 1},
        {"0", 0},
        {"ONE", 1},
        {"TWO == 2\n", 1},
        {"TWO > 2", 0},
        {"TWO >= 2 /* at least */", 1},
        {"NONE", 0},
        {"UNKNOWN", -1},
        {"UNKNOWN && 0", 0},
        {"0 && UNKNOWN", 0},
        {"UNKNOWN && 1", -1},
        {"1 || UNKNOWN", 1},
        {"UNKNOWN || ONE", 1},
        {"UNKNOWN || 0", -1},
        {"!UNKNOWN", -1},
        {"!ONE", 0},
        {"-1 < 0", 1},
        {"1 + 2 * 3 == 7", 1},
        {"7 / 2 == 3 && 7 % 2 == 1", 1},
        {"1 / NONE", -1},
        {"0x10 == 16 && 199901L >= 199901L", 1},
        {"ONE ? 0 : UNKNOWN", 0},
        {"UNKNOWN ? 1 : 1", -1},
        {"defined(NONE)", 0},
        {"defined NONE || ONE", 1},
        {"defined(ONE)", -1},
        {"!defined(NONE) && TWO != 1", 1},
        {"LATER", -1},
        {"LATER || ONE", 1},
        {"CALL(0, 1) && 0", 0},
        {"CALL((2))", -1},
        {"ONE && \\\n NONE", 0},
        {"LOOP", -1},
        {"ODD", -1},
        {"1 )", -1},
        {"(1", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Known found = condition_value(cases[i].text, meaning, NULL);
        int value = found.is_known ? found.value != 0 : -1;
        cr_expect_eq(value, cases[i].wanted, "%s: %d", cases[i].text, value);
    }
}
