/* Templates: blocks of C text in templates/, with slots. In: a block's name and bindings. Out:
   text. It knows nothing of nets.

   Directives stand on lines of their own:
     //: block NAME       begins a block, which ends at the matching //: end
     //: if NAME          keeps its lines where NAME is bound to something; //: else; //: end
     //: for LIST         repeats its lines for every row of LIST; //: end
     //: insert NAME      the text bound to NAME, indented like this line
   In other lines $name or ${name} is replaced by what is bound. */

#include "emit/emitter.h"

#include <ctype.h>
#include <string.h>

typedef struct {
    const char *at, *end;
} Lines;

typedef struct {
    Text *out;
    Compiler *compiler;
    int indent;
} Renderer;

Bindings bindings_new(Compiler *compiler, const Bindings *outer) {
    return (Bindings){.compiler = compiler, .outer = outer};
}

void bind_slot(Bindings *bindings, const char *name, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_text_v(bindings->compiler, format, arguments);
    va_end(arguments);
    int count = bindings->count;
    PUSH(bindings->compiler, bindings->names, count, name);
    PUSH(bindings->compiler, bindings->values, bindings->count, text);
}

Bindings *bind_row(Bindings *bindings, const char *list) {
    List *found = NULL;
    for (int i = 0; i < bindings->list_count; i++)
        if (strcmp(bindings->lists[i].name, list) == 0)
            found = &bindings->lists[i];
    if (!found) {
        PUSH(bindings->compiler, bindings->lists, bindings->list_count, (List){.name = list});
        found = &bindings->lists[bindings->list_count - 1];
    }
    PUSH(bindings->compiler, found->rows, found->count, bindings_new(bindings->compiler, NULL));
    return &found->rows[found->count - 1];
}

static const char *look_up(const Bindings *bindings, const char *name, size_t size) {
    for (; bindings; bindings = bindings->outer)
        for (int i = bindings->count - 1; i >= 0; i--)
            if (strlen(bindings->names[i]) == size && memcmp(bindings->names[i], name, size) == 0)
                return bindings->values[i];
    return NULL;
}

static const List *look_up_list(const Bindings *bindings, const char *name, size_t size) {
    for (; bindings; bindings = bindings->outer)
        for (int i = 0; i < bindings->list_count; i++)
            if (strlen(bindings->lists[i].name) == size &&
                memcmp(bindings->lists[i].name, name, size) == 0)
                return &bindings->lists[i];
    return NULL;
}

static const char *line_end(const Lines *lines) {
    const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    return end ? end : lines->end;
}

static void skip_line(Lines *lines) {
    const char *end = line_end(lines);
    lines->at = end < lines->end ? end + 1 : end;
}

/* The word after "//: " if the line is a directive; its argument follows after one space. */
static const char *directive(const Lines *lines) {
    const char *at = lines->at, *end = line_end(lines);
    while (at < end && *at == ' ')
        at++;
    return end - at > 4 && memcmp(at, "//: ", 4) == 0 ? at + 4 : NULL;
}

static bool is_word(const char *at, const char *word) {
    return at && strncmp(at, word, strlen(word)) == 0 && !isalnum((unsigned char)at[strlen(word)]);
}

static bool opens(const char *word) {
    return is_word(word, "block") || is_word(word, "if") || is_word(word, "for");
}

/* The lines between an opening directive and its end or else; *otherwise gets those after the else.
   */
static Lines take_body(Lines *lines, Lines *otherwise) {
    Lines body = {lines->at, lines->at};
    const char *half = NULL;
    for (int depth = 1; lines->at < lines->end; skip_line(lines)) {
        const char *word = directive(lines);
        if (opens(word))
            depth++;
        if (is_word(word, "else") && depth == 1)
            half = lines->at;
        if (is_word(word, "end") && --depth == 0)
            break;
    }
    body.end = half ? half : lines->at;
    *otherwise = (Lines){lines->at, lines->at};
    if (half) {
        otherwise->at = half;
        skip_line(otherwise);
        otherwise->end = lines->at;
    }
    skip_line(lines);
    return body;
}

static size_t word_size(const char *at) {
    size_t size = 0;
    while (isalnum((unsigned char)at[size]) || at[size] == '_')
        size++;
    return size;
}

static void add_spaces(Text *out, int count) {
    for (; count > 0; count--)
        text_add_bytes(out, " ", 1);
}

static void add_slot(Renderer *renderer, const Bindings *bindings, const char **at) {
    bool braces = (*at)[1] == '{';
    const char *name = *at + (braces ? 2 : 1);
    size_t size = word_size(name);
    const char *value = look_up(bindings, name, size);
    if (!value)
        stop_at(renderer->compiler, (Span){0}, "internal: a template needs '%.*s'", (int)size,
                name);
    text_add_bytes(renderer->out, value, strlen(value));
    *at = name + size + (braces ? 1 : 0);
}

