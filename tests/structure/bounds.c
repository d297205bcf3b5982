/* See bounds.h: statements, function by function, from the last function to the first: in emitted C
   callers stand below what they call, so that all arguments are known by then. */

#include "bounds_reader.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void reader_walk_children(Reader *reader, CXCursor cursor) {
    Cursors children = cursor_children(cursor);
    for (int i = 0; i < children.count; i++)
        reader_walk(reader, children.items[i]);
    free(children.items);
}

static void know(Reader *reader, CXCursor cursor, int64_t low, int64_t high) {
    cr_assert_lt(reader->known_count, VARIABLES);
    reader->known[reader->known_count++] = (Known){cursor, low, high};
}

/* `int i = first; i < end; i += step` and body. */
static void read_loop(Reader *reader, CXCursor cursor, const Cursors *parts) {
    CXCursor counter = cursor_child(parts->items[0], 0), test = parts->items[1];
    char sign[4] = "";
    if (test.kind == CXCursor_BinaryOperator)
        operator_between(reader, cursor_child(test, 0), cursor_child(test, 1), sign);
    bool is_step = parts->items[2].kind == CXCursor_CompoundAssignOperator;
    if (strcmp(sign, "<") != 0 || (!is_step && parts->items[2].kind != CXCursor_UnaryOperator)) {
        reader_fail(reader, cursor, "a loop of another form");
        return;
    }
    Number first = read_int(reader, cursor_child(counter, -1));
    Number end = read_int(reader, cursor_child(test, 1));
    Number step = is_step ? read_int(reader, cursor_child(parts->items[2], 1)) : number_of(1);
    int64_t last = end.high - 1;
    if (number_is_constant(&first) && last > first.low && step.low > 0)
        last = first.low + (last - first.low) / step.low * step.low;
    reader->facts->loops++;
    if (!number_is_constant(&step) || step.low < 1 || last + step.low > INT32_MAX)
        reader_fail(reader, test, "the counter may leave int");
    int known_count = reader->known_count;
    know(reader, counter, first.low, last);
    reader_walk(reader, parts->items[3]);
    reader->known_count = known_count;
}

/* 1 where they differ by a number, -1 where one does from the other's opposite, else 0. */
static int likeness(const Number *a, const Number *b) {
    Number opposite = number_scaled(b, -1);
    if (memcmp(a->factor, b->factor, sizeof a->factor) == 0)
        return 1;
    return memcmp(a->factor, opposite.factor, sizeof a->factor) == 0 ? -1 : 0;
}

/* A form lies between these; comparisons of one form are one bound. */
static void add_bound(Reader *reader, const Number *form, int64_t low, int64_t high) {
    for (int i = 0; i < reader->bound_count; i++) {
        Bound *bound = &reader->bounds[i];
        int sign = likeness(&bound->form, form);
        if (sign == 0)
            continue;
        int64_t apart = bound->form.constant - sign * form->constant;
        int64_t least = apart + (sign > 0 ? low : -high), most = apart + (sign > 0 ? high : -low);
        Bound narrower = *bound;
        narrower.low = least > bound->low ? least : bound->low;
        narrower.high = most < bound->high ? most : bound->high;
        memmove(bound, bound + 1, (size_t)(--reader->bound_count - i) * sizeof *bound);
        reader->bounds[reader->bound_count++] = narrower;
        return;
    }
    cr_assert_lt(reader->bound_count, GUARDS);
    reader->bounds[reader->bound_count++] = (Bound){*form, low, high};
}

/* Takes a guard's comparisons as bounds. */
void read_guard(Reader *reader, CXCursor cursor) {
    char sign[4];
    if (cursor.kind == CXCursor_ParenExpr || cursor.kind == CXCursor_UnexposedExpr) {
        read_guard(reader, cursor_child(cursor, 0));
        return;
    }
    if (cursor.kind != CXCursor_BinaryOperator) {
        reader_walk(reader, cursor);
        return;
    }
    CXCursor left = cursor_child(cursor, 0), right = cursor_child(cursor, 1);
    operator_between(reader, left, right, sign);
    if (strcmp(sign, "&&") == 0) {
        read_guard(reader, left);
        read_guard(reader, right);
        return;
    }
    if (cursor_type(left) != CXType_Int || cursor_type(right) != CXType_Int) {
        reader_walk(reader, cursor);
        return;
    }
    Number a = read_int(reader, left), b = read_int(reader, right);
    if (!a.is_linear || !number_is_constant(&b) || !strchr("<>", sign[0]) || !sign[0])
        return;
    int64_t strict = sign[1] != '=';
    if (sign[0] == '<')
        add_bound(reader, &a, a.low, b.low - strict);
    else
        add_bound(reader, &a, b.low + strict, a.high);
}

