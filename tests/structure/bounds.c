/* See bounds.h. Functions are gone through from the last to the first: in emitted C who calls stands
   below who is called, so that all arguments are known by then. */

#define _POSIX_C_SOURCE 200809L
#include "bounds.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES = 48, GUARDS = 16 };

/* An int: where it lies, and as constant + sum of factor * variable where it is that. */
typedef struct {
    int64_t low, high;
    bool is_linear;
    int64_t constant, factor[VARIABLES];
} Number;

typedef struct {
    CXCursor cursor;
    int64_t low, high;
} Known;

/* A linear form that is known to lie in an interval. */
typedef struct {
    Number form;
    int64_t low, high;
} Bound;

/* Element `at` of `size`, of memory for `extent`, which the last vector may go into; extent < 0: not
   known. */
typedef struct {
    int64_t size, extent;
    Number at;
} Pointer;

/* What calls pass: an int's interval, or the size (low) and extent (high) from a pointer on. */
typedef struct {
    bool is_seen;
    int64_t low, high;
} Passed;

typedef struct {
    CXCursor cursor;
    int count;
    Passed *passed;
} Definition;

typedef struct {
    const char *source, *places;
    BoundsFacts *facts;
    int definition_count;
    Definition *definitions, *definition; /* the one at work */
    int known_count, bound_count;
    Known known[VARIABLES];
    Bound bounds[GUARDS];
} Reader;

static const Number any = {.low = INT32_MIN, .high = INT32_MAX};

// The unit

typedef struct {
    int count, capacity;
    CXCursor *items;
} Cursors;

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

static Cursors children_of(CXCursor cursor) {
    Cursors cursors = {0};
    clang_visitChildren(cursor, take_cursor, &cursors);
    return cursors;
}

static CXCursor child_of(CXCursor cursor, int number) {
    Cursors children = children_of(cursor);
    CXCursor child = number < 0 ? children.items[children.count - 1] : children.items[number];
    free(children.items);
    return child;
}

static int count_children(CXCursor cursor) {
    Cursors children = children_of(cursor);
    free(children.items);
    return children.count;
}

