/* Losses and metrics of every epoch, as CSV. Comes in: results. Goes out: a file that is whole
   whenever it is read: it is replaced in one step, at most once a second and at the end, also when
   training fails. A device or pipe is written once, at the end. */

#include "host.h"

#include <math.h>
#include <stdlib.h>

#define REWRITE_SECONDS 1.0

/* Only figures that are one number have a column. */
static void names_print(const nn_log *log, const char *set) {
    fprintf(log->memory, ",%s_loss", set);
    for (size_t i = 0; i < log->network->metric_count; i++)
        if (log->network->metrics[i].count == 1)
            fprintf(log->memory, ",%s_%s", set, log->network->metrics[i].name);
}

static void numbers_print(const nn_log *log, const double *results) {
    fprintf(log->memory, ",%.9g", results[0]);
    for (size_t i = 0; i < log->network->metric_count; i++)
        if (log->network->metrics[i].count == 1)
            fprintf(log->memory, ",%.9g", results[nn_result_at(log->network, i)]);
}

static void log_drop(nn_log *log) {
    fclose(log->memory);
    free(log->text);
    log->memory = NULL;
}

static bool line_end(nn_log *log) {
    fputc('\n', log->memory);
    if (fflush(log->memory) == 0 && !ferror(log->memory))
        return true;
    log_drop(log);
    return nn_fail_memory(log->error);
}

bool nn_log_open(nn_log *log) {
    if (!log->path)
        return true;
    if (!nn_save_check(log->path, log->error))
        return false;
    log->written = -INFINITY;
    log->memory = open_memstream(&log->text, &log->size);
    if (!log->memory)
        return nn_fail_memory(log->error);
    fprintf(log->memory, "%s%sepoch", log->setting ? log->setting : "", log->setting ? "," : "");
    names_print(log, "train");
    if (log->has_test)
        names_print(log, "test");
    return line_end(log);
}

static bool file_write(nn_log *log) {
    nn_save save;
    FILE *out = nn_save_open(&save, log->path, log->error);
    if (!out)
        return false;
    fwrite(log->text, 1, log->size, out);
    log->written = nn_clock();
    return nn_save_close(&save, true, log->error);
}

bool nn_log_epoch(nn_log *log, uint64_t epoch, const double *results, const double *test_results) {
    if (!log->memory)
        return true;
    fprintf(log->memory, "%s%s%llu", log->value ? log->value : "", log->value ? "," : "",
            (unsigned long long)epoch + 1);
    numbers_print(log, results);
    if (log->has_test)
        numbers_print(log, test_results);
    if (!line_end(log))
        return false;
    bool is_late = nn_clock() - log->written >= REWRITE_SECONDS;
    return !is_late || nn_save_is_special(log->path) || file_write(log);
}

bool nn_log_close(nn_log *log) {
    if (!log->memory)
        return true;
    bool is_fine = file_write(log);
    log_drop(log);
    return is_fine;
}
