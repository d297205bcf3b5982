/* Values that are called as statements: `batch = 32` for `batch 32`.

   In: the model's statements. Out: a warning for each such value that nothing uses. */

#include "expand/check.h"
#include "syntax/lex.h"

#include <string.h>

/* Whether the name stands in its source anywhere but at the beginning of a statement. */
static bool is_read(Compiler *compiler, const Source *source, const char *name) {
    Lexer lexer = {.compiler = compiler, .source = source, .is_silent = true};
    size_t length = strlen(name);
    bool is_start = true;
    for (Token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        size_t size = token.place.end - token.place.first;
        if (!is_start && token.kind == TOKEN_NAME && size == length &&
            memcmp(source->text + token.place.first, name, length) == 0)
            return true;
        is_start = token.kind == TOKEN_NEWLINE || (*token.symbol && strchr(";{", *token.symbol));
    }
    return false;
}

void warn_of_words(Checker *checker) {
    Compiler *compiler = checker->compiler;
    for (int i = 0; i < checker->statements->count; i++) {
        const Statement *statement = checker->statements->statements[i];
        const char *word = statement->name;
        if (statement->kind != STATEMENT_ASSIGN || !is_top_word(word) ||
            is_read(compiler, statement->place.source, word))
            continue;
        warning_at(compiler, statement->name_place, "'%s = ..' makes a value, which nothing uses",
                   word);
        if (strcmp(word, "optimizer") == 0)
            hint(compiler, "an optimizer is used by the statement 'update ..'");
        else
            hint(compiler, "the statement has no '=': '%s ..'", word);
    }
}
