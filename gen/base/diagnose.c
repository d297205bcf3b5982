/* Errors and warnings as people read them:

       mlp.def:4:12: error: dense: input has 784 columns, 'w1' has 700 rows
         4 | h1 = dense(x, w1)
           |            ^
       mlp.def:2:1: note: 'w1' declared here as [700, 128]
       hint: 'w1' must be [784, N]

   In: a span of a source and a format. Out: text in compiler->diagnostics, the counts, the exit
   code; and the same as Said, for programs. Not its business: what is wrong. */

#include "base/base.h"

#include <ctype.h>
#include <string.h>

enum {
    MAX_SHOWN = 160, /* characters of a source line; of a longer one a window around the culprit */
    SHOWN_BEFORE = 60, /* characters of that window before the culprit */
    MAX_MESSAGE =
        1000, /* bytes; a message quotes what the user wrote, which may be of any length */
    MAX_COMPARED_NAME = 200, /* characters; longer names resemble none */
    MAX_DISTANCE = 2,
};

/* One line of a source, and in it the culprit; byte offsets into the source. */
typedef struct {
    size_t number, column; /* from 1; columns count characters */
    size_t start, stop;    /* the line, without its end */
    size_t first, end;     /* the culprit's part in it */
} Line;

const Paint *paint_of(bool is_colored, const char *severity) {
    static const Paint paints[] = {{"error", "\x1b[1;31m", "\x1b[0m"},
                                   {"warning", "\x1b[1;35m", "\x1b[0m"},
                                   {"note", "\x1b[1;36m", "\x1b[0m"}};
    static const Paint plain = {"", "", ""};
    for (int i = 0; i < 3 && is_colored; i++)
        if (strcmp(paints[i].severity, severity) == 0)
            return &paints[i];
    return &plain;
}

void source_check_size(Compiler *compiler, const char *name, size_t size) {
    if (size <= MAX_SOURCE)
        return;
    Source *source = NEW(compiler, Source); /* of which nothing is shown */
    source->name = shown_text(compiler, name);
    source->text = "";
    error_at(compiler, (Span){source, 0, 0}, "the file has more than %d MB", MAX_SOURCE >> 20);
    longjmp(compiler->stop, 1);
}

/* Copies the text without a byte order mark and with '\n' at every line's end, where "\r\n" or a
   lone '\r' may stand; returns what size that has. */
