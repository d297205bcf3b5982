/* The generic library of tests/generic, in float, as a contender. In: the path of a model. Compiled
   into one module with BLAS and one without; only the opening function can be seen from outside. */

#include "bench.h"

#include "check/check.h"
#include "generic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef NAME
#ifdef GENERIC_BLAS
#define NAME "library + OpenBLAS"
#else
#define NAME "library"
#endif
#endif
#define INPUT_FIELDS MAX_FIELDS
#define FIELDS MAX_FIELDS

typedef struct {
    Compiler compiler;
    Graph *graph;
    Generic *generic;
} Self;

static void read_model(Self *self, const char *model, const char *text) {
    Compiler *compiler = &self->compiler;
    if (setjmp(compiler->stop) == 0) {
        compiler->prelude = parse_prelude(compiler);
        compiler->rules = rules_new(compiler);
        self->graph =
            check(compiler, parse(compiler, source_new(compiler, model, text, strlen(text))));
    }
}

/* The counters alone: set gives every other number. */
static void start(void *self) {
    generic_set_step(((Self *)self)->generic, 0);
    generic_set_epoch(((Self *)self)->generic, 0, 1);
}

static const Variable *find(const Self *self, const char *tensor) {
    for (int v = 0; v < self->graph->variable_count; v++) {
        if (strcmp(self->graph->variables[v]->name, tensor) == 0) {
            return self->graph->variables[v];
        }
    }
    return NULL;
}

static void set(void *self, const char *tensor, const float *values) {
    const Self *own = self;
    const Variable *variable = find(own, tensor);
    if (variable) {
        memcpy(generic_variable(own->generic, variable), values,
               (size_t)shape_count(variable->shape) * sizeof(float));
    }
}

static size_t get(void *self, const char *tensor, float *values) {
    const Self *own = self;
    const Variable *variable = find(own, tensor);
    size_t count = variable ? (size_t)shape_count(variable->shape) : 0;
    if (variable) {
        memcpy(values, generic_variable(own->generic, variable), count * sizeof(float));
    }
    return count;
}

static float step(Self *self, const void *const *in) {
    return generic_train_step(self->generic, (size_t)self->graph->batch, in);
}

static void predict_one(Self *self, const void *const *in, float *out) {
    generic_predict(self->generic, 1, in, &out);
}

static void predict_many(Self *self, const void *const *in, float *out) {
    generic_predict(self->generic, (size_t)self->graph->batch, in, &out);
}

#include "loops.h"

static char *read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, MAX_SOURCE);
    if (file && text) {
        text[fread(text, 1, MAX_SOURCE - 1, file)] = '\0';
    }
    if (file) {
        fclose(file);
    }
    return text;
}

__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    Self *self = calloc(1, sizeof *self);
    char *text = read_text(net->model);
    if (self && text) {
        self->compiler.arena = arena_new();
        read_model(self, net->model, text);
        self->generic = self->graph ? generic_new(self->graph) : NULL;
    }
    if (self && self->generic) {
        generic_init(self->generic, 1);
    }
    free(text);
    bool is_open = self && self->generic;
    contenders[0] = (Contender){
        .name = NAME, .self = is_open ? self : NULL, .start = start, .set = set, .get = get, LOOPS};
    return 1;
}
