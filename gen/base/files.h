/* Files of the command line. In: paths. Out: the text of a model; what was generated, written all
   together or not at all; depfiles. Memory here is malloc's. */

#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>

/* What failed: "cannot <doing> '<path>': <reason>". */
typedef struct {
    const char *doing;
    const char *path;
    const char *reason;
    const char *hint; /* what to do, or NULL */
    bool no_memory; /* that is why, and path may be NULL */
} FileError;

typedef struct {
    const char *path;
    const char *bytes;
    size_t size;
    bool goes_first; /* it gets its name before those that do not */
} OutputFile;

/* The first bytes of a file, or of standard input for "-": at most limit + 1, so that the caller
   sees that there are more. NUL-terminated; NULL after an error. */
char *file_read(const char *path, size_t limit, size_t *size, FileError *error);

/* Writes all files or none: each goes to a temporary file beside its path, and when all are on disk
   they get their names, one after the other. A file that holds these bytes already is not touched;
   a symbolic link is followed; what is no regular file (a pipe, a device) is written straight.
   After an error, what was there is there. */
bool files_write(const OutputFile *files, int count, FileError *error);
/* To be called first of all: keeps files that are opened from the numbers of standard streams that are
   closed. */
void files_hold_streams(void);
/* Removes temporary files: for a handler of a signal that ends the process. */
void files_clean(void);

/* Does the path name a pipe, a device or the like: something to write through rather than to
   replace? */
bool file_is_special(const char *path);

/* Do both paths name one file that would be replaced, there already or not? A pipe or a device but
   for a disk is none. */
bool file_same(const char *a, const char *b);

/* Is there a file at the path that is not empty and has no such text in its first 4 KB? */
bool file_lacks(const char *path, const char *text);

typedef struct {
    const char *const *targets; /* as they are */
    int target_count;
    const char *const *inputs; /* escaped here, sorted, each once */
    int input_count;
    bool phony; /* a rule for each input, so that make goes on without a deleted one */
} Depfile;

/* NULL without memory. */
char *depfile_text(const Depfile *depfile);

/* The path escaped for make: blanks, # and $. NULL without memory. */
char *depfile_escape(const char *path);
/* The first character of a path that no escaping keeps make from taking for something else: a
   control character or one of make's marks; NULL if there is none. */
const char *depfile_culprit(const char *path, bool is_target);

#endif
