/* Calls: the arguments that functions of the unit get, and the elements that functions of the
   runtime access through the pointers that they get. */

#include "bounds_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A function of the runtime, its pointer argument, and which of its other arguments say how many
   elements it accesses. */
typedef struct {
    const char *name;
    int pointer, stride, rows, columns; /* arguments by number; -1: lanes; -2: one */
} Touch;

enum { LANES = -1, ONE = -2 };

static const Touch touches[] = {
    {"nn_load_classes", 0, ONE, ONE, LANES},
    {"nn_store_classes", 0, ONE, ONE, LANES},
    {"nn_load_bytes", 0, ONE, ONE, LANES},
    {"nn_store_bytes", 0, ONE, ONE, LANES},
    {"nn_load_part", 0, ONE, ONE, 1},
    {"nn_load", 0, ONE, ONE, LANES},
    {"nn_store_part", 0, ONE, ONE, 1},
    {"nn_store", 0, ONE, ONE, LANES},
    {"nn_gather_part", 0, 1, 2, ONE},
    {"nn_gather", 0, 1, LANES, ONE},
    {"nn_scatter_part", 0, 1, 2, ONE},
    {"nn_scatter", 0, 1, LANES, ONE},
    {"nn_examples_part", 0, ONE, ONE, 2},
    {"nn_examples", 0, ONE, ONE, LANES},
    {"nn_turn_part", 0, 1, 5, 4},
    {"nn_turn_part", 2, 3, 4, 5},
    {"nn_turn_ahead", 0, 1, LANES, LANES},
    {"nn_turn_ahead", 2, 3, LANES, LANES},
    {"nn_turn", 0, 1, LANES, LANES},
    {"nn_turn", 2, 3, LANES, LANES},
};

/* Functions that take a literal, whose bits say which lanes take part. */
static const struct {
    const char *name;
    int stride, bits; /* arguments by number; -2: one */
} chosen[] = {
    {"nn_load_lanes", ONE, 1},  {"nn_store_lanes", ONE, 1},  {"nn_gather_lanes", 1, 2},
    {"nn_scatter_lanes", 1, 2}, {"nn_gather_classes", 1, 2}, {"nn_scatter_classes", 1, 2},
    {"nn_gather_bytes", 1, 2},  {"nn_scatter_bytes", 1, 2},
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

/* An element for each bit that is set, `stride` apart. */
static void check_chosen(Reader *reader, CXCursor call, const char *base, int lanes) {
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        if (strcmp(chosen[i].name, base) != 0)
            continue;
        int64_t stride = size_argument(reader, call, chosen[i].stride, lanes);
        int64_t bits = size_argument(reader, call, chosen[i].bits, lanes);
        for (int lane = 0; lane < lanes; lane++) {
            Pointer element = read_pointer(reader, clang_Cursor_getArgument(call, 0));
            Number further = number_of(lane * stride);
            element.at = number_added(&element.at, &further);
            if (bits >> lane & 1)
                check_access(reader, call, &element, 1);
        }
    }
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
    check_chosen(reader, call, base, lanes);
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
    number_span(reader, &pointer->at, &low, &high);
    if (low < 0 || high > pointer->extent)
        reader_fail(reader, cursor, "a pointer that leaves its array");
    int64_t size = pointer->size - high, extent = pointer->extent - high;
    passed->low = !passed->is_seen || size < passed->low ? size : passed->low;
    passed->high = !passed->is_seen || extent < passed->high ? extent : passed->high;
    passed->is_seen = true;
}

/* The lines of the plan of the current function, net_NAME_rows; NULL where there is none. */
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

/* A value in the scratch, `work->arena + 576` followed by its label in a comment, has as many
   elements as the plan says, and memory for a multiple of sixteen. */
static void find_extent(const Reader *reader, CXCursor argument, Pointer *pointer) {
    char label[200] = "";
    const char *line = find_plan(reader);
    if (sscanf(reader->source + cursor_end(argument), " /* %199s */", label) != 1 || !line ||
        !number_is_constant(&pointer->at))
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
    enum CXTypeKind type = cursor_type(argument);
    if (type == CXType_Int) {
        int64_t low, high;
        Number number = read_int(reader, argument);
        number_span(reader, &number, &low, &high);
        if (passed)
            pass_number(passed, low, high);
    } else if (type == CXType_Pointer) {
        Pointer pointer = read_pointer(reader, argument);
        find_extent(reader, argument, &pointer);
        if (passed)
            pass_pointer(reader, argument, passed, &pointer);
    } else {
        reader_walk(reader, argument);
    }
}

void read_call(Reader *reader, CXCursor cursor) {
    CXCursor function = clang_getCursorReferenced(cursor);
    Definition *callee = NULL;
    for (int i = 0; i < reader->definition_count && !callee; i++)
        if (clang_equalCursors(clang_getCanonicalCursor(reader->definitions[i].cursor),
                               clang_getCanonicalCursor(function)))
            callee = &reader->definitions[i];
    if (callee >= reader->definition)
        reader_fail(reader, cursor, "calls what stands below");
    int count = clang_Cursor_getNumArguments(cursor);
    for (int i = 0; i < count; i++)
        read_argument(reader, clang_Cursor_getArgument(cursor, (unsigned)i),
                      callee && i < callee->count ? &callee->passed[i] : NULL);
    CXString name = clang_getCursorSpelling(function);
    check_touches(reader, cursor, clang_getCString(name));
    clang_disposeString(name);
}
