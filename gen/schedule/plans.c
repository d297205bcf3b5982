/* The plans of a program as one text, which `--dump=schedule` prints and `--plans` reads.

   In: scheduled functions, a text with plans of their kernels, of all or some. Out: plans that take
   the place of the chosen ones, or errors at lines of the text. A plan is named after its function
   and its kernel, `train_step.h`; the second kernel of a name is `train_step.h:2`. */

#include "schedule/schedule.h"

#include <stdlib.h>
#include <string.h>

// Names

typedef struct {
    const char *name;
    int number; /* of the cluster */
} Named;

static int by_name(const void *a, const void *b) {
    const Named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->number - y->number;
}

void name_plans(Function *function) {
    Compiler *compiler = function->graph->compiler;
    const Schedule *schedule = function->schedule;
    Named *named = NEW_ARRAY(compiler, Named, schedule->cluster_count + 1);
    int count = 0, again = 1;
    for (int c = 0; c < schedule->cluster_count; c++)
        if (schedule->clusters[c]->plan)
            named[count++] = (Named){schedule->clusters[c]->equations->name, c};
    qsort(named, (size_t)count, sizeof *named, by_name);
    for (int i = 0; i < count; i++) {
        Cluster *cluster = schedule->clusters[named[i].number];
        Plan *plan = NEW(compiler, Plan);
        *plan = *cluster->plan;
        again = i > 0 && strcmp(named[i].name, named[i - 1].name) == 0 ? again + 1 : 1;
        plan->name = again > 1
                         ? format_text(compiler, "%s.%s:%d", function->name, named[i].name, again)
                         : format_text(compiler, "%s.%s", function->name, named[i].name);
        cluster->plan = plan;
    }
}

// Text

void plans_text(Text *out, const Program *program) {
    for (int f = 0; f < program->function_count; f++) {
        const Schedule *schedule = program->functions[f]->schedule;
        for (int c = 0; c < schedule->cluster_count; c++)
            if (schedule->clusters[c]->plan)
                plan_text(out, schedule->clusters[c]->equations, schedule->clusters[c]->plan);
    }
}

// Reading

typedef struct {
    Compiler *compiler;
    Program *program;
    const Source *source;
    const char *at; /* in its text */
    int count;
    Cluster **clusters; /* that have plans, by the names of these */
} Reader;

static int by_plan(const void *a, const void *b) {
    return strcmp((*(Cluster *const *)a)->plan->name, (*(Cluster *const *)b)->plan->name);
}

static void find_clusters(Reader *reader) {
    for (int f = 0; f < reader->program->function_count; f++) {
        const Schedule *schedule = reader->program->functions[f]->schedule;
        for (int c = 0; c < schedule->cluster_count; c++)
            if (schedule->clusters[c]->plan)
                PUSH(reader->compiler, reader->clusters, reader->count, schedule->clusters[c]);
    }
    if (reader->count > 0)
        qsort(reader->clusters, (size_t)reader->count, sizeof(Cluster *), by_plan);
}

static Cluster *cluster_of(const Reader *reader, const char *name) {
    Plan plan = {.name = name};
    Cluster wanted = {.plan = &plan}, *key = &wanted;
    Cluster **found = reader->count == 0 ? NULL
                                         : bsearch(&key, reader->clusters, (size_t)reader->count,
                                                   sizeof(Cluster *), by_plan);
    return found ? *found : NULL;
}

/* From here to the end of the line. */
static Span span_at(const Reader *reader, const char *at) {
    size_t first = (size_t)(at - reader->source->text);
    return (Span){reader->source, first, first + strcspn(at, "\n")};
}

static Function *function_of(const Reader *reader, const char *name) {
    size_t size = strcspn(name, ".");
    for (int f = 0; f < reader->program->function_count; f++) {
        Function *function = reader->program->functions[f];
        if (strlen(function->name) == size && memcmp(function->name, name, size) == 0)
            return function;
    }
    return NULL;
}

static void hint_function(const Reader *reader, const char *name) {
    int count = reader->program->function_count;
    const char **names = NEW_ARRAY(reader->compiler, const char *, count + 1);
    for (int f = 0; f < count; f++)
        names[f] = reader->program->functions[f]->name;
    const char *nearest = nearest_name(name, names, count);
    if (nearest)
        hint(reader->compiler, "did you mean '%s'?", nearest);
}

