/* libFuzzer's entry: any bytes through the whole compiler. The first byte says how to compile, the
   rest is the model. What must hold of every input: no crash, no leak, an exit code of 0, 1 or 4, C
   exactly where that is 0, a reason where not, and the same answer when asked again. */

#include "nngen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 3000 };

static const char *const stages[] = {"parse", "check", "grad", "update",
                                     "fold",  "fuse",  "tile", "place"};

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > MAX_TEXT)
        return 0;
    Options options = options_of(data[0]);
    const char *text = (const char *)data + 1;
    Result result = compile("fuzz.def", text, size - 1, "net.h", &options);
    Result again = compile("fuzz.def", text, size - 1, "net.h", &options);
    expect(result.exit_code == 0 || result.exit_code == 1 || result.exit_code == 4);
    expect(result.diagnostics != NULL);
    bool has_result = options.dump ? result.dump != NULL : result.source && result.header;
    expect((result.exit_code == 0) == has_result);
    expect(result.exit_code == 0 || *result.diagnostics);
    expect(result.exit_code != 4 || !strstr(result.diagnostics, "error: internal: "));
    expect(again.exit_code == result.exit_code && same(again.diagnostics, result.diagnostics));
    expect(same(again.source, result.source) && same(again.header, result.header) &&
           same(again.dump, result.dump));
    result_free(&result);
    result_free(&again);
    return 0;
}
