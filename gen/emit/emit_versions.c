/* Several versions in one net.c. In: a program as placed for each target. Out: what they share, a
   part of the file for each, and the functions that choose among them. */

#include "emit/emitter.h"

#include <string.h>

static unsigned set_of(const Emitter *emitter) {
    return emitter->compiler->options.versions;
}

/* The last version makes what all share, and may be no more than that. */
static bool is_version(const Emitter *emitter, int number) {
    return set_of(emitter) & 1u << emitter->versions[number].target;
}

static bool is_common(const Emitter *emitter, int number) {
    return number == emitter->version_count - 1;
}

// Scratch

static bool runs_everywhere(Target target) {
    return target == TARGET_GENERIC || target == TARGET_C99;
}

/* Whether a version for the target may be compiled for a processor of that kind. */
static bool is_possible(ArenaKind kind, Target target) {
    if (runs_everywhere(target))
        return true;
    return kind == (target == TARGET_AARCH64 ? ARENA_AARCH64 : ARENA_X86_64) && kind != ARENA_OTHER;
}

static int64_t arena_of_version(const Emitter *emitter, int number, bool of_prediction) {
    const Program *program = emitter->versions[number].program;
    int64_t most = 1;
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        bool is_shared = function->kind == FUNCTION_INIT || function->kind == FUNCTION_FINISH;
        bool is_emitted = is_shared ? is_common(emitter, number) : is_version(emitter, number);
        if (is_emitted && function_predicts(function->kind) == of_prediction &&
            function->schedule->arena_size > most)
            most = function->schedule->arena_size;
    }
    return most;
}

int64_t arena_of(const Emitter *emitter, ArenaKind kind, bool of_prediction) {
    int64_t most = 1;
    if (emitter->version_count == 1)
        return program_arena(emitter->program, of_prediction);
    for (int i = 0; i < emitter->version_count; i++) {
        int64_t size = arena_of_version(emitter, i, of_prediction);
        if (size > most && is_possible(kind, emitter->versions[i].target))
            most = size;
    }
    return most;
}

// Parts of the file

void choose_version(Emitter *emitter, int number) {
    const Version *version = &emitter->versions[number];
    emitter->program = version->program;
    emitter->layouts = version->layouts;
    emitter->compiler->options.target = version->target;
    emitter->suffix = emitter->version_count > 1 ? version_suffix(version->target) : "";
}

static bool is_random(const Program *program) {
    for (int i = 0; i < program->function_count; i++)
        if (program->functions[i]->schedule->uses_random)
            return true;
    return false;
}

static void bind_version(const Emitter *emitter, Bindings *row) {
    Options *options = &emitter->compiler->options;
    bind_slot(row, "name", "%s", machine_of(options)->name);
    bind_slot(row, "target", "%s", machine_of(options)->runtime);
    bind_slot(row, "end", "%s", version_suffix(options->target));
    bind_slot(row, "condition", "%s",
              version_condition(emitter->compiler, set_of(emitter), options->target));
    bind_slot(row, "has_estimates", "%s", estimates_roots(options) ? "1" : "");
    bind_slot(row, "is_random", "%s", is_random(emitter->program) ? "1" : "");
}

/* A version's kernels and cores, between the lines that begin and end its part. */
static void add_part(Emitter *emitter, int number, Text *out) {
    Bindings row = bindings_new(emitter->compiler, emitter->base);
    choose_version(emitter, number);
    emitter->shared = NULL;
    emitter->shared_count = 0;
    char *cores = emit_cores(emitter, CORES_OWN);
    bind_version(emitter, &row); /* cores say whether they draw numbers */
    bind_slot(&row, "is_first", "%s", number == 0 ? "1" : "");
    template_add(out, "version_begin", &row, 0);
    text_add(out, "%s%s", emit_kernels(emitter, 0), cores);
    template_add(out, "version_end", &row, 0);
}

/* What all versions share, and, on processors that have no other, the last one. */
static char *common_part(Emitter *emitter) {
    Text *out = text_new(emitter->compiler);
    Bindings row = bindings_new(emitter->compiler, emitter->base);
    int last = emitter->version_count - 1;
    choose_version(emitter, last);
    bind_version(emitter, &row);
    emitter->shared = NULL;
    emitter->shared_count = 0;
    emitter->suffix = "";
    char *cores = emit_cores(emitter, CORES_SHARED);
    text_add(out, "%s%s", emit_kernels(emitter, 0), cores);
    if (is_version(emitter, last)) {
        int first = emitter->shared_count;
        choose_version(emitter, last);
        cores = emit_cores(emitter, CORES_OWN);
        template_add(out, "plain_begin", &row, 0);
        text_add(out, "%s%s", emit_kernels(emitter, first), cores);
        template_add(out, "plain_end", &row, 0);
    }
    return out->bytes;
}

