/* Stands in for libFuzzer where there is none: runs the entry over files, and over the files in
   folders. In: their paths. Out: a count; a failure is a crash. */

#define _XOPEN_SOURCE 700

#include "base/files.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_INPUT = 4096 };
static int replayed;

static int replay(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)place;
    if (kind != FTW_F)
        return 0;
    size_t size;
    FileError error;
    char *bytes = file_read(path, MAX_INPUT, &size, &error);
    if (!bytes) {
        fprintf(stderr, "cannot read %s: %s\n", path, error.reason);
        return 1;
    }
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, size > MAX_INPUT ? MAX_INPUT : size);
    free(bytes);
    replayed++;
    return 0;
}

int main(int count, char **paths) {
    for (int i = 1; i < count; i++)
        if (nftw(paths[i], replay, 8, FTW_PHYS) != 0)
            return 1;
    printf("%d inputs\n", replayed);
    return replayed == 0;
}
