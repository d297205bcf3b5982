/* Sorts what an update makes. In: the nodes that runs have made, one stop after another. Out: the
   same nodes, sorted: for each meeting what it needs, parameter by parameter; then, parameter by
   parameter, what else moves it; then what nobody uses. So what moves one parameter stands
   together, however often its run has stopped. */

#include "expand/runs.h"

#include <stdlib.h>

/* Where a node goes. `meeting` is the first that needs it; their count where only the moves do; one
   more where nobody does. */
typedef struct {
    Node *node;
    int id, meeting, run;
} Key;

/* Marks, by id, what the moves need. */
static bool *reach_moves(Graph *graph, const Moves *moves) {
    Node **roots = NULL;
    int count = 0;
    for (int i = 0; i < moves->count; i++) {
        const Move *move = &moves->items[i];
        PUSH(graph->compiler, roots, count, move->next);
        PUSH(graph->compiler, roots, count, move->point);
        for (int k = 0; k < move->state_count; k++) {
            PUSH(graph->compiler, roots, count, move->states[k]->next);
            PUSH(graph->compiler, roots, count, move->states[k]->initial);
        }
    }
    return graph_reach(graph, count, roots);
}

static bool is_used(const Meeting *meeting, int count, const bool *used) {
    for (int i = 0; i < count; i++)
        if (meeting->results[i] && used[meeting->results[i]->id])
            return true;
    return false;
}

/* Marks, by id, what is made once for all parameters: variables, givens, t and batch_size. */
static bool *reach_shared(const Checker *checker) {
    Graph *graph = checker->graph;
    Node *roots[] = {checker->shared.update_number, checker->shared.batch_size};
    bool *shared = graph_reach(graph, 2, roots);
    for (int id = 0; id < graph->node_count; id++) {
        Kind kind = graph->nodes[id]->kind;
        shared[id] |= kind == KIND_PARAM || kind == KIND_STATE || kind == KIND_GIVEN;
    }
    return shared;
}

static void need(int *meeting_of, const Node *node, int meeting) {
    if (node && meeting < meeting_of[node->id])
        meeting_of[node->id] = meeting;
}

/* The first meeting that needs a node, by id. */
static int *find_meetings(Graph *graph, const Runs *runs) {
    int *meeting_of = NEW_ARRAY(graph->compiler, int, graph->node_count);
    const bool *used = reach_moves(graph, runs->moves);
    for (int id = 0; id < graph->node_count; id++)
        meeting_of[id] = runs->meeting_count + !used[id];
    for (int k = 0; k < runs->meeting_count; k++)
        for (int i = 0; i < runs->moves->count; i++)
            if (is_used(&runs->meetings[k], runs->moves->count, used))
                need(meeting_of, runs->meetings[k].shares[i], k);
    for (int id = graph->node_count - 1; id >= 0; id--)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            need(meeting_of, graph->nodes[id]->inputs[i], meeting_of[id]);
    return meeting_of;
}

static int compare_keys(const void *first, const void *second) {
    const Key *a = first, *b = second;
    if (a->meeting != b->meeting)
        return a->meeting - b->meeting;
    return a->run != b->run ? a->run - b->run : a->id - b->id;
}

/* Whether nobody uses what stands there. */
static bool is_idle(const Runs *runs, int meeting) {
    return meeting > runs->meeting_count;
}

/* Of what a run has made: what parameters share stands where it was made. */
static void set_run_keys(Key *keys, const OptimizerRun *run, int number, const int *meeting_of,
                         const bool *shared) {
    for (int k = 0; k < run->range_count; k++)
        for (int id = run->ranges[k].first; id < run->ranges[k].end; id++) {
            keys[id].meeting = shared[id] ? k : meeting_of[id];
            keys[id].run = number;
        }
}

/* What a meeting has made comes behind what the runs have made for it. */
static void set_meeting_keys(Key *keys, const Runs *runs, int number, const int *meeting_of) {
    const Meeting *meeting = &runs->meetings[number];
    for (int id = meeting->made.first; id < meeting->made.end; id++) {
        keys[id].meeting = is_idle(runs, meeting_of[id]) ? meeting_of[id] : number;
        keys[id].run = runs->moves->count;
    }
}

void sort_nodes(Checker *checker, const Runs *runs, NodeRange made) {
    Graph *graph = checker->graph;
    Key *keys = NEW_ARRAY(checker->compiler, Key, graph->node_count + 1);
    const int *meeting_of = find_meetings(graph, runs);
    const bool *shared = reach_shared(checker);
    for (int i = 0; i < runs->moves->count; i++)
        set_run_keys(keys, &runs->runs[i], i, meeting_of, shared);
    for (int k = 0; k < runs->meeting_count; k++)
        set_meeting_keys(keys, runs, k, meeting_of);
    for (int id = made.first; id < made.end; id++) {
        keys[id].node = graph->nodes[id];
        keys[id].id = id;
        if (is_idle(runs, keys[id].meeting))
            keys[id].run = 0;
    }
    qsort(keys + made.first, (size_t)(made.end - made.first), sizeof *keys, compare_keys);
    for (int id = made.first; id < made.end; id++) {
        graph->nodes[id] = keys[id].node;
        graph->nodes[id]->id = id;
    }
    forget_nodes(checker);
}
