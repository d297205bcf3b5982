/* Elementwise nodes over large values per batch, such as an update's, in runs: each block of elements
   goes through all of a run while it is in the cache. In float alone, where speed is the point. */

#include "network.h"

#include <stdlib.h>
#include <string.h>

#ifdef GENERIC_FLOAT

enum { BLOCK = 1024, MAX_RUN = 64 };

/* Where a node's elements lie during a run: element i of the block that begins with element `first`
   at start[first * advance + i * step]. A block of what the run alone reads is all there ever is. */
typedef struct {
    Real *start;
    ptrdiff_t advance, step;
} Place;

typedef struct {
    const Node *nodes[MAX_RUN];
    Place out[MAX_RUN], in[MAX_RUN][3];
    int last_reader[MAX_RUN]; /* in the run; -1: others read it too, so all of it must be kept */
    Real *copy[MAX_RUN];      /* where blocks are copied when all of the run has read; or NULL */
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

static void find_readers(const Generic *generic, Run *run) {
    int readers[MAX_RUN] = {0};
    for (int k = 0; k < run->count; k++) {
        for (int i = 0; i < run->nodes[k]->input_count; i++) {
            int read = place_in(run, run->nodes[k]->inputs[i]);
            if (read >= 0) {
                readers[read]++;
                run->last_reader[read] = k;
            }
        }
    }
    for (int k = 0; k < run->count; k++) {
        if (generic->readers[run->nodes[k]->id] != readers[k]) {
            run->last_reader[k] = -1;
        }
    }
}

static Place place_of(const Generic *generic, const Run *run, const Node *node) {
    int at = place_in(run, node);
    const Tensor *tensor = &generic->tensors[node->id];
    return at >= 0             ? run->out[at]
           : tensor->count > 1 ? (Place){tensor->value, 1, 1}
                               : (Place){tensor->value, 0, 0};
}

/* The block for node k is the first whose values nobody reads any more. */
static Real *free_block(const Generic *generic, int *busy_until, int k, int last_reader) {
    int slot = 0;
    while (busy_until[slot] >= k) {
        slot++;
    }
    busy_until[slot] = last_reader;
    return generic->blocks + (size_t)slot * BLOCK;
}

/* In an update: the variable that a node's value replaces, if all that read its old value are in the
   run; or NULL. */
static const Variable *replaced_by(const Generic *generic, const Run *run, const Node *next) {
    const Graph *graph = generic->graph;
    const Variable *replaced = NULL;
    for (int v = 0; generic->updating && v < graph->variable_count; v++) {
        bool is_next = graph->variables[v]->next == next;
        replaced =
            is_next && takes_over(generic, graph->variables[v]) ? graph->variables[v] : replaced;
    }
    int readers = replaced ? generic->readers[replaced->node->id] : 0;
    for (int k = 0; replaced && k < run->count; k++) {
        for (int i = 0; i < run->nodes[k]->input_count; i++) {
            readers -= run->nodes[k]->inputs[i] == replaced->node;
        }
    }
    return readers == 0 ? replaced : NULL;
}

/* Where the values of node k go: to a block, if nobody else reads them or if they replace a
   variable, which then stays in the cache; else to memory of their own. */
static Place place_out(Generic *generic, Run *run, int k, int *busy_until) {
    const Node *node = run->nodes[k];
    const Variable *replaced = run->last_reader[k] < 0 ? replaced_by(generic, run, node) : NULL;
    if (replaced) {
        run->copy[k] = generic->variables[replaced->number];
        run->last_reader[k] = run->count;
        generic->written[replaced->number] = true;
    }
    return run->last_reader[k] < 0
               ? (Place){generic->tensors[node->id].value, 1, 1}
               : (Place){free_block(generic, busy_until, k, run->last_reader[k]), 0, 1};
}

static void place_run(Generic *generic, Run *run) {
    int busy_until[MAX_RUN];
    memset(busy_until, -1, sizeof busy_until);
    for (int k = 0; k < run->count; k++) {
        const Node *node = run->nodes[k];
        for (int i = 0; i < 3; i++) {
            run->in[k][i] = place_of(generic, run, node->inputs[i < node->input_count ? i : 0]);
        }
        run->out[k] = place_out(generic, run, k, busy_until);
    }
}

/* Calls for what the next block reads: one operator after the other would wait for each of its
   own. */
static void fetch(const Place *in, ptrdiff_t first, ptrdiff_t end) {
    enum { LINE = 64 / sizeof(Real) };
    for (ptrdiff_t i = first; in->advance > 0 && i < end; i += LINE) {
        __builtin_prefetch(in->start + i, 0, 2);
    }
}

static void fetch_block(const Run *run, size_t first, size_t size) {
    for (int k = 0; k < run->count; k++) {
        for (int i = 0; i < run->nodes[k]->input_count; i++) {
            fetch(&run->in[k][i], (ptrdiff_t)first, (ptrdiff_t)(first + size));
        }
    }
}

static void run_block(const Run *run, ptrdiff_t first, size_t size) {
    for (int k = 0; k < run->count; k++) {
        const Real *p[3];
        ptrdiff_t step[3];
        for (int i = 0; i < 3; i++) {
            const Place *in = &run->in[k][i];
            p[i] = in->start + first * in->advance;
            step[i] = in->step;
        }
        map_run(run->nodes[k], size, run->out[k].start + first * run->out[k].advance, p, step);
    }
    for (int k = 0; k < run->count; k++) {
        if (run->copy[k]) {
            memcpy(run->copy[k] + first, run->out[k].start, size * sizeof(Real));
        }
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
    find_readers(generic, &run);
    place_run(generic, &run);
    size_t size = 0;
    for (size_t first = 0; run.count > 0 && first < elements; first += size) {
        size = elements - first < BLOCK ? elements - first : BLOCK;
        size_t rest = elements - first - size;
        fetch_block(&run, first + size, rest < BLOCK ? rest : BLOCK);
        run_block(&run, (ptrdiff_t)first, size);
    }
    return end - id;
}

bool blocks_allocate(Generic *generic) {
    generic->written = calloc((size_t)generic->graph->variable_count + 1, sizeof(bool));
    generic->blocks = aligned_alloc(64, (size_t)MAX_RUN * BLOCK * sizeof(Real));
    generic->readers = calloc((size_t)generic->graph->node_count + 1, sizeof *generic->readers);
    return generic->written && generic->blocks && generic->readers;
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
