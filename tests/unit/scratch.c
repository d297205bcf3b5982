/* Files of tests. Comes in: names and bytes. Goes out: files in a folder that is removed at the
   end. */

#define _GNU_SOURCE
#include "scratch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

enum { PATHS = 16, PATH_SIZE = 1024 };
static char folder[PATH_SIZE];

void scratch_open(void) {
    snprintf(folder, sizeof folder, "%s/XXXXXX", NNGEN_SCRATCH);
    cr_assert(mkdtemp(folder), "no folder for the test's files in %s", NNGEN_SCRATCH);
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void scratch_close(void) {
    nftw(folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

bool scratch_memory_is_back(void) {
#if defined(__SANITIZE_ADDRESS__)
    return __lsan_do_recoverable_leak_check() == 0;
#else
    return true;
#endif
}

const char *scratch_folder(void) {
    return folder;
}

const char *scratch_path(const char *name) {
    static char paths[PATHS][PATH_SIZE + 256];
    static size_t next;
    char *path = paths[next++ % PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *scratch_write(const char *name, const void *bytes, size_t size) {
    const char *path = scratch_path(name);
    remove(path); /* some file systems take long over writing to an old file */
    FILE *file = fopen(path, "wb");
    cr_assert(file, "cannot write %s", path);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
    return path;
}

const char *scratch_text(const char *name, const char *text) {
    return scratch_write(name, text, strlen(text));
}

char *scratch_read(const char *path, size_t *size) {
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    cr_assert_eq(fstat(fileno(file), &status), 0);
    char *bytes = calloc(1, (size_t)status.st_size + 1);
    cr_assert(bytes);
    *size = fread(bytes, 1, (size_t)status.st_size, file);
    fclose(file);
    return bytes;
}

bool scratch_exists(const char *path) {
    return access(path, F_OK) == 0;
}

size_t scratch_count(void) {
    size_t count = 0;
    DIR *entries = opendir(folder);
    cr_assert(entries);
    for (const struct dirent *entry; (entry = readdir(entries));)
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}
