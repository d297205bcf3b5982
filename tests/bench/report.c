/* What was measured, as tables on the terminal and as CSV. */

#include "report.h"

#include <stdio.h>

double operation_flops(const Net *net, Operation operation) {
    double products = 0, first = 0;
    for (int l = 0; l < net->depth; l++) {
        products += 2.0 * net->sizes[l] * net->sizes[l + 1];
        first = l == 0 ? products : first;
    }
    double batch = (double)net->network->batch;
    switch (operation) {
    case TRAIN_STEP:
    case TRAIN_STREAM:
        return batch * (3 * products - first);
    case PREDICT_BATCH:
        return batch * products;
    default:
        return products;
    }
}

int fastest(const Result *result, Operation operation, bool is_generated) {
    int best = -1;
    for (int c = 0; c < result->count; c++) {
        double took = result->figures[c][operation].minimum;
        if (result->contenders[c].is_generated == is_generated && took > 0 &&
            (best < 0 || took < result->figures[best][operation].minimum)) {
            best = c;
        }
    }
    return best;
}

static const char *microseconds(double time, char text[16]) {
    const char *format = time < 0.1   ? "%.4f"
                         : time < 1   ? "%.3f"
                         : time < 10  ? "%.2f"
                         : time < 100 ? "%.1f"
                                      : "%.0f";
    snprintf(text, 16, format, time);
    return text;
}

/* Figures of one contender and operation that follow from its time; 0: unknown. */
typedef struct {
    double gflops, share, ratio; /* ratio: the best other's time to this */
} Derived;

static Derived derive(const Result *result, int contender, Operation operation) {
    double took = result->figures[contender][operation].minimum;
    double gflops = 1e-3 * operation_flops(result->net, operation) / took;
    int other = fastest(result, operation, false);
    return (Derived){gflops, result->peak > 0 ? 1e9 * gflops / result->peak : 0,
                     other < 0 ? 0 : result->figures[other][operation].minimum / took};
}

static void print_head(const Result *result) {
    char peak[64] = "";
    if (result->peak > 0) {
        snprintf(peak, sizeof peak, ", FMA peak %.0f GFLOP/s", 1e-9 * result->peak);
    }
    printf("\n%s, batch %zu%s\n\n", result->net->name, result->net->network->batch, peak);
    printf(
        "Differences at most: predictions and cost %.1g, gradients %.1g, movements of weights %.1g "
        "(norms).\n\n",
        result->agreement[AGREE_VALUES], result->agreement[AGREE_GRADIENTS],
        result->agreement[AGREE_WEIGHTS]);
    printf("| contender | step, us (median) | GFLOP/s | of peak | best other : this | streaming |"
           " predict 1 | latency | predict %zu | of peak | best other : this |\n"
           "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
           result->net->network->batch);
}

static void print_time(const Figure *figure) {
    char text[16];
    printf(" %s |", microseconds(figure->minimum, text));
}

/* Nothing where there is nothing to count, as of models that are no chains. */
static void print_known(double value, int digits, const char *unit) {
    if (value > 0) {
        printf(" %.*f%s |", digits, value, unit);
    } else {
        printf(" |");
    }
}

static void print_row(const Result *result, int c) {
    const Figure *figures = result->figures[c];
    char least[16], middle[16];
    Derived step = derive(result, c, TRAIN_STEP), batch = derive(result, c, PREDICT_BATCH);
    char fewer[32] = "";
    if (figures[TRAIN_STEP].rounds < result->rounds) {
        snprintf(fewer, sizeof fewer, "; %d rounds", figures[TRAIN_STEP].rounds);
    }
    printf("| %s%s | %s (%s%s) |", result->contenders[c].name,
           result->contenders[c].is_alone ? " *" : "",
           microseconds(figures[TRAIN_STEP].minimum, least),
           microseconds(figures[TRAIN_STEP].median, middle), fewer);
    print_known(step.gflops, 1, "");
    print_known(100 * step.share, 0, " %");
    print_known(step.ratio, 2, "");
    print_time(&figures[TRAIN_STREAM]);
    print_time(&figures[PREDICT_ONE]);
    print_time(&figures[PREDICT_CHAIN]);
    print_time(&figures[PREDICT_BATCH]);
    print_known(100 * batch.share, 0, " %");
    print_known(batch.ratio, 2, "");
    printf("\n");
}

void report_table(const Result *result) {
    bool is_any_alone = false;
    print_head(result);
    for (int c = 0; c < result->count; c++) {
        print_row(result, c);
        is_any_alone |= result->contenders[c].is_alone;
    }
    if (is_any_alone) {
        printf(
            "\n\\* trains in a way of its own, whose results are not compared with the others'.\n");
    }
    fflush(stdout);
}

static void print_best(const Result *result, Operation operation) {
    int ours = fastest(result, operation, true), other = fastest(result, operation, false);
    char text[16];
    if (ours < 0 || other < 0) {
        return;
    }
    Derived derived = derive(result, ours, operation);
    printf("| %s | %s | %s, %s |", result->net->name, operation_names[operation],
           result->contenders[ours].name,
           microseconds(result->figures[ours][operation].minimum, text));
    printf(" %s, %s |", result->contenders[other].name,
           microseconds(result->figures[other][operation].minimum, text));
    printf(" %.2f |", derived.ratio);
    print_known(100 * derived.share, 0, " %");
    printf("\n");
}

void report_summary(const Result *results, int count) {
    printf("\n| net | operation | best generated, us | best other, us | other : generated |"
           " of peak |\n|---|---|---|---|--:|--:|\n");
    for (int r = 0; r < count; r++) {
        for (int o = 0; o < OPERATION_COUNT; o++) {
            print_best(&results[r], (Operation)o);
        }
    }
}

bool report_csv(const Report *report, const Result *result) {
    FILE *file = fopen(report->csv, "a");
    for (int c = 0; file && c < result->count; c++) {
        for (int o = 0; o < OPERATION_COUNT; o++) {
            const Figure *figure = &result->figures[c][o];
            Derived derived = derive(result, c, (Operation)o);
            fprintf(file, "%s,%s,\"%s\",\"%s\",%.6g,%.6g,%d,%.4g,%.4g,%.4g\n", report->compiler,
                    result->net->name, operation_names[o], result->contenders[c].name,
                    figure->minimum, figure->median, figure->rounds, derived.gflops, derived.share,
                    derived.ratio);
        }
    }
    if (!file || fclose(file) != 0) {
        fprintf(stderr, "error: %s cannot be written\n", report->csv);
        return false;
    }
    return true;
}
