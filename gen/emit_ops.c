/* One operator on named operands, from its row in ops.h. */

#include "emit.h"

#include <string.h>

/* Operands of functions on vectors must be vectors; C's own operators take a number beside a
 * vector. */
static void add_operand(Text *out, const Operand *operand, bool is_vector, bool in_call) {
    bool splat = is_vector && in_call && !operand->is_vector;
    text_add(out, splat ? "nn_splat_v(%s)" : "%s", operand->text);
}

char *op_text(Compiler *compiler, Op op, const Operand *operands, bool is_vector) {
    const char *row = op_rows[op].c;
    bool in_call = strchr(row, '(') != NULL;
    bool any_vector = false;
    for (int i = 0; i < op_rows[op].arity; i++)
        any_vector |= operands[i].is_vector;
    Text *out = text_new(compiler);
    for (const char *at = row; *at; at++) {
        if (strncmp(at, "_$", 2) == 0)
            text_add(out, "_%s", is_vector ? "v" : "1"), at++;
        else if (*at == '$')
            add_operand(out, &operands[*++at - 'a'], is_vector, in_call || !any_vector);
        else
            text_add_bytes(out, at, 1);
    }
    return out->bytes;
}
