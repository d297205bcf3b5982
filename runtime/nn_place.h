/* Where the tensors of a net lie in memory. In: nn_network.h. Out: the types that nn_tensors.h
   works on and that tables in emitted code are made of; the same for every processor. */

#ifndef NN_PLACE_H
#define NN_PLACE_H

#include <stddef.h>

#include "nn_network.h"

/* Where a tensor lies: its first element is at byte `offset` of the net. Its gradient has the same
   layout and starts at number `gradient` of the block of gradients; there is none where that is
   negative.

   The axis `inner` is cut into panels of `panel` elements; the last panel may have fewer. One
   panel follows the other in memory, and within a panel `inner` is the innermost axis.
   stride[inner] is the number of elements of all other axes together; their strides are those
   that they would have if a panel were one element wide. */
typedef struct nn_place {
    size_t offset;
    size_t stride[NN_MAX_RANK];
    ptrdiff_t gradient;
    size_t inner, panel;
} nn_place;

/* `count` elements that are neighbours in row-major order and lie `step` apart in memory, the first
   one at element `at`. */
typedef struct nn_run {
    size_t at, step, count;
} nn_run;

/* The counters of a net. */
enum { NN_SEED, NN_STEP, NN_EPOCH, NN_EPOCHS, NN_COUNTERS };

/* Steps between two calls of nn_settle. */
enum { NN_SETTLING = 256 };

#endif