static unsigned offset_of(CXSourceLocation location) {
    unsigned offset;
    clang_getExpansionLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

static unsigned begin_of(CXCursor cursor) {
    return offset_of(clang_getRangeStart(clang_getCursorExtent(cursor)));
}

static unsigned end_of(CXCursor cursor) {
    return offset_of(clang_getRangeEnd(clang_getCursorExtent(cursor)));
}

static enum CXTypeKind type_of(CXCursor cursor) {
    return clang_getCanonicalType(clang_getCursorType(cursor)).kind;
}

/* What stands between two operands, blanks left out. */
static void read_operator(const Reader *reader, CXCursor left, CXCursor right, char text[4]) {
    unsigned size = 0, end = begin_of(right);
    for (unsigned i = end_of(left); i < end && size < 3; i++)
        if (!isspace((unsigned char)reader->source[i]))
            text[size++] = reader->source[i];
    text[size] = '\0';
}

static void fail(Reader *reader, CXCursor cursor, const char *why) {
    BoundsFacts *facts = reader->facts;
    size_t used = strlen(facts->failures);
    unsigned begin = begin_of(cursor), size = end_of(cursor) - begin;
    CXString function = clang_getCursorSpelling(reader->definition->cursor);
    facts->failure_count++;
    if (used + 400 < sizeof facts->failures)
        snprintf(facts->failures + used, 400, "%s: %s: %.*s\n", clang_getCString(function), why,
                 size < 200 ? (int)size : 200, reader->source + begin);
    clang_disposeString(function);
}

// Numbers

static Number number_of(int64_t value) {
    return (Number){.low = value, .high = value, .is_linear = true, .constant = value};
}

static Number scaled(const Number *a, int64_t factor) {
    Number result = *a;
    result.low = factor < 0 ? a->high * factor : a->low * factor;
    result.high = factor < 0 ? a->low * factor : a->high * factor;
    result.constant *= factor;
    for (int i = 0; i < VARIABLES; i++)
        result.factor[i] *= factor;
    return result;
}

static Number added(const Number *a, const Number *b) {
    Number result = {.low = a->low + b->low,
                     .high = a->high + b->high,
                     .is_linear = a->is_linear && b->is_linear,
                     .constant = a->constant + b->constant};
    for (int i = 0; i < VARIABLES; i++)
        result.factor[i] = a->factor[i] + b->factor[i];
    return result;
}

static bool is_constant(const Number *a) {
    return a->low == a->high;
}

/* The interval of a linear form, its variables taken as independent. */
static void span_form(const Reader *reader, const Number *form, int64_t *low, int64_t *high) {
    *low = *high = form->constant;
    for (int i = 0; i < reader->known_count; i++) {
        int64_t factor = form->factor[i];
        const Known *known = &reader->known[i];
        *low += factor < 0 ? factor * known->high : factor * known->low;
        *high += factor < 0 ? factor * known->low : factor * known->high;
    }
}

/* Takes a multiple of a bounded form out of `rest`, where that narrows what is left. */
static bool take_out(const Reader *reader, const Bound *bound, Number *rest, int64_t *low,
                     int64_t *high) {
    int64_t from, to;
    span_form(reader, rest, &from, &to);
    for (int i = 0; i < reader->known_count; i++) {
        int64_t unit = bound->form.factor[i], multiple = unit ? rest->factor[i] / unit : 0;
        if (multiple == 0 || multiple * unit != rest->factor[i])
            continue;
        Number part = scaled(&bound->form, -multiple), left = added(rest, &part);
        int64_t least, most;
        span_form(reader, &left, &least, &most);
        int64_t begin = multiple < 0 ? multiple * bound->high : multiple * bound->low;
        int64_t end = multiple < 0 ? multiple * bound->low : multiple * bound->high;
        if (most + end - least - begin >= to - from)
            continue;
        *rest = left;
        *low += begin;
        *high += end;
        return true;
    }
    return false;
}

/* The same with guards. */
static void span_number(const Reader *reader, const Number *a, int64_t *low, int64_t *high) {
    *low = a->low;
    *high = a->high;
    if (!a->is_linear)
        return;
    Number rest = *a;
    int64_t from = 0, to = 0, least, most;
    for (int i = 0; i < reader->bound_count; i++)
        take_out(reader, &reader->bounds[i], &rest, &from, &to);
    span_form(reader, &rest, &least, &most);
    *low = from + least > *low ? from + least : *low;
    *high = to + most < *high ? to + most : *high;
}

// Expressions

static Number read_int(Reader *reader, CXCursor cursor);
static Pointer read_pointer(Reader *reader, CXCursor cursor);
static void walk(Reader *reader, CXCursor cursor);
static void read_call(Reader *reader, CXCursor cursor);

static void walk_children(Reader *reader, CXCursor cursor) {
    Cursors children = children_of(cursor);
    for (int i = 0; i < children.count; i++)
        walk(reader, children.items[i]);
    free(children.items);
}

static Number checked(Reader *reader, CXCursor cursor, Number result) {
    reader->facts->sums++;
    if (result.low >= INT32_MIN && result.high <= INT32_MAX)
        return result;
    fail(reader, cursor, "may leave int");
    return any;
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
    return any;
}

/* `a = b`, where a is nothing that indices are made of. */
static Number read_assignment(Reader *reader, CXCursor cursor) {
    CXCursor left = child_of(cursor, 0);
    if (left.kind == CXCursor_DeclRefExpr && read_name(reader, left).is_linear)
        fail(reader, cursor, "a counter is assigned");
    walk(reader, left);
    return read_int(reader, child_of(cursor, 1));
}

static Number read_binary(Reader *reader, CXCursor cursor) {
    char sign[4];
    CXCursor left = child_of(cursor, 0), right = child_of(cursor, 1);
    read_operator(reader, left, right, sign);
    if (strcmp(sign, "=") == 0)
        return read_assignment(reader, cursor);
    bool is_sum = !strcmp(sign, "+") || !strcmp(sign, "-") || !strcmp(sign, "*");
    if (!is_sum) {
        bool is_truth = strchr("<>!&|=", sign[0]) && (sign[1] || strchr("<>", sign[0]));
        walk(reader, left);
        walk(reader, right);
        if (!is_truth && strcmp(sign, ",") != 0)
            fail(reader, cursor, "an operation that is not known here");
        return is_truth ? (Number){.low = 0, .high = 1} : any;
    }
    Number a = read_int(reader, left), b = read_int(reader, right);
    if (sign[0] == '*' && !is_constant(&a) && !is_constant(&b)) {
        fail(reader, cursor, "a product of variables");
        return any;
    }
    if (sign[0] == '*')
        return checked(reader, cursor, is_constant(&a) ? scaled(&b, a.low) : scaled(&a, b.low));
    b = sign[0] == '-' ? scaled(&b, -1) : b;
    return checked(reader, cursor, added(&a, &b));
}

static Number read_unary(Reader *reader, CXCursor cursor) {
    char sign = reader->source[begin_of(cursor)];
    CXCursor operand = child_of(cursor, 0);
    if (sign == '!') {
        walk(reader, operand);
        return (Number){.low = 0, .high = 1};
    }
    if (sign == '*') {
        walk(reader, operand);
        return any;
    }
    if (sign != '-') {
        fail(reader, cursor, "an operation that is not known here");
        return any;
    }
    Number a = read_int(reader, operand);
    return checked(reader, cursor, scaled(&a, -1));
}

static Number read_choice(Reader *reader, CXCursor cursor) {
    walk(reader, child_of(cursor, 0));
    Number a = read_int(reader, child_of(cursor, 1)), b = read_int(reader, child_of(cursor, 2));
    return (Number){.low = a.low < b.low ? a.low : b.low,
                    .high = a.high > b.high ? a.high : b.high};
}

static Number read_int(Reader *reader, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_IntegerLiteral:
        return number_of(strtoll(reader->source + begin_of(cursor), NULL, 0));
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
        if (count_children(cursor) > 0 && type_of(child_of(cursor, -1)) == CXType_Int)
            return read_int(reader, child_of(cursor, -1));
        walk_children(reader, cursor);
        return any;
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_CallExpr:
        walk(reader, cursor);
        return any;
    default:
        walk_children(reader, cursor);
        return any;
    }
}

