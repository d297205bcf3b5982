/* Questions to libclang about a piece of code, and failures, which quote it. */

#include "bounds_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum CXChildVisitResult take_cursor(CXCursor cursor, CXCursor parent, CXClientData data) {
    Cursors *cursors = data;
    (void)parent;
    if (cursors->count == cursors->capacity) {
        cursors->capacity = cursors->capacity ? 2 * cursors->capacity : 8;
        cursors->items =
            realloc(cursors->items, (size_t)cursors->capacity * sizeof *cursors->items);
    }
    cursors->items[cursors->count++] = cursor;
    return CXChildVisit_Continue;
}

Cursors cursor_children(CXCursor cursor) {
    Cursors cursors = {0};
    clang_visitChildren(cursor, take_cursor, &cursors);
    return cursors;
}

CXCursor cursor_child(CXCursor cursor, int number) {
    Cursors children = cursor_children(cursor);
    CXCursor child = number < 0 ? children.items[children.count - 1] : children.items[number];
    free(children.items);
    return child;
}

int cursor_child_count(CXCursor cursor) {
    Cursors children = cursor_children(cursor);
    free(children.items);
    return children.count;
}

static unsigned offset_of(CXSourceLocation location) {
    unsigned offset;
    clang_getExpansionLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

unsigned cursor_begin(CXCursor cursor) {
    return offset_of(clang_getRangeStart(clang_getCursorExtent(cursor)));
}

unsigned cursor_end(CXCursor cursor) {
    return offset_of(clang_getRangeEnd(clang_getCursorExtent(cursor)));
}

enum CXTypeKind cursor_type(CXCursor cursor) {
    return clang_getCanonicalType(clang_getCursorType(cursor)).kind;
}

void operator_between(const Reader *reader, CXCursor left, CXCursor right, char text[4]) {
    unsigned size = 0, end = cursor_begin(right);
    for (unsigned i = cursor_end(left); i < end && size < 3; i++)
        if (!isspace((unsigned char)reader->source[i]))
            text[size++] = reader->source[i];
    text[size] = '\0';
}

void reader_fail(Reader *reader, CXCursor cursor, const char *why) {
    BoundsFacts *facts = reader->facts;
    size_t used = strlen(facts->failures);
    unsigned begin = cursor_begin(cursor), size = cursor_end(cursor) - begin;
    CXString function = clang_getCursorSpelling(reader->definition->cursor);
    facts->failure_count++;
    if (used + 400 < sizeof facts->failures)
        snprintf(facts->failures + used, 400, "%s: %s: %.*s\n", clang_getCString(function), why,
                 size < 200 ? (int)size : 200, reader->source + begin);
    clang_disposeString(function);
}
