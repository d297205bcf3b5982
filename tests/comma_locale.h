/* A locale with a decimal comma for the tests that numbers must not depend on it: systems without
   any but C have none to offer, so it is made. */

#ifndef COMMA_LOCALE_H
#define COMMA_LOCALE_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Makes it below `folder`, which is there, and sets it for the whole process; false where the
   system has no localedef. */
static inline bool comma_locale_set(const char *folder) {
    char command[2048];
    snprintf(command, sizeof command,
             "cd '%s' && printf '%%s\\n' LC_NUMERIC 'decimal_point \"<U002C>\"' "
             "'thousands_sep \"\"' 'grouping -1' 'END LC_NUMERIC' > comma.source && "
             "localedef -c -i comma.source ./comma > comma.log 2>&1",
             folder);
    int ignored = system(command); /* it warns of all that the source leaves out */
    (void)ignored;
    setenv("LOCPATH", folder, 1);
    return setlocale(LC_ALL, "comma") && *localeconv()->decimal_point == ',';
}

#endif
