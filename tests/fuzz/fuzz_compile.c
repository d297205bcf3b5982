/* libFuzzer's entry: any bytes through the whole compiler. The first byte says how to compile, the
   rest is the model; behind a NUL, the name of the header and, behind another, that of the model.
   What must hold of every input: no crash, no leak, an exit code of 0, 1 or 4, or 2 where the
   header has a name that C cannot include, C exactly where that is 0, a reason where not, nothing
   that a terminal would obey, `check` in a few seconds, and the same answer when asked again with
   CR LF at the ends of the lines. */

#include "nngen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_TEXT = 3000, MAX_SECONDS = 20 }; /* under sanitizers */

static const char *const stages[] = {"parse", "grad",   "update",   "fold",
                                     "fuse",  "layout", "schedule", "place"};

/* Bits: 0 target, 1 and 2 unroll, 3 type, 4 dump or not, 5 to 7 which stage. */
static Options options_of(uint8_t bits) {
    return (Options){
        .target = (Target)(bits & 1),
        .unroll = (Unroll)(bits >> 1 & 3),
        .is_double = bits >> 3 & 1,
        .dump = bits >> 4 & 1 ? stages[bits >> 5] : NULL,
    };
}

static void expect(int holds) {
    if (!holds)
        abort();
}

static int same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* No byte that moves a cursor or ends a name; of diagnostics, tabs of the model. */
static void expect_plain(const char *text, const char *also) {
    for (; text && *text; text++)
        expect((unsigned char)*text >= ' ' || *text == '\n' || strchr(also, *text));
}

/* What a model of this length may take. */
static void expect_fast(const char *text, size_t size) {
    const Options options = {.dump = "check"};
    clock_t start = clock();
    Result result = compile("fuzz.def", text, size, "net.h", &options);
    expect((clock() - start) / CLOCKS_PER_SEC < MAX_SECONDS);
    result_free(&result);
}

/* The header's name stands on a line of its own, as it is. */
static void expect_included(const char *source, const char *header) {
    char line[MAX_TEXT + 20];
    snprintf(line, sizeof line, "\n#include \"%s\"\n", header);
    expect(*header == '\0' || (strstr(source, line) && !strpbrk(header, "\"\\\n")));
}

/* Moves on behind the NUL at the end of the text at `at`: to another one, or NULL. */
static const char *next_text(const char *at, const char *end) {
    const char *next = at ? at + strlen(at) + 1 : end;
    return next < end ? next : NULL;
}

/* Ends the lines of the text with CR LF; returns the size. */
static size_t with_cr_lf(const char *text, size_t size, char to[2 * MAX_TEXT]) {
    size_t copied = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            to[copied++] = '\r';
        to[copied++] = text[i];
    }
    return copied;
}

static void compile_twice(const char *text, size_t size, const char *const names[2],
                          const Options *options) {
    char other[2 * MAX_TEXT];
    size_t other_size = with_cr_lf(text, size, other);
    Result result = compile(names[1], text, size, names[0], options);
    Result again = compile(names[1], other, other_size, names[0], options);
    int code = result.exit_code;
    expect(code == 0 || code == 1 || code == 2 || code == 4);
    expect(code != 2 || strstr(result.diagnostics, "#include cannot name"));
    expect(result.diagnostics != NULL);
    bool has_result = options->dump ? result.dump != NULL : result.source && result.header;
    expect((code == 0) == has_result);
    expect(code == 0 || *result.diagnostics);
    expect(code != 4 || !strstr(result.diagnostics, "error: internal: "));
    expect_plain(result.diagnostics, "\t");
    expect_plain(result.source, "");
    expect_plain(result.header, "");
    if (result.source)
        expect_included(result.source, names[0]);
    expect(again.exit_code == code && same(again.diagnostics, result.diagnostics));
    expect(same(again.source, result.source) && same(again.header, result.header) &&
           same(again.dump, result.dump));
    result_free(&result);
    result_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[MAX_TEXT + 1];
    if (size < 1 || size > MAX_TEXT)
        return 0;
    Options options = options_of(data[0]);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    const char *end = text + size - 1, *header = next_text(text, end);
    const char *name = next_text(header, end);
    const char *names[] = {header ? header : "net.h", name ? name : "fuzz.def"};
    expect_fast((const char *)data + 1, strlen(text));
    compile_twice((const char *)data + 1, strlen(text), names, &options);
    return 0;
}
