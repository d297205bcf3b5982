/* See nets.h. Files go to a folder of their own under NNGEN_SCRATCH, which stays for inspection
   when something fails. Nets of one target, precision and --exact are one translation unit, since
   the runtime's headers take the compiler longer than a small net does. */

#define _GNU_SOURCE
#include "nets.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "glue.h"
#include "targets.h"
#include "watch.h"

extern char **environ;

/* clang parses the runtime's headers in half the time that gcc takes; tests/emitted compares
   compilers. test_random_aarch64.sh sets another one. */
#ifndef NUMERIC_CC
#define NUMERIC_CC "clang"
#endif

static bool fail(Nets *nets, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(Nets *nets, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(nets->message, sizeof nets->message, format, arguments);
    va_end(arguments);
    nets->failed = true;
    return false;
}

static char *path_of(const Nets *nets, const char *name, const char *suffix) {
    size_t size = strlen(nets->folder) + strlen(name) + strlen(suffix) + 2;
    char *path = malloc(size);
    if (path) {
        snprintf(path, size, "%s/%s%s", nets->folder, name, suffix);
    }
    return path;
}

static bool write_file(Nets *nets, const char *name, const char *suffix, const char *text) {
    char *path = path_of(nets, name, suffix);
    FILE *file = path ? fopen(path, "w") : NULL;
    bool written = file && fputs(text, file) >= 0;
    written = file && fclose(file) == 0 && written;
    if (!written) {
        fail(nets, "%s: %s", path, strerror(errno));
    }
    free(path);
    return written;
}

static bool write_net(Nets *nets, Net *net) {
    const char *name = net->graph->name;
    char header[128];
    snprintf(header, sizeof header, "%s.h", name);
    watch(name);
    net->result = compile("model.def", net->text, strlen(net->text), header, &net->options);
    if (net->result.exit_code != 0 || !net->result.source || !net->result.header) {
        return fail(nets, "nngen, %s: exit code %d\n%s", name, net->result.exit_code,
                    net->result.diagnostics ? net->result.diagnostics : "");
    }
    char *glue = glue_text(net->graph);
    bool written = glue && write_file(nets, name, ".c", net->result.source) &&
                   write_file(nets, name, ".h", net->result.header) &&
                   write_file(nets, name, "_glue.c", glue);
    free(glue);
    return written;
}

/* Whether two nets may be one translation unit: the runtime is the same for both, and there once. */
static bool is_alike(const Options *a, const Options *b) {
    return a == b || (a->target != TARGET_ANY && a->target == b->target && a->is_double == b->is_double && a->is_exact == b->is_exact);
}

static bool begins_unit(const Nets *nets, int number) {
    for (int i = 0; i < number; i++) {
        if (is_alike(&nets->nets[i].options, &nets->nets[number].options)) {
            return false;
        }
    }
    return true;
}

static const char *level_of(const Nets *nets) {
    const char *level =
        getenv("NNGEN_LEVEL"); /* "-O3", to try others; -O0 is the quickest to build */
    return level ? level : nets->level ? nets->level : "-O0";
}

/* Writes the translation unit of net `first` and those like it, NAME_unit.c. */
static bool write_unit(Nets *nets, int first) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out && strcmp(level_of(nets), "-O0") == 0) {
        fputs("#define NN_INLINE static inline\n", out); /* as nn_real.h says */
    }
    for (int i = first; out && i < nets->count; i++) {
        if (is_alike(&nets->nets[first].options, &nets->nets[i].options)) {
            const char *name = nets->nets[i].graph->name;
            fprintf(out, "#include \"%s.c\"\n#include \"%s_glue.c\"\n", name, name);
        }
    }
    bool written =
        out && fclose(out) == 0 && write_file(nets, nets->nets[first].graph->name, "_unit.c", text);
    free(text);
    return written;
}

static bool write_units(Nets *nets) {
    for (int i = 0; i < nets->count; i++) {
        if (begins_unit(nets, i) && !write_unit(nets, i)) {
            return false;
        }
    }
    return true;
}

/* The -march of the widest target, which the others can be compiled with, too. */
static const char *march_of(const Nets *nets) {
    Target widest = TARGET_C99;
    for (int i = 0; i < nets->count; i++) {
        Target target = nets->nets[i].options.target;
        widest = target > widest && target != TARGET_ANY ? target : widest;
    }
    return target_flag(widest);
}

/* A growing NULL-terminated list of words, each a copy. */
typedef struct {
    int count;
    char *items[1024];
} Words;

static void add_word(Words *words, const char *word) {
    if (words->count < 1023) {
        words->items[words->count++] = strdup(word);
    }
}

static void add_words(Words *words, const char *text) {
    char *copy = strdup(text), *rest = copy;
    for (char *word; copy && (word = strtok_r(rest, " ", &rest));) {
        add_word(words, word);
    }
    free(copy);
}

static void add_path(Words *words, const Nets *nets, const char *name, const char *suffix) {
    char *path = path_of(nets, name, suffix);
    if (path) {
        add_word(words, path);
    }
    free(path);
}

/* Adds the compiler and the options that all files of the nets have in common. */
static void add_compiler(Words *words, const Nets *nets) {
    add_words(words, NUMERIC_CC " -std=c11 -fPIC");
    add_word(words, level_of(nets));
    add_words(words, march_of(nets));
    add_words(words, NNGEN_CFLAGS);
}

static bool run_words(Words *words) {
    pid_t process = 0;
    int status = 1;
    bool ran = posix_spawnp(&process, words->items[0], NULL, NULL, words->items, environ) == 0 &&
               waitpid(process, &status, 0) == process && status == 0;
    for (int i = 0; i < words->count; i++) {
        free(words->items[i]);
    }
    return ran;
}

