/* The base of every stage: the memory, the options and the diagnostics of one compilation.

   In: nothing of nngen. Out: Compiler, which every stage gets; Options; strings, spans of source
   text, errors and hints; names that are taken in C; the files of the command line, and those that
   the build puts inside nngen. May be relied on: all memory comes from the compiler's arena, is
   zeroed, and lives until that is freed; what cannot go on leaves through compiler->stop. */

#ifndef NNGEN_BASE_H
#define NNGEN_BASE_H

#include "base/embedded.h"
#include "base/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MAX_RANK = 6,          /* axes of a value */
    MAX_LOOPS = 8,         /* loops of one contraction, kept and summed */
    MAX_DEPTH = 400,       /* nesting of expressions and of calls */
    MAX_NODES = 400000,    /* nodes of one graph */
    MAX_JOINED = 10000,    /* values of one concatenation */
    MAX_ERRORS = 20,       /* reported in one run */
    MAX_SOURCE = 16 << 20, /* bytes of one source */
    MAX_PARTS = 1000000,   /* statements, names, numbers and operators of one source */
    MAX_NAME = 200,        /* characters */
    MAX_LIST = 1 << 20,    /* numbers of one list */
    MAX_OF_KIND = 1000,    /* outputs, derivatives, `freeze` and `update` statements, of each */
};
/* Of one array, examples and padding counted: half of what an `int` holds, so that what is added to
   an index, and the last step of a loop, does not leave it either. */
#define MAX_ELEMENTS ((int64_t)1 << 30)
#define MAX_WHOLE ((int64_t)1 << 31) /* of whole numbers in models */

typedef struct Arena Arena;
typedef struct Text Text;
typedef struct Source Source;
typedef struct Compiler Compiler;

// arena.c -- memory of one compilation; every block is zeroed and freed with the arena

Arena *arena_new(void); /* NULL without memory */
void arena_free(Arena *arena);
/* Without memory, leaves through compiler->stop. */
void *arena_alloc(Compiler *compiler, size_t size);
/* Between arena_open and arena_close memory is apart, and the latter gives all of it back; what is
   to stay is made between arena_keep and arena_return. One at a time; what leaves through
   compiler->stop need not close. */
void arena_open(Compiler *compiler);
void arena_keep(Compiler *compiler);
void arena_return(Compiler *compiler);
void arena_close(Compiler *compiler);
#define NEW(compiler, Type) ((Type *)arena_alloc(compiler, sizeof(Type)))
#define NEW_ARRAY(compiler, Type, count)                                                           \
    ((Type *)arena_alloc(compiler, sizeof(Type) * (size_t)(count)))

/* Makes room for one more in a growing array in the arena: capacity doubles, old items are
   copied. */
#define PUSH(compiler, items, count, item)                                                         \
    ((items) = array_grow(compiler, items, count, sizeof *(items)), (items)[(count)++] = (item))
void *array_grow(Compiler *compiler, void *items, int count, size_t size);
void *array_copy(Compiler *compiler, const void *items, int count, size_t size);

// text.c -- strings that grow, in the arena, and what else is done with bytes

