/* See replace.h. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif
#include <time.h>
#include <unistd.h>

static bool fail(nn_replacement *replacement, const char *reason, const char *hint) {
    replacement->code = errno;
    replacement->reason = reason;
    replacement->hint = hint;
    return false;
}

static bool fail_errno(nn_replacement *replacement) {
    return fail(replacement, strerror(errno), NULL);
}

// ---- standard streams ----

/* Reading and writing them still fail: each is open for the other of the two. */
void nn_replace_streams(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", modes[stream]); /* gets the least number that is free */
}

// ---- what a signal is to remove ----

enum { MOST = 16 };
static char *volatile listed[MOST];

static void list_change(char *from, char *to) {
    for (int i = 0; i < MOST; i++)
        if (listed[i] == from) {
            listed[i] = to;
            return;
        }
}

void nn_replace_clean(void) {
    for (int i = 0; i < MOST; i++)
        if (listed[i])
            unlink(listed[i]);
}

void nn_replace_hold(sigset_t *before) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, before);
}

void nn_replace_release(const sigset_t *before) {
    sigprocmask(SIG_SETMASK, before, NULL);
}

// ---- names ----

static char *folder_of(const char *path) {
    char *copy = strdup(path);
    char *folder = copy ? strdup(dirname(copy)) : NULL;
    free(copy);
    return folder;
}

/* How long a name may be in the folder of a path. */
static size_t name_limit(const char *path) {
    enum { USUAL = 255 };
    char *folder = folder_of(path);
    long limit = folder ? pathconf(folder, _PC_NAME_MAX) : -1;
    free(folder);
    return limit > 0 ? (size_t)limit : USUAL;
}

/* FNV-1a. */
static uint64_t hash(const char *text) {
    uint64_t value = 14695981039346656037u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 1099511628211u;
    return value;
}

/* A name that is too long loses its end, in whole characters of UTF-8, for a hash of all of it. */
char *nn_replace_beside(const char *path, const char *ending) {
    enum { HASH = sizeof ".0123456789abcdef" - 1 };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t folder = (size_t)(name - path), length = strlen(name), added = strlen(ending);
    size_t limit = name_limit(path), size = folder + length + HASH + added + 1;
    char *beside = malloc(size);
    if (!beside)
        return NULL;
    if (length + added <= limit) {
        snprintf(beside, size, "%s%s", path, ending);
        return beside;
    }
    size_t kept = limit > HASH + added ? limit - HASH - added : 0;
    while (kept > 0 && (name[kept] & 0xC0) == 0x80)
        kept--;
    snprintf(beside, size, "%.*s.%016llx%s", (int)(folder + kept), path,
             (unsigned long long)hash(name), ending);
    return beside;
}

static bool has_ending(const char *path) {
    size_t length = strlen(path), added = strlen(NN_REPLACE_ENDING);
    return length >= added && strcmp(path + length - added, NN_REPLACE_ENDING) == 0;
}

// ---- whether the file may be written ----

/* A file without any permission to write is read-only for root, too: someone meant it. */
static bool present_check(nn_replacement *replacement, const struct stat *status) {
    errno = 0;
    if (S_ISDIR(status->st_mode))
        errno = EISDIR;
    else if (S_ISREG(status->st_mode) && !(status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)))
        errno = EACCES;
    else if (faccessat(AT_FDCWD, replacement->path, W_OK, AT_EACCESS) == 0)
        return true;
    return fail_errno(replacement);
}

static bool absent_check(nn_replacement *replacement, const char *path) {
    struct stat status;
    size_t length = strlen(path);
    if (lstat(path, &status) == 0) {
        errno = ENOENT;
        return fail(replacement, strerror(errno), "this is a link, and it leads to no file");
    }
    errno = length == 0 ? ENOENT : path[length - 1] == '/' ? EISDIR : 0;
    return errno == 0 || fail_errno(replacement);
}

/* Sets path. *is_there: there is a file, whose status this is. */
static bool path_find(nn_replacement *replacement, const char *path, bool *is_there,
                      struct stat *status) {
    *is_there = stat(path, status) == 0;
    if (!*is_there && errno != ENOENT)
        return fail_errno(replacement);
    if (!*is_there && !absent_check(replacement, path))
        return false;
    bool is_regular = *is_there && S_ISREG(status->st_mode);
    replacement->path = is_regular ? realpath(path, NULL) : strdup(path);
    if (!replacement->path)
        return fail_errno(replacement);
    if (has_ending(path)) {
        errno = EINVAL;
        return fail(replacement, "names that end in " NN_REPLACE_ENDING " are for temporary files",
                    NULL);
    }
    return !*is_there || present_check(replacement, status);
}

/* Gives the temporary the access control list of the file that it replaces, if that has one:
   without it, the mode would say that the group may do what the whole list may. */
