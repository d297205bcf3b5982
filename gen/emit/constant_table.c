/* Tables of constants: `static const` arrays of the emitted C. In: storages of constants, as cores
   ask for them. Out: the array's name; the text of all, each once, whichever functions read it. */

#include "emit/emitter.h"

#include <string.h>

enum { INDENT = 4, SHORTEST_ROW = 4 };

/* As the real type holds them. */
static double *rounded_numbers(const Emitter *emitter, const Storage *storage) {
    double *numbers = NEW_ARRAY(emitter->compiler, double, storage->count);
    for (int64_t i = 0; i < storage->count; i++)
        numbers[i] = real_rounded(emitter->compiler, storage->numbers[i]);
    return numbers;
}

/* As many a line as there is room for; what lies innermost begins a line, unless it is short. */
static void add_numbers(Text *out, const Storage *storage, const double *numbers) {
    int64_t count = storage->count, row = storage->row < SHORTEST_ROW ? count : storage->row;
    size_t column = 0;
    for (int64_t i = 0; i < count; i++) {
        const char *text = table_text(out->compiler, numbers[i]);
        size_t size = strlen(text) + 1;
        bool begins = i % row == 0 || column + 1 + size > LINE_WIDTH;
        if (begins)
            text_add(out, "%s%s,", i ? "\n" : "", text);
        else
            text_add(out, " %s,", text);
        column = begins ? INDENT + size : column + 1 + size;
    }
}

static const char *add_table(Emitter *emitter, const Storage *storage, const double *numbers) {
    Compiler *compiler = emitter->compiler;
    const Node *node = storage->constant;
    const char *wanted = format_text(compiler, "%s_%s", emitter->net, storage->name);
    const char *name = name_new(&emitter->kernel_names, wanted), *line;
    Text *text = text_new(compiler);
    Bindings bindings = bindings_new(compiler, emitter->base);
    add_numbers(text, storage, numbers);
    line = span_text(compiler, node->span);
    bind_slot(&bindings, "name", "%s", name);
    bind_slot(&bindings, "count", "%lld", (long long)storage->count);
    bind_slot(&bindings, "comment", "%s %s%s%s%s%s", storage->label,
              shape_text(compiler, node->shape), storage->kept ? ", kept as " : "",
              storage->kept ? storage->kept : "", *line ? ", " : "", line);
    bind_slot(&bindings, "numbers", "%s", text->bytes);
    template_add(emitter->tables, "table", &bindings, 0);
    return name;
}

/* Numbers of the same bits have one table: each of its names is asked for by their hash. */
const char *table_name(Emitter *emitter, const Storage *storage) {
    Compiler *compiler = emitter->compiler;
    double *numbers = rounded_numbers(emitter, storage);
    size_t size = sizeof *numbers * (size_t)storage->count;
    uint64_t hash = hash_bytes(HASH_START, (const char *)numbers, size);
    for (int probe = 0;; probe++) {
        char *key = format_text(compiler, "table %016llx %d", (unsigned long long)hash, probe);
        Name *entry = name_entry(&emitter->shared_keys, key);
        if (entry->next == 0) {
            const char *name = add_table(emitter, storage, numbers);
            ConstantTable table = {name, storage->count, numbers};
            PUSH(compiler, emitter->table, emitter->table_count, table);
            entry->next = emitter->table_count;
            return name;
        }
        const ConstantTable *table = &emitter->table[entry->next - 1];
        if (table->count == storage->count && memcmp(table->numbers, numbers, size) == 0)
            return table->name;
    }
}
