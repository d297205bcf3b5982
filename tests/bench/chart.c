/* What was measured as a chart of bars, SVG: one row of panels per net, one column per operation. A bar
   is as long as its contender is fast beside the fastest of its panel; at its end stands the time. */

#include "report.h"

#include <stdio.h>

enum {
    LINE = 17,
    BAR = 12,
    NAMES = 150,
    PANEL = 280,
    BARS = 165, /* of the longest */
    HEAD = 108,
    NET_HEAD = 30,
    MARGIN = 24,
    COLUMNS = 3
};

static const Operation columns[COLUMNS] = {TRAIN_STEP, PREDICT_ONE, PREDICT_BATCH};

static const char *const style =
    "<style>text{font:12px system-ui,Helvetica,Arial,sans-serif;fill:#222}"
    ".title{font-size:19px;font-weight:600}.net{font-size:14px;font-weight:600}"
    ".note,.time{fill:#666}.time{font-size:11px}.ours{fill:#c2410c}.other{fill:#94a3b8}"
    ".alone{fill:#dbe1ea}.strong{font-weight:600}</style>\n";

static double panel_best(const Result *result, Operation operation) {
    int ours = fastest(result, operation, true), other = fastest(result, operation, false);
    double a = ours < 0 ? 0 : result->figures[ours][operation].minimum;
    double b = other < 0 ? 0 : result->figures[other][operation].minimum;
    return a > 0 && (b <= 0 || a < b) ? a : b;
}

/* Four figures at most, ns, us or ms. */
static void print_duration(FILE *file, double microseconds) {
    double value = microseconds < 1      ? 1e3 * microseconds
                   : microseconds < 1000 ? microseconds
                                         : 1e-3 * microseconds;
    const char *unit = microseconds < 1 ? "ns" : microseconds < 1000 ? "µs" : "ms";
    fprintf(file, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
}

static void print_bar(FILE *file, const Result *result, int c, int column, int y) {
    Operation operation = columns[column];
    const Contender *contender = &result->contenders[c];
    double took = result->figures[c][operation].minimum, best = panel_best(result, operation);
    if (took <= 0) {
        return;
    }
    double length = BARS * best / took;
    int x = MARGIN + NAMES + column * PANEL;
    const char *kind = contender->is_generated ? "ours" : contender->is_alone ? "alone" : "other";
    fprintf(file, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"1\"/>",
            kind, x, y - BAR + 2, length < 1 ? 1 : length, BAR);
    fprintf(file, "<text class=\"time%s\" x=\"%.1f\" y=\"%d\">", took <= best ? " strong" : "",
            x + length + 5, y);
    print_duration(file, took);
    if (operation != PREDICT_ONE && result->peak > 0) {
        double share = 1e8 * operation_flops(result->net, operation) / took / result->peak;
        if (share >= 1) {
            fprintf(file, " · %.0f %%", share);
        }
    }
    fprintf(file, "</text>\n");
}

static void print_net(FILE *file, const Result *result, int y) {
    fprintf(file, "<text class=\"net\" x=\"%d\" y=\"%d\">%s, batch %zu</text>\n", MARGIN, y,
            result->net->name, result->net->network->batch);
    for (int c = 0; c < result->count; c++) {
        int line = y + (c + 1) * LINE + 4;
        fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"%s>%s%s</text>\n",
                MARGIN + NAMES - 8, line,
                result->contenders[c].is_generated ? " class=\"strong\"" : "",
                result->contenders[c].name, result->contenders[c].is_alone ? " *" : "");
        for (int column = 0; column < COLUMNS; column++) {
            print_bar(file, result, c, column, line);
        }
    }
}

static int net_height(const Result *result) {
    return NET_HEAD + result->count * LINE;
}

static void print_head(FILE *file, const Report *report, const Result *results, int count) {
    int width = 2 * MARGIN + NAMES + COLUMNS * PANEL, height = HEAD + MARGIN;
    for (int r = 0; r < count; r++) {
        height += net_height(&results[r]);
    }
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
            "%d\">\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            width, height, width, height, style);
    fprintf(
        file,
        "<text class=\"title\" x=\"%d\" y=\"34\">Time of one call on one core, %s</text>\n"
        "<text class=\"note\" x=\"%d\" y=\"54\">Longer bars are faster; each panel on a scale of "
        "its own. * computes something else.</text>\n"
        "<text class=\"note\" x=\"%d\" y=\"71\">Percentages: of the core's FMA peak, %.0f GFLOP/s. "
        "Least of %d rounds.</text>\n",
        MARGIN, report->compiler, MARGIN, MARGIN, count > 0 ? 1e-9 * results[count - 1].peak : 0,
        report->rounds);
    static const char *const titles[COLUMNS] = {"train step", "predict one example",
                                                "predict the batch"};
    for (int column = 0; column < COLUMNS; column++) {
        fprintf(file, "<text class=\"strong\" x=\"%d\" y=\"%d\">%s</text>\n",
                MARGIN + NAMES + column * PANEL, HEAD - 12, titles[column]);
    }
}

bool report_chart(const Report *report, const Result *results, int count) {
    FILE *file = fopen(report->chart, "w");
    int y = HEAD + 14;
    if (file) {
        print_head(file, report, results, count);
    }
    for (int r = 0; file && r < count; r++) {
        print_net(file, &results[r], y);
        y += net_height(&results[r]);
    }
    if (!file || fprintf(file, "</svg>\n") < 0 || fclose(file) != 0) {
        fprintf(stderr, "error: %s cannot be written\n", report->chart);
        return false;
    }
    return true;
}
