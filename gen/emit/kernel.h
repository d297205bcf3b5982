/* Writing kernels. In: a cluster with nests and instructions. Out: a C function: emit_kernel.c
   writes functions, lower/emit_nest.c their loops, emit_instruction.c statements. */

#ifndef NNGEN_KERNEL_H
#define NNGEN_KERNEL_H

#include "emit/emitter.h"

/* A part of a loop's range, relative to the variables `block` + `base`, or absolute from `from`
   where there are none. */
typedef struct {
    const char *block, *base;
    Range begin; /* values of block + base */
    int64_t from, first, end;
} Stretch;

/* The position of a loop: block + base + from + variable, or block + base + from + first. */
typedef struct {
    const char *block, *base; /* NULL: 0 */
    Range begin;              /* values of block + base */
    int64_t from;
    const char *variable; /* NULL: the literal `first` */
    Range range;          /* its values */
    int64_t first;
    int instances, width; /* width: lanes of one instance */
    int part;             /* lanes used of the last instance; 0: all */
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
        /* a separate set: values end in the number of an instance, pointers never do */
        value_names;
    Position at[MAX_NEST_LOOPS];
    int pointer_count;
    Pointer *pointers;
    bool uses_random, uses_first;
    Stretch block; /* the current block of a blocked sum */
    bool begins, finishes;
    bool in_epilogue; /* of the nest */
    bool in_function; /* inside an outlined epilogue, which serves any one instance */
} Kernel;

/* The number of an unrolled instance, per loop. */
typedef struct {
    int number[MAX_NEST_LOOPS];
} Instance;

// emit_address.c

Pointer *kernel_pointer(Kernel *kernel, Storage *storage);
/* "64 * b + i + 3"; instance NULL: of the first one. */
char *kernel_address(const Kernel *kernel, int64_t offset, const int64_t *factor,
                     const Instance *instance);
/* The same for the address of an instruction. */
char *instruction_address_text(const Kernel *kernel, const Instruction *instruction,
                               const Instance *instance);
/* Distance in elements between consecutive rounds of a loop at an instance; across a panel it
   scales with the width of the panel. */
int64_t instruction_distance(const Kernel *kernel, const Instruction *instruction, int loop,
                             const Instance *instance);
/* "h_weight + 32 * j" */
const char *pointer_text(const Kernel *kernel, const Pointer *pointer, const char *address);

// shared_kernel.c

/* The name of the outlined epilogue with this body; equal ones are shared. type: of its result. */
const char *share_epilogue(Kernel *kernel, const char *type, const char *parameters,
                           const char *body);
/* The name of the kernel with this body; equal kernels of different functions are shared, and
   differences are passed as arguments. */
const char *share_kernel(Kernel *kernel, const char *body);

// emit_instruction.c

/* Lanes at this point, 1 in scalar code. */
int instruction_lanes(const Kernel *kernel);
/* Whether an instance is masked: not all its lanes are used. */
bool instance_is_masked(const Kernel *kernel, const Instance *instance);
/* Whether an instruction has no statement of its own. */
bool instruction_is_inline(const Instruction *instruction);
/* Whether an instruction runs after the sums, once per instance. */
bool instruction_is_in_epilogue(const Instruction *instruction);
Operand instruction_operand(Kernel *kernel, const Instruction *instruction,
                            const Instance *instance);

/* Slots of every statement: type and lanes. */
Bindings instruction_statement(const Kernel *kernel, int lanes);
void kernel_name_instructions(Kernel *kernel);
/* Whether an accumulator holds partial sums in its lanes, which are not reduced yet. */
bool instruction_is_unreduced(const Kernel *kernel, const Instruction *instruction);
typedef void AddStatement(Kernel *kernel, Text *out, const Instruction *instruction,
                          const Instance *instance);
/* Calls `add` for every instance of the loops in the set. */
void instruction_instances(Kernel *kernel, Text *out, const Instruction *instruction,
                           unsigned loops, AddStatement *add);
/* Advances to the next instance of the loops in the set; false after the last. */
bool instance_next(const Kernel *kernel, unsigned loops, Instance *instance);
/* Adds the statements of all instances of an instruction. */
void instruction_add_statements(Kernel *kernel, Text *out, const Instruction *instruction);
/* The loops that an instruction has instances of, as a set. */
unsigned instruction_loops(const Kernel *kernel, const Instruction *instruction);
/* Adds one instance, unless an earlier one that differs only in loops that the instruction does not
   vary on has done so. */
void instruction_add_at(Kernel *kernel, Text *out, const Instruction *instruction,
                        const Instance *instance);
/* Declares and finishes an accumulator; stores and reloads partial sums between blocks. */
AddStatement instruction_declare, instruction_declare_batch_sum, instruction_finish,
    instruction_store_partial, instruction_load_partial;
/* Whether a sum is split into partial sums; joining them. */
bool instruction_has_accumulators(const Kernel *kernel, const Instruction *instruction);
AddStatement instruction_join_accumulators;
/* Reduces all instances of an accumulator across lanes into one vector: each becomes a lane. */
void instruction_sum_across(Kernel *kernel, Text *out, const Instruction *instruction);

#endif
