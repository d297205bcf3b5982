/* All contenders for a net: those in the program, then those of the modules that load. */

#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool name_matches(const char *name, const char *filter) {
    if (!filter || !*filter) {
        return true;
    }
    for (const char *word = filter; *word;) {
        size_t size = strcspn(word, ",");
        char text[64];
        snprintf(text, sizeof text, "%.*s", (int)size, word);
        if (size > 0 && strstr(name, text)) {
            return true;
        }
        word += size + (word[size] == ',');
    }
    return false;
}

/* Says what is left out, once. */
static void skip(const Net *net, const char *name, const char *why) {
    static const Net *first;
    first = first ? first : net;
    if (net == first) {
        fprintf(stderr, "skipped: %s: %s\n", name, why);
    }
}

static ModuleOpen *load(const Net *net, const Module *module) {
    if (!module->file) {
        skip(net, module->name, "not installed");
        return NULL;
    }
    ModuleOpen *open = module_load(module->file);
    if (!open) {
        skip(net, module->name, dlerror());
    }
    return open;
}

/* Keeps those of the contenders that run here and are wanted. */
static int keep(const Net *net, Contender *contenders, int count, const char *filter) {
    int kept = 0;
    for (int c = 0; c < count; c++) {
        if (!contenders[c].self) {
            skip(net, contenders[c].name, "not for this machine or net");
        } else if (name_matches(contenders[c].name, filter)) {
            contenders[kept++] = contenders[c];
        }
    }
    return kept;
}

/* OpenBLAS takes CPUs that are newer than itself for very old ones, unless it is told. It asks when it
   is loaded. */
static void help_openblas(void) {
#ifdef __x86_64__
    const char *core = __builtin_cpu_supports("avx512bw") ? "SkylakeX"
                       : __builtin_cpu_supports("avx2")   ? "Haswell"
                                                          : NULL;
    if (core) {
        setenv("OPENBLAS_CORETYPE", core, 0);
    }
#endif
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
}

/* The one contender that contenders.cmake leaves out of nets whose shapes it cannot have. */
static void miss_tiles(const Net *net, const Contender *contenders, int count) {
    static const char name[] = "hand-written tiles";
    for (int c = 0; c < count; c++) {
        if (strcmp(contenders[c].name, name) == 0) {
            return;
        }
    }
    if (net->depth > 0) {
        fprintf(stderr, "skipped at %s: %s: not for its shapes, or without AVX-512\n", net->name,
                name);
    }
}

int open_contenders(const Net *net, const char *filter, Contender *contenders) {
    int count = 0;
    help_openblas();
    for (; net->openers[count]; count++) {
        contenders[count] = net->openers[count]();
    }
    miss_tiles(net, contenders, count);
    for (const Module *module = modules; module->name; module++) {
        ModuleOpen *open = load(net, module);
        count += open ? open(net, contenders + count) : 0;
    }
    return keep(net, contenders, count, filter);
}
