/* Tree to graph: the statements of a model.

   In: statements of the model and of the prelude. Out: the graph of the forward pass, or NULL after
   errors. May be relied on: names, arity and shapes are right, every node has its span in the
   source, and no value is larger than MAX_ELEMENTS. */

#ifndef NNGEN_CHECK_H
#define NNGEN_CHECK_H

#include "expand/expand.h"

/* Needs: statements of the model; compiler->prelude. Leaves: the graph of the forward pass in
   training and inference (GIVEN_TRAINING tells them apart), the cost, metrics and, per trained
   parameter, next of the parameter and of its optimizer state in terms of GIVEN_GRADIENT; or NULL
   after errors. */
Graph *check(Compiler *compiler, const Statements *statements);

/* A word after an input or target that is no definition. */
typedef struct {
    const char *name;
    bool is_onehot, is_same; /* of a target alone */
    Scaling scaling;
    const char *use, *comment;
} Word;
extern const Word words[];
extern const int word_count;

#endif
