/* Mutants of plans: one mistake at a time is put into the view of a plan that the checker reads, of
   every function of many networks, after fuse and after place, and the checker must report it.

   Mistakes, in the view alone:
   - swap: exchanges two kernels of which the later one reads what the earlier writes, or overwrites
     what the earlier reads. Other pairs may be exchanged and are not tried;
   - drop: leaves a store out. Not tried are stores that nothing reads, and zeros of a padding of
     which only elements are read that are written again;
   - shorten: a lifetime in the scratch begins one kernel later or ends one earlier, though that
     kernel uses the storage. overlap: a storage gets the offset of another with a common lifetime;
   - sink: a value is computed at the end of the first kernel that reads it. Not tried are values
     that no kernel reads, and sums that are initialised and then accumulated. */

#define _GNU_SOURCE
#include "check/check.h"
#include "dice.h"
#include "draw.h"
#include "long.h"
#include "place/place.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EACH = 6, NETWORKS = 24, ALL_NETWORKS = 600, TEXT = 1 << 16 };

typedef enum { SWAP, DROP, SHORTEN, OVERLAP, SINK, KINDS } Mutation;
static const char *const kind_names[] = {"swaps", "drops", "shorter lives", "overlaps", "sinks"};

typedef struct {
    Dice dice;
    const char *model;
    Mutation kind;
    int done[KINDS], views; /* counts for the output */
    int left;               /* mutants of this kind that this view may still have */
} Mutants;

/* ---- views ---- */

static Dataflow *copy_of(const Dataflow *flow) {
    Compiler *compiler = flow->compiler;
    Dataflow *copy = NEW(compiler, Dataflow);
    *copy = *flow;
    copy->storages = NEW_ARRAY(compiler, FlowStorage, flow->storage_count + 1);
    for (int i = 0; i < flow->storage_count; i++) {
        copy->storages[i] = flow->storages[i];
    }
    copy->kernels = NEW_ARRAY(compiler, FlowKernel, flow->kernel_count + 1);
    for (int k = 0; k < flow->kernel_count; k++) {
        FlowKernel *kernel = &copy->kernels[k];
        *kernel = flow->kernels[k];
        kernel->nests = NEW_ARRAY(compiler, FlowNest, kernel->nest_count + 1);
        for (int n = 0; n < kernel->nest_count; n++) {
            const FlowNest *nest = &flow->kernels[k].nests[n];
            kernel->nests[n].access_count = nest->access_count;
            kernel->nests[n].accesses = NEW_ARRAY(compiler, FlowAccess, nest->access_count + 1);
            for (int i = 0; i < nest->access_count; i++) {
                kernel->nests[n].accesses[i] = nest->accesses[i];
            }
        }
    }
    return copy;
}

/* Goes through the accesses of a view in order. */
typedef struct {
    const Dataflow *flow;
    int kernel, nest, number;
} Walk;

static FlowAccess *walk_next(Walk *walk) {
    for (; walk->kernel < walk->flow->kernel_count; walk->kernel++, walk->nest = 0) {
        const FlowKernel *kernel = &walk->flow->kernels[walk->kernel];
        for (; walk->nest < kernel->nest_count; walk->nest++, walk->number = 0) {
            if (walk->number < kernel->nests[walk->nest].access_count) {
                return &kernel->nests[walk->nest].accesses[walk->number++];
            }
        }
    }
    return NULL;
}

static void remove_access(Dataflow *flow, int kernel, int nest, int number) {
    FlowNest *from = &flow->kernels[kernel].nests[nest];
    from->access_count--;
    for (int i = number; i < from->access_count; i++) {
        from->accesses[i] = from->accesses[i + 1];
    }
}

static bool in_memory(const FlowAccess *access) {
    return access->storage != FLOW_REGISTER;
}

static bool meet(const Dataflow *flow, const FlowAccess *a, const FlowAccess *b) {
    FlowRange one = a->range, other = b->range;
    if (!in_memory(a) || a->storage != b->storage) {
        return false;
    }
    range_normalise(&one);
    range_normalise(&other);
    return !ranges_are_apart(flow->compiler, &one, &other);
}

static void expect_caught(Mutants *mutants, const Dataflow *flow, const char *what) {
    mutants->done[mutants->kind]++;
    mutants->left--;
    cr_expect(dataflow_check(flow), "%s: of the %s this one is not noticed: %s, %s", mutants->model,
              kind_names[mutants->kind], flow->name, what);
}

/* Whether one of several candidates is to be tried, so that all have a chance. */
static bool is_chosen(Mutants *mutants, int candidates) {
    return mutants->left > 0 &&
           (candidates <= EACH || dice_below(&mutants->dice, candidates) < EACH);
}

