/* Types of elements. In: nodes and variables, and the precision. Out: what their elements are. */

#include "graph/graph.h"

#include <string.h>

static const struct {
    const char *name;
    int bytes;
} types[TYPE_COUNT] = {
    [TYPE_FLOAT] = {"f32", 4}, [TYPE_DOUBLE] = {"f64", 8}, [TYPE_INT32] = {"i32", 4},
    [TYPE_UINT8] = {"u8", 1},  [TYPE_BOOL] = {"bool", 1},
};

const char *type_text(Type type) {
    return types[type].name;
}

int type_bytes(Type type) {
    return types[type].bytes;
}

Type type_by_text(const char *text, size_t size) {
    Type type = 0;
    while (type < TYPE_COUNT &&
           !(strlen(types[type].name) == size && memcmp(types[type].name, text, size) == 0))
        type++;
    return type;
}

Type type_of_reals(const Options *options) {
    return options->is_double ? TYPE_DOUBLE : TYPE_FLOAT;
}

Type type_of_variable(const Options *options, const Variable *variable) {
    return variable->onehot ? TYPE_INT32 : type_of_reals(options);
}

Type type_of_node(const Options *options, const Node *node) {
    if (node->kind == KIND_INPUT)
        return type_of_variable(options, node->variable);
    return node->kind == KIND_MAP && op_compares(node->op) ? TYPE_BOOL : type_of_reals(options);
}