/* `a ? b : c` of any type but int. */
static void walk_choice(Reader *reader, CXCursor cursor) {
    int bound_count = reader->bound_count;
    read_guard(reader, cursor_child(cursor, 0));
    reader_walk(reader, cursor_child(cursor, 1));
    reader->bound_count = bound_count;
    reader_walk(reader, cursor_child(cursor, 2));
}

static void read_if(Reader *reader, CXCursor cursor) {
    Cursors parts = cursor_children(cursor);
    int bound_count = reader->bound_count;
    read_guard(reader, parts.items[0]);
    reader_walk(reader, parts.items[1]);
    reader->bound_count = bound_count;
    for (int i = 2; i < parts.count; i++)
        reader_walk(reader, parts.items[i]);
    free(parts.items);
}

static void read_declaration(Reader *reader, CXCursor cursor) {
    if (cursor_type(cursor) != CXType_Int || cursor_child_count(cursor) == 0) {
        reader_walk_children(reader, cursor);
        return;
    }
    Number value = read_int(reader, cursor_child(cursor, -1));
    if (clang_isConstQualifiedType(clang_getCursorType(cursor)))
        know(reader, cursor, value.low, value.high);
}

static bool declares_int(CXCursor cursor) {
    return cursor.kind == CXCursor_DeclStmt && cursor_child_count(cursor) == 1 &&
           cursor_type(cursor_child(cursor, 0)) == CXType_Int;
}

static void walk_scope(Reader *reader, CXCursor cursor) {
    int known_count = reader->known_count;
    reader_walk_children(reader, cursor);
    reader->known_count = known_count;
}

void reader_walk(Reader *reader, CXCursor cursor) {
    if (cursor.kind == CXCursor_ForStmt) {
        Cursors parts = cursor_children(cursor);
        if (parts.count == 4 && declares_int(parts.items[0]))
            read_loop(reader, cursor, &parts);
        else
            walk_scope(reader, cursor);
        free(parts.items);
    } else if (cursor.kind == CXCursor_IfStmt) {
        read_if(reader, cursor);
    } else if (cursor.kind == CXCursor_CompoundStmt) {
        walk_scope(reader, cursor);
    } else if (cursor.kind == CXCursor_VarDecl) {
        read_declaration(reader, cursor);
    } else if (cursor.kind == CXCursor_ArraySubscriptExpr) {
        read_subscript(reader, cursor);
    } else if (cursor.kind == CXCursor_ConditionalOperator && cursor_type(cursor) != CXType_Int) {
        walk_choice(reader, cursor);
    } else if (cursor.kind == CXCursor_CallExpr) {
        read_call(reader, cursor);
    } else if (clang_isExpression(cursor.kind) && cursor_type(cursor) == CXType_Int) {
        read_int(reader, cursor);
    } else if (clang_isExpression(cursor.kind) && cursor_type(cursor) == CXType_Pointer) {
        read_pointer(reader, cursor);
    } else {
        reader_walk_children(reader, cursor);
    }
}

static void read_function(Reader *reader, Definition *definition) {
    reader->definition = definition;
    reader->known_count = reader->bound_count = 0;
    for (int i = 0; i < definition->count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(definition->cursor, (unsigned)i);
        const Passed *passed = &definition->passed[i];
        if (cursor_type(parameter) == CXType_Int && passed->is_seen)
            know(reader, parameter, passed->low, passed->high);
    }
    reader_walk(reader, cursor_child(definition->cursor, -1));
}

void bounds_check(CXTranslationUnit unit, const char *source, const char *places,
                  BoundsFacts *facts) {
    Reader *reader = calloc(1, sizeof *reader);
    Cursors all = cursor_children(clang_getTranslationUnitCursor(unit));
    *facts = (BoundsFacts){0};
    reader->source = source;
    reader->places = places;
    reader->facts = facts;
    reader->definitions = calloc((size_t)all.count + 1, sizeof *reader->definitions);
    for (int i = 0; i < all.count; i++) {
        bool is_here = clang_Location_isFromMainFile(clang_getCursorLocation(all.items[i]));
        if (all.items[i].kind != CXCursor_FunctionDecl || !is_here ||
            !clang_isCursorDefinition(all.items[i]))
            continue;
        Definition *definition = &reader->definitions[reader->definition_count++];
        definition->cursor = all.items[i];
        definition->count = clang_Cursor_getNumArguments(all.items[i]);
        definition->passed = calloc((size_t)definition->count + 1, sizeof *definition->passed);
    }
    for (int i = reader->definition_count - 1; i >= 0; i--)
        read_function(reader, &reader->definitions[i]);
    for (int i = 0; i < reader->definition_count; i++)
        free(reader->definitions[i].passed);
    free(reader->definitions);
    free(all.items);
    free(reader);
}
