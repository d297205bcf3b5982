/* Reading a model, writing what was generated, depfiles. In: paths and bytes. Out: files that are
   whole or untouched, and the text of depfiles. Not its business: what the bytes mean, and telling
   the user, which cli.c does. */

#define _XOPEN_SOURCE 700

#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(FileError *error, const char *doing, const char *path) {
    *error = (FileError){doing, path, strerror(errno), errno == ENOMEM};
    return false;
}

/* Reading */

static bool read_all(int file, char *bytes, size_t limit, size_t *size) {
    *size = 0;
    while (*size < limit) {
        ssize_t got = read(file, bytes + *size, limit - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            return true;
        *size += (size_t)got;
    }
    return true;
}

char *file_read(const char *path, size_t limit, size_t *size, FileError *error) {
    bool is_stdin = strcmp(path, "-") == 0;
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY);
    if (file < 0) {
        fail(error, "read", path);
        return NULL;
    }
    char *bytes = malloc(limit + 2);
    bool read_well = bytes && read_all(file, bytes, limit + 1, size);
    if (!read_well)
        fail(error, "read", path);
    if (!is_stdin)
        close(file);
    if (!read_well) {
        free(bytes);
        return NULL;
    }
    bytes[*size] = '\0';
    return bytes;
}

/* Writing */

/* One file that is being written. */
typedef struct {
    const OutputFile *file;
    char *path;      /* path with links followed */
    char *temporary; /* holds the new bytes; NULL when there is nothing to rename */
    char *backup;    /* a second name of what was there, while it may have to come back */
    bool is_new;     /* nothing was there */
    bool is_ours;    /* what was there belongs to this user */
    bool is_renamed;
} Pending;

