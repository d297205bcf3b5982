/* Patterns of names, as `freeze encoder.*` has one. In: the statement that has it, a variable. Out:
   whether the pattern fits the variable's name. */

#include "expand/expand.h"

/* '*' matches any characters. Going back to the last star met is enough: the ones before it matched
   as few characters as possible, which leaves the most text for the rest of the pattern. */
static bool name_fits(const char *name, const char *pattern) {
    const char *star = NULL, *taken = NULL; /* the last star, and the end of what it stands for */
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            taken = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++taken;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

bool can_name(const Statement *statement, const Variable *variable) {
    return variable->kind == VARIABLE_PARAM ||
           (variable->kind == VARIABLE_STATE && statement->kind == STATEMENT_FREEZE);
}

bool is_named(const Variable *variable, const Statement *statement) {
    return can_name(statement, variable) &&
           (!statement->second_name || name_fits(variable->name, statement->second_name));
}

const Statement *freeze_of(const Checker *checker, const Variable *variable) {
    const Naming *naming = &checker->naming;
    for (int i = 0; i < naming->freeze_count; i++)
        if (is_named(variable, naming->freezes[i]))
            return naming->freezes[i];
    return NULL;
}
