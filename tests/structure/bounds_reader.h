/* What the parts of bounds.c share: the state of one check, and the functions for each kind of
   code. */

#ifndef BOUNDS_READER_H
#define BOUNDS_READER_H

#include "bounds.h"

#include <stdbool.h>
#include <stdint.h>

enum { VARIABLES = 48, GUARDS = 16 };

/* An int: its interval, and where it is linear, constant + sum of factor * variable. */
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

/* Element `at` of `size`, in memory for `extent` elements, up to which a last vector may reach;
   extent < 0: not known. */
typedef struct {
    int64_t size, extent;
    Number at;
} Pointer;

/* What callers pass: the interval of an int, or the size (low) and extent (high) behind a pointer.
   */
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
    Definition *definitions, *definition; /* the current one */
    int known_count, bound_count;
    Known known[VARIABLES];
    Bound bounds[GUARDS];
} Reader;

// bounds_cursor.c

/* The caller frees items. */
typedef struct {
    int count, capacity;
    CXCursor *items;
} Cursors;

Cursors cursor_children(CXCursor cursor);
CXCursor cursor_child(CXCursor cursor, int number); /* -1: the last */
int cursor_child_count(CXCursor cursor);
unsigned cursor_begin(CXCursor cursor); /* in the text */
unsigned cursor_end(CXCursor cursor);
enum CXTypeKind cursor_type(CXCursor cursor);
/* The text between two operands, without blanks. */
void operator_between(const Reader *reader, CXCursor left, CXCursor right, char text[4]);
void reader_fail(Reader *reader, CXCursor cursor, const char *why);

// bounds_number.c

extern const Number number_any;

Number number_of(int64_t value);
Number number_scaled(const Number *a, int64_t factor);
Number number_added(const Number *a, const Number *b);
bool number_is_constant(const Number *a);
/* The interval of a number, by its own, its linear form and the guards around it. */
void number_span(const Reader *reader, const Number *a, int64_t *low, int64_t *high);

// bounds_int.c, bounds_pointer.c, bounds_call.c

Number read_int(Reader *reader, CXCursor cursor);
Pointer read_pointer(Reader *reader, CXCursor cursor);
/* `count` elements from a pointer on. */
void check_access(Reader *reader, CXCursor cursor, const Pointer *pointer, int64_t count);
void read_subscript(Reader *reader, CXCursor cursor);
void read_call(Reader *reader, CXCursor cursor);

// bounds.c: all other code

/* Takes a guard's comparisons as bounds, which hold until they are dropped. */
void read_guard(Reader *reader, CXCursor cursor);
void reader_walk(Reader *reader, CXCursor cursor);
void reader_walk_children(Reader *reader, CXCursor cursor);

#endif
