/* Reading a model, writing what was generated, depfiles. In: paths and bytes. Out: files that are
   whole or untouched, and the text of depfiles. Not its business: what the bytes mean, and telling
   the user, which cli.c does. */

#define _XOPEN_SOURCE 700

#include "base/files.h"
#include "replace/replace.h"

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
    *error = (FileError){doing, path, strerror(errno), NULL, errno == ENOMEM};
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
    nn_replacement replacement; /* where the new bytes are, until it takes the file's name */
    bool is_begun;
    char *backup; /* a second name of what was there, while it may have to come back */
    bool is_new;  /* nothing was there */
    bool is_ours; /* what was there belongs to this user */
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

static bool replacement_fail(const Pending *pending, FileError *error) {
    const nn_replacement *replacement = &pending->replacement;
    *error = (FileError){"write", pending->file->path, replacement->reason, replacement->hint,
                         replacement->code == ENOMEM};
    return false;
}

/* Two runs of nngen on one file, as a build may start them, write it one after the other. */
static bool write_temporary(Pending *pending, FileError *error) {
    enum { PATIENCE = 10 }; /* seconds */
    const OutputFile *file = pending->file;
    pending->is_begun = true;
    if (!nn_replace_begin(&pending->replacement, file->path, PATIENCE))
        return replacement_fail(pending, error);
    if (!write_all(pending->replacement.file, file->bytes, file->size))
        return fail(error, "write", file->path);
    return nn_replace_sync(&pending->replacement) || replacement_fail(pending, error);
}

#define OLD ".nngen-old" /* what the second name of an old file ends in */

static bool has_beside(const char *path, const char *ending) {
    char *name = nn_replace_beside(path, ending);
    bool has = name && access(name, F_OK) == 0;
    free(name);
    return has;
}

/* Removes what a run left beside a file that was killed, where the file itself need not be
   written. */
static void remove_left(const char *path) {
    char *target = realpath(path, NULL);
    nn_replacement replacement;
    if (target && (has_beside(target, NN_REPLACE_ENDING) || has_beside(target, OLD))) {
        char *old = nn_replace_beside(target, OLD);
        if (nn_replace_begin(&replacement, target, 0) && old)
            unlink(old);
        nn_replace_end(&replacement);
        free(old);
    }
    free(target);
}

/* Everything but the rename. */
static bool prepare(Pending *pending, FileError *error) {
    const OutputFile *file = pending->file;
    struct stat status;
    bool exists = stat(file->path, &status) == 0;
    if (exists && S_ISREG(status.st_mode) && has_bytes(file, &status)) {
        remove_left(file->path);
        return true;
    }
    if (exists && !S_ISREG(status.st_mode))
        return write_special(file, error);
    pending->is_new = !exists;
    pending->is_ours = exists && (geteuid() == 0 || status.st_uid == geteuid());
    return write_temporary(pending, error);
}

/* Keeps what has the name already under a second one, in the place of one that a run left which was
   killed. Where there are no hard links, or one could not be removed again because the file is
   another user's, the rename goes ahead all the same. */
static void keep_old(Pending *pending) {
    const char *path = pending->replacement.path;
    char *name = pending->is_ours ? nn_replace_beside(path, OLD) : NULL;
    if (name)
        unlink(name);
    if (name && link(path, name) == 0)
        pending->backup = name;
    else
        free(name);
}

static bool commit(Pending *pending, FileError *error) {
    if (!pending->is_begun)
        return true;
    keep_old(pending);
    nn_replaced replaced = nn_replace_commit(&pending->replacement);
    pending->is_renamed = replaced != NN_NOT_REPLACED;
    return replaced == NN_REPLACED || replacement_fail(pending, error);
}

static void undo(Pending *pending) {
    if (pending->is_renamed && pending->backup)
        rename(pending->backup, pending->replacement.path);
    else if (pending->is_renamed && pending->is_new)
        unlink(pending->replacement.path);
}

static void clean(Pending *pending) {
    if (pending->backup)
        unlink(pending->backup);
    free(pending->backup);
    if (pending->is_begun)
        nn_replace_end(&pending->replacement);
}

/* No signal comes in between: either all have their names, or none has. */
static bool commit_all(Pending *pending, int count, FileError *error) {
    sigset_t before;
    bool well = true;
    nn_replace_hold(&before);
    for (int i = 0; i < 2 * count && well; i++)
        if (pending[i % count].file->goes_first == (i < count))
            well = commit(&pending[i % count], error);
    for (int i = 0; i < count && !well; i++)
        undo(&pending[i]);
    for (int i = 0; i < count; i++)
        clean(&pending[i]);
    nn_replace_release(&before);
    return well;
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
    if (well)
        well = commit_all(pending, count, error);
    else
        for (int i = 0; i < count; i++)
            clean(&pending[i]);
    free(pending);
    return well;
}

void files_hold_streams(void) {
    nn_replace_streams();
}

void files_clean(void) {
    nn_replace_clean();
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
