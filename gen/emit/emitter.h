/* Private to emit: templates, names, and the text of expressions. In: placed functions. Out: the
   parts of net.c and net.h. */

#ifndef NNGEN_EMITTER_H
#define NNGEN_EMITTER_H

#include "emit/emit.h"

// template.c -- blocks of C with slots

typedef struct Bindings Bindings;
typedef struct {
    const char *name;
    int count;
    Bindings *rows;
} List;

struct Bindings {
    Compiler *compiler;
    const Bindings *outer; /* enclosing scope */
    int count, list_count;
    const char **names, **values;
    List *lists;
};

Bindings bindings_new(Compiler *compiler, const Bindings *outer);
void bind_slot(Bindings *bindings, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds an empty row to a list, and returns it to be filled before the next is added. */
Bindings *bind_row(Bindings *bindings, const char *list);
/* Indexes the blocks of templates/ in compiler->templates, before any is added. */
void templates_read(Compiler *compiler);
/* Appends a block of templates/ with its slots filled; every line begins with `indent` spaces. */
void template_add(Text *out, const char *block, const Bindings *bindings, int indent);

// wrap_lines.c -- lines that are not too long

enum { LINE_WIDTH = 100 }; /* most columns of a line of emitted C */
char *wrap_lines(Compiler *compiler, const char *text);

// names.c -- identifiers of emitted C

typedef struct {
    const char *text;
    int next; /* the next number for a repeated name */
} Name;

/* Names in use: a hash table, its capacity a power of 2. */
typedef struct Names {
    Compiler *compiler;
    int count, capacity;
    Name *slots;
    const struct Emitter *hides; /* names at file scope that these must not shadow; or NULL */
} Names;

bool name_is_used(const Names *names, const char *name);
void name_reserve(Names *names, const char *name);
/* The entry of a text, added if new; `next` is for the caller, 0 at first. */
Name *name_entry(Names *names, const char *text);
/* `wanted` made into an identifier that is new here and no keyword of C or C++ nor reserved by
   nngen. */
const char *name_new(Names *names, const char *wanted);
/* The same for a stem that is always followed by a number, so that reserved words do not matter. */
const char *name_stem(Names *names, const char *wanted);
/* The name of the network's type: its own, unless C, C++ or nngen has taken that. */
const char *name_type(Compiler *compiler, const char *wanted);
const char *real_text(Compiler *compiler, double value);
/* The same without parentheses, whole numbers with all their digits. */
const char *table_text(Compiler *compiler, double value);
double real_rounded(const Compiler *compiler, double value); /* as the real type holds it */
const char *real_type(const Compiler *compiler);             /* "float" or "double" */

// value_names.c -- what values are called, by id of the function's node

typedef struct {
    const char **base;    /* stem of its C name; NULL: not named */
    const char **name;    /* its name in comments: base, numbered within the function */
    bool *has_line;       /* comments define it on a line of its own */
    const char *gradient; /* prefix of gradients: "mean_d_" in gradient_add, else "d_" */
    char letters[27];     /* of indices in comments: i, j, k and so on, but for what is a name */
} Labels;

typedef struct Emitter Emitter;
/* Leaves emitter->labels. */
void label_function(Emitter *emitter, const Function *function);

// kernel_comment.c -- what a kernel computes, for the comment above it

/* Prefix of a variable's name: "d_h.weight", "direction_h.weight". */
const char *given_prefix(const Labels *labels, Given given);
/* "h = max(h_sum, 0)", with the names of emitter->labels; `title` in place of the name of a
   stored value. */
char *formula_text(Emitter *emitter, const Node *node, const char *title);
/* The line of the model, 0 where it is none of it. */
int span_line(Span span);
char *span_text(Compiler *compiler, Span span); /* "line 12", or "" */

// emit_ops.c -- one operator on named operands

typedef struct {
    const char *text;
    bool is_vector;
} Operand;

/* "float" or "nn_v8" */
const char *lanes_type(Compiler *compiler, int lanes);
/* The operand's text, broadcast to a vector where lanes > 1. */
const char *broadcast_text(Compiler *compiler, Operand operand, int lanes);
/* The expression of op's row in graph/ops.h, for scalars or vectors. */
char *op_text(Compiler *compiler, Op op, const Operand *operands, int lanes);
/* Text of `where(compared[0] < compared[1], chosen[0], chosen[1])`, where the comparison is not
   computed as a number. */
char *choice_text(Compiler *compiler, Op comparison, const Operand *compared, const Operand *chosen,
                  int lanes);

// emit_loops.c -- a loop program as a C function

char *loops_in_c(Compiler *compiler, const Bindings *base, const LoopKernel *kernel);
/* What stands inside of it; arguments: their names in C, by buffer. */
char *loops_body_in_c(const Emitter *emitter, const LoopKernel *kernel,
                      const char *const *arguments);

// emit_kernel.c (emit_nest.c, emit_instruction.c), straight.c -- the body of a function that does
// its work on function->examples examples

/* A kernel or outlined function, shared by functions of the net. */
typedef struct {
    const char *name;
    int user_count;
    const char **users; /* names of the functions that use it */
    const Function *last_user;
    const char *plan;  /* or NULL */
    const char *block; /* of templates/ */
    Bindings bindings;
} SharedKernel;

/* A constant array of the file. */
typedef struct {
    const char *name;
    int64_t count;
    const double *numbers;
} ConstantTable;

/* The core of a function, which each version has. */
typedef struct {
    const char *summary, *core, *result, *parameters, *arguments;
} Core;

/* Which cores are written: those that all versions share, which are init and finish, the others, or
   all of them. */
typedef enum { CORES_ALL, CORES_SHARED, CORES_OWN } Cores;

/* Where the arena of a work is as long as the versions need that a processor can have. */
typedef enum { ARENA_X86_64, ARENA_AARCH64, ARENA_OTHER, ARENA_COUNT } ArenaKind;

/* State of one run. Kernels are collected in order, each once, and printed when all their users
   are known. */
struct Emitter {
    Program *program; /* of the version that is being written */
    Layouts *layouts;
    const Version *versions;
    int version_count;
    const char *suffix; /* of the version's functions: "_v4"; "" where there is one version */
    int core_count;
    Core *core; /* of those that the first version has written */
    Compiler *compiler;
    const char *net;          /* the network's name: the prefix of all symbols */
    const char *self;         /* the type's name: the same, unless reserved */
    Bindings *base;           /* $net, $real, $v .. */
    Names net_names;          /* members of the struct */
    const char **member;      /* by variable number: its member in the net's struct */
    int64_t *gradient_at;     /* by variable number: offset in the block of gradients, or -1 */
    int64_t *member_offset;   /* by variable number: bytes from the beginning of the net */
    int64_t *gradient_offset; /* by variable number: bytes from the beginning of work */
    int64_t gradient_count;
    const char **outputs; /* C names of the outputs */
    Text *fit_parameters, *fit_thunk;
    const char *predict_body; /* of predict's core */
    bool goes_singly;         /* predict_batch processes examples one by one */
    const char *loss_body;    /* of loss's core */
    bool evaluates_loss;      /* evaluate is loss, as there are no metrics */
    Names scaled;             /* scaled inputs */
    Labels labels;
    Names kernel_names;
    Names shared_keys; /* by parameters and body: number of that kernel, from 1 */
    int shared_count;
    SharedKernel *shared;
    int table_count;
    ConstantTable *table;
    Text *tables; /* the text of all of them */
};

/* The C statements of the function's core, indented by 4. */
char *emit_nests(Emitter *emitter, Function *function);

// shared_kernel.c

/* Text of all shared functions from number `first` on, when their users are known. */
char *emit_kernels(Emitter *emitter, int first);

// constant_table.c

/* The constant array of a storage. */
const char *table_name(Emitter *emitter, const Storage *storage);

// storage_text.c

/* Expression for a storage in a core: "net->h_weight", "work->arena + 128", "image". */
char *storage_text(Emitter *emitter, const Storage *storage);
const char *field_name(Emitter *emitter, const Variable *variable);
const char *output_name(Emitter *emitter, int number);

// emit_core.c

void reserve_functions(Emitter *emitter);
char *emit_cores(Emitter *emitter, Cores which);

// emit_versions.c -- several versions in one file

/* Numbers in the arena of a work. */
int64_t arena_of(const Emitter *emitter, ArenaKind kind, bool of_prediction);
/* Switches to a version: program, target, names. */
void choose_version(Emitter *emitter, int number);
/* The text of all versions, from what they share on to the functions that choose among them; leaves
   the first version's kernels in the emitter. */
char *emit_versions(Emitter *emitter);
/* Slots of the whole net that are about versions. */
void bind_versions(Emitter *emitter, Bindings *base);

// emit_table.c, emit_banner.c, emit_values.c -- what stands at the top of net.c

enum {
    TABLE_NAME,
    TABLE_SHAPE,
    TABLE_KEPT,    /* the type or the layout in memory, where the shape does not say it */
    TABLE_EXAMPLE, /* floating-point operations of one example */
    TABLE_CALL,    /* of a call */
    TABLE_WHERE,
    TABLE_OFFSET,
    TABLE_BYTES,
    TABLE_COLUMNS
};

typedef struct {
    const char *name, *shape, *kept, *where; /* NULL: nothing */
    Flops flops;                             /* 0: nothing */
    int64_t offset, bytes;                   /* -1: nothing */
} Entry;

typedef struct {
    Compiler *compiler;
    const char *headings[TABLE_COLUMNS]; /* NULL: no such column */
    int count;
    Entry *entries;
    Entry total; /* the last line, if it has a name */
    bool wraps;  /* names are not cut, column "in" continues on further lines */
} Table;

void table_add(Table *table, Entry entry);
/* A row of `list` for each line, its text in the slot "line". */
void bind_table(Bindings *base, const char *list, const Table *table);
/* How the net keeps it, if that is not row-major: "i/32 j i:32"; else NULL. */
char *kept_text_of_variable(Emitter *emitter, const Variable *variable);
/* All tables; the cores must have been written. */
void bind_banner(Emitter *emitter, Bindings *base);
void bind_values(Emitter *emitter, Bindings *base, const Function *function);

// emit_overlap.c

/* Slots of predict and predict_batch; of the function of Jacobian `number`. */
void bind_overlap(Emitter *emitter, Bindings *base);
char *jacobian_inputs(Emitter *emitter, int number);

#endif
