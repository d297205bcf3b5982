/* Processors, one row per target, and the cost model. In: a target, and the extents of a loop or
   a value. Out: the target's row, the number of reals in its vectors, tile sizes, and which
   optimizations pay. */

#include "target/target.h"

enum {
    NARROWEST = 16,    /* bytes of the narrowest vector */
    EXAMPLE_LANES = 4, /* most lanes of one example in straight-line code, whose layers are small */
};

/* Cache sizes are those of the smallest common CPU of each kind, for x86-64-v4 the second cache
   of Ice Lake; x86's divider and bandwidths were measured on Sapphire Rapids; aarch64's ports
   and divider are those of a Neoverse N1. */
static const Machine machines[] = {
    [TARGET_C99] = {.name = "c99",
                    .runtime = "NN_C99",
                    .registers = 16,
                    .port = {2, 2, 4},
                    .divider = {3, 3, 0},
                    .first_cache = {32 << 10, 64},
                    .second_cache = {256 << 10, 32},
                    .memory = {300, 8}},
    [TARGET_GENERIC] = {.name = "generic",
                        .runtime = "NN_GENERIC",
                        .vector = 16,
                        .registers = 16,
                        .port = {2, 2, 4},
                        .divider = {3, 3, 0},
                        .first_cache = {32 << 10, 64},
                        .second_cache = {256 << 10, 32},
                        .memory = {300, 8}},
    [TARGET_X86_64_V3] = {.name = "x86-64-v3",
                          .runtime = "NN_X86_64_V3",
                          .vector = 32,
                          .registers = 16,
                          .has_fma = true,
                          .has_masks = true,
                          .port = {2, 2, 4},
                          .divider = {5, 6, 0},
                          .first_cache = {32 << 10, 64},
                          .second_cache = {256 << 10, 32},
                          .memory = {300, 8}},
    [TARGET_X86_64_V4] = {.name = "x86-64-v4",
                          .runtime = "NN_X86_64_V4",
                          .vector = 64,
                          .registers = 32,
                          .has_fma = true,
                          .has_masks = true,
                          .has_bit_masks = true,
                          .port = {2, 2, 4},
                          .divider = {10, 12, 7},
                          .first_cache = {32 << 10, 64},
                          .second_cache = {1280 << 10, 48},
                          .memory = {300, 8}},
    [TARGET_AARCH64] = {.name = "aarch64",
                        .runtime = "NN_AARCH64",
                        .vector = 16,
                        .registers = 32,
                        .has_fma = true,
                        .port = {2, 2, 4},
                        .divider = {10, 10, 0},
                        .first_cache = {32 << 10, 64},
                        .second_cache = {256 << 10, 32},
                        .memory = {300, 8}},
};

const Machine *machine_of(const Options *options) {
    return &machines[options->target];
}

Target target_native(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool has_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has_v3 && has_v4 ? TARGET_X86_64_V4 : has_v3 ? TARGET_X86_64_V3 : TARGET_GENERIC;
#elif defined(__aarch64__)
    return TARGET_AARCH64;
#else
    return TARGET_GENERIC;
#endif
}

int real_bytes(const Options *options) {
    return options->is_double ? 8 : 4;
}

int target_lanes(const Options *options) {
    int vector = machine_of(options)->vector;
    return vector ? vector / real_bytes(options) : 1;
}

int natural_lanes(const Options *options) {
    int lanes = target_lanes(options);
    return lanes > 1 ? lanes : NARROWEST / real_bytes(options);
}

int struct_alignment(const Options *options) {
    int most = machine_of(options)->vector > NARROWEST ? machine_of(options)->vector : NARROWEST;
    for (int target = 0; target < TARGET_NATIVE; target++)
        if (options->versions & 1u << target && machines[target].vector > most)
            most = machines[target].vector;
    return most;
}

