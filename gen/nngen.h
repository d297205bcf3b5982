/* nngen: the compiler as a function of (text, options) to (files, diagnostics).

   In: the text of a model, its name, and options.
   Out: C and its header or the text of one stage, messages, and an exit code.

   text -> parse -> check -> grad -> update -> fold -> fuse -> layout -> schedule
   -> lower -> place -> emit -> C

   Nothing in it exits the process or writes a file; cli.c does that. All memory of one compilation
   comes from one arena. main.c is its table of contents; each stage is a folder, whose public
   header has the folder's name. */

#ifndef NNGEN_H
#define NNGEN_H

#include "base/base.h"

// main.c -- the pipeline

typedef struct {
    int exit_code;
    char *source, *header; /* net.c and net.h, or NULL */
    char *dump;            /* the text of options.dump's stage, and then no source; or NULL */
    char *diagnostics;     /* all that was said, as text, and one by one */
    const Said *said;
    int said_count;
    Arena *arena; /* owns all of it */
} Result;

extern const char no_memory[]; /* what is said where there is none left to say it in */

/* header_name is what net.c includes; one that `#include "name"` cannot hold is refused with exit
   code 2. Diagnostics are never empty where the exit code is not 0. */
Result compile(const char *name, const char *text, size_t size, const char *header_name,
               const Options *options);
void result_free(Result *result);

// catalogue.c -- the prelude as a user reads it

/* The definitions with their comments, of one family (a file of the prelude) or, for NULL, of all;
   the text of one definition. The result's dump, or exit code 2 with diagnostics where there is
   none of that name. Of the options the color counts. */
Result list_prelude(const char *family, const Options *options);
Result show_definition(const char *name, const Options *options);
/* A hash of all files of the prelude. */
uint64_t prelude_hash(void);

// runtime.c -- what emitted C includes, in one file

/* nn.h as the result's source: for the target of the options alone, or for all. */
Result runtime_header(const Options *options, bool is_for_one);

#endif