// Arrays

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
    CXCursor left = child_of(cursor, 0), right = child_of(cursor, 1);
    read_operator(reader, left, right, sign);
    if (sign[0] != '+' || type_of(right) != CXType_Int) {
        walk(reader, left);
        walk(reader, right);
        return pointer_to(-1);
    }
    Pointer pointer = read_pointer(reader, left);
    Number at = read_int(reader, right);
    pointer.at = added(&pointer.at, &at);
    return pointer;
}

/* &x, &p[i] */
static Pointer read_address(Reader *reader, CXCursor cursor) {
    CXCursor operand = child_of(cursor, 0);
    if (reader->source[begin_of(cursor)] != '&' || operand.kind != CXCursor_ArraySubscriptExpr) {
        walk(reader, operand);
        return pointer_to(operand.kind == CXCursor_DeclRefExpr ? 1 : -1);
    }
    Pointer pointer = read_pointer(reader, child_of(operand, 0));
    Number at = read_int(reader, child_of(operand, 1));
    pointer.at = added(&pointer.at, &at);
    return pointer;
}

static Pointer read_pointer(Reader *reader, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_DeclRefExpr: {
        CXCursor to = clang_getCursorReferenced(cursor);
        return to.kind == CXCursor_ParmDecl ? read_parameter(reader, to)
                                            : pointer_to(array_size(cursor));
    }
    case CXCursor_MemberRefExpr:
        walk_children(reader, cursor);
        return pointer_to(array_size(cursor));
    case CXCursor_BinaryOperator:
        return read_sum(reader, cursor);
    case CXCursor_UnaryOperator:
        return read_address(reader, cursor);
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr:
        if (count_children(cursor) == 1)
            return read_pointer(reader, child_of(cursor, 0));
        break;
    default:
        break;
    }
    walk_children(reader, cursor);
    return pointer_to(-1);
}

static void check_access(Reader *reader, CXCursor cursor, const Pointer *pointer, int64_t count) {
    int64_t low, high;
    if (pointer->extent < 0)
        return;
    reader->facts->accesses++;
    span_number(reader, &pointer->at, &low, &high);
    char why[200];
    snprintf(why, sizeof why, "elements %lld to %lld of %lld", (long long)low,
             (long long)(high + count - 1), (long long)pointer->size);
    if (low < 0 || high >= pointer->size || high + count > pointer->extent)
        fail(reader, cursor, why);
}

static void read_subscript(Reader *reader, CXCursor cursor) {
    CXCursor index = child_of(cursor, 1);
    Pointer pointer = read_pointer(reader, child_of(cursor, 0));
    if (type_of(index) != CXType_Int) {
        walk(reader, index);
        return;
    }
    Number at = read_int(reader, index);
    pointer.at = added(&pointer.at, &at);
    check_access(reader, cursor, &pointer, 1);
}

