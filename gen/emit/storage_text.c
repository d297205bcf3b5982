/* C expressions for memory. In: variables, outputs, storages. Out: "image", "net->h_weight",
   "work->arena + 128". */

#include "emit/emitter.h"

const char *field_name(Emitter *emitter, const Variable *variable) {
    return emitter->member[variable->number];
}

const char *output_name(Emitter *emitter, int number) {
    return emitter->outputs[number];
}

static char *offset_text(Compiler *compiler, const char *array, int64_t offset) {
    return format_text(compiler, offset ? "%s + %lld" : "%s", array, (long long)offset);
}

char *storage_text(Emitter *emitter, const Storage *storage) {
    Compiler *compiler = emitter->compiler;
    switch (storage->kind) {
    case STORAGE_INPUT:
    case STORAGE_CLASSES:
        return format_text(compiler, "%s", field_name(emitter, storage->variable));
    case STORAGE_NET:
        return format_text(compiler, "net->%s", emitter->member[storage->variable->number]);
    case STORAGE_GRADIENT:
        return offset_text(compiler, "work->gradients",
                           emitter->gradient_at[storage->variable->number]);
    case STORAGE_DIRECTION:
        return offset_text(compiler, "work->direction",
                           emitter->gradient_at[storage->variable->number]);
    case STORAGE_PRODUCT:
        return offset_text(compiler, "work->product",
                           emitter->gradient_at[storage->variable->number]);
    case STORAGE_OUTPUT:
        return format_text(compiler, "%s", output_name(emitter, storage->number));
    case STORAGE_GIVEN:
        return format_text(compiler, "&given_%s", given_names[storage->given]);
    case STORAGE_SHARE:
        return format_text(compiler, "work->share");
    case STORAGE_TABLE:
        return format_text(compiler, "%s", table_name(emitter, storage));
    default:
        return format_text(compiler, storage->label ? "%s /* %s */" : "%s",
                           offset_text(compiler, "work->arena", storage->offset), storage->label);
    }
}
