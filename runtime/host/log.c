/* The log of training: losses and metrics of every epoch, as CSV. Comes in: results. Goes out: a
   file that is complete whenever somebody reads it: it is replaced in one step, at most once a
   second and at the end, also when training fails. A device or pipe is written once, at the end.
   Where training continues from weights, new rows follow those of the old log, which must end at
   the same epoch; or later, where the run that is continued was killed after it had saved. */

#include "host.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define REWRITE_SECONDS 1.0

/* Writes the names of the columns. Metrics that are not one number have none. */
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

/* The old log, row by row. */
typedef struct {
    nn_log *log;
    FILE *file;
    char *line;
    size_t capacity, number;
    ssize_t length;  /* without the line end */
    uint64_t epochs; /* in the last row */
    uint64_t cut;    /* rows that are left out */
} Old;

static bool old_fail(const Old *old, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool old_fail(const Old *old, size_t line, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    nn_fail(old->log->error, NN_WRONG, (nn_place){old->log->save->path, line}, "%s", text);
    nn_hint(old->log->error, "--log with another file begins a new log");
    return false;
}

/* Takes a line without its LF or CR LF. False at the end of the file, and, before that, where it
   cannot be read or memory runs out. */
static bool old_next(Old *old) {
    old->length = getline(&old->line, &old->capacity, old->file);
    if (old->length < 0)
        return false;
    if (old->line[old->length - 1] == '\n')
        old->line[--old->length] = '\0';
    if (old->length > 0 && old->line[old->length - 1] == '\r')
        old->line[--old->length] = '\0';
    old->number++;
    return true;
}

static size_t count_commas(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

/* Checks that the first line of the old log is what this run would write. So far the new log
   consists of that line alone. */
static bool old_header_check(const Old *old) {
    const nn_log *log = old->log;
    nn_quoted there, here;
    if ((size_t)old->length + 1 == log->size &&
        memcmp(old->line, log->text, (size_t)old->length) == 0)
        return true;
    char header[200];
    snprintf(header, sizeof header, "%.*s", (int)(log->size - 1), log->text);
    return old_fail(old, 1, "this is no log to go on in: it begins with %s, not %s",
                    nn_quote(&there, old->line), nn_quote(&here, header));
}

/* Whether a row is of an epoch that is trained again. */
static bool is_cut(const nn_log *log, uint64_t epoch) {
    return log->may_be_cut && epoch > log->first;
}

static bool old_row_take(Old *old, size_t commas) {
    char *comma = strchr(old->line, ',');
    uint64_t epoch;
    if (comma)
        *comma = '\0';
    bool is_row = comma && nn_whole_parse(old->line, UINT32_MAX, &epoch) && epoch > 0;
    if (comma)
        *comma = ',';
    if (!is_row || count_commas(old->line) != commas || strlen(old->line) != (size_t)old->length ||
        (old->epochs > 0 && epoch != old->epochs + 1))
        return old_fail(old, old->number, "this is no log to go on in: no row of the next epoch");
    old->epochs = epoch;
    old->cut += is_cut(old->log, epoch);
    if (is_cut(old->log, epoch))
        return true;
    fputs(old->line, old->log->memory);
    return line_end(old->log);
}

/* Checks that training goes on where the rows end. */
static bool old_end_check(const Old *old) {
    const nn_log *log = old->log;
    uint64_t kept = old->epochs - old->cut;
    if (kept != log->first)
        return old_fail(old, 0, "the log ends with epoch %llu, training goes on with epoch %llu",
                        (unsigned long long)old->epochs, (unsigned long long)log->first + 1);
    if (old->cut > 0)
        nn_note(
            log->error, log->save->path,
            "rows from epoch %llu on are taken away: the weights were saved before them, and they "
            "are trained again",
            (unsigned long long)log->first + 1);
    return true;
}

/* Copies the rows of the old log. A sweep starts a new log: it only checks that the old one is
   of the same kind. */
static bool old_take(Old *old) {
    const nn_log *log = old->log;
    if (!old_next(old))
        return feof(old->file) || nn_fail_errno(log->error, log->save->path, "cannot read");
    size_t commas = count_commas(old->line);
    if (!old_header_check(old))
        return false;
    while (!log->setting && old_next(old))
        if (!old_row_take(old, commas))
            return false;
    if (!log->setting && !feof(old->file))
        return nn_fail_errno(log->error, log->save->path, "cannot read");
    return log->setting || old_end_check(old);
}

static bool old_rows_take(nn_log *log) {
    Old old = {.log = log, .file = fopen(log->save->path, "re")};
    if (!old.file)
        return errno == ENOENT || nn_fail_errno(log->error, log->save->path, "cannot read");
    bool is_fine = old_take(&old);
    free(old.line);
    fclose(old.file);
    return is_fine;
}

bool nn_log_open(nn_log *log) {
    if (!log->save)
        return true;
    log->written = -INFINITY;
    log->memory = open_memstream(&log->text, &log->size);
    if (!log->memory)
        return nn_fail_memory(log->error);
    fprintf(log->memory, "%s%sepoch", log->setting ? log->setting : "", log->setting ? "," : "");
    names_print(log, "train");
    if (log->has_test)
        names_print(log, "test");
    if (!line_end(log))
        return false;
    if (!log->goes_on || nn_save_is_special(log->save) || old_rows_take(log))
        return true;
    if (log->memory)
        log_drop(log);
    return false;
}

static bool file_write(nn_log *log) {
    FILE *out = nn_save_open(log->save, log->error);
    if (!out)
        return false;
    fwrite(log->text, 1, log->size, out);
    log->written = nn_clock();
    log->is_behind = false;
    return nn_save_close(log->save, true, log->error);
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
    log->is_behind = true;
    return nn_clock() - log->written < REWRITE_SECONDS || nn_log_write(log);
}

bool nn_log_write(nn_log *log) {
    return !log->memory || !log->is_behind || nn_save_is_special(log->save) || file_write(log);
}

bool nn_log_close(nn_log *log) {
    if (!log->memory)
        return true;
    bool is_fine = file_write(log);
    log_drop(log);
    return is_fine;
}