static size_t copy_lines(char *copy, const char *text, size_t size) {
    static const char byte_order_mark[] = {'\xEF', '\xBB', '\xBF'};
    size_t copied = 0, mark = sizeof byte_order_mark;
    bool has_mark = size >= mark && memcmp(text, byte_order_mark, mark) == 0;
    for (size_t i = has_mark ? mark : 0; i < size; i++) {
        copy[copied++] = text[i] == '\r' ? '\n' : text[i];
        if (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n')
            i++;
    }
    return copied;
}

static void find_line_ends(Compiler *compiler, Source *source) {
    int count = 0;
    for (size_t i = 0; i < source->size; i++)
        count += source->text[i] == '\n';
    source->line_ends = NEW_ARRAY(compiler, uint32_t, count);
    for (size_t i = 0; i < source->size; i++)
        if (source->text[i] == '\n')
            source->line_ends[source->line_end_count++] = (uint32_t)i;
}

Source *source_new(Compiler *compiler, const char *name, const char *text, size_t size) {
    source_check_size(compiler, name, size);
    Source *source = NEW(compiler, Source);
    char *copy = arena_alloc(compiler, size + 1);
    source->name = shown_text(compiler, name);
    source->text = copy;
    source->size = copy_lines(copy, text, size);
    find_line_ends(compiler, source);
    return source;
}

int source_line(const Source *source, size_t at) {
    int first = 0, end = source->line_end_count; /* of the line ends, those before `at` */
    while (first < end) {
        int middle = first + (end - first) / 2;
        if (source->line_ends[middle] < at)
            first = middle + 1;
        else
            end = middle;
    }
    return first + 1;
}

Span span_join(Span first, Span last) {
    if (!first.source)
        return last;
    if (first.source != last.source)
        return first;
    size_t start = first.first < last.first ? first.first : last.first;
    size_t end = first.end > last.end ? first.end : last.end;
    return (Span){first.source, start, end};
}

/* The length of the character at `at`, and whether it may be shown. */
static size_t character_at(const Source *source, size_t at, size_t stop, bool *is_shown) {
    size_t length = character_length(source->text + at, stop - at, is_shown);
    *is_shown |= source->text[at] == '\t';
    return length;
}

static size_t next_character(const Source *source, size_t at, size_t stop) {
    bool is_shown;
    return at + character_at(source, at, stop, &is_shown);
}

static Line line_at(Span at) {
    const Source *source = at.source;
    size_t first = at.first < source->size ? at.first : source->size;
    int number = source_line(source, first);
    Line line = {.number = (size_t)number, .column = 1};
    if (number > 1)
        line.start = source->line_ends[number - 2] + 1;
    const char *newline = memchr(source->text + first, '\n', source->size - first);
    line.stop = newline ? (size_t)(newline - source->text) : source->size;
    line.first = first < line.stop ? first : line.stop;
    line.end = at.end < line.stop ? at.end : line.stop;
    for (size_t i = line.start; i < line.first; i = next_character(source, i, line.stop))
        line.column++;
    return line;
}

/* Adds "file:line:column: " or, without a span, "nngen: ". */
static void add_location(Text *out, Span at, const Line *line) {
    if (at.source)
        text_add(out, "%s:%zu:%zu: ", at.source->name, line->number, line->column);
    else
        text_add(out, "nngen: ");
}

/* Narrows a long line to a window of MAX_SHOWN characters with the culprit's start in it. */
static void clip_line(const Source *source, Line *line) {
    size_t characters = 0, i = line->start;
    for (; i < line->stop && characters <= MAX_SHOWN; i = next_character(source, i, line->stop))
        characters++;
    if (characters <= MAX_SHOWN)
        return;
    for (size_t skipped = 0; skipped + SHOWN_BEFORE + 1 < line->column; skipped++)
        line->start = next_character(source, line->start, line->stop);
    i = line->start;
    for (size_t shown = 0; shown < MAX_SHOWN && i < line->stop; shown++)
        i = next_character(source, i, line->stop);
    line->stop = i;
    if (line->end > line->stop)
        line->end = line->stop;
}

/* Adds the line and below it the caret. Tabs stay tabs in both, so that the caret keeps its column.
 */
static void add_excerpt(Text *out, const Source *source, Line line) {
    size_t start = line.start, stop = line.stop;
    clip_line(source, &line);
    const char *before = line.start > start ? "..." : "", *after = line.stop < stop ? "..." : "";
    int width = snprintf(NULL, 0, "%zu", line.number);
    text_add(out, "%*s%zu | %s", width < 3 ? 3 - width : 0, "", line.number, before);
    for (size_t i = line.start, length; i < line.stop; i += length) {
        bool is_shown;
        length = character_at(source, i, line.stop, &is_shown);
        text_add_bytes(out, is_shown ? source->text + i : "?", is_shown ? length : 1);
    }
    text_add(out, "%s\n%*s | %*s", after, width < 3 ? 3 : width, "", (int)strlen(before), "");
    for (size_t i = line.start; i < line.first; i = next_character(source, i, line.stop))
        text_add_bytes(out, source->text[i] == '\t' ? "\t" : " ", 1);
    text_add_bytes(out, "^", 1);
    for (size_t i = line.first; i < line.end; i = next_character(source, i, line.stop))
        if (i > line.first)
            text_add_bytes(out, "~", 1);
    text_add_bytes(out, "\n", 1);
}

/* Whether `entry` stands in the diagnostics as a line of its own. */
static bool was_said(const Text *diagnostics, const char *entry) {
    for (const char *found = diagnostics->bytes; (found = strstr(found, entry)); found++)
        if (found == diagnostics->bytes || found[-1] == '\n')
            return true;
    return false;
}

static char *message_of(Compiler *compiler, const char *format, va_list arguments) {
    Text text = {.compiler = compiler};
    text_add_v(&text, format, arguments);
    if (text.size > MAX_MESSAGE)
        memcpy(text.bytes + MAX_MESSAGE - 3, "...", sizeof "...");
    return text.bytes;
}

static Text *diagnostics_of(Compiler *compiler) {
    if (!compiler->diagnostics) {
        compiler->diagnostics = text_new(compiler);
        compiler->said_count = 0;
    }
    return compiler->diagnostics;
}

static bool is_in_model(Span at) {
    return at.source && !at.source->is_prelude;
}

/* What has a span in the model comes in the order of spans, the rest behind it. */
static bool comes_before(Span a, Span b) {
    return is_in_model(a) && (!is_in_model(b) || a.first < b.first);
}

/* What is added from here on is about `at`. */
static void begin_said(Compiler *compiler, Span at) {
    diagnostics_of(compiler);
    PUSH(compiler, compiler->said, compiler->said_count, (Said){0});
    int to = compiler->said_count - 1;
    for (; to > 0 && comes_before(at, compiler->said[to - 1].at); to--)
        compiler->said[to] = compiler->said[to - 1];
    compiler->said[to] = (Said){.at = at, .end = to > 0 ? compiler->said[to - 1].end : 0};
    compiler->saying = to;
}

static void add_said(Compiler *compiler, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_said(Compiler *compiler, const char *format, ...) {
    Text added = {.compiler = compiler};
    va_list arguments;
    va_start(arguments, format);
    text_add_v(&added, format, arguments);
    va_end(arguments);
    if (!compiler->diagnostics || compiler->said_count == 0)
        begin_said(compiler, (Span){0});
    text_insert(compiler->diagnostics, compiler->said[compiler->saying].end, &added);
    for (int i = compiler->saying; i < compiler->said_count; i++)
        compiler->said[i].end += added.size;
}

/* The column behind what is meant. */
static size_t end_column(const Source *source, const Line *line) {
    size_t column = line->column;
    for (size_t i = line->first; i < line->end; i = next_character(source, i, line->stop))
        column++;
    return column > line->column ? column : line->column + 1;
}

/* Adds a message to what is being said. */
static void add_part(Compiler *compiler, Span at, const Line *line, const char *kind,
                     const char *message) {
    Diagnostic part = {.severity = kind, .text = message};
    if (at.source) {
        part.file = at.source->name;
        part.line = line->number;
        part.column = line->column;
        part.end = end_column(at.source, line);
    }
    Said *said = &compiler->said[compiler->saying];
    PUSH(compiler, said->parts, said->part_count, part);
}

/* Says `kind: message`; a note without the source line, the others not if they were said before. */
static void say(Compiler *compiler, Span at, const char *kind, const char *message) {
    Text entry = {.compiler = compiler};
    Line line = {0};
    if (at.source)
        line = line_at(at);
    add_location(&entry, at, &line);
    const Paint *paint = paint_of(compiler->options.is_colored, kind);
    text_add(&entry, "%s%s:%s %s\n", paint->begin, kind, paint->end, message);
    bool is_note = strcmp(kind, "note") == 0;
    compiler->muted = !is_note && was_said(diagnostics_of(compiler), entry.bytes);
    if (compiler->muted)
        return;
    if (!is_note)
        begin_said(compiler, at);
    if (at.source && at.source->size > 0 && !is_note)
        add_excerpt(&entry, at.source, line);
    add_said(compiler, "%s", entry.bytes);
    add_part(compiler, at, &line, kind, message);
}

static _Noreturn void leave(Compiler *compiler, int exit_code) {
    compiler->exit_code = exit_code;
    longjmp(compiler->stop, 1);
}

void error_at(Compiler *compiler, Span at, const char *format, ...) {
    if (compiler->error_count >= MAX_ERRORS) {
        say(compiler, (Span){0}, "error", "too many errors");
        leave(compiler, 1);
    }
    va_list arguments;
    va_start(arguments, format);
    const char *message = message_of(compiler, format, arguments);
    va_end(arguments);
    say(compiler, at, "error", message);
    if (compiler->muted)
        return;
    compiler->error_count++;
    compiler->exit_code = 1;
}

void warning_at(Compiler *compiler, Span at, const char *format, ...) {
    if (compiler->warning_count >= MAX_ERRORS) {
        if (compiler->warning_count++ == MAX_ERRORS) {
            say(compiler, (Span){0}, "warning", "too many warnings, the rest is left out");
        }
        compiler->muted = true;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *message = message_of(compiler, format, arguments);
    va_end(arguments);
    say(compiler, at, "warning", message);
    if (!compiler->muted)
        compiler->warning_count++;
}

void note_at(Compiler *compiler, Span at, const char *format, ...) {
    if (compiler->muted)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(compiler, at, "note", message_of(compiler, format, arguments));
    va_end(arguments);
}

void hint(Compiler *compiler, const char *format, ...) {
    if (compiler->muted)
        return;
    va_list arguments;
    va_start(arguments, format);
    const char *text = message_of(compiler, format, arguments);
    va_end(arguments);
    add_said(compiler, "hint: %s\n", text);
    const Said *said = &compiler->said[compiler->saying];
    if (said->part_count == 0)
        return;
    Diagnostic *first = said->parts;
    first->hint = first->hint ? format_text(compiler, "%s\n%s", first->hint, text) : text;
}

static _Noreturn void stop(Compiler *compiler, Span at, const char *message, int exit_code) {
    say(compiler, at, "error", message);
    compiler->error_count++;
    leave(compiler, exit_code);
}

_Noreturn void limit_at(Compiler *compiler, Span at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = message_of(compiler, format, arguments);
    va_end(arguments);
    stop(compiler, at, message, 1);
}

_Noreturn void stop_at(Compiler *compiler, Span at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = message_of(compiler, format, arguments);
    va_end(arguments);
    stop(compiler, at, message, 4);
}

/* Edits that turn one name into the other: a character inserted, removed, replaced or exchanged
 * with its neighbour. */
static int name_distance(const char *a, const char *b) {
    int rows[3][MAX_COMPARED_NAME + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    int length = (int)strlen(b);
    for (int j = 0; j <= length; j++)
        last[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            int best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            bool is_exchange = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_exchange && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[length];
}

bool names_alike(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

const char *nearest_name(const char *name, const char *const *candidates, int count) {
    size_t length = strlen(name);
    const char *nearest = NULL;
    int half = (int)((length + 1) / 2), least = half <= MAX_DISTANCE ? half : MAX_DISTANCE + 1;
    for (int i = 0; i < count; i++)
        if (names_alike(name, candidates[i]))
            return candidates[i];
    if (length > MAX_COMPARED_NAME)
        return NULL;
    for (int i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        size_t difference = other > length ? other - length : length - other;
        if (other > MAX_COMPARED_NAME || difference > MAX_DISTANCE)
            continue;
        int distance = name_distance(name, candidates[i]);
        if (distance < least) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
