/* What to write for a name of another library.

   In: a name, or a function and the name of an argument, that is not known. Out: the hint of the
   row of foreign.txt that has it. Not its business: what names there are. */

#include "base/base.h"

#include <string.h>

/* Whether one of the names that begin a row is this one; `end` is behind the last. */
static bool has_key(Compiler *compiler, const char *row, const char *end, const char *wanted) {
    while (row < end) {
        size_t length = strcspn(row, " :=\n");
        if (names_alike(format_text(compiler, "%.*s", (int)length, row), wanted))
            return true;
        row += length + strspn(row + length, " ");
    }
    return false;
}

/* What stands behind the names of the row that has this one, and whether that is ':' or '='; NULL
   where there is none. */
static const char *row_of(Compiler *compiler, const char *wanted, char *mark) {
    const char *row = embedded_foreign[0].text;
    for (; *row; row += strcspn(row, "\n") + 1) {
        const char *end = row + strcspn(row, ":=\n");
        if (*row == '#' || *end == '\n' || !has_key(compiler, row, end, wanted))
            continue;
        *mark = *end;
        const char *text = end + 1 + strspn(end + 1, " ");
        return format_text(compiler, "%.*s", (int)strcspn(text, "\n"), text);
    }
    return NULL;
}

const char *foreign_name(Compiler *compiler, const char *name) {
    char mark;
    return row_of(compiler, name, &mark);
}

void hint_name(Compiler *compiler, const char *name, const char *const *names, int count) {
    const char *foreign = foreign_name(compiler, name);
    const char *nearest = nearest_name(name, names, count);
    if (foreign)
        hint(compiler, "%s", foreign);
    else if (nearest)
        hint(compiler, "did you mean '%s'?", nearest);
}

void hint_role(Compiler *compiler, const char *role, const char *name) {
    char mark;
    const char *text = row_of(compiler, format_text(compiler, "%s.%s", role, name), &mark);
    if (text)
        hint(compiler, "%s", text);
}

static bool is_among(const char *name, const char *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void hint_argument(Compiler *compiler, const char *function, const char *label,
                   const char *const *names, int count) {
    char mark = '\0';
    const char *foreign = row_of(compiler, format_text(compiler, "%s.%s", function, label), &mark);
    if (!foreign)
        foreign = row_of(compiler, format_text(compiler, ".%s", label), &mark);
    const char *nearest = foreign && mark == '=' && is_among(foreign, names, count)
                              ? foreign
                              : nearest_name(label, names, count);
    if (foreign && mark == ':')
        hint(compiler, "%s", foreign);
    else if (nearest)
        hint(compiler, "did you mean '%s'?", nearest);
}