// Calls

/* How many elements a function of the runtime touches from its pointer number `which` on, which is
   an argument before others that say so; -1: unknown, or none. lanes: in the function's name. */
typedef struct {
    const char *name;
    int pointer, stride, rows, columns; /* arguments by number; -1: lanes; -2: one */
} Touch;

enum { LANES = -1, ONE = -2 };

static const Touch touches[] = {
    {"nn_load_part", 0, ONE, ONE, 1},      {"nn_load", 0, ONE, ONE, LANES},
    {"nn_store_part", 0, ONE, ONE, 1},     {"nn_store", 0, ONE, ONE, LANES},
    {"nn_gather_part", 0, 1, 2, ONE},      {"nn_gather", 0, 1, LANES, ONE},
    {"nn_scatter_part", 0, 1, 2, ONE},     {"nn_scatter", 0, 1, LANES, ONE},
    {"nn_examples_part", 0, ONE, ONE, 2},  {"nn_examples", 0, ONE, ONE, LANES},
    {"nn_turn_part", 0, 1, 5, 4},          {"nn_turn_part", 2, 3, 4, 5},
    {"nn_turn_ahead", 0, 1, LANES, LANES}, {"nn_turn_ahead", 2, 3, LANES, LANES},
    {"nn_turn", 0, 1, LANES, LANES},       {"nn_turn", 2, 3, LANES, LANES},
};

/* "nn_load_part" of "nn_load_part_8", and 8; false where the name has no number. */
static bool split_name(const char *name, char *base, size_t size, int *lanes) {
    const char *last = strrchr(name, '_');
    if (strncmp(name, "nn_", 3) != 0 || !last || !isdigit((unsigned char)last[1]))
        return false;
    snprintf(base, size, "%.*s", (int)(last - name), name);
    *lanes = atoi(last + 1);
    return true;
}

static int64_t size_argument(Reader *reader, CXCursor call, int argument, int lanes) {
    if (argument < 0)
        return argument == LANES ? lanes : 1;
    return read_int(reader, clang_Cursor_getArgument(call, (unsigned)argument)).high;
}

static void check_touches(Reader *reader, CXCursor call, const char *name) {
    char base[64];
    int lanes;
    if (!split_name(name, base, sizeof base, &lanes))
        return;
    for (size_t i = 0; i < sizeof touches / sizeof *touches; i++) {
        const Touch *touch = &touches[i];
        if (strcmp(touch->name, base) != 0)
            continue;
        Pointer pointer =
            read_pointer(reader, clang_Cursor_getArgument(call, (unsigned)touch->pointer));
        int64_t rows = size_argument(reader, call, touch->rows, lanes);
        int64_t columns = size_argument(reader, call, touch->columns, lanes);
        int64_t stride = rows > 1 ? size_argument(reader, call, touch->stride, lanes) : 0;
        check_access(reader, call, &pointer, (rows - 1) * stride + columns);
    }
}

static void pass_number(Passed *passed, int64_t low, int64_t high) {
    passed->low = !passed->is_seen || low < passed->low ? low : passed->low;
    passed->high = !passed->is_seen || high > passed->high ? high : passed->high;
    passed->is_seen = true;
}

static void pass_pointer(Reader *reader, CXCursor cursor, Passed *passed, const Pointer *pointer) {
    int64_t low, high;
    if (pointer->extent < 0)
        return;
    span_number(reader, &pointer->at, &low, &high);
    if (low < 0 || high > pointer->extent)
        fail(reader, cursor, "a pointer that leaves its array");
    int64_t size = pointer->size - high, extent = pointer->extent - high;
    passed->low = !passed->is_seen || size < passed->low ? size : passed->low;
    passed->high = !passed->is_seen || extent < passed->high ? extent : passed->high;
    passed->is_seen = true;
}

/* Of the plan of the function at work, net_NAME_rows, the lines; NULL where there is none. */
static const char *find_plan(const Reader *reader) {
    CXString spelling = clang_getCursorSpelling(reader->definition->cursor);
    const char *function = clang_getCString(spelling), *found = NULL;
    for (const char *at = reader->places; !found && (at = strstr(at, "function ")); at++) {
        char name[128] = "_", *end = name + 1;
        sscanf(at, "function %100[a-z_]", end);
        strcat(name, "_rows");
        size_t size = strlen(name), length = strlen(function);
        if (length > size && strcmp(function + length - size, name) == 0)
            found = at;
    }
    clang_disposeString(spelling);
    return found;
}

