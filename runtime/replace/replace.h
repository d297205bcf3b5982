/* Replacing a file in one step, for nngen and for the host library: a temporary file beside it
   takes its name when all bytes are on disk. Comes in: a path, bytes. Goes out: the new file,
   whole, with permissions and owner of the old one; or the old file, as it was, and the reason why.

   The temporary has one name per file ("w.nngen-new") and is locked by whoever writes it, so that
   no two processes write one file, and what a process left that was killed is taken away by the
   next one. A device or a pipe is written as it is. */

#ifndef NN_REPLACE_H
#define NN_REPLACE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char *path;      /* the file, links followed */
    char *temporary; /* what `file` is called; NULL for a device or a pipe */
    int file;        /* open for writing, or -1 */
    int folder;      /* open, to be synced, or -1 where nobody may read it */
    int last; /* what has become the file at path: locked while this process goes on; or -1 */
    int code; /* errno of the last failure; EBUSY: another process writes the file */
    const char *reason, *hint; /* the same as text, and what to do, or NULL */
} nn_replacement;

/* Checks the path and takes hold of it: folder, permissions, names, whether another process writes
   the file, which is waited for so many seconds. A dangling link, a file that nobody may write
   (root neither), and one whose owner could not be kept are refused. To be ended even if this
   fails. */
bool nn_replace_begin(nn_replacement *replacement, const char *path, double seconds);
/* Makes sure that there is room for so many bytes, where the file system can. */
bool nn_replace_reserve(nn_replacement *replacement, uint64_t size);
/* Makes `file` ready to be written from its beginning, after nn_replace_begin or _commit, or where
   writing failed before. A device or a pipe is opened here. */
bool nn_replace_open(nn_replacement *replacement);
/* Puts on disk what was written up to the position of `file`, and no more. */
bool nn_replace_sync(nn_replacement *replacement);
/* After nn_replace_sync: the new file takes the place of the old one; then the folder is synced, so
   that it stays there. The path is not let go of. */
typedef enum {
    NN_REPLACED,
    NN_NOT_REPLACED, /* the old file is there */
    NN_NOT_SYNCED    /* the new one is, but a loss of power could bring the old one back */
} nn_replaced;
nn_replaced nn_replace_commit(nn_replacement *replacement);
/* Lets go of the path; a temporary is removed. */
void nn_replace_end(nn_replacement *replacement);
/* Removes the temporaries of this process: for a handler of a signal that ends it. */
void nn_replace_clean(void);
/* From hold to release, signals wait that such a handler is for: SIGINT, SIGTERM and SIGHUP. */
void nn_replace_hold(sigset_t *before);
void nn_replace_release(const sigset_t *before);
/* To be called first of all: a standard stream that is closed would leave its number to a file that
   is written, which would get what is printed. */
void nn_replace_streams(void);
/* What the names of temporaries end in. */
#define NN_REPLACE_ENDING ".nngen-new"
/* path with an ending such as ".old" after its name, which is cut where it would be too long. NULL
   if there is no memory. */
char *nn_replace_beside(const char *path, const char *ending);

#endif