struct Text {
    Compiler *compiler;
    char *bytes; /* always ends with a NUL; never NULL after the first call */
    size_t size, capacity;
};
Text *text_new(Compiler *compiler);
void text_add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_v(Text *text, const char *format, va_list arguments);
void text_add_bytes(Text *text, const char *bytes, size_t size);
/* `added` is not empty, and `text` has been written to. */
void text_insert(Text *text, size_t at, const Text *added);
char *format_text_v(Compiler *compiler, const char *format, va_list arguments);
char *format_text(Compiler *compiler, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* FNV-1a of what was hashed before, which begins with HASH_START, and of these bytes. */
#define HASH_START 14695981039346656037u
uint64_t hash_bytes(uint64_t before, const char *bytes, size_t size);
/* The length of the UTF-8 character that the bytes begin with, 0 if they begin with none. */
size_t utf8_decode(const char *bytes, size_t size, uint32_t *code);
/* The length of what the bytes begin with, 1 where that is no UTF-8, and whether a terminal may
   show it: no control characters, nothing that reorders text. */
size_t character_length(const char *bytes, size_t size, bool *is_shown);
enum { SHOWN_SIZE = 17 };
/* The first character of the bytes, or \x1b and the like for each byte where a terminal may not
   show it. The length as above. */
size_t show_character(const char *bytes, size_t size, char shown[SHOWN_SIZE]);
/* Text of unknown origin, such as a path, made safe for a terminal character by character. */
char *shown_text(Compiler *compiler, const char *bytes);
void print_shown(FILE *out, const char *bytes);

// diagnose.c -- errors with span, caret, note and hint, as text in compiler->diagnostics

struct Source {
    const char *name; /* for messages: a path, "<stdin>", or "prelude/losses.def" */
    const char *text; /* a copy, each line ended by '\n' alone, and a NUL */
    size_t size;
    bool is_prelude;
    int line_end_count;
    uint32_t *line_ends; /* where each '\n' stands */
};

/* A stretch of source text: bytes first .. end - 1. source is NULL where none is known. */
typedef struct {
    const Source *source;
    size_t first, end;
} Span;

/* A size beyond MAX_SOURCE is an error that leaves through compiler->stop. */
void source_check_size(Compiler *compiler, const char *name, size_t size);
/* Checks the size and copies the text: without a byte order mark, every line's end as '\n'. */
Source *source_new(Compiler *compiler, const char *name, const char *text, size_t size);
/* The number, from 1, of the line in which a byte stands. */
int source_line(const Source *source, size_t at);
Span span_join(Span first, Span last);
/* Each error counts; after MAX_ERRORS the run stops through compiler->stop. Lower case, no full
   stop. The same message at the same span is reported once. What is said stands in the order of
   spans in the model. */
void error_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void warning_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Belong to the error or warning just given; silent when that one was suppressed. */
void note_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hint(Compiler *compiler, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A limit that the model breaks, reached in the midst of work: reports and leaves through
   compiler->stop with exit code 1. */
_Noreturn void limit_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What nngen cannot do although the model is right, or a bug: the same with exit code 4. */
_Noreturn void stop_at(Compiler *compiler, Span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One message, as other programs read it. */
typedef struct {
    const char *severity; /* "error", "warning" or "note" */
    const char *file;     /* NULL where it is about none: then the next three are 0 */
    size_t line, column;  /* from 1; columns count characters */
    size_t end;           /* the column behind what is meant, on that line */
    const char *text;
    const char *hint; /* or NULL */
} Diagnostic;

/* One error or warning with its notes, and where in the text of all diagnostics it ends. */
typedef struct {
    Span at;
    size_t end;
    Diagnostic *parts; /* the error or the warning first */
    int part_count;
} Said;

/* How a terminal shows the word `severity`: what stands before and behind it, nothing without
   colors. */
typedef struct {
    const char *severity, *begin, *end;
} Paint;
const Paint *paint_of(bool is_colored, const char *severity);
/* Whether the names differ in capitals and '_' at most. */
bool names_alike(const char *a, const char *b);
/* The candidate that is alike, else the nearest to name within edit distance 2 (and less than half
   the name's length), or NULL. */
const char *nearest_name(const char *name, const char *const *candidates, int count);

// foreign.c -- names of other libraries

/* What to write for a name that is another library's; NULL where that is not known. */
const char *foreign_name(Compiler *compiler, const char *name);
/* Hints at that, or else at the nearest of the names that there are. */
void hint_name(Compiler *compiler, const char *name, const char *const *names, int count);
/* Likewise for an argument of a function. */
void hint_argument(Compiler *compiler, const char *function, const char *label,
                   const char *const *names, int count);
/* Hints at what to write where a "loss" or a "metric" is needed and this name is the other. */
void hint_role(Compiler *compiler, const char *role, const char *name);

// c_reserved.c -- names of the C library

/* The name, with "_" behind it where the library has it. */
const char *library_avoid(Compiler *compiler, const char *name);
/* What the library already calls like a function of this network, sem_init for `sem`; or NULL. */
const char *library_takes(const char *network);

// options, and the compiler as a whole

typedef enum {
    TARGET_C99,
    TARGET_GENERIC,
    TARGET_X86_64_V3,
    TARGET_X86_64_V4,
    TARGET_AARCH64,
    TARGET_NATIVE, /* what cli.c makes one of the others of */
    TARGET_ANY,    /* versions for several of the others */
} Target;
typedef enum { UNROLL_AUTO, UNROLL_FULL, UNROLL_TILE, UNROLL_NONE } Unroll;

/* What --plans names. */
typedef struct {
    const char *name, *text; /* text NULL: none */
    size_t size;
} PlansFile;

typedef struct {
    Target target; /* while a version of TARGET_ANY is made, that of the version */
    unsigned
        versions; /* of TARGET_ANY: a set of targets, as bits; 0: those that pay. Of others: 0 */
    Unroll unroll;
    bool is_double;
    bool is_exact;    /* quotients and roots by the divider, whatever is faster */
    bool is_colored;  /* diagnostics, for a terminal */
    const char *dump; /* the name of the stage that is the last to run, or NULL */
    PlansFile plans;
    int mutant; /* for the tests of the rule tables: the row to falsify, from 1; 0 is none */
} Options;

struct Compiler {
    Arena *arena;
    Options options;
    jmp_buf stop;
    Text *diagnostics;
    int error_count, warning_count;
    int exit_code; /* 0 fine, 1 the model is wrong or breaks a limit, 4 nngen cannot */
    struct Statements *prelude;
    struct Rules *rules;         /* rewriting and derivatives, as rules_new has them */
    struct Templates *templates; /* as emit reads them */
    Said *said;                  /* what the diagnostics consist of, and which is being said */
    int said_count, saying;
    bool muted;
};

#endif