static void add_line(Renderer *renderer, const Bindings *bindings, const Lines *lines) {
    const char *at = lines->at, *end = line_end(lines);
    if (at < end && *at != '#')
        add_spaces(renderer->out, renderer->indent);
    while (at < end) {
        if (*at == '$')
            add_slot(renderer, bindings, &at);
        else {
            const char *next = memchr(at, '$', (size_t)(end - at));
            size_t size = (size_t)((next ? next : end) - at);
            text_add_bytes(renderer->out, at, size);
            at += size;
        }
    }
    text_add_bytes(renderer->out, "\n", 1);
}

static void add_inserted(Renderer *renderer, const Bindings *bindings, const Lines *lines,
                         const char *word) {
    const char *name = word + strlen("insert ");
    const char *value = look_up(bindings, name, word_size(name));
    if (!value)
        stop_at(renderer->compiler, (Span){0}, "internal: a template inserts '%.*s'",
                (int)word_size(name), name);
    int indent = renderer->indent + (int)(word - 4 - lines->at);
    Lines text = {value, value + strlen(value)};
    for (; text.at < text.end; skip_line(&text)) {
        const char *end = line_end(&text);
        if (end > text.at && *text.at != '#')
            add_spaces(renderer->out, indent);
        text_add_bytes(renderer->out, text.at, (size_t)(end - text.at));
        text_add_bytes(renderer->out, "\n", 1);
    }
}

static void render(Renderer *renderer, const Bindings *bindings, Lines lines);

static void render_for(Renderer *renderer, const Bindings *bindings, const char *word, Lines body) {
    const char *name = word + strlen("for ");
    const List *list = look_up_list(bindings, name, word_size(name));
    for (int i = 0; list && i < list->count; i++) {
        list->rows[i].outer = bindings;
        render(renderer, &list->rows[i], body);
    }
}

static void render_if(Renderer *renderer, const Bindings *bindings, const char *word,
                      const Lines *choices) {
    const char *name = word + strlen("if ");
    const char *value = look_up(bindings, name, word_size(name));
    const List *list = look_up_list(bindings, name, word_size(name));
    bool holds = (value && *value) || (list && list->count > 0);
    render(renderer, bindings, choices[holds ? 0 : 1]);
}

/* Recursion is as deep as directives are nested in a template. */
static void render(Renderer *renderer, const Bindings *bindings, Lines lines) {
    while (lines.at < lines.end) {
        const char *word = directive(&lines);
        if (!word) {
            add_line(renderer, bindings, &lines);
            skip_line(&lines);
            continue;
        }
        Lines line = lines;
        skip_line(&lines);
        if (is_word(word, "insert"))
            add_inserted(renderer, bindings, &line, word);
        if (!opens(word))
            continue;
        Lines choices[2];
        choices[0] = take_body(&lines, &choices[1]);
        if (is_word(word, "for"))
            render_for(renderer, bindings, word, choices[0]);
        if (is_word(word, "if"))
            render_if(renderer, bindings, word, choices);
    }
}

typedef struct {
    const char *name;
    size_t size; /* of the name */
    Lines body;
} Block;

struct Templates {
    int count;
    Block *items;
};

static void find_blocks(Compiler *compiler, struct Templates *templates, Lines lines) {
    while (lines.at < lines.end) {
        const char *word = directive(&lines);
        skip_line(&lines);
        if (!is_word(word, "block"))
            continue;
        Lines otherwise;
        Block new = {.name = word + strlen("block ")};
        new.size = word_size(new.name);
        new.body = take_body(&lines, &otherwise);
        PUSH(compiler, templates->items, templates->count, new);
    }
}

void templates_read(Compiler *compiler) {
    compiler->templates = NEW(compiler, struct Templates);
    for (int i = 0; i < embedded_templates_count; i++) {
        const Embedded *file = &embedded_templates[i];
        find_blocks(compiler, compiler->templates, (Lines){file->text, file->text + file->size});
    }
}

static const Block *find_block(Compiler *compiler, const char *name) {
    size_t size = strlen(name);
    for (int i = 0; i < compiler->templates->count; i++) {
        const Block *block = &compiler->templates->items[i];
        if (block->size == size && memcmp(block->name, name, size) == 0)
            return block;
    }
    stop_at(compiler, (Span){0}, "internal: there is no template '%s'", name);
}

void template_add(Text *out, const char *block, const Bindings *bindings, int indent) {
    Renderer renderer = {out, out->compiler, indent};
    render(&renderer, bindings, find_block(out->compiler, block)->body);
}