static bool list_copy(const nn_replacement *replacement) {
#ifdef __linux__
    enum { MOST_BYTES = 1 << 12 };
    static const char name[] = "system.posix_acl_access";
    char list[MOST_BYTES];
    ssize_t size = getxattr(replacement->path, name, list, sizeof list);
    return size < 0 ? errno == ENODATA || errno == ENOTSUP
                    : fsetxattr(replacement->file, name, list, (size_t)size, 0) == 0;
#else
    (void)replacement;
    return true;
#endif
}

/* Gives the temporary permissions and owner of the file that it replaces. */
static bool like_old(nn_replacement *replacement) {
    struct stat old, made;
    if (stat(replacement->path, &old) != 0)
        return errno == ENOENT || fail_errno(replacement);
    if (fstat(replacement->file, &made) != 0)
        return fail_errno(replacement);
    bool is_same = old.st_uid == made.st_uid && old.st_gid == made.st_gid;
    if (!is_same && fchown(replacement->file, old.st_uid, old.st_gid) != 0)
        return fail(replacement, "owner and group of the file cannot be kept",
                    "give another name, or remove the file first");
    bool has_mode = (is_same && old.st_mode == made.st_mode) ||
                    fchmod(replacement->file, old.st_mode & 07777) == 0;
    return (has_mode && list_copy(replacement)) || fail_errno(replacement);
}

// ---- the temporary ----

typedef enum { TAKEN, AGAIN, BUSY, FAILED } Taking;