bool all_have_masks(const Options *options) {
    bool all = machine_of(options)->has_masks;
    for (int target = 0; target < TARGET_NATIVE; target++)
        if (options->versions & 1u << target && machines[target].vector > 0)
            all &= machines[target].has_masks;
    return all;
}

int narrowest_lanes(const Options *options) {
    return target_lanes(options) > 1 ? NARROWEST / real_bytes(options) : 1;
}

int lanes_for(const Options *options, int64_t count) {
    int lanes = NARROWEST / real_bytes(options), most = target_lanes(options);
    while (lanes < count && lanes < most)
        lanes *= 2;
    return lanes < most ? lanes : most;
}

int widest_lanes_for(const Options *options, int64_t count) {
    int most = lanes_for(options, count);
    for (int target = 0; target < TARGET_NATIVE; target++) {
        Options version = *options;
        version.target = (Target)target;
        if (options->versions & 1u << target && lanes_for(&version, count) > most)
            most = lanes_for(&version, count);
    }
    return most;
}

int example_lanes(const Options *options) {
    return lanes_for(options, EXAMPLE_LANES);
}

// What costs what

enum {
    /* examples from which on a transposed copy of weights pays: the copy is a move per weight, the
       product a multiply-add per weight and example */
    TRANSPOSE_EXAMPLES = 4,
    PANEL_TIMES = 8,   /* columns that are read so often are worth a packed copy */
    CROWDED_LINES = 8, /* rows at a multiple of so many cache lines share a few sets of a cache */
};

int fma_depth(const Options *options) {
    const Machine *machine = machine_of(options);
    return machine->port.multiply_adds * machine->port.latency;
}

static int64_t most_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Time of one round of a register tile, in cycles times both numbers of ports: the largest of
   what multiply-adds, loads and latency take. */
static int64_t round_time(const Machine *machine, int rows, int vectors) {
    int64_t adds = machine->port.multiply_adds, loads = machine->port.loads;
    int64_t products = rows * vectors * loads, operands = (rows + vectors) * adds;
    return most_of(most_of(products, operands), machine->port.latency * adds * loads);
}

static int64_t sweep_time(const Machine *machine, int64_t extent, int rows, int vectors) {
    int64_t whole = extent / rows;
    int rest = (int)(extent % rows);
    return whole * round_time(machine, rows, vectors) +
           (rest ? round_time(machine, rest, vectors) : 0);
}

/* Registers left for accumulators: the others hold the vectors of one operand, a broadcast
   element of the other, and, without fma, the product. */
static int accumulators(const Machine *machine, int vectors) {
    return machine->registers - vectors - 1 - !machine->has_fma;
}

/* A register tile has twice as many accumulators as multiply-adds must be in flight, so that no
   round waits for the one before, or as many as there are registers for. It has few vectors, so
   that little of the last one is wasted, but enough that multiply-adds and not loads set the
   pace: an element is loaded once per row of the tile, a vector once per round. Without vectors
   it counts scalars side by side instead. */
Tile tile_of(const Options *options) {
    const Machine *machine = machine_of(options);
    Tile tile = {.vectors = machine->vector ? 0 : natural_lanes(options)};
    do {
        tile.vectors += machine->vector > 0;
        int room = accumulators(machine, tile.vectors), wanted = 2 * fma_depth(options);
        tile.rows = (room < wanted ? room : wanted) / tile.vectors;
    } while (machine->vector && (tile.rows + tile.vectors) * machine->port.multiply_adds >
                                    tile.rows * tile.vectors * machine->port.loads);
    return tile;
}

/* The number of rows with the fewest cycles over the whole loop; among equals one that divides
   the extent, then the largest, which loads least. */
int tile_rows(const Options *options, int64_t extent, int vectors) {
    const Machine *machine = machine_of(options);
    int room = accumulators(machine, vectors), most = tile_of(options).rows, best = 1;
    for (int rows = 2; rows <= most && rows <= extent; rows++) {
        int64_t time = sweep_time(machine, extent, rows, vectors),
                least = sweep_time(machine, extent, best, vectors);
        bool leaves_less = extent % rows == 0 || extent % best != 0;
        if (rows * vectors <= room && (time < least || (time == least && leaves_less)))
            best = rows;
    }
    return best;
}

