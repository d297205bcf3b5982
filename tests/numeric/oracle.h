/* The oracle of a model's text: its checked graph and the generic library on it. */

#ifndef ORACLE_H
#define ORACLE_H

#include "generic.h"

typedef struct {
    Compiler compiler;
    Graph *graph;
    Generic *generic;
} Oracle;

/* NULL where the model is wrong or memory ends; then *message says why, to be freed. */
Oracle *oracle_new(const char *text, char **message);
/* The oracle of a model that is right; else the test fails. */
Oracle *oracle_of(const char *text);
void oracle_free(Oracle *oracle);

#endif
