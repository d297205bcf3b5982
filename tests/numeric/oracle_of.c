/* See oracle.h. Apart from oracle.c, which programs without Criterion use as well. */

#include "oracle.h"

#include <criterion/criterion.h>

Oracle *oracle_of(const char *text) {
    char *message = NULL;
    Oracle *oracle = oracle_new(text, &message);
    cr_assert(oracle, "%s\n%s", message, text);
    return oracle;
}