/* ---- swaps ---- */

static bool kernel_needs(const Dataflow *flow, int later, int earlier) {
    Walk a = {.flow = flow, .kernel = earlier};
    for (FlowAccess *before; (before = walk_next(&a)) && a.kernel == earlier;) {
        Walk b = {.flow = flow, .kernel = later};
        for (FlowAccess *after; (after = walk_next(&b)) && b.kernel == later;) {
            bool is_read = after->kind == FLOW_READ && before->kind != FLOW_READ &&
                           after->value == before->value;
            bool is_overwritten = before->kind == FLOW_READ && after->kind != FLOW_READ &&
                                  in_memory(before) && after->value != before->value;
            if ((is_read || is_overwritten) && meet(flow, before, after)) {
                return true;
            }
        }
    }
    return false;
}

static void swap_kernels(Mutants *mutants, const Dataflow *flow, int earlier, int later) {
    Dataflow *copy = copy_of(flow);
    FlowKernel kernel = copy->kernels[earlier];
    copy->kernels[earlier] = copy->kernels[later];
    copy->kernels[later] = kernel;
    for (int i = 0; i < copy->storage_count; i++) {
        FlowStorage *storage = &copy->storages[i];
        storage->offset = FLOW_NONE; /* the lifetimes, which the checker would report as well */
        storage->kernel = storage->kernel == earlier ? later
                          : storage->kernel == later ? earlier
                                                     : storage->kernel;
    }
    expect_caught(mutants, copy, kernel.name);
}

static void try_swaps(Mutants *mutants, const Dataflow *flow) {
    int pairs = flow->kernel_count * (flow->kernel_count - 1) / 2;
    for (int later = 1; later < flow->kernel_count; later++) {
        for (int earlier = later - 1; earlier >= 0; earlier--) {
            if (is_chosen(mutants, pairs / 4) && kernel_needs(flow, later, earlier)) {
                swap_kernels(mutants, flow, earlier, later);
            }
        }
    }
}

/* ---- stores that are left out ---- */

/* Whether all elements that are read are written all the same. */
static bool is_needless(const Dataflow *flow, const FlowAccess *dropped) {
    FlowRange others[64];
    int count = 0;
    bool is_read = flow->storages[dropped->storage].wanted == dropped->value;
    if (is_read) {
        return false;
    }
    Walk walk = {.flow = flow};
    for (FlowAccess *access; (access = walk_next(&walk));) {
        if (access->value == dropped->value && access->storage == dropped->storage &&
            access->kind == FLOW_WRITE && access != dropped && count < 64) {
            others[count] = access->range;
            range_normalise(&others[count++]);
        }
    }
    walk = (Walk){.flow = flow};
    for (FlowAccess *access; (access = walk_next(&walk));) {
        FlowRange range = access->range;
        range_normalise(&range);
        bool takes = access->kind == FLOW_READ || access->kind == FLOW_ADD;
        if (takes && access->value == dropped->value && meet(flow, access, dropped) &&
            (access->kind == FLOW_ADD || count == 0 ||
             !ranges_cover(flow->compiler, others, count, &range))) {
            return false;
        }
    }
    return true;
}

static int count_accesses(const Dataflow *flow, bool (*is_counted)(const FlowAccess *)) {
    int count = 0;
    Walk walk = {.flow = flow};
    for (FlowAccess *access; (access = walk_next(&walk));) {
        count += is_counted(access);
    }
    return count;
}

static bool is_store(const FlowAccess *access) {
    return in_memory(access) && access->kind != FLOW_READ;
}

static void try_drops(Mutants *mutants, const Dataflow *flow) {
    int candidates = count_accesses(flow, is_store);
    Walk walk = {.flow = flow};
    for (FlowAccess *access; (access = walk_next(&walk));) {
        if (is_store(access) && is_chosen(mutants, candidates) && !is_needless(flow, access)) {
            Dataflow *copy = copy_of(flow);
            remove_access(copy, walk.kernel, walk.nest, walk.number - 1);
            expect_caught(mutants, copy, flow->values[access->value].name);
        }
    }
}

/* ---- lifetimes ---- */

static bool uses(const Dataflow *flow, int kernel, int storage) {
    if (kernel == flow->kernel_count) {
        return flow->storages[storage].wanted != FLOW_NONE;
    }
    Walk walk = {.flow = flow, .kernel = kernel};
    for (FlowAccess *access; (access = walk_next(&walk)) && walk.kernel == kernel;) {
        if (access->storage == storage) {
            return true;
        }
    }
    return false;
}