static bool write_all(int file, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* Closes in any case; false, with errno of what failed first. */
static bool write_and_close(int file, const char *bytes, size_t size) {
    bool written = write_all(file, bytes, size);
    int reason = errno;
    bool closed = close(file) == 0;
    if (!written)
        errno = reason;
    return written && closed;
}

static bool has_bytes(const OutputFile *file, const struct stat *status) {
    if ((uintmax_t)status->st_size != file->size)
        return false;
    size_t size;
    FileError ignored;
    char *bytes = file_read(file->path, file->size, &size, &ignored);
    bool same = bytes && size == file->size && memcmp(bytes, file->bytes, size) == 0;
    free(bytes);
    return same;
}

static bool write_special(const OutputFile *file, FileError *error) {
    int file_number = open(file->path, O_WRONLY);
    if (file_number < 0 || !write_and_close(file_number, file->bytes, file->size))
        return fail(error, "write", file->path);
    return true;
}

static mode_t default_mode(void) {
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static char *temporary_name(const char *path) {
    static const char ending[] = ".XXXXXX";
    char *name = malloc(strlen(path) + sizeof ending);
    if (name)
        strcat(strcpy(name, path), ending);
    return name;
}

static bool write_temporary(Pending *pending, mode_t mode) {
    char *name = temporary_name(pending->path);
    int file = name ? mkstemp(name) : -1;
    if (file < 0) {
        free(name);
        return false;
    }
    pending->temporary = name;
    if (fchmod(file, mode) != 0) {
        int reason = errno;
        close(file);
        errno = reason;
        return false;
    }
    return write_and_close(file, pending->file->bytes, pending->file->size);
}

/* A file without any permission to write is read-only for root, too: someone meant it. */
static bool may_replace(const char *path, const struct stat *status) {
    if (!(status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH))) {
        errno = EACCES;
        return false;
    }
    return access(path, W_OK) == 0;
}

static bool is_link(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Everything but the rename. */
static bool prepare(Pending *pending, FileError *error) {
    const OutputFile *file = pending->file;
    struct stat status;
    bool exists = stat(file->path, &status) == 0;
    if (exists && S_ISREG(status.st_mode) && has_bytes(file, &status))
        return true;
    if (exists && !S_ISREG(status.st_mode))
        return write_special(file, error);
    pending->is_new = !exists;
    pending->is_ours = exists && (geteuid() == 0 || status.st_uid == geteuid());
    pending->path = is_link(file->path) ? realpath(file->path, NULL) : strdup(file->path);
    if (!pending->path || (exists && !may_replace(pending->path, &status)))
        return fail(error, "write", file->path);
    if (!write_temporary(pending, exists ? status.st_mode & 07777 : default_mode()))
        return fail(error, "write", file->path);
    return true;
}

/* Keeps what has the name already under a second one. Where there are no hard links, or one could
   not be removed again because the file is another user's, the rename goes ahead all the same. */
static void keep_old(Pending *pending) {
    if (!pending->is_ours)
        return;
    char *name = temporary_name(pending->path);
    int file = name ? mkstemp(name) : -1;
    if (file >= 0) {
        close(file);
        unlink(name);
        if (link(pending->path, name) == 0)
            pending->backup = name;
    }
    if (!pending->backup)
        free(name);
}

static bool commit(Pending *pending, FileError *error) {
    if (!pending->temporary)
        return true;
    keep_old(pending);
    if (rename(pending->temporary, pending->path) != 0)
        return fail(error, "write", pending->file->path);
    pending->is_renamed = true;
    return true;
}

static void undo(Pending *pending) {
    if (pending->is_renamed && pending->backup)
        rename(pending->backup, pending->path);
    else if (pending->is_renamed && pending->is_new)
        unlink(pending->path);
}

static void clean(Pending *pending) {
    if (pending->temporary && !pending->is_renamed)
        unlink(pending->temporary);
    if (pending->backup)
        unlink(pending->backup);
    free(pending->temporary);
    free(pending->backup);
    free(pending->path);
}

bool files_write(const OutputFile *files, int count, FileError *error) {
    Pending *pending = calloc((size_t)count + 1, sizeof *pending);
    if (!pending)
        return fail(error, "write", NULL);
    bool well = true;
    for (int i = 0; i < count && well; i++) {
        pending[i].file = &files[i];
        well = prepare(&pending[i], error);
    }
    for (int i = 0; i < count && well; i++)
        well = commit(&pending[i], error);
    for (int i = 0; i < count && !well; i++)
        undo(&pending[i]);
    for (int i = 0; i < count; i++)
        clean(&pending[i]);
    free(pending);
    return well;
}

bool file_is_special(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool is_one(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The folder in which a path names something; false where there is none. */
static bool folder_status(const char *path, struct stat *status) {
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof folder)
        return false;
    if (slash) {
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    return stat(folder, status) == 0;
}

/* Of what is not there yet: one name in one folder. */
static bool is_one_name(const char *a, const char *b) {
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    struct stat one, other;
    if (!folder_status(a, &one) || !folder_status(b, &other))
        return strcmp(a, b) == 0;
    return is_one(&one, &other) &&
           strcmp(slash_a ? slash_a + 1 : a, slash_b ? slash_b + 1 : b) == 0;
}

bool file_same(const char *a, const char *b) {
    struct stat one, other;
    bool has_one = stat(a, &one) == 0, has_other = stat(b, &other) == 0;
    if (has_one && has_other)
        return (S_ISREG(one.st_mode) || S_ISBLK(one.st_mode)) && is_one(&one, &other);
    return !has_one && !has_other && is_one_name(a, b);
}

bool file_lacks(const char *path, const char *text) {
    char bytes[4096 + 1];
    size_t size = 0;
    int file = file_is_special(path) ? -1 : open(path, O_RDONLY);
    if (file < 0)
        return false;
    if (!read_all(file, bytes, sizeof bytes - 1, &size))
        size = 0;
    close(file);
    bytes[size] = '\0';
    return size > 0 && !strstr(bytes, text);
}

/* Depfiles */

char *depfile_escape(const char *path) {
    char *escaped = malloc(2 * strlen(path) + 1);
    char *end = escaped;
    size_t slashes = 0; /* backslashes just before: make halves them when a blank or # follows */
    for (const char *c = path; escaped && *c; c++) {
        if (*c == ' ' || *c == '\t' || *c == '#') {
            memset(end, '\\', slashes + 1);
            end += slashes + 1;
        } else if (*c == '$') {
            *end++ = '$';
        }
        slashes = *c == '\\' ? slashes + 1 : 0;
        *end++ = *c;
    }
    if (escaped)
        *end = '\0';
    return escaped;
}

const char *depfile_culprit(const char *path, bool is_target) {
    const char *marks = is_target ? ":;=%" : ":;=|";
    size_t last = strlen(path) - (*path != '\0');
    for (const char *c = path; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F || strchr(marks, *c))
            return c;
    return *path == '~' ? path : path[last] == ' ' || path[last] == '\\' ? path + last : NULL;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The inputs escaped, sorted, each once; false without memory. */
static bool sorted_inputs(const Depfile *depfile, char **names, int *count) {
    *count = 0;
    for (int i = 0; i < depfile->input_count; i++) {
        names[*count] = depfile_escape(depfile->inputs[i]);
        if (!names[(*count)++])
            return false;
    }
    qsort(names, (size_t)*count, sizeof *names, compare_names);
    int kept = 0;
    for (int i = 0; i < *count; i++) {
        if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
            free(names[i]);
        else
            names[kept++] = names[i];
    }
    *count = kept;
    return true;
}

static void print_rules(FILE *out, const Depfile *depfile, char *const *inputs, int input_count) {
    for (int i = 0; i < depfile->target_count; i++)
        fprintf(out, i ? " %s" : "%s", depfile->targets[i]);
    fputc(':', out);
    for (int i = 0; i < input_count; i++)
        fprintf(out, " %s", inputs[i]);
    fputc('\n', out);
    for (int i = 0; i < input_count && depfile->phony; i++)
        fprintf(out, "%s:\n", inputs[i]);
}

char *depfile_text(const Depfile *depfile) {
    char *text = NULL;
    size_t size = 0;
    int count = 0;
    char **inputs = calloc((size_t)depfile->input_count + 1, sizeof *inputs);
    FILE *out = inputs ? open_memstream(&text, &size) : NULL;
    if (out) {
        bool well = sorted_inputs(depfile, inputs, &count);
        if (well)
            print_rules(out, depfile, inputs, count);
        if (fclose(out) != 0 || !well) {
            free(text);
            text = NULL;
        }
    }
    for (int i = 0; i < count; i++)
        free(inputs[i]);
    free(inputs);
    return text;
}