/* A value in the scratch, `work->arena + 576` with its label in a comment behind it, has as many
   elements as the plan says, and memory for a whole number of sixteen. */
static void find_extent(const Reader *reader, CXCursor argument, Pointer *pointer) {
    char label[200] = "";
    const char *line = find_plan(reader);
    if (sscanf(reader->source + end_of(argument), " /* %199s */", label) != 1 || !line ||
        !is_constant(&pointer->at))
        return;
    int64_t most = -1;
    while ((line = strchr(line, '\n')) != NULL && strncmp(++line, "function", 8) != 0) {
        long long begin, end;
        char name[200];
        if (sscanf(line, " arena %lld .. %lld, clusters %*d .. %*d: %199s", &begin, &end, name) ==
                3 &&
            begin == pointer->at.low && strcmp(name, label) == 0 && end - begin + 1 > most)
            most = end - begin + 1;
    }
    if (most >= 0)
        *pointer = (Pointer){most, (most + 15) / 16 * 16, number_of(0)};
}

static void read_argument(Reader *reader, CXCursor argument, Passed *passed) {
    enum CXTypeKind type = type_of(argument);
    if (type == CXType_Int) {
        int64_t low, high;
        Number number = read_int(reader, argument);
        span_number(reader, &number, &low, &high);
        if (passed)
            pass_number(passed, low, high);
    } else if (type == CXType_Pointer) {
        Pointer pointer = read_pointer(reader, argument);
        find_extent(reader, argument, &pointer);
        if (passed)
            pass_pointer(reader, argument, passed, &pointer);
    } else {
        walk(reader, argument);
    }
}

static void read_call(Reader *reader, CXCursor cursor) {
    CXCursor function = clang_getCursorReferenced(cursor);
    Definition *callee = NULL;
    for (int i = 0; i < reader->definition_count && !callee; i++)
        if (clang_equalCursors(clang_getCanonicalCursor(reader->definitions[i].cursor),
                               clang_getCanonicalCursor(function)))
            callee = &reader->definitions[i];
    if (callee >= reader->definition)
        fail(reader, cursor, "calls what stands below");
    int count = clang_Cursor_getNumArguments(cursor);
    for (int i = 0; i < count; i++)
        read_argument(reader, clang_Cursor_getArgument(cursor, (unsigned)i),
                      callee && i < callee->count ? &callee->passed[i] : NULL);
    CXString name = clang_getCursorSpelling(function);
    check_touches(reader, cursor, clang_getCString(name));
    clang_disposeString(name);
}

// Statements

static void know(Reader *reader, CXCursor cursor, int64_t low, int64_t high) {
    cr_assert_lt(reader->known_count, VARIABLES);
    reader->known[reader->known_count++] = (Known){cursor, low, high};
}

/* `int i = first; i < end; i += step` and body. */
static void read_loop(Reader *reader, CXCursor cursor, const Cursors *parts) {
    CXCursor counter = child_of(parts->items[0], 0), test = parts->items[1];
    char sign[4] = "";
    if (test.kind == CXCursor_BinaryOperator)
        read_operator(reader, child_of(test, 0), child_of(test, 1), sign);
    bool is_step = parts->items[2].kind == CXCursor_CompoundAssignOperator;
    if (strcmp(sign, "<") != 0 || (!is_step && parts->items[2].kind != CXCursor_UnaryOperator)) {
        fail(reader, cursor, "a loop of another form");
        return;
    }
    Number first = read_int(reader, child_of(counter, -1));
    Number end = read_int(reader, child_of(test, 1));
    Number step = is_step ? read_int(reader, child_of(parts->items[2], 1)) : number_of(1);
    int64_t last = end.high - 1;
    if (is_constant(&first) && last > first.low && step.low > 0)
        last = first.low + (last - first.low) / step.low * step.low;
    reader->facts->loops++;
    if (!is_constant(&step) || step.low < 1 || last + step.low > INT32_MAX)
        fail(reader, test, "the counter may leave int");
    int known_count = reader->known_count;
    know(reader, counter, first.low, last);
    walk(reader, parts->items[3]);
    reader->known_count = known_count;
}

