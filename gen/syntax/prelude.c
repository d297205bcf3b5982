/* The prelude's files as sources. In: what the build has put inside nngen. Out: their definitions.
   */

#include "syntax/syntax.h"

Source *prelude_source(Compiler *compiler, int number) {
    const Embedded *file = &embedded_prelude[number];
    const char *name = format_text(compiler, "prelude/%s", file->name);
    Source *source = source_new(compiler, name, file->text, file->size);
    source->is_prelude = true;
    return source;
}

Statements *parse_prelude(Compiler *compiler) {
    Statements *all = NEW(compiler, Statements);
    for (int i = 0; i < embedded_prelude_count; i++) {
        Statements *file = parse(compiler, prelude_source(compiler, i));
        for (int s = 0; s < file->count; s++)
            PUSH(compiler, all->statements, all->count, file->statements[s]);
    }
    return all;
}
