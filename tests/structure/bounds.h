/* Indices of emitted C as intervals. In: a net as libclang has parsed it. Out: whether every `int`
   expression in it is proved to stay within an int, and every access to an array whose size is
   known within the array. Bounds come from the literal bounds of loops, from guards and from
   arguments of callers; what is not proved is a failure. */

#ifndef BOUNDS_H
#define BOUNDS_H

#include <clang-c/Index.h>

typedef struct {
    long loops, sums,
        accesses; /* loops; sums and products of ints; accesses to arrays of known size */
    int failure_count;
    char failures[4000]; /* the first ones, a line each */
} BoundsFacts;

/* source: the text of the unit's main file, whose functions are checked. places: what --dump=place
   says of the net, which gives the sizes of values in the scratch; or "". */
void bounds_check(CXTranslationUnit unit, const char *source, const char *places,
                  BoundsFacts *facts);

#endif
