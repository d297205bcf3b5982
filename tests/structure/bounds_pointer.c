/* Pointers into arrays, and accesses, which must lie within them. */

#include "bounds_reader.h"

#include <stdio.h>

static int64_t array_size(CXCursor cursor) {
    CXType type = clang_getCanonicalType(clang_getCursorType(cursor));
    return type.kind == CXType_ConstantArray ? clang_getArraySize(type) : -1;
}

static Pointer pointer_to(int64_t extent) {
    return (Pointer){.size = extent, .extent = extent, .at = number_of(0)};
}

/* A parameter has as many elements as every caller passes. */
static Pointer read_parameter(const Reader *reader, CXCursor declaration) {
    const Definition *definition = reader->definition;
    for (int i = 0; i < definition->count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(definition->cursor, (unsigned)i);
        const Passed *passed = &definition->passed[i];
        if (clang_equalCursors(parameter, declaration) && passed->is_seen)
            return (Pointer){passed->low, passed->high, number_of(0)};
    }
    return pointer_to(-1);
}

static Pointer read_sum(Reader *reader, CXCursor cursor) {
    char sign[4];
    CXCursor left = cursor_child(cursor, 0), right = cursor_child(cursor, 1);
    operator_between(reader, left, right, sign);
    bool is_minus = sign[0] == '-';
    if ((!is_minus && sign[0] != '+') || cursor_type(right) != CXType_Int) {
        reader_walk(reader, left);
        reader_walk(reader, right);
        return pointer_to(-1);
    }
    Pointer pointer = read_pointer(reader, left);
    Number at = read_int(reader, right), further = number_scaled(&at, is_minus ? -1 : 1);
    pointer.at = number_added(&pointer.at, &further);
    return pointer;
}

/* &x, &p[i] */
static Pointer read_address(Reader *reader, CXCursor cursor) {
    CXCursor operand = cursor_child(cursor, 0);
    if (reader->source[cursor_begin(cursor)] != '&' ||
        operand.kind != CXCursor_ArraySubscriptExpr) {
        reader_walk(reader, operand);
        return pointer_to(operand.kind == CXCursor_DeclRefExpr ? 1 : -1);
    }
    Pointer pointer = read_pointer(reader, cursor_child(operand, 0));
    Number at = read_int(reader, cursor_child(operand, 1));
    pointer.at = number_added(&pointer.at, &at);
    return pointer;
}

Pointer read_pointer(Reader *reader, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_DeclRefExpr: {
        CXCursor to = clang_getCursorReferenced(cursor);
        return to.kind == CXCursor_ParmDecl ? read_parameter(reader, to)
                                            : pointer_to(array_size(cursor));
    }
    case CXCursor_MemberRefExpr:
        reader_walk_children(reader, cursor);
        return pointer_to(array_size(cursor));
    case CXCursor_BinaryOperator:
        return read_sum(reader, cursor);
    case CXCursor_UnaryOperator:
        return read_address(reader, cursor);
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr:
        if (cursor_child_count(cursor) == 1)
            return read_pointer(reader, cursor_child(cursor, 0));
        break;
    default:
        break;
    }
    reader_walk_children(reader, cursor);
    return pointer_to(-1);
}

void check_access(Reader *reader, CXCursor cursor, const Pointer *pointer, int64_t count) {
    int64_t low, high;
    if (pointer->extent < 0)
        return;
    reader->facts->accesses++;
    number_span(reader, &pointer->at, &low, &high);
    char why[200];
    snprintf(why, sizeof why, "elements %lld to %lld of %lld", (long long)low,
             (long long)(high + count - 1), (long long)pointer->size);
    if (low < 0 || high >= pointer->size || high + count > pointer->extent)
        reader_fail(reader, cursor, why);
}

void read_subscript(Reader *reader, CXCursor cursor) {
    CXCursor index = cursor_child(cursor, 1);
    Pointer pointer = read_pointer(reader, cursor_child(cursor, 0));
    if (cursor_type(index) != CXType_Int) {
        reader_walk(reader, index);
        return;
    }
    Number at = read_int(reader, index);
    pointer.at = number_added(&pointer.at, &at);
    check_access(reader, cursor, &pointer, 1);
}
