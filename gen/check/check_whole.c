/* The loss over a data set of several batches. In: graph->cost. Out: nothing where the mean of the
   batches' costs, weighted by their numbers of examples, is the loss: the cost is a mean over the
   examples plus terms that are the same for all. Otherwise, as for a quotient of means, a last
   metric: sums over the examples, and from these the cost that one batch of the whole data set
   would have. Both are as in prediction. */

#include "check/statements.h"

typedef struct {
    Checker *checker;
    Node **known; /* by id: what a node is over the data set */
} Whole;

static bool depends_on_batch(const Checker *checker, const Node *node) {
    return fact_of(checker, node).prediction & ON_BATCH;
}

/* What batch_mean makes a mean of; NULL where the node is none, or one of what depends on other
   examples. */
static Node *averaged(Checker *checker, const Node *node) {
    Node *share = checker->shared.givens[GIVEN_SHARE], *shared = node->inputs[0];
    if (node->kind != KIND_REDUCE || node->op != OP_SUM || !node->over_batch ||
        shared->kind != KIND_MAP || shared->op != OP_MUL || shared->inputs[1] != share ||
        depends_on_batch(checker, shared->inputs[0]))
        return NULL;
    return shared->inputs[0];
}

/* The branch that prediction takes, as of where(training, ..); NULL where it is not known. */
static Node *chosen(Checker *checker, const Node *node) {
    if (node->kind != KIND_MAP || node->op != OP_WHERE)
        return NULL;
    Fact condition = fact_of(checker, node->inputs[0]);
    return !condition.is_known ? NULL : node->inputs[condition.number != 0 ? 1 : 2];
}

static bool is_map(const Node *node, Op op) {
    return node->kind == KIND_MAP && node->op == op;
}

/* Whether the mean over batches of any sizes is the value over all examples. */
static bool is_mean(Checker *checker, const Node *node) {
    if (!depends_on_batch(checker, node) || averaged(checker, node))
        return true;
    if (chosen(checker, node))
        return is_mean(checker, chosen(checker, node));
    if (is_map(node, OP_ADD) || is_map(node, OP_SUB))
        return is_mean(checker, node->inputs[0]) && is_mean(checker, node->inputs[1]);
    if (is_map(node, OP_NEG) || node->kind == KIND_VIEW)
        return is_mean(checker, node->inputs[0]);
    for (int i = 0; i < 2; i++)
        if ((is_map(node, OP_MUL) || (is_map(node, OP_DIV) && i == 0)) &&
            !depends_on_batch(checker, node->inputs[1 - i]))
            return is_mean(checker, node->inputs[i]);
    return false;
}

/* The mean over all examples: their sum, which finish is given, by their count. */
static Node *mean_of_all(Whole *whole, Node *node) {
    Graph *graph = whole->checker->graph;
    Node *count = given_node(whole->checker, GIVEN_COUNT);
    return graph_map(graph, OP_DIV, sum_of_examples(whole->checker, node), count, NULL);
}

static Node *over_all(Whole *whole, Node *node);

/* The same of inputs over all examples; NULL where one has no such value. */
static Node *copy_over_all(Whole *whole, const Node *node) {
    Graph *graph = whole->checker->graph;
    Node **inputs = NEW_ARRAY(graph->compiler, Node *, node->input_count);
    if (node->batched || node->over_batch || node->input_count == 0)
        return NULL;
    for (int i = 0; i < node->input_count; i++)
        if (!(inputs[i] = over_all(whole, node->inputs[i])))
            return NULL;
    return graph_copy_node(graph, node, inputs);
}

static Node *find_over_all(Whole *whole, Node *node) {
    Checker *checker = whole->checker;
    Graph *graph = checker->graph;
    unsigned dependence = fact_of(checker, node).prediction;
    if (dependence == 0 && !node->batched)
        return node;
    if (!(dependence &
          ON_BATCH)) /* finish cannot read the net: pass the value as a mean of equal values */
        return node->batched ? NULL : mean_of_all(whole, node);
    Node *mean = averaged(checker, node), *branch = chosen(checker, node);
    if (mean && node->axes)
        mean = graph_reduce(graph, OP_SUM, mean, node->axes, false);
    if (mean)
        return mean_of_all(whole, mean);
    return branch ? over_all(whole, branch) : copy_over_all(whole, node);
}

static Node *over_all(Whole *whole, Node *node) {
    if (!whole->known[node->id])
        whole->known[node->id] = find_over_all(whole, node);
    return whole->known[node->id];
}

void check_whole(Checker *checker) {
    Graph *graph = checker->graph;
    learn_nodes(checker);
    if (!graph->cost || is_mean(checker, graph->cost))
        return;
    int sum_count = graph->sum_count;
    Whole whole = {.checker = checker};
    whole.known = NEW_ARRAY(checker->compiler, Node *, graph->node_count);
    graph->at = checker->kept->loss->values[0]->span;
    Node *cost = over_all(&whole, graph->cost);
    Metric figure = {"loss", sum_count, graph->sum_count - sum_count, cost, .is_loss = true};
    if (cost)
        PUSH(checker->compiler, graph->metrics, graph->metric_count, figure);
    else
        graph->sum_count = sum_count;
}
