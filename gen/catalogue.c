/* The prelude as users see it, for --list and --show. In: a family, a name, or neither. Out:
   definitions with their comments, or the text of one. A family is a file of the prelude; names
   that begin with _ are private and not listed. The last family holds the words that the
   language itself has after inputs and targets. */

#include "check/check.h"
#include "nngen.h"

#include <ctype.h>
#include <string.h>

typedef struct {
    Compiler *compiler;
    Text *out;
    int name_count; /* candidates for the hint */
    const char **names;
} Catalogue;

static const char *family_name(Compiler *compiler, int number) {
    const char *file = embedded_prelude[number].name;
    return format_text(compiler, "%.*s", (int)strcspn(file, "."), file);
}

/* A definition's head up to the closing bracket of its parameters, on one line. */
static void add_head(Text *out, const Statement *statement) {
    const char *text = statement->span.source->text + statement->span.first;
    int depth = 0;
    bool is_done = false;
    for (bool was_blank = false; !is_done; text++) {
        bool is_blank = isspace((unsigned char)*text);
        if (!is_blank || !was_blank)
            text_add_bytes(out, is_blank ? " " : text, 1);
        depth += (*text == '(') - (*text == ')');
        is_done = *text == ')' && depth == 0;
        was_blank = is_blank;
    }
}

/* Adds every line of a text after an indent or a mark. */
static void add_lines(Text *out, const char *mark, const char *lines) {
    while (*lines) {
        int length = (int)strcspn(lines, "\n");
        text_add(out, "%s%s%.*s\n", mark, length > 0 ? " " : "", length, lines);
        lines += length + (lines[length] == '\n');
    }
}

/* Adds the comment at the top of a file, if a blank line follows it. */
static void add_introduction(Text *out, const char *text) {
    const char *end = text;
    while (*end == '#')
        end += strcspn(end, "\n") + 1;
    for (; *end == '\n' && text < end; text += strcspn(text, "\n") + 1)
        text_add(out, "   %.*s\n", (int)strcspn(text, "\n") - 1, text + 1);
}

static void list_family(Catalogue *catalogue, int number) {
    const Statements *file =
        parse(catalogue->compiler, prelude_source(catalogue->compiler, number));
    text_add(catalogue->out, "%s%s\n", catalogue->out->size > 0 ? "\n" : "",
             family_name(catalogue->compiler, number));
    add_introduction(catalogue->out, embedded_prelude[number].text);
    for (int i = 0; i < file->count; i++) {
        if (file->statements[i]->name[0] == '_')
            continue;
        text_add(catalogue->out, "\n  ");
        add_head(catalogue->out, file->statements[i]);
        text_add(catalogue->out, "\n");
        add_lines(catalogue->out, "     ", file->statements[i]->definition->comment);
    }
}

static void list_words(Text *out) {
    text_add(out, "%swords\n   After the name of an input or target: how its data become values.\n",
             out->size > 0 ? "\n" : "");
    for (int i = 0; i < word_count; i++) {
        text_add(out, "\n  %s\n", words[i].use);
        add_lines(out, "     ", words[i].comment);
    }
}

static void list_families(Catalogue *catalogue, const char *family) {
    for (int i = 0; i < embedded_prelude_count; i++) {
        const char *name = family_name(catalogue->compiler, i);
        PUSH(catalogue->compiler, catalogue->names, catalogue->name_count, name);
        if (!family || strcmp(family, name) == 0)
            list_family(catalogue, i);
    }
    PUSH(catalogue->compiler, catalogue->names, catalogue->name_count, "words");
    if (!family || strcmp(family, "words") == 0)
        list_words(catalogue->out);
}

static void show(Catalogue *catalogue, const Statement *statement) {
    Span span = statement->span;
    const char *text = span.source->text;
    size_t end = span.end + strcspn(text + span.end, "\n");
    add_lines(catalogue->out, "#", statement->definition->comment);
    text_add(catalogue->out, "%.*s\n", (int)(end - span.first), text + span.first);
}

static void show_named(Catalogue *catalogue, const char *name) {
    for (int i = 0; i < embedded_prelude_count; i++) {
        const Statements *file = parse(catalogue->compiler, prelude_source(catalogue->compiler, i));
        for (int s = 0; s < file->count; s++) {
            const Statement *statement = file->statements[s];
            PUSH(catalogue->compiler, catalogue->names, catalogue->name_count, statement->name);
            if (strcmp(statement->name, name) == 0)
                show(catalogue, statement);
        }
    }
    for (int i = 0; i < word_count; i++) {
        PUSH(catalogue->compiler, catalogue->names, catalogue->name_count, words[i].name);
        if (strcmp(words[i].name, name) == 0) {
            add_lines(catalogue->out, "#", words[i].comment);
            text_add(catalogue->out, "%s\n", words[i].use);
        }
    }
}

static void say_unknown(const Catalogue *catalogue, const char *what, const char *name) {
    Compiler *compiler = catalogue->compiler;
    bool is_family = strcmp(what, "family") == 0;
    bool is_builtin = !is_family && builtin_by_name(name);
    const char *foreign = is_family ? NULL : foreign_name(compiler, name);
    const char *nearest = nearest_name(name, catalogue->names, catalogue->name_count);
    error_at(compiler, (Span){0}, "the prelude has no %s '%s'", what, shown_text(compiler, name));
    if (is_builtin) {
        hint(compiler, "'%s' is a function of the language itself", name);
    } else if (foreign) {
        hint(compiler, "%s", foreign);
    } else if (nearest) {
        hint(compiler, "did you mean '%s'?", nearest);
    } else if (is_family) {
        Text *families = text_new(compiler);
        for (int i = 0; i < catalogue->name_count; i++)
            text_add(families, "%s %s", i ? "," : "", catalogue->names[i]);
        hint(compiler, "the families are%s", families->bytes);
    }
}

typedef void Fill(Catalogue *catalogue, const char *name);

static Result catalogue_result(Fill *fill, const char *what, const char *name,
                               const Options *options) {
    Result result = {.exit_code = 4, .arena = arena_new(), .diagnostics = (char *)no_memory};
    if (!result.arena)
        return result;
    Compiler compiler = {.arena = result.arena, .options = *options};
    if (setjmp(compiler.stop) != 0)
        return result;
    Catalogue catalogue = {.compiler = &compiler, .out = text_new(&compiler)};
    compiler.diagnostics = text_new(&compiler);
    fill(&catalogue, name);
    result.exit_code = catalogue.out->size > 0 ? 0 : 2;
    if (result.exit_code != 0)
        say_unknown(&catalogue, what, name);
    result.dump = catalogue.out->bytes;
    result.diagnostics = compiler.diagnostics->bytes;
    result.said = compiler.said;
    result.said_count = compiler.said_count;
    return result;
}

Result list_prelude(const char *family, const Options *options) {
    return catalogue_result(list_families, "family", family, options);
}

Result show_definition(const char *name, const Options *options) {
    return catalogue_result(show_named, "definition", name, options);
}

uint64_t prelude_hash(void) {
    uint64_t hash = HASH_START;
    for (int i = 0; i < embedded_prelude_count; i++) {
        const Embedded *file = &embedded_prelude[i];
        hash = hash_bytes(hash, file->name, strlen(file->name) + 1);
        hash = hash_bytes(hash, file->text, file->size);
    }
    return hash;
}