/* Whether it is used only where the CPU has what it needs. */
static bool is_chosen(Target target) {
    return target == TARGET_X86_64_V4 || target == TARGET_X86_64_V3;
}

static Bindings *version_row(Emitter *emitter, Bindings *to, const char *list, int number) {
    Target before = emitter->compiler->options.target;
    Bindings *row = bind_row(to, list);
    emitter->compiler->options.target = emitter->versions[number].target;
    bind_version(emitter, row);
    emitter->compiler->options.target = before;
    return row;
}

/* A function for each core that calls that of the version in use. */
static void add_choices(Emitter *emitter, Text *out) {
    for (int i = 0; i < emitter->core_count; i++) {
        const Core *core = &emitter->core[i];
        Bindings bindings = bindings_new(emitter->compiler, emitter->base);
        bind_slot(&bindings, "summary", "%s", core->summary);
        bind_slot(&bindings, "core", "%s", core->core);
        bind_slot(&bindings, "result", "%s", core->result);
        bind_slot(&bindings, "parameters", "%s", core->parameters);
        bind_slot(&bindings, "arguments", "%s", core->arguments);
        bool is_void = strcmp(core->result, "void") == 0;
        bind_slot(&bindings, "return", "%s", is_void ? "" : "return ");
        bind_slot(&bindings, "stop", "%s", is_void ? " return;" : "");
        for (int v = 0; v < emitter->version_count; v++)
            if (is_chosen(emitter->versions[v].target))
                version_row(emitter, &bindings, "chosen", v);
        template_add(out, "choice", &bindings, 0);
    }
}

void bind_versions(Emitter *emitter, Bindings *base) {
    bool is_any = set_of(emitter) != 0, has_base = false;
    Text *names = text_new(emitter->compiler);
    bind_slot(base, "is_any", "%s", is_any ? "1" : "");
    bind_slot(base, "chooses", "%s", emitter->version_count > 1 ? "1" : "");
    for (int i = 0; is_any && i < emitter->version_count; i++) {
        if (!is_version(emitter, i))
            continue;
        version_row(emitter, base, "versions", i);
        text_add(names, "%s%s", names->size ? ", " : "",
                 machine_of(&(Options){.target = emitter->versions[i].target})->name);
        if (!is_chosen(emitter->versions[i].target)) {
            Bindings *row = version_row(emitter, base, "bases", i);
            Target target = emitter->versions[i].target;
            bool is_last = i + 1 == emitter->version_count || !is_version(emitter, i + 1);
            bind_slot(row, "test", is_last && has_base ? "#else" : "#%s %s",
                      has_base ? "elif" : "if", is_last ? "1" : version_own_condition(target));
            has_base = true;
        }
    }
    bind_slot(base, "version_names", "%s", names->bytes);
    static const char *const arenas[][2] = {{"arena", "predict_arena"},
                                            {"arena_aarch64", "predict_arena_aarch64"},
                                            {"arena_other", "predict_arena_other"}};
    for (int kind = 0; kind < ARENA_COUNT; kind++)
        for (int i = 0; i < 2; i++)
            bind_slot(base, arenas[kind][i], "%lld",
                      (long long)arena_of(emitter, (ArenaKind)kind, i));
}

char *emit_versions(Emitter *emitter) {
    Text *parts = text_new(emitter->compiler), *out = text_new(emitter->compiler);
    SharedKernel *shown = NULL;
    int shown_count = 0;
    for (int i = 0; i + 1 < emitter->version_count; i++) {
        add_part(emitter, i, parts);
        if (i == 0)
            shown = emitter->shared, shown_count = emitter->shared_count;
    }
    char *common = common_part(emitter);
    text_add(out, "%s%s", emitter->tables->bytes, common);
    template_add(out, "common_end", emitter->base, 0);
    text_add(out, "%s", parts->bytes);
    template_add(out, "choices", emitter->base, 0);
    add_choices(emitter, out);
    choose_version(emitter, 0);
    emitter->shared = shown;
    emitter->shared_count = shown_count;
    return out->bytes;
}
