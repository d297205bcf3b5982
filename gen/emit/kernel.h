/* What the files that write kernels share: emit_kernel.c writes functions, emit_nest.c their loops,
 * emit_step.c statements. */

#ifndef NNGEN_KERNEL_H
#define NNGEN_KERNEL_H

#include "emit/emitter.h"

/* A part of a loop, counted from `block` + `base` on, or from `from` where there are no such
   variables. */
typedef struct {
    const char *block, *base;
    int64_t from, first, end;
    bool in_panel; /* it is one panel of what the loop runs along */
} Stretch;

/* Where a loop stands: at block + base + from + variable, or block + base + from + first. */
typedef struct {
    const char *block, *base; /* NULL: 0 */
    int64_t from;
    bool in_panel;
    const char *variable; /* NULL: the literal `first` */
    int64_t first;
    int instances, width; /* width: lanes of one instance */
    int part;             /* lanes of the last instance that are in use; 0: all */
} Position;

typedef struct {
    Storage *storage;
    const char *name;
    bool is_written;
} Pointer;

typedef struct Kernel {
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
    Stretch block; /* of a sum that is done in blocks */
    bool begins, finishes;
    bool in_tail;     /* of the nest */
    bool in_function; /* that does a tail for one instance, whichever */
} Kernel;

/* Which instance, per loop. */
typedef struct {
    int number[MAX_NEST_LOOPS];
} Instance;

// emit_address.c

Pointer *kernel_pointer(Kernel *kernel, Storage *storage);
/* "64 * b + i + 3"; without an instance, that of the first. */
char *kernel_address(const Kernel *kernel, int64_t offset, const int64_t *factor,
                     const Instance *instance);
/* Likewise of a step. */
char *step_address_text(const Kernel *kernel, const Step *step, const Instance *instance);
/* Of a value in panels: how wide the one is that an instance lies in. */
int64_t panel_width_at(const Kernel *kernel, const Step *step, const Instance *instance);
/* How far apart in memory a step's elements are from one round of a loop to the next, where an
   instance is: by the width of its panel across one. */
int64_t step_distance(const Kernel *kernel, const Step *step, int loop, const Instance *instance);
/* "h_weight + 32 * j" */
const char *pointer_text(const Kernel *kernel, const Pointer *pointer, const char *address);

// shared_kernel.c

/* The name of a function that does a nest's tail for one instance; equal ones are one. type: of what
   it returns. */
const char *share_tail(Kernel *kernel, const char *type, const char *parameters, const char *body);
/* Likewise of a kernel: equal kernels of different functions are one, what differs is passed. */
const char *share_kernel(Kernel *kernel, const char *body);

// emit_step.c

/* Lanes of the vectors that the kernel is at, 1 where it is at numbers. */
int step_lanes(const Kernel *kernel);
/* Not all lanes of an instance are in use. */
bool instance_is_part(const Kernel *kernel, const Instance *instance);
/* Has no statement of its own. */
bool step_is_inline(const Step *step);
/* Has its place after the sums, for every instance. */
bool step_is_in_tail(const Step *step);
Operand step_operand(Kernel *kernel, const Step *step, const Instance *instance);

/* Slots that all statements have: type and lanes. */
Bindings step_statement(const Kernel *kernel, int lanes);
void kernel_name_steps(Kernel *kernel);
/* An accumulator whose lanes are still to be added up. */
bool step_is_unreduced(const Kernel *kernel, const Step *step);
typedef void AddStatement(Kernel *kernel, Text *out, const Step *step, const Instance *instance);
/* Once for every instance of the loops in the set `loops`. */
void step_instances(Kernel *kernel, Text *out, const Step *step, unsigned loops, AddStatement *add);
/* The next instance of the loops in the set, false after the last. */
bool instance_next(const Kernel *kernel, unsigned loops, Instance *instance);
/* All instances of a step. */
void step_add_statements(Kernel *kernel, Text *out, const Step *step);
/* The loops that a step has instances of, as a set. */
unsigned step_loops(const Kernel *kernel, const Step *step);
/* One instance, unless an earlier one of the loops that the step does not vary on has done it. */
void step_add_at(Kernel *kernel, Text *out, const Step *step, const Instance *instance);
/* The beginning and the end of an accumulator; between blocks of its sum it is put by and taken up
   again. */
AddStatement step_declare, step_declare_batch_sum, step_finish, step_store_partial,
    step_load_partial;
/* A sum that is added up in several parts, and what makes one of them. */
bool step_has_parts(const Kernel *kernel, const Step *step);
AddStatement step_join_parts;
/* All instances of an accumulator whose lanes are still to be added up: each becomes a lane. */
void step_sum_across(Kernel *kernel, Text *out, const Step *step);

#endif
