/* Replaces a file in one step. Comes in: a path. Goes out: a stream to write to. When it is closed,
   either the complete new file is on disk in place of the old one, or the old one is unchanged. A
   device or pipe is written directly. */

#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 if the effective user has this access, else an errno. */
static int access_refusal(const char *path, int mode) {
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? 0 : errno;
}

/* 0 if the existing file can be written, else an errno. A file that nobody has permission to
   write is not written by root either: it was made read-only on purpose. */
static int present_refusal(const char *path, const struct stat *status) {
    if (S_ISDIR(status->st_mode))
        return EISDIR;
    if (S_ISREG(status->st_mode) && !(status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)))
        return EACCES;
    return access_refusal(path, W_OK);
}

/* 0 if there can be a new file at the path, else an errno. */
static int path_refusal(const char *path) {
    struct stat status;
    size_t length = strlen(path);
    bool is_there = stat(path, &status) == 0;
    if (!is_there && errno != ENOENT)
        return errno;
    if (!is_there && (length == 0 || path[length - 1] == '/'))
        return length == 0 ? ENOENT : EISDIR;
    int refusal = is_there ? present_refusal(path, &status) : 0;
    if (refusal != 0 || (is_there && !S_ISREG(status.st_mode)))
        return refusal;
    char *target = nn_path_target(path);
    char *directory = target ? nn_path_folder(target) : NULL;
    refusal = directory ? access_refusal(directory, W_OK | X_OK) : ENOMEM;
    free(directory);
    free(target);
    return refusal;
}

/* Also creates a file in the folder and removes it, which finds other reasons: a name that is too
   long, a full disk. */
bool nn_save_check(const char *path, nn_error *error) {
    nn_save save;
    errno = path_refusal(path);
    if (errno != 0)
        return nn_fail_errno(error, path, "cannot write");
    if (nn_save_is_special(path))
        return true;
    if (!nn_save_open(&save, path, error))
        return false;
    nn_save_close(&save, false, error);
    return true;
}

size_t nn_save_head(const char *path, char head[NN_SAVE_HEAD + 1]) {
    FILE *file = nn_save_is_special(path) ? NULL : fopen(path, "rbe");
    size_t size = file ? fread(head, 1, NN_SAVE_HEAD, file) : 0;
    if (file)
        fclose(file);
    head[size] = '\0';
    return size;
}

bool nn_save_is_special(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Creates a file with a new name next to the target; -1 if that is not possible. */
static int temporary_create(nn_save *save) {
    enum { SUFFIX = 32, ATTEMPTS = 100 };
    size_t size = strlen(save->target) + SUFFIX;
    int file = -1;
    save->temporary = malloc(size);
    for (int attempt = 0; save->temporary && file < 0 && attempt < ATTEMPTS; attempt++) {
        snprintf(save->temporary, size, "%s.%ld.%d", save->target, (long)getpid(), attempt);
        file = open(save->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            return -1;
    }
    return file;
}

static FILE *temporary_open(nn_save *save) {
    struct stat old;
    int file = temporary_create(save);
    if (file < 0)
        return NULL;
    bool is_fine = stat(save->target, &old) != 0 || fchmod(file, old.st_mode & 07777) == 0;
    FILE *opened = is_fine ? fdopen(file, "wb") : NULL;
    if (!opened) {
        int reason = errno;
        close(file);
        unlink(save->temporary);
        errno = reason;
    }
    return opened;
}

/* Opens the folder, to sync it after the rename. This is done early, since after the rename nothing
   should fail any more. */
static bool directory_open(nn_save *save) {
    char *directory = nn_path_folder(save->target);
    if (!directory)
        return false;
    save->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    return save->directory >= 0 || errno == EACCES; /* not readable: it cannot be synced */
}

static FILE *target_open(nn_save *save) {
    if (nn_save_is_special(save->target))
        return fopen(save->target, "wbe");
    return directory_open(save) ? temporary_open(save) : NULL;
}

static void save_free(nn_save *save) {
    if (save->directory >= 0)
        close(save->directory);
    free(save->temporary);
    free(save->target);
    *save = (nn_save){.directory = -1};
}

FILE *nn_save_open(nn_save *save, const char *path, nn_error *error) {
    *save = (nn_save){.directory = -1};
    errno = path_refusal(path);
    if (errno != 0) {
        nn_fail_errno(error, path, "cannot write");
        return NULL;
    }
    save->target = nn_path_target(path);
    save->file = save->target ? target_open(save) : NULL;
    if (!save->file) {
        nn_fail_errno(error, path, "cannot write");
        save_free(save);
        return NULL;
    }
    return save->file;
}

/* Syncs a file. Some file systems have no fsync, which is no error. */
static bool on_disk(int file) {
    return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

static bool file_finish(nn_save *save) {
    bool is_fine = fflush(save->file) == 0 && !ferror(save->file) && on_disk(fileno(save->file));
    int reason = errno;
    if (fclose(save->file) != 0 && is_fine)
        return false;
    errno = reason;
    return is_fine;
}

bool nn_save_close(nn_save *save, bool keep, nn_error *error) {
    nn_place place = {save->target, 0};
    bool is_renamed = false;
    bool is_fine = file_finish(save);
    if (is_fine && keep && save->temporary)
        is_fine = is_renamed = rename(save->temporary, save->target) == 0;
    if (is_renamed)
        is_fine = save->directory < 0 || on_disk(save->directory);
    if (!is_fine && keep)
        nn_fail(error, NN_FAILED, place, "cannot write: %s", strerror(errno));
    if (save->temporary && !is_renamed)
        unlink(save->temporary);
    save_free(save);
    return is_fine && keep;
}
