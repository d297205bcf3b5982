/* Files that are written. Comes in: a path. Goes out: a stream to write to. When it is closed,
   either the complete new file is on disk in place of the old one, or the old one is unchanged. A
   device or pipe is written directly. */

#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool place_fail(const nn_save *save, nn_error *error) {
    if (save->place.code == ENOMEM)
        return nn_fail_memory(error);
    nn_fail(error, NN_FAILED, (nn_place){save->path, 0}, "cannot write: %s", save->place.reason);
    if (save->place.hint)
        nn_hint(error, "%s", save->place.hint);
    return false;
}

bool nn_save_begin(nn_save *save, const char *path, uint64_t size, nn_error *error) {
    *save = (nn_save){.path = path, .size = size};
    return (nn_replace_begin(&save->place, path, 0) || place_fail(save, error)) &&
           nn_save_reserve(save, error);
}

bool nn_save_is_special(const nn_save *save) {
    return !save->place.temporary;
}

bool nn_save_reserve(nn_save *save, nn_error *error) {
    return nn_save_is_special(save) ||
           (nn_replace_open(&save->place) && nn_replace_reserve(&save->place, save->size)) ||
           place_fail(save, error);
}

/* The stream has a descriptor of its own: the lock is on the other one. */
FILE *nn_save_open(nn_save *save, nn_error *error) {
    if (!nn_replace_open(&save->place)) {
        place_fail(save, error);
        return NULL;
    }
    int file = dup(save->place.file);
    save->file = file < 0 ? NULL : fdopen(file, "wb");
    if (!save->file) {
        nn_fail_errno(error, save->path, "cannot write");
        if (file >= 0)
            close(file);
    }
    return save->file;
}

static bool stream_close(nn_save *save) {
    bool is_fine = fflush(save->file) == 0 && !ferror(save->file);
    int reason = errno;
    bool is_closed = fclose(save->file) == 0;
    save->file = NULL;
    if (!is_fine)
        errno = reason;
    return is_fine && is_closed;
}

static char *numbered(const char *path, uint64_t number) {
    char ending[32];
    snprintf(ending, sizeof ending, ".%llu", (unsigned long long)number);
    return nn_replace_beside(path, ending);
}

char *nn_save_older(const nn_save *save, uint64_t number) {
    return numbered(save->path, number);
}

/* Renames one of the older files; there need be none. */
static bool older_shift(const char *path, uint64_t number) {
    char *old = numbered(path, number), *new = numbered(path, number + 1);
    bool is_fine = old && new && (rename(old, new) == 0 || errno == ENOENT);
    int reason = errno;
    free(old);
    free(new);
    errno = reason;
    return is_fine;
}

/* Gives the file that is about to be replaced the name path.1, and those that had such a name
   before the next one each. Until it is replaced it has both names; but for a file system without
   links, where it has the new one. */
static bool older_keep(const nn_save *save) {
    const char *path = save->place.path;
    struct stat status;
    if (save->older == 0 || stat(path, &status) != 0)
        return true;
    for (uint64_t i = save->older - 1; i > 0; i--)
        if (!older_shift(path, i))
            return false;
    char *name = numbered(path, 1);
    bool is_fine = name && (unlink(name) == 0 || errno == ENOENT) &&
                   (link(path, name) == 0 || rename(path, name) == 0);
    int reason = errno;
    free(name);
    errno = reason;
    return is_fine;
}

/* Says that the files before could not be kept. */
static bool older_fail(const nn_save *save, int reason, nn_error *error) {
    static const char what[] = "this file is written, but not those before it kept";
    if (reason != ENOMEM)
        return nn_fail(error, NN_FAILED, (nn_place){save->path, 0}, "%s: %s", what,
                       strerror(reason));
    nn_fail_memory(error);
    nn_note(error, save->path, "%s", what);
    return false;
}

/* The new file takes its place also where the old ones cannot be kept. */
bool nn_save_commit(nn_save *save, nn_error *error) {
    nn_place place = {save->path, 0};
    bool is_kept = nn_save_is_special(save) || older_keep(save);
    int reason = errno;
    nn_replaced replaced = nn_replace_commit(&save->place);
    if (replaced == NN_NOT_REPLACED)
        return place_fail(save, error);
    if (replaced == NN_NOT_SYNCED)
        return nn_fail(error, NN_FAILED, place,
                       "this file is written, but a loss of power could bring the old one back, as "
                       "its folder cannot be synced: %s",
                       save->place.reason);
    return is_kept || older_fail(save, reason, error);
}

bool nn_save_sync(nn_save *save, nn_error *error) {
    if (!stream_close(save))
        return nn_fail_errno(error, save->path, "cannot write");
    return nn_replace_sync(&save->place) || place_fail(save, error);
}

bool nn_save_close(nn_save *save, bool keep, nn_error *error) {
    if (keep)
        return nn_save_sync(save, error) && nn_save_commit(save, error);
    stream_close(save);
    return false;
}

void nn_save_end(nn_save *save) {
    if (save->path)
        nn_replace_end(&save->place);
    save->path = NULL;
}

size_t nn_save_head(const char *path, char head[NN_SAVE_HEAD + 1]) {
    struct stat status;
    FILE *file = stat(path, &status) == 0 && !S_ISREG(status.st_mode) ? NULL : fopen(path, "rbe");
    size_t size = file ? fread(head, 1, NN_SAVE_HEAD, file) : 0;
    if (file)
        fclose(file);
    head[size] = '\0';
    return size;
}
