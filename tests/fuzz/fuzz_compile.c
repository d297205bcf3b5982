/* Any bytes are a model: `compile` answers with C or with diagnostics, never with a crash, a leak or a bug it found in itself. In:
   bytes; their number chooses the options, so that a seed is a plain .def file. */

#include "nngen.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what, const Result *result) {
    if (holds)
        return;
    fprintf(stderr, "%s; exit code %d\n%s\n", what, result->exit_code, result->diagnostics);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const stages[] = {NULL,   "parse", "check", "grad",  "update",
                                         "fold", "fuse",  "tile",  "place", "emit"};
    Options options = {
        .target = size % 2 ? TARGET_C99 : TARGET_GENERIC,
        .unroll = (Unroll)(size / 2 % 4),
        .is_double = size / 8 % 2 == 1,
        .dump = stages[size / 16 % 10],
    };
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    Result result = compile("fuzz.def", text, size, "net.h", &options);
    bool is_fine = result.exit_code == 0;
    demand(result.diagnostics, "no diagnostics", &result);
    demand(is_fine || result.exit_code == 1 || result.exit_code == 4, "an exit code of its own", &result);
    demand(!is_fine || (result.source && result.header), "fine, but no C", &result);
    demand(!is_fine || !options.dump || result.dump, "fine, but no dump", &result);
    demand(is_fine || strstr(result.diagnostics, "error:"), "wrong, but no error", &result);
    demand(!strstr(result.diagnostics, "internal"), "a bug that nngen found in itself", &result);
    result_free(&result);
    free(text);
    return 0;
}
