/* The log of training: losses and metrics of every epoch, as CSV or, by its name, as JSON lines.
   Comes in: results. Goes out: a file that is complete whenever somebody reads it: it is replaced in one step, at most once a
   second and at the end, also when training fails. A device or pipe is written once, at the end.
   Where training continues from weights, new rows follow those of the old log, which must end at
   the same epoch; or later, where the run that is continued was killed after it had saved. */

#include "host.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REWRITE_SECONDS 1.0

/* A line of the log, of which cells are written one behind the other. */
typedef enum { NAMES, CSV, JSON } Kind;
typedef struct {
    const nn_log *log;
    FILE *out;
    Kind kind;
    size_t cells;
} Line;

bool nn_log_is_json(const char *path) {
    static const char *const endings[] = {".jsonl", ".ndjson", ".json"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* Begins a cell: writes what stands before it, and its name. */
static void cell_begin(Line *line, const char *set, const char *name) {
    bool is_first = line->cells++ == 0;
    if (line->kind == JSON)
        fprintf(line->out, "%s\"%s%s\": ", is_first ? "{" : ", ", set, name);
    else
        fprintf(line->out, "%s%s%s", is_first ? "" : ",", line->kind == NAMES ? set : "",
                line->kind == NAMES ? name : "");
}

/* JSON has no infinity and no NaN. */
static void number_print(Line *line, double number) {
    if (line->kind == JSON && !isfinite(number))
        fputs("null", line->out);
    else if (line->kind != NAMES)
        fprintf(line->out, "%.9g", number);
}

/* results: NULL for names. Metrics that are not one number have no cell. */
static void set_print(Line *line, const char *set, const double *results) {
    const nn_network *network = line->log->network;
    cell_begin(line, set, "loss");
    number_print(line, results ? results[0] : 0);
    for (size_t i = 0; i < network->metric_count; i++)
        if (network->metrics[i].count == 1) {
            cell_begin(line, set, network->metrics[i].name);
            number_print(line, results ? results[nn_result_at(network, i)] : 0);
        }
}

/* The value of a setting is written as the user wrote it, where JSON would take it for that. */
static void setting_print(Line *line) {
    const nn_log *log = line->log;
    double number;
    cell_begin(line, "", log->setting);
    if (line->kind == JSON && nn_number_parse(log->value, false, &number) == NN_NUMBER)
        number_print(line, number);
    else if (line->kind == CSV)
        fputs(log->value, line->out);
}

static void line_print(Line *line, uint64_t number, const double *results,
                       const double *test_results) {
    const nn_log *log = line->log;
    if (log->setting)
        setting_print(line);
    cell_begin(line, "", "epoch");
    if (line->kind != NAMES)
        fprintf(line->out, "%llu", (unsigned long long)number);
    set_print(line, "train_", results);
    if (log->has_test)
        set_print(line, "test_", test_results);
    if (line->kind == JSON)
        fputc('}', line->out);
}

static bool names_make(nn_log *log) {
    size_t size;
    FILE *out = open_memstream(&log->names, &size);
    if (!out)
        return nn_fail_memory(log->error);
    line_print(&(Line){.log = log, .out = out, .kind = NAMES}, 0, NULL, NULL);
    bool is_fine = !ferror(out);
    is_fine = fclose(out) == 0 && is_fine && log->names; /* closing may need memory, in silence */
    return is_fine || nn_fail_memory(log->error);
}

static void log_drop(nn_log *log) {
    if (log->memory)
        fclose(log->memory);
    free(log->text);
    free(log->names);
    log->memory = NULL;
    log->text = log->names = NULL;
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

/* Where the value behind `"name":` begins, or NULL. */
static const char *json_value(const char *at, const char *name, size_t length) {
    at += strspn(at, " ");
    if (*at != '"' || strncmp(at + 1, name, length) != 0 || at[length + 1] != '"')
        return NULL;
    at += length + 2;
    at += strspn(at, " ");
    return *at == ':' ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* Whether a line is an object with the names of this log, in their order, and numbers or null; then
   *epoch is the number of its epoch. */
static bool json_read(const Old *old, uint64_t *epoch) {
    char text[64];
    double number;
    const char *at = old->line, *name = old->log->names;
    for (bool is_first = true;; is_first = false) {
        size_t length = strcspn(name, ",");
        at = *at == (is_first ? '{' : ',') ? json_value(at + 1, name, length) : NULL;
        if (!at)
            return false;
        size_t size = strcspn(at, ",} ");
        snprintf(text, sizeof text, "%.*s", size < sizeof text ? (int)size : 0, at);
        bool is_epoch = length == strlen("epoch") && strncmp(name, "epoch", length) == 0;
        bool is_value =
            strcmp(text, "null") == 0 || nn_number_parse(text, false, &number) == NN_NUMBER;
        if (is_epoch ? !nn_whole_parse(text, UINT32_MAX, epoch) : !is_value)
            return false;
        at += size;
        name += length;
        if (!*name++)
            return strcmp(at, "}") == 0;
    }
}

/* Whether a line is a row of CSV; then *epoch is the number of its epoch. */
static bool csv_read(const Old *old, uint64_t *epoch) {
    char *comma = strchr(old->line, ',');
    if (!comma || count_commas(old->line) != count_commas(old->log->names))
        return false;
    *comma = '\0';
    bool is_row = nn_whole_parse(old->line, UINT32_MAX, epoch);
    *comma = ',';
    return is_row;
}

static bool line_read(const Old *old, uint64_t *epoch) {
    return strlen(old->line) == (size_t)old->length &&
           (old->log->is_json ? json_read(old, epoch) : csv_read(old, epoch));
}

/* Checks that the first line of the old log is what this run would write: the names of CSV, or a
   row with them. */
static bool old_header_check(const Old *old) {
    const nn_log *log = old->log;
    uint64_t epoch;
    nn_quoted there, here;
    bool is_whole = strlen(old->line) == (size_t)old->length;
    bool is_same = log->is_json ? json_read(old, &epoch) : strcmp(old->line, log->names) == 0;
    return (is_whole && is_same) ||
           old_fail(old, 1, "this is no log to go on in: it begins with %s, not %s%s",
                    nn_quote(&there, old->line), nn_quote(&here, log->names),
                    log->is_json ? " as JSON" : "");
}

/* Whether a row is of an epoch that is trained again. */
static bool is_cut(const nn_log *log, uint64_t epoch) {
    return log->may_be_cut && epoch > log->first;
}

static bool old_row_take(Old *old) {
    uint64_t epoch;
    if (!line_read(old, &epoch) || epoch == 0 || (old->epochs > 0 && epoch != old->epochs + 1))
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
    bool has_header = !log->is_json || log->setting;
    bool has_line = !has_header || old_next(old);
    if (has_header && has_line && !old_header_check(old))
        return false;
    while (has_line && !log->setting && (has_line = old_next(old)))
        if (!old_row_take(old))
            return false;
    if (!has_line && !feof(old->file))
        return nn_fail_errno(log->error, log->save->path, "cannot read");
    return log->setting || old->number == 0 || old_end_check(old);
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
    log->is_json = nn_log_is_json(log->save->path);
    if (!names_make(log)) {
        log_drop(log);
        return false;
    }
    if (!log->is_json) {
        fputs(log->names, log->memory);
        if (!line_end(log))
            return false;
    }
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
    Line line = {.log = log, .out = log->memory, .kind = log->is_json ? JSON : CSV};
    line_print(&line, epoch + 1, results, test_results);
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
