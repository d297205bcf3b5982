#include "numbers.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8192 };

Numbers numbers_of(const char *text) {
    Numbers numbers = {0};
    const char *at = text;
    char *end;
    for (double x = strtod(at, &end); end != at; x = strtod(at, &end)) {
        cr_assert_lt(numbers.count, NUMBERS, "more than %d numbers: %s", (int)NUMBERS, text);
        numbers.values[numbers.count++] = x;
        at = end;
    }
    cr_assert_eq(at[strspn(at, " \n")], '\0', "no number: %s", at);
    return numbers;
}

Numbers numbers_read(FILE *file) {
    char line[LINE];
    cr_assert(fgets(line, LINE, file), "a line of numbers is missing");
    cr_assert(strchr(line, '\n'), "a line has no end: %s", line);
    return numbers_of(line);
}

void numbers_append(Numbers *numbers, const Numbers *more) {
    cr_assert_leq(numbers->count + more->count, NUMBERS);
    memcpy(numbers->values + numbers->count, more->values, (size_t)more->count * sizeof(double));
    numbers->count += more->count;
}