int vector_sums(const Options *options, int vectors, int panel) {
    int depth = fma_depth(options), sums = 1;
    while (2 * sums <= vectors && 2 * sums <= depth)
        sums *= 2;
    bool fits = vectors < depth && (panel == 0 || vectors % panel == 0);
    return fits ? vectors : sums;
}

int sum_accumulators(const Options *options, int sums) {
    int parts = 1;
    while (2 * parts * sums <= fma_depth(options))
        parts *= 2;
    return parts;
}

int64_t cache_pieces(const Options *options, int64_t bytes) {
    int64_t room = machine_of(options)->first_cache.size * 7 / 8;
    return (bytes + room - 1) / room;
}

static int64_t vectors_for(int64_t count, int lanes) {
    return (count + lanes - 1) / lanes;
}

/* Compares the vectors of accumulators with outputs in lanes and with examples in lanes. An
   input whose examples are not innermost is transposed first, which costs a move per input,
   counted as one output more. */
bool pays_examples_in_lanes(const Options *options, int64_t examples, int64_t outputs,
                            bool is_transposed, bool is_even) {
    int lanes = target_lanes(options);
    int64_t by_outputs = examples * vectors_for(outputs, lanes);
    int64_t by_examples = (outputs + !is_transposed) * vectors_for(examples, lanes);
    return outputs <= EXAMPLE_LANE_VALUES &&
           (by_examples < by_outputs || (is_even && by_examples == by_outputs));
}

bool pays_transposing(int64_t examples) {
    return examples >= TRANSPOSE_EXAMPLES;
}

bool pays_panels(const Options *options, int64_t bytes, int64_t times) {
    return bytes > machine_of(options)->first_cache.size && times >= PANEL_TIMES;
}

bool pays_prefetching(const Options *options, int64_t bytes) {
    const Machine *machine = machine_of(options);
    return machine->vector > 0 && bytes > machine->first_cache.size;
}

int prefetch_tiles(const Options *options, int64_t bytes, int64_t terms, int rows, int vectors) {
    const Machine *machine = machine_of(options);
    int64_t cycles = terms * round_time(machine, rows, vectors) /
                     (machine->port.multiply_adds * machine->port.loads);
    if (bytes <= machine->second_cache.size || machine->vector == 0)
        return 0;
    return (int)((machine->memory.latency + cycles - 1) / cycles);
}

/* Estimates do not use the divider but the ports of multiply-adds. */
bool estimates_roots(const Options *options) {
    const Machine *machine = machine_of(options);
    int operations = machine->divider.estimated_root;
    return operations > 0 && !options->is_exact && !options->is_double &&
           operations < machine->divider.root * machine->port.multiply_adds;
}

int64_t example_distance(const Options *options, int64_t examples, int64_t count) {
    int line = machine_of(options)->first_cache.line, size = real_bytes(options);
    bool is_crowded = examples > CROWDED_LINES && count * size % (CROWDED_LINES * line) == 0;
    int64_t distance = is_crowded ? count + line / size : count;
    return distance * examples <= MAX_ELEMENTS ? distance : count;
}

/* Of one target; 0: without vectors nothing is packed. */
static int own_panel_width(const Options *options) {
    return target_lanes(options) > 1 ? tile_of(options).vectors * target_lanes(options) : 0;
}

int panel_width(const Options *options, int64_t extent) {
    int width = own_panel_width(options);
    for (int target = 0; target < TARGET_NATIVE; target++) {
        Options version = *options;
        version.target = (Target)target;
        if (options->versions & 1u << target && own_panel_width(&version) > width)
            width = own_panel_width(&version);
    }
    return extent > width ? width : 0;
}
