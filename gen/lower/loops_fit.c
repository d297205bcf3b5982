/* Whether a stack has room for a loop program's local arrays. In: a kernel that is ready to be
   printed. Out: NULL, or how much it takes. */

#include "lower/passes.h"

#include <inttypes.h>

/* Compilers add the registers that they spill. */
enum { MOST_STACK = 16 << 10 };

/* Arrays of bodies behind each other may share memory; compilers need not see that. */
static int64_t local_bytes(const Symbols *symbols, const Body *body) {
    int64_t bytes = 0;
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_LOCAL) {
            const Buffer *buffer = &symbols->buffers[stmt->buffer];
            bytes += buffer->extent[0] * type_bytes(buffer->type);
        }
        if (stmt->body)
            bytes += local_bytes(symbols, stmt->body);
        if (stmt->otherwise)
            bytes += local_bytes(symbols, stmt->otherwise);
    }
    return bytes;
}

const char *loops_fit(const LoopKernel *kernel) {
    int64_t bytes = local_bytes(kernel->symbols, kernel->body);
    if (bytes <= MOST_STACK)
        return NULL;
    return format_text(kernel->symbols->compiler,
                       "its local arrays take %" PRId64 " bytes, at most %d are possible", bytes,
                       MOST_STACK);
}
