/* The prelude's definitions, read from the first line of each: random models are drawn from these,
   and all models together must have used each of them. */

#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stdbool.h>

enum { CATALOGUE = 256, CATALOGUE_NAME = 48 };

typedef struct {
    char name[CATALOGUE_NAME];
    const char *family; /* "activations.def" */
    int needed;         /* parameters without a default */
    bool takes_another; /* wraps another optimizer: has a parameter `inner` */
} Entry;

/* Without those whose name begins with _. The same at every call. */
const Entry *catalogue(int *count);
bool entry_is_of(const Entry *entry, const char *family);
/* Whether the text has its name, as a call where it must be one: `step` alone is a number. */
bool entry_is_named(const Entry *entry, const char *text);

#endif