static void try_lives(Mutants *mutants, const Dataflow *flow) {
    for (int i = 0; i < flow->storage_count; i++) {
        const FlowStorage *storage = &flow->storages[i];
        for (int end = 0; end < 2 && storage->offset != FLOW_NONE; end++) {
            if (is_chosen(mutants, flow->storage_count) &&
                uses(flow, end ? storage->last : storage->first, i)) {
                Dataflow *copy = copy_of(flow);
                copy->storages[i].first += !end;
                copy->storages[i].last -= end;
                expect_caught(mutants, copy, storage->name);
            }
        }
    }
}

static void try_overlaps(Mutants *mutants, const Dataflow *flow) {
    for (int i = 0; i < flow->storage_count; i++) {
        for (int k = 0; k < i; k++) {
            const FlowStorage *a = &flow->storages[i], *b = &flow->storages[k];
            bool live_together = a->offset != FLOW_NONE && b->offset != FLOW_NONE &&
                                 a->first <= b->last && b->first <= a->last;
            if (live_together && is_chosen(mutants, flow->storage_count)) {
                Dataflow *copy = copy_of(flow);
                int64_t at =
                    b->offset + dice_below(&mutants->dice, (int)(b->size > 99 ? 99 : b->size));
                copy->storages[i].offset = at;
                expect_caught(mutants, copy, a->name);
            }
        }
    }
}

/* ---- values that come too late ---- */

/* The first kernel that reads a value, FLOW_NONE where nobody does or it is made of parts. */
static int first_reader(const Dataflow *flow, int value) {
    int first = FLOW_NONE;
    Walk walk = {.flow = flow};
    for (FlowAccess *access; (access = walk_next(&walk));) {
        if (access->value == value && (access->kind == FLOW_BEGIN || access->kind == FLOW_ADD)) {
            return FLOW_NONE;
        }
        if (access->value == value && access->kind == FLOW_READ && first == FLOW_NONE) {
            first = walk.kernel;
        }
    }
    return first;
}

static Dataflow *sunk(const Dataflow *flow, int value, int kernel) {
    Dataflow *copy = copy_of(flow);
    FlowKernel *to = &copy->kernels[kernel];
    FlowAccess moved[64];
    int count = 0;
    Walk walk = {.flow = copy};
    for (FlowAccess *access; (access = walk_next(&walk)) && count < 64;) {
        if (access->value == value && access->kind == FLOW_WRITE) {
            moved[count++] = *access;
            remove_access(copy, walk.kernel, walk.nest, --walk.number);
        }
    }
    FlowNest *last = &to->nests[to->nest_count - 1];
    FlowAccess *accesses = NEW_ARRAY(copy->compiler, FlowAccess, last->access_count + count);
    for (int i = 0; i < last->access_count; i++) {
        accesses[i] = last->accesses[i];
    }
    for (int i = 0; i < count; i++) {
        accesses[last->access_count++] = moved[i];
    }
    last->accesses = accesses;
    return copy;
}

static void try_sinks(Mutants *mutants, const Dataflow *flow) {
    for (int value = 0; value < flow->value_count; value++) {
        bool is_written = false;
        Walk walk = {.flow = flow};
        for (FlowAccess *access; !is_written && (access = walk_next(&walk));) {
            is_written = access->value == value && access->kind == FLOW_WRITE;
        }
        int kernel = is_written ? first_reader(flow, value) : FLOW_NONE;
        if (kernel != FLOW_NONE && is_chosen(mutants, flow->value_count / 2)) {
            expect_caught(mutants, sunk(flow, value, kernel), flow->values[value].name);
        }
    }
}

/* ---- networks ---- */

static void try_view(Mutants *mutants, const Dataflow *flow) {
    static void (*const tries[])(Mutants *, const Dataflow *) = {try_swaps, try_drops, try_lives,
                                                                 try_overlaps, try_sinks};
    const char *problem = dataflow_check(flow);
    cr_assert_null(problem, "%s: %s", mutants->model, problem);
    mutants->views++;
    for (int kind = 0; kind < KINDS; kind++) {
        mutants->kind = (Mutation)kind;
        mutants->left = EACH;
        tries[kind](mutants, flow);
    }
}

static Program *program_of(Compiler *compiler, const char *text) {
    compiler->prelude = parse_prelude(compiler);
    compiler->rules = rules_new(compiler);
    Graph *graph =
        check(compiler, parse(compiler, source_new(compiler, "m.def", text, strlen(text))));
    cr_assert(graph && compiler->error_count == 0, "%s", compiler->diagnostics->bytes);
    stabilise(graph);
    if (graph->cost) {
        grad(graph);
    }
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    fuse(program);
    return program;
}

