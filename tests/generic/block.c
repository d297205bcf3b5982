/* Elementwise nodes over large values per batch, such as an update's, in runs: each block of elements
   goes through all of a run while it is in the cache. In float alone, where speed is the point. */

#include "network.h"

#include <stdlib.h>
#include <string.h>

#ifdef GENERIC_FLOAT

enum { BLOCK = 4096, MAX_RUN = 64 };

typedef struct {
    const Node *nodes[MAX_RUN];
    bool is_local[MAX_RUN]; /* read by the run alone: a block of it is all there ever is */
    int count;
} Run;

static bool is_large_map(const Generic *generic, const Node *node) {
    const Tensor *out = &generic->tensors[node->id];
    return node->kind == KIND_MAP && out->examples == 1 && out->count > BLOCK &&
           generic->perturbation.amount == 0;
}

/* Whether a node's operands are scalars or lie element by element beside the run's. */
static bool can_join(const Generic *generic, const Node *node, size_t count) {
    bool joins = is_large_map(generic, node) && generic->tensors[node->id].count == count;
    for (int i = 0; joins && i < node->input_count; i++) {
        const Tensor *in = generic->inputs[node->id][i];
        joins = in->examples == 1 && (in->count == count || in->count == 1);
    }
    return joins;
}

static int place_in(const Run *run, const Node *node) {
    for (int k = 0; k < run->count; k++) {
        if (run->nodes[k] == node) {
            return k;
        }
    }
    return -1;
}

static bool reads_run(const Node *node, const Run *run) {
    for (int i = 0; i < node->input_count; i++) {
        if (place_in(run, node->inputs[i]) >= 0) {
            return true;
        }
    }
    return false;
}

static void find_local(const Generic *generic, Run *run) {
    int readers[MAX_RUN] = {0};
    for (int k = 0; k < run->count; k++) {
        for (int i = 0; i < run->nodes[k]->input_count; i++) {
            int read = place_in(run, run->nodes[k]->inputs[i]);
            readers[read < 0 ? k : read] += read >= 0;
        }
    }
    for (int k = 0; k < run->count; k++) {
        run->is_local[k] = generic->readers[run->nodes[k]->id] == readers[k];
    }
}

/* A row of `count` elements from `first` on of the value of a node, or of what the run has of it. */
static Tensor part_of(const Generic *generic, const Run *run, const Node *node, size_t first,
                      size_t count) {
    Tensor part = generic->tensors[node->id];
    if (part.count > 1) {
        int place = place_in(run, node);
        part.value = place >= 0 && run->is_local[place] ? generic->blocks + (size_t)place * BLOCK
                                                        : part.value + first;
        part.count = count;
        part.shape = (Shape){.rank = 1, .size = {(int64_t)count}};
    }
    return part;
}

static void run_block(const Generic *generic, const Run *run, size_t first, size_t size) {
    for (int k = 0; k < run->count; k++) {
        const Node *node = run->nodes[k];
        Tensor out = part_of(generic, run, node, first, size), parts[3];
        Tensor *in[3];
        for (int i = 0; i < node->input_count; i++) {
            parts[i] = part_of(generic, run, node->inputs[i], first, size);
            in[i] = &parts[i];
        }
        map_forward(node, &out, in);
    }
}

/* The nodes from there on that may go together; the small ones among them, which do not read those,
   run at once. Gives where it ended. */
static int collect(Generic *generic, int id, Run *run) {
    int at = id;
    for (; at < generic->graph->node_count && run->count < MAX_RUN; at++) {
        const Node *node = generic->graph->nodes[at];
        if (!generic->needed[at]) {
            continue;
        }
        if (can_join(generic, node, generic->tensors[id].count)) {
            run->nodes[run->count++] = node;
        } else if (run->count == 0 || reads_run(node, run)) {
            break;
        } else {
            node_forward(generic, node);
        }
    }
    return at;
}

int run_in_blocks(Generic *generic, int id) {
    Run run = {.count = 0};
    size_t elements = generic->tensors[id].count;
    int end = collect(generic, id, &run);
    find_local(generic, &run);
    for (size_t first = 0; run.count > 0 && first < elements; first += BLOCK) {
        run_block(generic, &run, first, elements - first < BLOCK ? elements - first : BLOCK);
    }
    return end - id;
}

bool blocks_allocate(Generic *generic) {
    generic->blocks = malloc((size_t)MAX_RUN * BLOCK * sizeof(Real));
    generic->readers = calloc((size_t)generic->graph->node_count + 1, sizeof *generic->readers);
    return generic->blocks && generic->readers;
}

void count_readers(Generic *generic) {
    const Graph *graph = generic->graph;
    memset(generic->readers, 0, (size_t)graph->node_count * sizeof *generic->readers);
    for (int i = 0; i < generic->root_count; i++) {
        generic->readers[generic->roots[i]->id]++;
    }
    for (int i = 0; i < graph->node_count; i++) {
        for (int k = 0; generic->needed[i] && k < graph->nodes[i]->input_count; k++) {
            generic->readers[graph->nodes[i]->inputs[k]->id]++;
        }
    }
}

#else

int run_in_blocks(Generic *generic, int id) {
    (void)generic, (void)id;
    return 0;
}

bool blocks_allocate(Generic *generic) {
    (void)generic;
    return true;
}

void count_readers(Generic *generic) {
    (void)generic;
}

#endif
