/* Modules: shared libraries beside the program. */

#include "bench.h"

#include <dlfcn.h>
#include <string.h>

ModuleOpen *module_load(const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "module_open") : NULL;
    ModuleOpen *open = NULL;
    if (symbol) {
        memcpy(&open, &symbol, sizeof open);
    }
    return open;
}
