/* Shapes. In: sizes of values, for one example. Out: counts, broadcast shapes, text. Not its
   business: messages about shapes that do not fit, which callers give. */

#include "graph/graph.h"

Shape shape_of(int rank, const int64_t *size) {
    Shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.size[i] = size[i];
    return shape;
}

int64_t shape_count(Shape shape) {
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= shape.size[i];
    return count;
}

bool shape_equal(Shape a, Shape b) {
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (a.size[i] != b.size[i])
            return false;
    return true;
}

/* Size of the axis that is `back` axes before the last; 1 beyond the first. */
static int64_t size_from_end(Shape shape, int back) {
    return back < shape.rank ? shape.size[shape.rank - 1 - back] : 1;
}

bool shape_broadcast(Shape a, Shape b, Shape *result) {
    *result = (Shape){.rank = a.rank > b.rank ? a.rank : b.rank};
    for (int back = 0; back < result->rank; back++) {
        int64_t m = size_from_end(a, back), n = size_from_end(b, back);
        if (m != n && m != 1 && n != 1)
            return false;
        result->size[result->rank - 1 - back] = m == 1 ? n : m;
    }
    return true;
}

char *shape_text(Compiler *compiler, Shape shape) {
    Text *text = text_new(compiler);
    text_add(text, "[");
    for (int i = 0; i < shape.rank; i++)
        text_add(text, "%s%lld", i ? ", " : "", (long long)shape.size[i]);
    text_add(text, "]");
    return text->bytes;
}
