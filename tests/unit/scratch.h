/* A folder of its own for each test of the host side, gone when the test ends. For TestSuite(name,
   .init = scratch_open, .fini = scratch_close). */

#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

void scratch_open(void);
void scratch_close(void);
/* With a sanitizer: has all been freed that cannot be reached any more? Else true. */
bool scratch_memory_is_back(void);
const char *scratch_folder(void);
/* folder/name; good for the next 15 calls. */
const char *scratch_path(const char *name);
/* Writes a file there and returns its path. */
const char *scratch_write(const char *name, const void *bytes, size_t size);
const char *scratch_text(const char *name, const char *text);
/* The file's bytes with a NUL after them, malloc'ed; NULL if there is no such file. */
char *scratch_read(const char *path, size_t *size);
bool scratch_exists(const char *path);
/* Files in the folder. */
size_t scratch_count(void);

#endif
