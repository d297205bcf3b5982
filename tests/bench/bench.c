/* Times emitted code, plain loops and the generic library on every model, one thread.

        bench ROUNDS CSV COMPILER

   Out: a table in Markdown, and lines `compiler,net,operation,contender,minimum,median` in
   microseconds, appended to CSV. Fails where contenders do not compute the same. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET(net, path)                                                                             \
    Contender net##_c99_open(void), net##_generic_open(void), plain_##net(void),                   \
        plain_fast_##net(void);                                                                    \
    extern const nn_network net##_c99_network;
#include "nets.h"
#undef NET

static const Net nets[] = {
#define NET(net, path)                                                                             \
    {path, &net##_c99_network, net##_generic_open, net##_c99_open, plain_##net, plain_fast_##net},
#include "nets.h"
#undef NET
};

/* Places of contenders: which one is compared with which. */
enum { GENERIC, C99, PLAIN, PLAIN_FAST, LIBRARY, LIBRARY_BLAS };

typedef struct {
    int rounds;
    const char *compiler;
    FILE *csv;
} Report;

typedef struct {
    double minimum, median; /* microseconds */
} Figure;

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Figure figure_of(double *seconds, int rounds) {
    qsort(seconds, (size_t)rounds, sizeof *seconds, compare);
    return (Figure){1e6 * seconds[0], 1e6 * seconds[rounds / 2]};
}

static int open_contenders(const Net *net, Contender *contenders) {
    int count = 0;
    contenders[count++] = net->open_generic();
    contenders[count++] = net->open_c99();
    contenders[count++] = net->open_plain();
    contenders[count++] = net->open_plain_fast();
    contenders[count++] = open_library(net->model);
#ifdef BENCH_BLAS
    contenders[count++] = open_library_blas(net->model);
#endif
    for (int c = 0; c < count; c++) {
        if (!contenders[c].self) {
            fprintf(stderr, "error: %s: %s does not open\n", net->model, contenders[c].name);
            exit(1);
        }
    }
    return count;
}

static double faster(double a, double b) {
    return a < b ? a : b;
}

static const char *microseconds(double time, char text[16]) {
    snprintf(text, 16, time < 1 ? "%.3f" : time < 10 ? "%.2f" : time < 100 ? "%.1f" : "%.0f", time);
    return text;
}

static void print_head(const Contender *contenders, int count) {
    printf("| net | operation |");
    for (int c = 0; c < count; c++) {
        printf(" %s |", contenders[c].name);
    }
    printf(" plain : generic | fast-math : generic | library : generic |\n|---|---|");
    for (int c = 0; c < count + 3; c++) {
        printf("--:|");
    }
    printf("\n");
}

/* Ratios are to emitted code of the target generic; the library's is that of the faster one. */
static void print_row(const char *net, const char *operation, const Figure *figures, int count) {
    char least[16], middle[16];
    printf("| %s | %s |", net, operation);
    for (int c = 0; c < count; c++) {
        printf(" %s (%s) |", microseconds(figures[c].minimum, least),
               microseconds(figures[c].median, middle));
    }
    double generated = figures[GENERIC].minimum;
    double library = faster(figures[LIBRARY].minimum,
                            figures[count > LIBRARY_BLAS ? LIBRARY_BLAS : LIBRARY].minimum);
    printf(" %.2f | %.2f | %.1f |\n", figures[PLAIN].minimum / generated,
           figures[PLAIN_FAST].minimum / generated, library / generated);
    fflush(stdout);
}

static void operation_name(Operation operation, size_t batch, char name[32]) {
    static const char *const verbs[OPERATION_COUNT] = {"train", "predict", "predict"};
    snprintf(name, 32, "%s %zu", verbs[operation], operation == PREDICT_ONE ? 1 : batch);
}

static void run_operation(const Report *report, const Job *job) {
    static double seconds[MAX_CONTENDERS][MAX_ROUNDS];
    Figure figures[MAX_CONTENDERS] = {{0, 0}};
    char operation[32], net[64];
    const nn_network *network = job->net->network;
    operation_name(job->operation, network->batch, operation);
    snprintf(net, sizeof net, "%.*s", (int)strcspn(network->name, "_"), network->name);
    measure(job, report->rounds, seconds);
    for (int c = 0; c < job->count; c++) {
        figures[c] = figure_of(seconds[c], report->rounds);
        fprintf(report->csv, "%s,%s,%s,\"%s\",%.6g,%.6g\n", report->compiler, net, operation,
                job->contenders[c].name, figures[c].minimum, figures[c].median);
    }
    print_row(net, operation, figures, job->count);
}

/* The values of all tensors after init and fit. */
static float *starting_net(const nn_network *network, const Data *data) {
    size_t total = 0;
    for (size_t t = 0; t < network->tensor_count; t++) {
        total += network->tensors[t].count;
    }
    float *start = malloc(total * sizeof *start), *next = start;
    void *net = aligned_alloc(64, (network->net_size + 63) / 64 * 64);
    const uint64_t seed = 1;
    if (!start || !net) {
        exit(1);
    }
    memset(net, 0, network->net_size);
    network->init(net, NULL, 0, (const void *const[]){&seed}, NULL);
    network->fit(net, NULL, network->batch, data->in[0], NULL);
    for (size_t t = 0; t < network->tensor_count; t++) {
        network->get(net, NULL, 0, (const void *const[]){network->tensors[t].name}, next);
        next += network->tensors[t].count;
    }
    free(net);
    return start;
}

static bool run_net(const Report *report, const Net *net, bool first) {
    Contender contenders[MAX_CONTENDERS];
    int count = open_contenders(net, contenders);
    Data data = data_new(net->network);
    float *start = starting_net(net->network, &data);
    Job job = {net, contenders, count, start, &data, TRAIN_STEP};
    bool same = same_results(&job);
    if (first) {
        print_head(contenders, count);
    }
    for (; same && job.operation < OPERATION_COUNT; job.operation++) {
        run_operation(report, &job);
    }
    free(start);
    data_free(&data, net->network);
    return same;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "bench ROUNDS CSV COMPILER\n");
        return 2;
    }
    Report report = {.rounds = atoi(argv[1]), .compiler = argv[3], .csv = fopen(argv[2], "a")};
    if (!report.csv || report.rounds < 1 || report.rounds > MAX_ROUNDS) {
        fprintf(stderr, "error: %s cannot be written, or not 1 to %d rounds\n", argv[2],
                MAX_ROUNDS);
        return 2;
    }
    bool same = true;
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        same &= run_net(&report, &nets[i], i == 0);
    }
    fclose(report.csv);
    return same ? 0 : 1;
}
