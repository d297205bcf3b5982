/* Text of one operator. In: named operands. Out: its expression from its row in graph/ops.h, for
   scalars or vectors. */

#include "emit/emitter.h"

#include <string.h>

const char *lanes_type(Compiler *compiler, int lanes) {
    return lanes > 1 ? format_text(compiler, "nn_v%d", lanes) : real_type(compiler);
}

const char *broadcast_text(Compiler *compiler, Operand operand, int lanes) {
    return operand.is_vector || lanes == 1
               ? operand.text
               : format_text(compiler, "nn_splat_%d(%s)", lanes, operand.text);
}

/* Vector functions take vectors only; C's own operators mix scalars and vectors. */
char *op_text(Compiler *compiler, Op op, const Operand *operands, int lanes) {
    const char *row = op_rows[op].c;
    bool wants_vectors = strchr(row, '(') != NULL, any_vector = false;
    for (int i = 0; i < op_rows[op].arity; i++)
        any_vector |= operands[i].is_vector;
    Text *out = text_new(compiler);
    for (const char *at = row; *at; at++) {
        if (strncmp(at, "_$", 2) == 0)
            text_add(out, "_%d", lanes), at++;
        else if (*at == '$')
            text_add(out, "%s",
                     broadcast_text(compiler, operands[*++at - 'a'],
                                    wants_vectors || !any_vector ? lanes : 1));
        else
            text_add_bytes(out, at, 1);
    }
    return out->bytes;
}

char *choice_text(Compiler *compiler, Op comparison, const Operand *compared, const Operand *chosen,
                  int lanes) {
    return format_text(
        compiler, "nn_choose_%d(nn_is_%s_%d(%s, %s), %s, %s)", lanes, op_rows[comparison].name,
        lanes, broadcast_text(compiler, compared[0], lanes),
        broadcast_text(compiler, compared[1], lanes), broadcast_text(compiler, chosen[0], lanes),
        broadcast_text(compiler, chosen[1], lanes));
}
