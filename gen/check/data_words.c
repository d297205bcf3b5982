/* The words that may stand behind the name of an input or target, `minmax`, `onehot` and so on:
   a table. In: nothing. Out: what each word does, which check_data.c reads, and its text for
   --list. */

#include "check/check.h"

const Word words[] = {
    {"minmax", false, false, SCALING_MINMAX, "input NAME[SHAPE] minmax, target NAME[SHAPE] minmax",
     "(x - low) scale, from 0 to 1 over the examples of `fit`, which the driver calls with the\n"
     "training set; each value of an example has its own low, the least, and its own scale,\n"
     "1 / (largest - least), 1 where they are equal. Both are kept with the weights, so that\n"
     "later data are scaled alike. Of a target, the loss is of the scaled value, and what is\n"
     "learned from it is given as y / scale + low, in the caller's units, as metrics are."},
    {"standard", false, false, SCALING_STANDARD,
     "input NAME[SHAPE] standard, target NAME[SHAPE] standard",
     "(x - low) scale, of mean 0 and population variance 1 over the examples of `fit`: low is the\n"
     "mean, scale 1 / standard deviation, 1 where that is 0. Else as minmax."},
    {"onehot", true, false, SCALING_NONE, "target NAME[CLASSES] onehot",
     "The data have the index of a class, from 0, or its label as text, which the driver makes an\n"
     "index of: in the order of the labels' bytes. The model sees a vector with a 1 there and "
     "else\n"
     "0, all 0 for an index out of range."},
    {"pairs", false, true, SCALING_NONE, "target NAME pairs",
     "1 where the two inputs are items of one label, else 0: the driver draws them from a file of\n"
     "items with labels."},
};
const int word_count = sizeof words / sizeof *words;
