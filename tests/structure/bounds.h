/* Indices of emitted C as intervals. In goes a net as libclang has read it; out comes whether every
   `int` expression in it is proved to stay within an int, and every access to an array whose size is
   known within the array. What bounds them are the literal bounds of loops, guards, and what callers
   pass; what is not proved is a failure. */

#ifndef BOUNDS_H
#define BOUNDS_H

#include <clang-c/Index.h>

typedef struct {
    long loops, sums,
        accesses; /* loops; sums and products of ints; accesses to arrays of known size */
    int failure_count;
    char failures[4000]; /* the first ones, a line each */
} BoundsFacts;

/* source: the text of the unit's main file, whose functions are looked at. places: what --dump=place
   says of the net, from which the sizes of values in the scratch are known; or "". */
void bounds_check(CXTranslationUnit unit, const char *source, const char *places,
                  BoundsFacts *facts);

#endif
