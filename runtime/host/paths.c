/* Paths. Comes in: paths as the user gave them. Goes out: the file that a path refers to, with
   links followed; whether two paths refer to the same file; the paths in a list. */

#include "host.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

bool nn_files_cut(nn_files *files, const char *path, nn_error *error) {
    bool is_one = access(path, F_OK) == 0;
    size_t limit = 1;
    for (const char *at = path; *at; at++)
        limit += *at == ',';
    *files = (nn_files){.text = strdup(path)};
    files->paths = calloc(limit, sizeof *files->paths);
    if (!files->text || !files->paths)
        return nn_fail_memory(error);
    for (char *at = files->text; at;) {
        files->paths[files->count++] = at;
        at = is_one ? NULL : strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    return true;
}

void nn_files_free(nn_files *files) {
    free(files->paths);
    free(files->text);
}

char *nn_path_folder(const char *path) {
    char *copy = strdup(path);
    char *folder = copy ? strdup(dirname(copy)) : NULL;
    free(copy);
    return folder;
}

/* The path that a link points to, absolute or relative to the same folder as `path`. NULL with
   errno EINVAL if it is not a link. */
static char *link_end(const char *path) {
    char text[PATH_MAX];
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length < 0)
        return NULL;
    text[length] = '\0';
    char *folder = text[0] == '/' ? strdup("") : nn_path_folder(path);
    size_t size = (folder ? strlen(folder) : 0) + (size_t)length + 2;
    char *end = folder ? malloc(size) : NULL;
    if (end)
        snprintf(end, size, "%s%s%s", folder, *folder ? "/" : "", text);
    free(folder);
    return end;
}

char *nn_path_target(const char *path) {
    struct stat status;
    char *target = realpath(path, NULL);
    if (target || errno == ENOMEM)
        return target;
    bool is_there = stat(path, &status) == 0; /* a pipe: /dev/fd/3 links to no name */
    target = strdup(path);
    if (is_there)
        return target;
    for (int links = 0; target && links < MAX_LINKS; links++) {
        char *end = link_end(target);
        if (!end && errno != ENOMEM)
            return target; /* not a link */
        free(target);
        target = end;
    }
    return target;
}

const char nn_stdin[] = "standard input", nn_stdout[] = "standard output";

/* What writing to a path would replace: an existing file, or else a name in an existing folder. */
typedef struct {
    bool is_known, is_there;
    dev_t device;
    ino_t inode;
    char *name; /* of a file that does not exist */
} Identity;

static bool absent_identity(Identity *identity, const char *path) {
    struct stat status;
    char *target = nn_path_target(path);
    char *folder = target ? nn_path_folder(target) : NULL;
    bool is_fine = folder != NULL;
    if (is_fine && stat(folder, &status) == 0) {
        *identity = (Identity){true, false, status.st_dev, status.st_ino, NULL};
        identity->name = strdup(basename(target));
        is_fine = identity->name != NULL;
    }
    free(folder);
    free(target);
    return is_fine;
}

/* The identity of a path or of a standard stream. False if there is no memory. */
static bool identity_of(Identity *identity, const char *path) {
    struct stat status;
    *identity = (Identity){0};
    int stream = path == nn_stdin ? STDIN_FILENO : path == nn_stdout ? STDOUT_FILENO : -1;
    if ((stream < 0 ? stat(path, &status) : fstat(stream, &status)) == 0)
        *identity = (Identity){S_ISREG(status.st_mode) || S_ISBLK(status.st_mode), true,
                               status.st_dev, status.st_ino, NULL};
    else if (stream < 0)
        return absent_identity(identity, path);
    return true;
}

bool nn_path_same(const char *a, const char *b, bool *is_same) {
    Identity one, other = {0};
    bool is_fine = identity_of(&one, a) && identity_of(&other, b);
    *is_same = one.is_known && other.is_known && one.is_there == other.is_there &&
               one.device == other.device && one.inode == other.inode &&
               (one.is_there || (one.name && other.name && strcmp(one.name, other.name) == 0));
    free(one.name);
    free(other.name);
    return is_fine;
}