/* Writes to another file and renames it to FOLDER/intrinsics.h.gch: other tests may do so
   meanwhile. */
static bool precompile(const Nets *nets, const char *folder, const char *compiled) {
    char made[600];
    Words words = {0};
    snprintf(made, sizeof made, "%s/XXXXXX", folder);
    int file = mkstemp(made);
    if (file < 0) {
        return false;
    }
    close(file);
    add_compiler(&words, nets);
    add_words(&words, "-x c-header " NNGEN_SOURCE "/tests/numeric/intrinsics.h -o");
    add_word(&words, made);
    bool is_made = run_words(&words) && rename(made, compiled) == 0;
    if (!is_made) {
        unlink(made);
    }
    return is_made;
}

/* The folder of the compiler's header of intrinsics, precompiled once for each -march and level:
   parsing it takes half as long as compiling a small net. NULL where the nets do not need it or it
   cannot be made, which only costs time. */
static const char *precompiled_intrinsics(const Nets *nets) {
    static char compiled[560];
    char folder[512];
    const char *march = march_of(nets);
    if (!strstr(march, "x86-64-v")) {
        return NULL;
    }
    snprintf(folder, sizeof folder, "%s/intrinsics%s%s", NNGEN_SCRATCH, level_of(nets), march);
    snprintf(compiled, sizeof compiled, "%s/intrinsics.h.gch", folder);
    mkdir(folder, 0777);
    return access(compiled, R_OK) == 0 || precompile(nets, folder, compiled) ? compiled : NULL;
}

static void add_command(Words *words, const Nets *nets) {
    const char *intrinsics = precompiled_intrinsics(nets);
    add_compiler(words, nets);
    if (intrinsics) {
        add_word(words, "-include-pch");
        add_word(words, intrinsics);
    }
    add_words(words, "-shared");
    add_words(words, "-I" NNGEN_SOURCE "/tests/numeric -I" NNGEN_SOURCE "/gen -o");
    add_path(words, nets, "nets", ".so");
    for (int i = 0; i < nets->count; i++) {
        if (begins_unit(nets, i)) {
            add_path(words, nets, nets->nets[i].graph->name, "_unit.c");
        }
    }
    add_word(words, "-lm");
}

static bool start_compiler(Nets *nets) {
    Words words = {0};
    char *log = path_of(nets, "cc", ".log");
    posix_spawn_file_actions_t actions;
    add_command(&words, nets);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log ? log : "/dev/null",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    pid_t process = 0;
    int error = posix_spawnp(&process, words.items[0], &actions, NULL, words.items, environ);
    posix_spawn_file_actions_destroy(&actions);
    nets->process = process;
    free(log);
    for (int i = 0; i < words.count; i++) {
        free(words.items[i]);
    }
    return error == 0 || fail(nets, "%s: %s", NUMERIC_CC, strerror(error));
}

bool nets_start(Nets *nets) {
    snprintf(nets->folder, sizeof nets->folder, "%s/nets_XXXXXX", NNGEN_SCRATCH);
    if (!mkdtemp(nets->folder)) {
        return fail(nets, "%s: %s", nets->folder, strerror(errno));
    }
    for (int i = 0; i < nets->count; i++) {
        if (!write_net(nets, &nets->nets[i])) {
            return false;
        }
    }
    return write_units(nets) && start_compiler(nets);
}

static bool fail_with_log(Nets *nets) {
    char *path = path_of(nets, "cc", ".log");
    FILE *file = path ? fopen(path, "r") : NULL;
    char text[3000];
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[size] = 0;
    if (file) {
        fclose(file);
    }
    free(path);
    return fail(nets, "the C compiler refused %s:\n%s", nets->folder, text);
}

static bool find_network(Nets *nets, Net *net) {
    char symbol[128];
    snprintf(symbol, sizeof symbol, "%s_network", net->graph->name);
    net->network = dlsym(nets->library, symbol);
    snprintf(symbol, sizeof symbol, "%s_glue", net->graph->name);
    net->glue = dlsym(nets->library, symbol);
    return (net->network && net->glue) || fail(nets, "%s is not in the library", symbol);
}

bool nets_finish(Nets *nets) {
    int status = 0;
    if (waitpid(nets->process, &status, 0) < 0 || status != 0) {
        return fail_with_log(nets);
    }
    char *path = path_of(nets, "nets", ".so");
    nets->library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    if (!nets->library) {
        return fail(nets, "%s", dlerror());
    }
    for (int i = 0; i < nets->count; i++) {
        if (!find_network(nets, &nets->nets[i])) {
            return false;
        }
    }
    return true;
}

bool nets_build(Nets *nets) {
    return nets_start(nets) && nets_finish(nets);
}

static void remove_file(const Nets *nets, const char *name, const char *suffix) {
    char *path = path_of(nets, name, suffix);
    if (path) {
        unlink(path);
    }
    free(path);
}

void nets_free(Nets *nets) {
    for (int i = 0; i < nets->count; i++) {
        result_free(&nets->nets[i].result);
    }
    if (nets->library) {
        dlclose(nets->library);
    }
    if (nets->failed) {
        return;
    }
    for (int i = 0; i < nets->count; i++) {
        remove_file(nets, nets->nets[i].graph->name, ".c");
        remove_file(nets, nets->nets[i].graph->name, ".h");
        remove_file(nets, nets->nets[i].graph->name, "_glue.c");
        remove_file(nets, nets->nets[i].graph->name, "_unit.c");
    }
    remove_file(nets, "nets", ".so");
    remove_file(nets, "cc", ".log");
    rmdir(nets->folder);
}
