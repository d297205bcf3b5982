/* What was measured, and the forms it is shown in. */

#ifndef REPORT_H
#define REPORT_H

#include "bench.h"

typedef struct {
    double minimum, median; /* microseconds; 0: not measured */
    int rounds;
} Figure;

/* All that was measured of one net. */
typedef struct {
    const Net *net;
    const Contender *contenders;
    int count;
    Figure figures[MAX_CONTENDERS][OPERATION_COUNT];
    double peak; /* FLOP/s */
    int rounds;  /* of the quick ones */
    double agreement[AGREEMENT_COUNT];
} Result;

/* FLOPs of an operation, of the products alone; 0 where the net is no plain chain. */
double operation_flops(const Net *net, Operation operation);
/* The fastest contender that is, or is not, generated; -1: there is none. */
int fastest(const Result *result, Operation operation, bool is_generated);

typedef struct {
    int rounds;
    const char *compiler;
    const char *csv, *chart; /* paths; csv is appended to, chart may be NULL */
} Report;

void report_table(const Result *result);
void report_summary(const Result *results, int count);
bool report_csv(const Report *report, const Result *result);
bool report_chart(const Report *report, const Result *results, int count);

#endif
