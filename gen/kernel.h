/* What the files that write kernels share: emit_kernel.c writes functions, emit_nest.c their loops,
 * emit_step.c statements. */

#ifndef NNGEN_KERNEL_H
#define NNGEN_KERNEL_H

#include "emit.h"

typedef struct {
    const char *variable; /* NULL: the index is the literal `first` */
    int64_t first;
    int instances, width; /* width: lanes of one instance */
} Position;

typedef struct {
    Storage *storage;
    const char *name;
    bool is_written;
} Pointer;

typedef struct {
    Emitter *emitter;
    Compiler *compiler;
    Function *function;
    Cluster *cluster;
    Nest *nest;
    Names pointer_names,
        value_names; /* apart: values end in the number of an instance, pointers never do */
    Position at[MAX_NEST_LOOPS];
    int pointer_count;
    Pointer *pointers;
    bool uses_random, uses_first;
} Kernel;

/* Which instance, per loop. */
typedef struct {
    int number[MAX_NEST_LOOPS];
} Instance;

/* The variables of loops but the one over examples, which is b. */
extern const char *const loop_letters[MAX_NEST_LOOPS];

// emit_step.c

Pointer *kernel_pointer(Kernel *kernel, Storage *storage);
/* "64 * b + i + 3"; without an instance, that of the first. */
char *kernel_address(const Kernel *kernel, int64_t offset, const int64_t *factor,
                     const Instance *instance);
void kernel_name_steps(Kernel *kernel);
/* An accumulator whose lanes are still to be added up. */
bool step_is_partial(const Kernel *kernel, const Step *step);
typedef void AddStatement(Kernel *kernel, Text *out, const Step *step, const Instance *instance);
/* Once for every instance of the loops in the set `loops`. */
void step_instances(Kernel *kernel, Text *out, const Step *step, unsigned loops, AddStatement *add);
/* All instances of a step. */
void step_add_statements(Kernel *kernel, Text *out, const Step *step);
/* The beginning and the end of an accumulator. */
AddStatement step_declare, step_finish;

// emit_nest.c

/* One nest after the other; inside a loop over examples where in_rows. */
void kernel_add_nest(Kernel *kernel, Text *out, Nest *nest, bool in_rows);

#endif
