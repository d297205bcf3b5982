/* Values that are called as statements: `batch = 32` for `batch 32`.

   In: the model's statements. Out: a warning for each such value that nothing uses. */

#include "check/statements.h"

#include <string.h>

void warn_of_words(Checker *checker) {
    Compiler *compiler = checker->compiler;
    for (int i = 0; i < checker->statements->count; i++) {
        const Statement *statement = checker->statements->statements[i];
        const char *word = statement->name;
        if (statement->kind != STATEMENT_ASSIGN || !is_top_word(word) ||
            name_is_read(compiler, statement->span.source, word))
            continue;
        warning_at(compiler, statement->name_span, "'%s = ..' makes a value, which nothing uses",
                   word);
        if (strcmp(word, "optimizer") == 0)
            hint(compiler, "an optimizer is used by the statement 'update ..'");
        else
            hint(compiler, "the statement has no '=': '%s ..'", word);
    }
}