/* Takes a guard's comparisons as bounds. */
static void read_guard(Reader *reader, CXCursor cursor) {
    char sign[4];
    if (cursor.kind == CXCursor_ParenExpr || cursor.kind == CXCursor_UnexposedExpr) {
        read_guard(reader, child_of(cursor, 0));
        return;
    }
    if (cursor.kind != CXCursor_BinaryOperator) {
        walk(reader, cursor);
        return;
    }
    CXCursor left = child_of(cursor, 0), right = child_of(cursor, 1);
    read_operator(reader, left, right, sign);
    if (strcmp(sign, "&&") == 0) {
        read_guard(reader, left);
        read_guard(reader, right);
        return;
    }
    if (type_of(left) != CXType_Int || type_of(right) != CXType_Int) {
        walk(reader, cursor);
        return;
    }
    Number a = read_int(reader, left), b = read_int(reader, right);
    if (!a.is_linear || !is_constant(&b) || !strchr("<>", sign[0]) || !sign[0])
        return;
    cr_assert_lt(reader->bound_count, GUARDS);
    Bound bound = {a, a.low, a.high};
    for (int i = 0; i < reader->bound_count; i++) /* the other side of the same */
        if (memcmp(reader->bounds[i].form.factor, a.factor, sizeof a.factor) == 0 &&
            reader->bounds[i].form.constant == a.constant) {
            bound = reader->bounds[i];
            memmove(&reader->bounds[i], &reader->bounds[i + 1],
                    (size_t)(--reader->bound_count - i) * sizeof bound);
        }
    int64_t strict = sign[1] != '=';
    if (sign[0] == '<')
        bound.high = b.low - strict < bound.high ? b.low - strict : bound.high;
    else
        bound.low = b.low + strict > bound.low ? b.low + strict : bound.low;
    reader->bounds[reader->bound_count++] = bound;
}

static void read_if(Reader *reader, CXCursor cursor) {
    Cursors parts = children_of(cursor);
    int bound_count = reader->bound_count;
    read_guard(reader, parts.items[0]);
    walk(reader, parts.items[1]);
    reader->bound_count = bound_count;
    for (int i = 2; i < parts.count; i++)
        walk(reader, parts.items[i]);
    free(parts.items);
}

static void read_declaration(Reader *reader, CXCursor cursor) {
    if (type_of(cursor) != CXType_Int || count_children(cursor) == 0) {
        walk_children(reader, cursor);
        return;
    }
    Number value = read_int(reader, child_of(cursor, -1));
    if (clang_isConstQualifiedType(clang_getCursorType(cursor)))
        know(reader, cursor, value.low, value.high);
}

static bool declares_int(CXCursor cursor) {
    return cursor.kind == CXCursor_DeclStmt && count_children(cursor) == 1 &&
           type_of(child_of(cursor, 0)) == CXType_Int;
}

static void walk_scope(Reader *reader, CXCursor cursor) {
    int known_count = reader->known_count;
    walk_children(reader, cursor);
    reader->known_count = known_count;
}

static void walk(Reader *reader, CXCursor cursor) {
    if (cursor.kind == CXCursor_ForStmt) {
        Cursors parts = children_of(cursor);
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
    } else if (cursor.kind == CXCursor_CallExpr) {
        read_call(reader, cursor);
    } else if (clang_isExpression(cursor.kind) && type_of(cursor) == CXType_Int) {
        read_int(reader, cursor);
    } else if (clang_isExpression(cursor.kind) && type_of(cursor) == CXType_Pointer) {
        read_pointer(reader, cursor);
    } else {
        walk_children(reader, cursor);
    }
}

static void read_function(Reader *reader, Definition *definition) {
    reader->definition = definition;
    reader->known_count = reader->bound_count = 0;
    for (int i = 0; i < definition->count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(definition->cursor, (unsigned)i);
        const Passed *passed = &definition->passed[i];
        if (type_of(parameter) == CXType_Int && passed->is_seen)
            know(reader, parameter, passed->low, passed->high);
    }
    walk(reader, child_of(definition->cursor, -1));
}

void bounds_check(CXTranslationUnit unit, const char *source, const char *places,
                  BoundsFacts *facts) {
    Reader *reader = calloc(1, sizeof *reader);
    Cursors all = children_of(clang_getTranslationUnitCursor(unit));
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
