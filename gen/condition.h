/* Conditions of the preprocessor of which a part is known. In: the text behind #if, and names with
   what stands for them. Out: true, false, or unknown. */

#ifndef CONDITION_H
#define CONDITION_H

#include "base/base.h"

typedef struct {
    bool is_known;
    int64_t value;
} Known;

/* What is known of a name: nothing for NULL; "" for one that is not defined; else its text. */
typedef const char *Meaning(const void *names, const char *name);

Known condition_value(const char *text, Meaning *meaning, const void *names);

#endif
