/* Expressions of type int: their intervals, which must lie within an int. */

#include "bounds_reader.h"

#include <stdlib.h>
#include <string.h>

static Number checked(Reader *reader, CXCursor cursor, Number result) {
    reader->facts->sums++;
    if (result.low >= INT32_MIN && result.high <= INT32_MAX)
        return result;
    reader_fail(reader, cursor, "may leave int");
    return number_any;
}

static Number read_name(const Reader *reader, CXCursor cursor) {
    CXCursor to = clang_getCursorReferenced(cursor);
    if (to.kind == CXCursor_EnumConstantDecl)
        return number_of(clang_getEnumConstantDeclValue(to));
    for (int i = reader->known_count - 1; i >= 0; i--)
        if (clang_equalCursors(reader->known[i].cursor, to)) {
            Number result = {
                .low = reader->known[i].low, .high = reader->known[i].high, .is_linear = true};
            result.factor[i] = 1;
            return result;
        }
    return number_any;
}

/* `a = b`; that a loop counter is assigned is a failure. */
static Number read_assignment(Reader *reader, CXCursor cursor) {
    CXCursor left = cursor_child(cursor, 0);
    if (left.kind == CXCursor_DeclRefExpr && read_name(reader, left).is_linear)
        reader_fail(reader, cursor, "a counter is assigned");
    reader_walk(reader, left);
    return read_int(reader, cursor_child(cursor, 1));
}

/* By a positive literal, towards 0. */
static Number read_quotient(Reader *reader, CXCursor cursor, bool is_rest) {
    Number a = read_int(reader, cursor_child(cursor, 0)),
           b = read_int(reader, cursor_child(cursor, 1));
    int64_t low, high, divisor = b.low;
    if (!number_is_constant(&b) || divisor < 1) {
        reader_fail(reader, cursor, "a quotient by what is no positive number");
        return number_any;
    }
    number_span(reader, &a, &low, &high);
    if (is_rest)
        return (Number){.low = low < 0 ? 1 - divisor : 0, .high = high > 0 ? divisor - 1 : 0};
    return (Number){.low = low / divisor, .high = high / divisor};
}

static Number read_binary(Reader *reader, CXCursor cursor) {
    char sign[4];
    CXCursor left = cursor_child(cursor, 0), right = cursor_child(cursor, 1);
    operator_between(reader, left, right, sign);
    if (strcmp(sign, "=") == 0)
        return read_assignment(reader, cursor);
    if (strcmp(sign, "/") == 0 || strcmp(sign, "%") == 0)
        return read_quotient(reader, cursor, *sign == '%');
    bool is_sum = !strcmp(sign, "+") || !strcmp(sign, "-") || !strcmp(sign, "*");
    if (!is_sum) {
        bool is_truth = strchr("<>!&|=", sign[0]) && (sign[1] || strchr("<>", sign[0]));
        reader_walk(reader, left);
        reader_walk(reader, right);
        if (!is_truth && strcmp(sign, ",") != 0)
            reader_fail(reader, cursor, "an operation that is not known here");
        return is_truth ? (Number){.low = 0, .high = 1} : number_any;
    }
    Number a = read_int(reader, left), b = read_int(reader, right);
    if (sign[0] == '*' && !number_is_constant(&a) && !number_is_constant(&b)) {
        reader_fail(reader, cursor, "a product of variables");
        return number_any;
    }
    if (sign[0] == '*')
        return checked(reader, cursor,
                       number_is_constant(&a) ? number_scaled(&b, a.low)
                                              : number_scaled(&a, b.low));
    b = sign[0] == '-' ? number_scaled(&b, -1) : b;
    return checked(reader, cursor, number_added(&a, &b));
}

static Number read_unary(Reader *reader, CXCursor cursor) {
    char sign = reader->source[cursor_begin(cursor)];
    CXCursor operand = cursor_child(cursor, 0);
    if (sign == '!') {
        reader_walk(reader, operand);
        return (Number){.low = 0, .high = 1};
    }
    if (sign == '*') {
        reader_walk(reader, operand);
        return number_any;
    }
    if (sign != '-') {
        reader_fail(reader, cursor, "an operation that is not known here");
        return number_any;
    }
    Number a = read_int(reader, operand);
    return checked(reader, cursor, number_scaled(&a, -1));
}

static Number read_choice(Reader *reader, CXCursor cursor) {
    int bound_count = reader->bound_count;
    read_guard(reader, cursor_child(cursor, 0));
    Number a = read_int(reader, cursor_child(cursor, 1));
    reader->bound_count = bound_count;
    Number b = read_int(reader, cursor_child(cursor, 2));
    return (Number){.low = a.low < b.low ? a.low : b.low,
                    .high = a.high > b.high ? a.high : b.high};
}

Number read_int(Reader *reader, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_IntegerLiteral:
        return number_of(strtoll(reader->source + cursor_begin(cursor), NULL, 0));
    case CXCursor_DeclRefExpr:
        return read_name(reader, cursor);
    case CXCursor_BinaryOperator:
        return read_binary(reader, cursor);
    case CXCursor_UnaryOperator:
        return read_unary(reader, cursor);
    case CXCursor_ConditionalOperator:
        return read_choice(reader, cursor);
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr:
    case CXCursor_CStyleCastExpr:
        if (cursor_child_count(cursor) > 0 && cursor_type(cursor_child(cursor, -1)) == CXType_Int)
            return read_int(reader, cursor_child(cursor, -1));
        reader_walk_children(reader, cursor);
        return number_any;
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_CallExpr:
        reader_walk(reader, cursor);
        return number_any;
    default:
        reader_walk_children(reader, cursor);
        return number_any;
    }
}
