/* Where emitted code meets C compilers: a folder, nets generated into it, commands run in it. */

#ifndef WORKSHOP_H
#define WORKSHOP_H

#include "graph/graph.h"
#include "nngen.h"
#include "targets.h"

#include <stdbool.h>

/* A model of models/ or of this folder, and what programs must be told of it. */
typedef struct {
    const char *path; /* below the top of the source tree */
    const char *name; /* of the network */
    int inputs, targets, outputs;
    bool has_classes; /* its target is onehot */
    bool is_small;    /* --unroll=full gives code of a size that compilers like */
    bool splits;      /* no statistics of the batch, no weights: a mean over its parts */
} Model;

extern const Model models[];
extern const int model_count;
const Model *model_named(const char *name);

typedef struct {
    Target target;
    Unroll unroll;
    bool is_double, is_exact;
} Variant;

/* All of c99 and generic; of x86-64-v3 and x86-64-v4, number 16 on, `auto` and in tiles, with
   --exact and without, which a CPU may or may not run. */
enum { VARIANTS = 16, ALL_VARIANTS = 24 };
Variant variant_number(int number);
/* Whether the short run takes it: of number 0 to 15 four, each way to unroll once, both targets and
   both types twice; of those from 16 on every fourth. `turn`, whatever a test counts, says which. */
bool variant_has_turn(int number, int turn);
/* "c99_full_double", "x86-64-v4_auto_float_exact": part of a file's name. */
const char *variant_name(Variant variant);
/* The flag of a compiler for the target, where it needs one. */
const char *variant_flag(Variant variant);
/* Whether the model is worth generating so: full unrolling of a large net is not. */
bool variant_fits(const Model *model, Variant variant);

/* NNGEN_SCRATCH/name, empty: the folder of all below. */
void workshop_open(const char *name);
/* The same folder as it is, for a process that did not open it. */
void workshop_enter(const char *name);
void workshop_remove(void);

char *read_text(const char *path);
char *model_text(const Model *model);
void write_text(const char *file, const char *text);
/* Writes FILE.c and FILE.h into the folder; whatever nngen says fails the test. */
void generate(const char *file, const char *text, Variant variant);

/* What programs/net.h is told of a model. */
void program_flags(char *flags, size_t size, const Model *model, bool is_double);

/* Runs a shell command in the folder; 0 where it ends well. What it printed, errors included, is in
   run_output. */
int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *run_output(void);
/* Fails the test with command and output where it does not end well. */
void expect_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define RUNTIME " -I" NNGEN_SOURCE "/runtime "
#define PROGRAMS NNGEN_SOURCE "/tests/emitted/programs/"
#define STRICT " -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror "

#endif