static void try_program(Mutants *mutants, Program *program) {
    for (int f = 0; f < program->function_count; f++) {
        try_view(mutants, dataflow_fused(program->functions[f]));
    }
    Layouts *layouts = layout(program, NULL);
    schedule(program, layouts);
    place(program, layouts);
    for (int f = 0; f < program->function_count; f++) {
        try_view(mutants, dataflow_placed(program->functions[f], layouts));
    }
}

static void try_model(Mutants *mutants, const char *name, const char *text, int mode) {
    static const Target targets[] = {TARGET_C99, TARGET_X86_64_V3, TARGET_GENERIC, TARGET_X86_64_V4,
                                     TARGET_AARCH64};
    static const Unroll unrolls[] = {UNROLL_TILE, UNROLL_AUTO, UNROLL_NONE};
    Compiler compiler = {.arena = arena_new()};
    mutants->model = name;
    compiler.options.target = targets[mode % 5];
    compiler.options.unroll = unrolls[mode % 3];
    compiler.diagnostics = text_new(&compiler);
    if (setjmp(compiler.stop) == 0) {
        try_program(mutants, program_of(&compiler, text));
    } else {
        cr_expect_fail("%s: %s", name, compiler.diagnostics->bytes);
    }
    arena_free(compiler.arena);
}

static int number_of(const char *name, const Dataflow *flow) {
    int number = flow->value_count - 1;
    while (number >= 0 && strcmp(flow->values[number].name, name) != 0) {
        number--;
    }
    cr_assert_geq(number, 0, "no %s", name);
    return number;
}

/* The operand of a product is computed after the product. */
Test(dataflow, a_value_behind_its_product_is_noticed) {
    static const char model[] = "network a\ninput x[40]\nz = dense(x, 40)\nh = tanh(z)\n"
                                "y = z + dense(h, 40)\noutput y\n";
    Compiler compiler = {.arena = arena_new(), .options = {.unroll = UNROLL_TILE}};
    compiler.diagnostics = text_new(&compiler);
    Program *program = program_of(&compiler, model);
    for (int f = 0; f < program->function_count; f++) {
        if (program->functions[f]->kind == FUNCTION_PREDICT) {
            const Dataflow *flow = dataflow_fused(program->functions[f]);
            cr_assert_eq(flow->kernel_count, 2);
            cr_expect_null(dataflow_check(flow));
            cr_expect_str_eq(dataflow_check(sunk(flow, number_of("h", flow), 1)),
                             "predict: kernel y reads h, which nobody has written yet");
        }
    }
    arena_free(compiler.arena);
}

static size_t try_models(Mutants *mutants, const char *pattern) {
    static char text[TEXT];
    glob_t found;
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        FILE *file = fopen(path, "rb");
        cr_assert(file, "%s", path);
        text[fread(text, 1, TEXT - 1, file)] = '\0';
        fclose(file);
        for (int mode = 0; mode < slice_of(2, 15); mode++) {
            try_model(mutants, path, text, mode + (int)strlen(strrchr(path, '/') + 1));
        }
    }
    size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

static void finish(const Mutants *mutants) {
    int all = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        cr_expect_gt(mutants->done[kind], 0, "no %s", kind_names[kind]);
        all += mutants->done[kind];
    }
    fprintf(stderr, "%d views of plans, %d mutants:", mutants->views, all);
    for (int kind = 0; kind < KINDS; kind++) {
        fprintf(stderr, " %d %s%s", mutants->done[kind], kind_names[kind],
                kind + 1 < KINDS ? "," : "\n");
    }
}

Test(dataflow, wrong_plans_of_the_models_are_noticed) {
    Mutants mutants = {.dice = dice_new(3)};
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/models/*.def"), 4);
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/models/digits/*.def"), 1);
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/models/newton/*.def"), 2);
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/tests/golden/emit/*.def"), 3);
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/tests/emitted/models/*.def"), 5);
    cr_expect_geq(try_models(&mutants, NNGEN_SOURCE "/tests/numeric/models/*.def"), 6);
    finish(&mutants);
}

Test(dataflow, wrong_plans_of_random_networks_are_noticed) {
    static Draw draw;
    char name[64];
    Mutants mutants = {.dice = dice_new(4)};
    for (int seed = 1; seed <= slice_of(NETWORKS, ALL_NETWORKS); seed++) {
        draw_model(&draw, (uint64_t)seed);
        snprintf(name, sizeof name, "random network %d", seed);
        try_model(&mutants, name, draw.text, seed);
    }
    finish(&mutants);
}
