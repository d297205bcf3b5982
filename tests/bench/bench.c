/* Times emitted code, plain loops, libraries and what engineers build on them, on one thread.

        bench ROUNDS COMPILER CSV [CHART]

   Out: tables in Markdown; lines `compiler,net,operation,contender,minimum,median,...` appended to
   CSV; a bar chart. The environment's NETS and CONTENDERS are lists of parts of names, separated by
   commas, to take no others. Fails where contenders do not compute the same. */

#include "median.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NETS = 16 };

static const double least_seconds = 0.006, budget = 0.3;
static const size_t stream_size = 64 << 20;

static Figure figure_of(Series *series) {
    double middle = median(series->seconds, series->count);
    return (Figure){1e6 * series->seconds[0], 1e6 * middle, series->count};
}

static void measure_all(Job *job, int rounds, Result *result) {
    static Series series[MAX_CONTENDERS];
    const Pace pace = {
        .rounds = rounds, .least_seconds = least_seconds, .budget = budget, .sees_peak = true};
    for (int o = 0; o < OPERATION_COUNT; o++) {
        job->operation = (Operation)o;
        measure(job, &pace, series);
        for (int c = 0; c < job->count; c++) {
            result->figures[c][o] = figure_of(&series[c]);
        }
    }
    result->peak = peak_rate();
    result->rounds = rounds;
    memcpy(result->agreement, job->agreement, sizeof result->agreement);
}

/* contenders: room for those of this net, which the result points to. */
static bool run_net(const Net *net, int rounds, Contender *contenders, Result *result) {
    int count = open_contenders(net, getenv("CONTENDERS"), contenders);
    Data data = data_new(net->network, stream_size);
    float *start = starting_net(net->network, &data);
    Job job = {.net = net,
               .contenders = contenders,
               .count = count,
               .start = start,
               .data = &data,
               .operation = TRAIN_STEP};
    *result = (Result){.net = net, .contenders = contenders, .count = count};
    bool same = same_results(&job);
    if (same) {
        measure_all(&job, rounds, result);
        report_table(result);
    }
    free(start);
    data_free(&data);
    return same;
}

static bool run_nets(const Report *report) {
    static Contender contenders[MAX_NETS][MAX_CONTENDERS];
    static Result results[MAX_NETS];
    int count = 0;
    for (const Net *net = nets; net->name && count < MAX_NETS; net++) {
        if (!name_matches(net->name, getenv("NETS"))) {
            continue;
        }
        if (!run_net(net, report->rounds, contenders[count], &results[count]) ||
            !report_csv(report, &results[count])) {
            return false;
        }
        count++;
    }
    report_summary(results, count);
    return !report->chart || report_chart(report, results, count);
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "bench ROUNDS COMPILER CSV [CHART]\n");
        return 2;
    }
    Report report = {atoi(argv[1]), argv[2], argv[3], argc > 4 ? argv[4] : NULL};
    if (report.rounds < 1 || report.rounds > MAX_ROUNDS) {
        fprintf(stderr, "error: not 1 to %d rounds\n", MAX_ROUNDS);
        return 2;
    }
    return run_nets(&report) ? 0 : 1;
}