/* Some file systems have no locks: then all is as if nobody else wrote. */
static bool is_locked_by_other(int file, int operation) {
    return flock(file, operation | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool is_at(int file, const char *path) {
    struct stat open, named;
    return fstat(file, &open) == 0 && lstat(path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

/* To be locked: over a network, only a file that is open for writing can be. */
static int temporary_look(const char *path) {
    int flags = O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
    int file = open(path, O_RDWR | flags);
    return file >= 0 || (errno != EACCES && errno != EISDIR) ? file : open(path, O_RDONLY | flags);
}

/* Removes a temporary that nobody writes any more. */
static Taking dead_remove(const nn_replacement *replacement) {
    struct stat status;
    const char *path = replacement->temporary;
    int file = temporary_look(path);
    if (file < 0)
        return errno == ENOENT ? AGAIN : FAILED;
    Taking taking = is_locked_by_other(file, LOCK_EX) ? BUSY : AGAIN;
    if (taking == AGAIN && is_at(file, path)) {
        errno = EEXIST;
        if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || unlink(path) != 0)
            taking = FAILED;
    }
    int reason = errno;
    close(file);
    errno = reason;
    return taking;
}

/* Whether the process that wrote the file at path goes on, and will write it again. Only one
   without a temporary need ask: who has one is seen by that. */
static bool is_held(const nn_replacement *replacement) {
    if (replacement->last >= 0)
        return false;
    int file = open(replacement->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_locked = file >= 0 && is_locked_by_other(file, LOCK_SH);
    if (file >= 0)
        close(file);
    return is_locked;
}

static Taking temporary_take(nn_replacement *replacement) {
    struct stat status;
    const char *path = replacement->temporary;
    mode_t mode = stat(replacement->path, &status) == 0 ? 0600 : 0666;
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0)
        return errno == EEXIST ? dead_remove(replacement) : FAILED;
    bool is_lost = is_locked_by_other(file, LOCK_EX) || !is_at(file, path);
    bool is_busy = !is_lost && is_held(replacement);
    if (is_busy)
        unlink(path);
    if (is_lost || is_busy) {
        close(file);
        return is_lost ? AGAIN : BUSY;
    }
    replacement->file = file;
    list_change(NULL, replacement->temporary);
    return TAKEN;
}

static double clock_read(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Creates the temporary, and where another process has it tries for so many seconds. */
static bool temporary_open(nn_replacement *replacement, double seconds) {
    static const struct timespec pause = {0, 1000000};
    double end = clock_read() + seconds;
    Taking taking = AGAIN;
    while (taking != TAKEN && taking != FAILED) {
        sigset_t before;
        nn_replace_hold(&before);
        taking = temporary_take(replacement);
        int reason = errno;
        nn_replace_release(&before);
        errno = reason;
        if (taking != BUSY)
            continue;
        errno = EBUSY;
        if (clock_read() >= end)
            return fail(replacement, "another process is writing it", NULL);
        nanosleep(&pause, NULL);
    }
    return (taking == TAKEN || fail_errno(replacement)) && like_old(replacement);
}

/* Opens the folder early, since after the rename nothing should fail any more. */
static bool folder_open(nn_replacement *replacement) {
    char *folder = folder_of(replacement->path);
    if (!folder)
        return fail_errno(replacement);
    replacement->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int reason = errno;
    free(folder);
    errno = reason;
    return replacement->folder >= 0 || errno == EACCES || fail_errno(replacement);
}

bool nn_replace_begin(nn_replacement *replacement, const char *path, double seconds) {
    struct stat status;
    bool is_there;
    *replacement = (nn_replacement){.file = -1, .folder = -1, .last = -1};
    if (!path_find(replacement, path, &is_there, &status))
        return false;
    if (is_there && !S_ISREG(status.st_mode))
        return true;
    replacement->temporary = nn_replace_beside(replacement->path, NN_REPLACE_ENDING);
    if (!replacement->temporary)
        return fail_errno(replacement);
    return folder_open(replacement) && temporary_open(replacement, seconds);
}

bool nn_replace_reserve(nn_replacement *replacement, uint64_t size) {
    if (!replacement->temporary || replacement->file < 0 || size == 0)
        return true;
#if _POSIX_ADVISORY_INFO > 0
    do
        errno = posix_fallocate(replacement->file, 0, (off_t)size);
    while (errno == EINTR);
    return errno == 0 || errno == EINVAL || errno == EOPNOTSUPP || fail_errno(replacement);
#else
    return true;
#endif
}

/* Of a temporary that somebody has removed, there will be a new one. */
static void temporary_forget(nn_replacement *replacement) {
    sigset_t before;
    nn_replace_hold(&before);
    list_change(replacement->temporary, NULL);
    nn_replace_release(&before);
    close(replacement->file);
    replacement->file = -1;
}

bool nn_replace_open(nn_replacement *replacement) {
    enum { PATIENCE = 1 }; /* seconds, in which one that came in between sees that it was late */
    if (!replacement->temporary) {
        replacement->file = open(replacement->path, O_WRONLY | O_CLOEXEC);
        return replacement->file >= 0 || fail_errno(replacement);
    }
    if (replacement->file >= 0 && !is_at(replacement->file, replacement->temporary))
        temporary_forget(replacement);
    if (replacement->file >= 0)
        return lseek(replacement->file, 0, SEEK_SET) == 0 || fail_errno(replacement);
    if (!temporary_open(replacement, PATIENCE))
        return false;
    if (replacement->last >= 0)
        close(replacement->last);
    replacement->last = -1;
    return true;
}

/* Syncs a file or folder. Some file systems have no fsync, which is no error. */
static bool on_disk(int file) {
    return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

/* Closing can fail, too, over a network; `file` itself stays open, as it is locked. */
static bool closes(int file) {
    int other = dup(file);
    return other >= 0 && close(other) == 0;
}

static bool cut(int file) {
    off_t end = lseek(file, 0, SEEK_CUR);
    return end >= 0 && ftruncate(file, end) == 0;
}

bool nn_replace_sync(nn_replacement *replacement) {
    int file = replacement->file;
    if (replacement->temporary && !like_old(replacement))
        return false;
    return ((!replacement->temporary || cut(file)) && on_disk(file) && closes(file)) ||
           fail_errno(replacement);
}

/* The file stays open, and so locked, under its new name. */
static bool temporary_rename(nn_replacement *replacement) {
    if (rename(replacement->temporary, replacement->path) != 0)
        return fail_errno(replacement);
    list_change(replacement->temporary, NULL);
    replacement->last = replacement->file;
    replacement->file = -1;
    return true;
}

nn_replaced nn_replace_commit(nn_replacement *replacement) {
    sigset_t before;
    if (!replacement->temporary) {
        bool is_fine = close(replacement->file) == 0 || fail_errno(replacement);
        replacement->file = -1;
        return is_fine ? NN_REPLACED : NN_NOT_REPLACED;
    }
    nn_replace_hold(&before);
    bool is_renamed = temporary_rename(replacement);
    nn_replace_release(&before);
    if (!is_renamed)
        return NN_NOT_REPLACED;
    if (replacement->folder < 0 || on_disk(replacement->folder))
        return NN_REPLACED;
    fail_errno(replacement);
    return NN_NOT_SYNCED;
}

void nn_replace_end(nn_replacement *replacement) {
    sigset_t before;
    nn_replace_hold(&before);
    if (replacement->file >= 0 && replacement->temporary) {
        unlink(replacement->temporary);
        list_change(replacement->temporary, NULL);
    }
    nn_replace_release(&before);
    const int files[] = {replacement->file, replacement->folder, replacement->last};
    for (int i = 0; i < 3; i++)
        if (files[i] >= 0)
            close(files[i]);
    free(replacement->temporary);
    free(replacement->path);
    *replacement = (nn_replacement){.file = -1, .folder = -1, .last = -1};
}
