/* Messages on standard error. In: diagnostics. Out: text, JSON lines or a SARIF log.

   A JSON object has file, line, column, end, severity, text and hint. Lines and columns count from
   1, columns in characters; `end` is the column behind what is meant. What is about no file has
   null for the first four; so has `hint` where there is none. */

#include "messages.h"

#include <string.h>

/* The inside of a JSON string: what a terminal may not show, which is all below U+10000, by its
   number, what is no UTF-8 as U+FFFD. */
static void print_characters(FILE *out, const char *text) {
    size_t left = strlen(text), length;
    for (; left > 0; text += length, left -= length) {
        uint32_t code = 0xFFFD;
        bool is_shown;
        length = character_length(text, left, &is_shown);
        if (!is_shown) {
            utf8_decode(text, left, &code);
            fprintf(out, "\\u%04x", (unsigned)code);
            continue;
        }
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fwrite(text, 1, length, out);
    }
}

static void print_string(FILE *out, const char *text) {
    fputc('"', out);
    print_characters(out, text);
    fputc('"', out);
}

static void print_text_or_null(FILE *out, const char *text) {
    if (text)
        print_string(out, text);
    else
        fputs("null", out);
}

static void print_number(FILE *out, const char *name, size_t number) {
    fprintf(out, ", \"%s\": ", name);
    if (number > 0)
        fprintf(out, "%zu", number);
    else
        fputs("null", out);
}

static void print_json(FILE *out, const Diagnostic *diagnostic) {
    fputs("{\"file\": ", out);
    print_text_or_null(out, diagnostic->file);
    print_number(out, "line", diagnostic->line);
    print_number(out, "column", diagnostic->column);
    print_number(out, "end", diagnostic->end);
    fprintf(out, ", \"severity\": \"%s\", \"text\": ", diagnostic->severity);
    print_string(out, diagnostic->text);
    fputs(", \"hint\": ", out);
    print_text_or_null(out, diagnostic->hint);
    fputs("}\n", out);
}

/* SARIF 2.1.0 */

/* A path as a URI. */
static void print_uri(FILE *out, const char *path) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    fputc('"', out);
    for (; *path; path++)
        fprintf(out, strchr(plain, *path) ? "%c" : "%%%02X", (unsigned char)*path);
    fputc('"', out);
}

static void print_location(FILE *out, const Diagnostic *diagnostic) {
    fputs("\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", out);
    print_uri(out, diagnostic->file);
    fprintf(out, "}, \"region\": {\"startLine\": %zu, \"startColumn\": %zu, \"endColumn\": %zu}}",
            diagnostic->line, diagnostic->column, diagnostic->end);
}

static void print_message(FILE *out, const Diagnostic *diagnostic) {
    fputs("\"message\": {\"text\": \"", out);
    print_characters(out, diagnostic->text);
    if (diagnostic->hint) {
        fputs("\\nhint: ", out);
        print_characters(out, diagnostic->hint);
    }
    fputs("\"}", out);
}

static void print_notes(FILE *out, const Diagnostic *notes, int count) {
    bool has_any = false;
    for (int i = 0; i < count; i++) {
        if (!notes[i].file)
            continue;
        fputs(has_any ? ", {" : ", \"relatedLocations\": [{", out);
        has_any = true;
        print_location(out, &notes[i]);
        fputs(", ", out);
        print_message(out, &notes[i]);
        fputc('}', out);
    }
    fputs(has_any ? "]" : "", out);
}

static void begin_sarif(Messages *messages, FILE *out) {
    if (messages->has_begun)
        return;
    messages->has_begun = true;
    fprintf(out,
            "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", "
            "\"version\": \"2.1.0\", \"runs\": [{\"columnKind\": \"unicodeCodePoints\", "
            "\"tool\": {\"driver\": {\"name\": \"nngen\", \"version\": \"%s\"}},\n\"results\": [",
            NNGEN_VERSION);
}

static void print_sarif(Messages *messages, FILE *out, const Diagnostic *parts, int count) {
    begin_sarif(messages, out);
    fprintf(out, "%s\n{\"level\": \"%s\", ", messages->has_result ? "," : "", parts->severity);
    messages->has_result = true;
    print_message(out, parts);
    fputs(", \"locations\": [", out);
    if (parts->file) {
        fputc('{', out);
        print_location(out, parts);
        fputc('}', out);
    }
    fputc(']', out);
    print_notes(out, parts + 1, count - 1);
    fputc('}', out);
}

static void print_parts(Messages *messages, const Diagnostic *parts, int count) {
    if (messages->form == MESSAGES_SARIF && count > 0)
        print_sarif(messages, stderr, parts, count);
    for (int i = 0; i < count && messages->form == MESSAGES_JSON; i++)
        print_json(stderr, &parts[i]);
}

void messages_error(Messages *messages, const char *text, const char *hint) {
    const Diagnostic diagnostic = {.severity = "error", .text = text, .hint = hint};
    if (messages->form != MESSAGES_TEXT) {
        print_parts(messages, &diagnostic, 1);
        return;
    }
    const Paint *paint = paint_of(messages->is_colored, "error");
    fprintf(stderr, "nngen: %serror:%s ", paint->begin, paint->end);
    print_shown(stderr, text);
    fputc('\n', stderr);
    if (hint)
        fprintf(stderr, "hint: %s\n", hint);
}

void messages_said(Messages *messages, const char *text, const Said *said, int count) {
    if (messages->form == MESSAGES_TEXT)
        fputs(text, stderr);
    for (int i = 0; i < count; i++)
        print_parts(messages, said[i].parts, said[i].part_count);
}

void messages_end(Messages *messages) {
    if (messages->form != MESSAGES_SARIF)
        return;
    begin_sarif(messages, stderr);
    fputs("]}]}\n", stderr);
}