static void hint_kernel(const Reader *reader, const char *name) {
    const char **names = NEW_ARRAY(reader->compiler, const char *, reader->count + 1);
    for (int i = 0; i < reader->count; i++)
        names[i] = reader->clusters[i]->plan->name;
    const char *nearest = nearest_name(name, names, reader->count);
    if (nearest)
        hint(reader->compiler, "did you mean '%s'?", nearest);
    else
        hint(reader->compiler, "--dump=schedule prints all plans with their names");
}

/* Whether the function makes a value of this name, in a kernel that goes without a plan. */
static bool is_unplanned(Function *function, const char *name) {
    const char **reasons;
    Equations **made = equations_of(function, &reasons);
    const Graph *graph = function->graph;
    bool result = false;
    for (int c = 0; c < function->schedule->cluster_count; c++)
        result |= made[c] && strcmp(made[c]->name, name) == 0;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        result |=
            node->cluster && !node->cluster->plan && node->name && strcmp(node->name, name) == 0;
    }
    return result;
}

static void refuse_name(const Reader *reader, Span at, const char *name) {
    Compiler *compiler = reader->compiler;
    const char *dot = strchr(name, '.');
    Function *function = function_of(reader, name);
    if (!function) {
        const char *shown = format_text(compiler, "%.*s", (int)strcspn(name, "."), name);
        error_at(compiler, at, "the network has no function '%s'", shown);
        hint_function(reader, shown);
    } else if (function->schedule->is_straight) {
        error_at(compiler, at, "%s is straight-line code, which has no plans", function->name);
        hint(compiler, "--unroll=tile makes it of kernels");
    } else if (dot && is_unplanned(function, dot + 1))
        error_at(compiler, at, "the kernel of '%s' in %s does not go by a plan, and takes none",
                 dot + 1, function->name);
    else {
        error_at(compiler, at, "%s has no kernel '%s' with a plan", function->name,
                 dot ? dot + 1 : "");
        hint_kernel(reader, name);
    }
}

/* To the next line that begins with `plan`, behind the one that is read. */
static void skip_plan(Reader *reader) {
    do {
        reader->at += strcspn(reader->at, "\n");
        reader->at += *reader->at == '\n';
    } while (*reader->at && strncmp(reader->at, "plan", 4) != 0);
}

static void read_plan(Reader *reader, Cluster *cluster, Span heading) {
    Compiler *compiler = reader->compiler;
    Plan *plan;
    const PlanNode *unfit;
    const char *reason = plan_parse(cluster->equations, &reader->at, &plan);
    if (reason) {
        error_at(compiler, span_at(reader, reader->at), "%s", reason);
        skip_plan(reader);
        return;
    }
    plan->name = cluster->plan->name;
    plan->at = heading;
    reason = plan_check(cluster->equations, plan, &unfit);
    if (reason)
        error_at(compiler, unfit->text ? span_at(reader, unfit->text) : heading,
                 "the plan of %s does not fit: %s", plan->name, reason);
    cluster->plan = plan;
}

/* The line `plan NAME`, and what is below it. */
static void read_named(Reader *reader) {
    static const char word[] = "plan ";
    Compiler *compiler = reader->compiler;
    const char *begin = reader->at;
    if (strncmp(begin, word, sizeof word - 1) != 0) {
        error_at(compiler, span_at(reader, begin), "'plan FUNCTION.KERNEL' expected");
        skip_plan(reader);
        return;
    }
    const char *first = begin + sizeof word - 1 + strspn(begin + sizeof word - 1, " ");
    const char *name = format_text(compiler, "%.*s", (int)strcspn(first, " #\n"), first);
    Span heading = {reader->source, (size_t)(first - reader->source->text),
                    (size_t)(first - reader->source->text) + strlen(name)};
    Cluster *cluster = cluster_of(reader, name);
    if (cluster && !cluster->plan->at.source) {
        read_plan(reader, cluster, heading);
        return;
    }
    if (cluster) {
        error_at(compiler, heading, "a second plan of %s", name);
        note_at(compiler, cluster->plan->at, "the first one");
    } else
        refuse_name(reader, heading, shown_text(compiler, name));
    skip_plan(reader);
}

void plans_parse(Program *program, const Source *source) {
    Reader reader = {
        .compiler = program->compiler, .program = program, .source = source, .at = source->text};
    find_clusters(&reader);
    for (reader.at = plan_skip(reader.at); *reader.at; reader.at = plan_skip(reader.at))
        read_named(&reader);
    if (reader.at < source->text + source->size)
        error_at(reader.compiler, span_at(&reader, reader.at), "NUL byte: this is not a text file");
}
