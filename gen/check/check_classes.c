/* Which target's classes outputs and metrics are of, so that the driver can name them. In: the
   graph's outputs and sums, the trees of loss and metrics. Out: output_classes and, in each metric,
   classes. */

#include "check/statements.h"

#include <string.h>

/* The target that a name means, if it is onehot. */
static const Variable *onehot_named(const Checker *checker, const Tree *tree) {
    const Binding *binding = tree->kind == TREE_NAME ? find_value(checker, tree->name) : NULL;
    const Node *node = binding && binding->value.kind == VALUE_NODE ? binding->value.node : NULL;
    return node && node->kind == KIND_INPUT && node->variable->onehot ? node->variable : NULL;
}

static bool is_name(const Tree *tree, const char *name) {
    return tree->kind == TREE_NAME && strcmp(tree->name, name) == 0;
}

/* The targets beside which an output stands: *found is one, *count how many. */
typedef struct {
    Checker *checker;
    const char *output;
    const Variable *found;
    int count;
} Company;

static void find_company(Company *company, const Tree *tree) {
    for (int i = 0; tree && i < tree->child_count; i++)
        find_company(company, tree->children[i]);
    if (!tree || tree->kind != TREE_CALL)
        return;
    for (int i = 0; i < tree->child_count; i++) {
        const Variable *target = onehot_named(company->checker, tree->children[i]);
        for (int j = 0; target && j < tree->child_count; j++)
            if (j != i && target != company->found && is_name(tree->children[j], company->output)) {
                company->found = target;
                company->count++;
            }
    }
}

/* cross_entropy(p, digit): p is of the classes of digit, where it has as many values. */
static const Variable *classes_of_output(Checker *checker, int output) {
    const Graph *graph = checker->graph;
    Company company = {.checker = checker, .output = graph->output_names[output]};
    if (checker->kept->loss)
        find_company(&company, checker->kept->loss->values[0]);
    for (int i = 0; i < checker->kept->metric_count; i++)
        for (int j = 0; j < checker->kept->metrics[i]->value_count; j++)
            find_company(&company, checker->kept->metrics[i]->values[j]);
    bool is_of_one =
        company.count == 1 && shape_equal(graph->outputs[output]->shape, company.found->shape);
    return is_of_one ? company.found : NULL;
}

/* The one target that the metric's sums are made of; of several the one that is onehot. */
static const Variable *classes_of_metric(const Graph *graph, const Metric *metric) {
    const bool *reached =
        graph_reach((Graph *)graph, metric->sum_count, graph->sums + metric->first_sum);
    const Variable *target = NULL, *onehot = NULL;
    int targets = 0, onehots = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_TARGET || !reached[variable->node->id])
            continue;
        target = variable;
        targets++;
        if (variable->onehot) {
            onehot = variable;
            onehots++;
        }
    }
    return targets == 1 ? target : onehots == 1 ? onehot : NULL;
}

void find_classes(Checker *checker) {
    Graph *graph = checker->graph;
    graph->output_classes = NEW_ARRAY(checker->compiler, const Variable *, graph->output_count + 1);
    for (int i = 0; i < graph->output_count; i++)
        graph->output_classes[i] = classes_of_output(checker, i);
    for (int i = 0; i < graph->metric_count; i++)
        graph->metrics[i].classes = classes_of_metric(graph, &graph->metrics[i]);
}
