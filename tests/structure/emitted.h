/* Emitted C as libclang parses it. In: a model and options. Out: facts about each function and each
   name. */

#ifndef EMITTED_H
#define EMITTED_H

#include "graph/graph.h"
#include "nngen.h"

#include <clang-c/Index.h>
#include <stdbool.h>

enum { MAX_FUNCTIONS = 2048, MAX_CALLS = 4096, MAX_LOOPS_SEEN = 4096 };

typedef struct {
    char name[128];
    bool is_emitted; /* in net.c, not in a runtime header */
    bool is_public;  /* external linkage */
    int statements, loops;
    int divisions, logarithms, exponentials;
    int differences; /* subtractions of one value in `watch` from the other */
    int call_count;
    char *calls[MAX_CALLS];
} FunctionFacts;

typedef struct {
    const FunctionFacts *function;
    bool is_for, is_literal; /* `for (int i = 1; i < 2; i += 3)` */
    char *text;
    char *variable;  /* its counter */
    bool is_changed; /* in its body */
} LoopFacts;

typedef struct {
    CXIndex index;
    CXTranslationUnit unit;
    Result result;
    const char *watch[2]; /* values, left and right of a minus; or NULL */
    int function_count;
    FunctionFacts functions[MAX_FUNCTIONS];
    int loop_count;
    LoopFacts loops[MAX_LOOPS_SEEN];
} EmittedFacts;

/* Emitted C with its header, or C alone where that is "", as clang reads it for a target. What the
   compiler's own headers declare is not among the unit's children. To be disposed of, index last. */
CXTranslationUnit emitted_unit(CXIndex *index, const char *source, const char *header,
                               Target target);

/* NAME.def of models/ or of tests/emitted/models; the caller frees it. */
char *structure_model(const char *path);
/* Fails the test where nngen or clang gives a diagnostic. `facts` is overwritten. */
void emitted_open(EmittedFacts *facts, const char *text, const Options *options, const char *left,
                  const char *right);
void emitted_close(EmittedFacts *facts);
FunctionFacts *function_named(EmittedFacts *facts, const char *name);
/* Sums over the functions that `name` calls, itself included. */
FunctionFacts facts_below(EmittedFacts *facts, const char *name);
/* Whether a function can call itself. */
bool is_recursive(EmittedFacts *facts, const FunctionFacts *function);

#endif
