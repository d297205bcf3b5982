/* The rows of a CSV file to examples. Comes in: a table whose columns are known. Goes out:
   examples, in which every cell that is used has become a finite number that its field can hold;
   or an error with file, line and column. A missing value is an error, or its row is left out,
   or it becomes the mean of its column. */

#include "labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of lines as text, "2, 4 to 6", up to RUNS_SHOWN runs of lines one behind the other. */
enum { RUNS_SHOWN = 12 };
typedef struct {
    char text[RUNS_SHOWN * 48 + 40];
    size_t count, runs, first, last; /* first, last: of the latest run, which is not in text yet */
    size_t hidden;                   /* lines that are in no run shown */
} Lines;

static void lines_end_run(Lines *lines) {
    size_t used = strlen(lines->text);
    if (lines->runs == 0)
        return;
    if (lines->runs > RUNS_SHOWN)
        lines->hidden += lines->last - lines->first + 1;
    else
        snprintf(lines->text + used, sizeof lines->text - used,
                 lines->first < lines->last ? "%s%zu to %zu" : "%s%zu", used ? ", " : "",
                 lines->first, lines->last);
}

static void lines_add(Lines *lines, size_t line) {
    lines->count++;
    if (lines->runs == 0 || line != lines->last + 1) {
        lines_end_run(lines);
        lines->runs++;
        lines->first = line;
    }
    lines->last = line;
}

static const char *lines_end(Lines *lines) {
    lines_end_run(lines);
    size_t used = strlen(lines->text);
    if (lines->hidden)
        snprintf(lines->text + used, sizeof lines->text - used, " and %zu more", lines->hidden);
    return lines->text;
}

/* A missing value, which becomes a mean. */
typedef struct {
    size_t example, slot;
} Hole;

typedef struct {
    nn_table table;
    nn_data *data;
    nn_labels *labels;
    size_t slot_count; /* of slots that are read */
    Lines left_out;    /* of rows */
    size_t first_line; /* of the first mean */
    Hole *holes;
    size_t hole_count, hole_capacity;
    nn_means *means, *own_means; /* for missing values, or NULL; own_means: to be freed */
    bool were_known;             /* from an earlier file */
    double *sums;                /* per slot: the sum of the numbers that are not missing */
    size_t *counts;
} Rows;

typedef enum { STORED, LEFT_OUT, WRONG } Outcome;

static bool cell_fail(const nn_table *table, const nn_slot *slot, const char *text) {
    nn_quoted name;
    bool is_named = table->names && table->names[slot->column][0];
    return nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->csv.line},
                   "%s%s: %s", is_named ? "column " : "",
                   nn_column_name(table, slot->column, &name), text);
}

/* Adds a hint to the error for a cell that would be a number but for a decimal comma ("2,5") or for
   separators of thousands ("1.234,5", "1,234.5"). False if it is neither. */
static bool number_hint(const nn_table *table, const char *text) {
    char copy[64];
    double value;
    size_t size = 0, commas = 0, points = 0;
    for (const char *at = text; *at && size + 1 < sizeof copy; at++) {
        commas += *at == ',';
        points += *at == '.';
        if (*at != ',' && *at != '.' && *at != ' ' && *at != '\'')
            copy[size++] = *at;
    }
    copy[size] = '\0';
    if (*text == '\'' || nn_number_parse(copy, false, &value) != NN_NUMBER)
        return false;
    if (table->csv.has_comma)
        nn_hint(table->error, "with --decimal comma a number has one comma and no point");
    else if (points == 0 && nn_may_be_thousands(text))
        nn_hint(table->error,
                "numbers have no separators of thousands: take the comma away; only where decimals "
                "follow it, say --decimal comma");
    else if (commas == 1 && points == 0)
        nn_hint(table->error, "--decimal comma reads numbers that have a comma");
    else
        nn_hint(table->error,
                "numbers have a decimal point at most, and no separators of thousands");
    return true;
}

/* Adds a hint to the error for a cell with digits before any letter ("$158", "30;"), or with
   neither. False for other text. */
static bool number_text_hint(const nn_table *table, const char *text) {
    const char *first = text;
    while (*first && !(*first >= '0' && *first <= '9') &&
           !((*first | 32) >= 'a' && (*first | 32) <= 'z'))
        first++;
    bool has_digits = *first >= '0' && *first <= '9', has_letters = *first && !has_digits;
    if (!has_digits && has_letters)
        return false;
    nn_hint(table->error,
            has_digits ? "numbers stand alone in their cells, without currencies, units, blanks or "
                         "other signs"
                       : "take away what is no part of the table");
    return true;
}

static Outcome number_fail(nn_table *table, const nn_slot *slot, nn_number_kind kind) {
    char text[128];
    nn_quoted cell;
    const char *bytes = table->csv.cells[slot->column];
    snprintf(text, sizeof text, "%s is not a %snumber", nn_quote(&cell, bytes),
             kind == NN_NOT_FINITE ? "finite " : "");
    cell_fail(table, slot, text);
    if (kind != NN_NOT_A_NUMBER || number_hint(table, bytes))
        return WRONG;
    if (number_text_hint(table, bytes))
        return WRONG;
    if (slot->field >= table->network->input_count)
        nn_hint(table->error, "of two labels, --classes %.60s=A,B reads A as 0 and B as 1",
                nn_data_field(table->network, slot->field)->name);
    else if (!table->names && table->csv.ahead_next == 1 && !table->reading->columns)
        nn_columns_propose(table);
    else if (table->names && table->csv.ahead_next == 2)
        nn_hint(table->error, "if this line belongs to the header, take it away");
    return WRONG;
}

static bool is_input(const Rows *rows, const nn_slot *slot) {
    return slot->field < rows->table.network->input_count;
}

static bool is_label(const Rows *rows, const nn_slot *slot) {
    return !is_input(rows, slot) &&
           nn_labels_take(rows->labels, slot->field - rows->table.network->input_count);
}

static Outcome missing_fail(const Rows *rows, const nn_slot *slot) {
    char text[128];
    nn_quoted cell;
    const char *bytes = rows->table.csv.cells[slot->column];
    if (*bytes)
        snprintf(text, sizeof text, "%s is no value", nn_quote(&cell, bytes));
    cell_fail(&rows->table, slot, *bytes ? text : "the cell is empty");
    if (is_input(rows, slot))
        nn_hint(rows->table.error, "--missing skip leaves such rows out, --missing mean puts the "
                                   "mean of the column there");
    else if (rows->table.reading->may_lack_targets && rows->table.names)
        nn_hint(rows->table.error,
                "--missing skip leaves such rows out; a file without this column needs no target");
    else if (rows->table.reading->may_lack_targets)
        nn_hint(rows->table.error, "--columns that names the inputs alone leaves the targets away, "
                                   "--missing skip such rows");
    else if (*bytes && is_label(rows, slot))
        nn_hint(rows->table.error,
                "--missing skip leaves such rows out, --classes %.60s=A,B,.. with "
                "this among them takes it for a label",
                nn_data_field(rows->table.network, slot->field)->name);
    else
        nn_hint(rows->table.error, "--missing skip leaves such rows out; a target has no mean");
    return WRONG;
}

static Outcome hole_add(Rows *rows, size_t slot) {
    if (rows->hole_count == rows->hole_capacity) {
        size_t capacity = rows->hole_capacity ? 2 * rows->hole_capacity : 64;
        Hole *holes = realloc(rows->holes, capacity * sizeof *holes);
        if (!holes) {
            nn_fail_memory(rows->table.error);
            return WRONG;
        }
        rows->holes = holes;
        rows->hole_capacity = capacity;
    }
    if (rows->hole_count == 0)
        rows->first_line = rows->table.csv.line;
    rows->holes[rows->hole_count++] = (Hole){rows->data->count, slot};
    return STORED;
}

static Outcome missing_meet(Rows *rows, size_t index) {
    const nn_slot *slot = &rows->table.slots[index];
    if (rows->table.reading->missing == NN_MISSING_MEAN && is_input(rows, slot))
        return hole_add(rows, index);
    return missing_fail(rows, slot);
}

/* Stores the class of a label, or where it is not known yet, a number that is replaced at the
   end. */
static Outcome label_store(Rows *rows, size_t index, const char *cell) {
    const nn_table *table = &rows->table;
    const nn_slot *slot = &table->slots[index];
    size_t target = slot->field - table->network->input_count;
    double value;
    if (nn_is_missing(cell) && !nn_labels_know(rows->labels, target, cell))
        return missing_meet(rows, index);
    if (nn_labels_read(rows->labels, target, cell, table->csv.line, &value)) {
        nn_data_put(rows->data, slot->field, slot->position, value);
        return STORED;
    }
    const nn_label_problem *problem = nn_labels_problem(rows->labels);
    if (problem->is_memory) {
        nn_fail_memory(table->error);
        return WRONG;
    }
    cell_fail(table, slot, problem->text);
    if (problem->hint[0])
        nn_hint(table->error, "%s", problem->hint);
    return WRONG;
}

static Outcome number_store(Rows *rows, size_t index, char *cell) {
    const nn_slot *slot = &rows->table.slots[index];
    bool as_float = rows->table.network->real_size == sizeof(float);
    double value;
    nn_number_kind kind = nn_csv_number(&rows->table.csv, cell, as_float, &value);
    if (kind != NN_NUMBER)
        return nn_is_missing(cell) ? missing_meet(rows, index)
                                   : number_fail(&rows->table, slot, kind);
    nn_data_put(rows->data, slot->field, slot->position, value);
    if (rows->sums) {
        rows->sums[index] += value;
        rows->counts[index]++;
    }
    return STORED;
}

/* Whether the current row is left out because a value in it is missing. */
static bool is_left_out(const Rows *rows) {
    const nn_table *table = &rows->table;
    if (table->reading->missing != NN_MISSING_SKIP)
        return false;
    for (size_t i = 0; i < rows->slot_count; i++) {
        const nn_slot *slot = &table->slots[i];
        const char *cell = table->csv.cells[slot->column];
        bool is_known =
            is_label(rows, slot) &&
            nn_labels_know(rows->labels, slot->field - table->network->input_count, cell);
        if (nn_is_missing(cell) && !is_known)
            return true;
    }
    return false;
}

/* Stores one row. Of a row that is left out no cell is read, so that its label becomes no class. */
static Outcome row_store(Rows *rows) {
    if (is_left_out(rows))
        return LEFT_OUT;
    Outcome outcome = STORED;
    for (size_t i = 0; i < rows->slot_count && outcome == STORED; i++) {
        const nn_slot *slot = &rows->table.slots[i];
        char *cell = rows->table.csv.cells[slot->column];
        outcome = is_label(rows, slot) ? label_store(rows, i, cell) : number_store(rows, i, cell);
    }
    return outcome;
}

bool nn_cells_fail(const nn_table *table) {
    const nn_csv *csv = &table->csv;
    nn_fail(table->error, NN_WRONG, (nn_place){csv->stream->path, csv->line},
            "%zu %s, the lines before have %zu", csv->cell_count, nn_columns_text(csv->cell_count),
            table->column_count);
    if (csv->ahead_next < csv->ahead_count && csv->cell_count > table->column_count)
        nn_hint(table->error, "if the table begins here, take away what stands above it");
    return false;
}

static bool rows_read(Rows *rows) {
    nn_csv *csv = &rows->table.csv;
    while (nn_csv_next(csv)) {
        if (csv->cell_count != rows->table.column_count)
            return nn_cells_fail(&rows->table);
        if (!nn_data_grow(rows->data, rows->table.error))
            return false;
        Outcome outcome = row_store(rows);
        if (outcome == WRONG)
            return false;
        rows->data->count += outcome == STORED;
        if (outcome == LEFT_OUT)
            lines_add(&rows->left_out, csv->line);
    }
    if (rows->table.error->code)
        return false;
    nn_place place = {csv->stream->path, 0};
    return rows->data->count > 0 ||
           (rows->left_out.count
                ? nn_fail(rows->table.error, NN_WRONG, place,
                          "every row has a cell without a value")
                : nn_fail(rows->table.error, NN_WRONG, place, "there is a header and no data"));
}

// ---- means ----

/* Computes the means of this file, unless they are known from an earlier one. */
static void means_find(Rows *rows) {
    nn_means *means = rows->means;
    for (size_t i = 0; i < means->count && !rows->were_known; i++) {
        double sum = 0, count = 0;
        for (size_t slot = i; slot < rows->table.input_slots; slot += means->count) {
            sum += rows->sums[slot]; /* both items of a pair count */
            count += (double)rows->counts[slot];
        }
        means->values[i] = count > 0 ? sum / count : (double)NAN;
    }
    means->are_known = true;
}

static bool holes_fill(Rows *rows) {
    nn_table *table = &rows->table;
    const nn_network *network = table->network;
    for (size_t i = 0; i < rows->hole_count; i++) {
        const nn_slot *slot = &table->slots[rows->holes[i].slot];
        double mean = rows->means->values[rows->holes[i].slot % rows->means->count];
        size_t width = nn_data_field(network, slot->field)->count;
        nn_quoted name;
        if (isnan(mean))
            return nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, 0},
                           "%s has no value to take the mean of",
                           nn_column_name(table, slot->column, &name));
        nn_real_put(network, rows->data->values[slot->field],
                    rows->holes[i].example * width + slot->position, mean);
    }
    return true;
}

static bool means_open(Rows *rows) {
    const nn_table *table = &rows->table;
    if (table->reading->missing != NN_MISSING_MEAN)
        return true;
    if (!table->reading->means)
        rows->own_means = nn_means_new(table->network);
    rows->means = table->reading->means ? table->reading->means : rows->own_means;
    rows->were_known = rows->means && rows->means->are_known;
    rows->sums = calloc(table->slot_count, sizeof *rows->sums);
    rows->counts = calloc(table->slot_count, sizeof *rows->counts);
    return (rows->means && rows->sums && rows->counts) || nn_fail_memory(table->error);
}

static void missing_note(Rows *rows) {
    nn_error *error = rows->table.error;
    size_t count = rows->left_out.count;
    if (count > 0)
        nn_add(error, "; %zu %s without a value left out, in %s %s", count,
               count == 1 ? "row" : "rows", count == 1 ? "line" : "lines",
               lines_end(&rows->left_out));
    if (rows->hole_count > 0)
        nn_add(error, "; %zu %s became %s of the %s, the first in line %zu", rows->hole_count,
               rows->hole_count == 1 ? "cell" : "cells",
               rows->hole_count == 1 ? "the mean" : "means",
               rows->were_known ? "training data's column" : "file's column", rows->first_line);
}

static bool rows_load(Rows *rows) {
    nn_table *table = &rows->table;
    if (!nn_columns_assign(table) || !means_open(rows))
        return false;
    rows->data->has_targets = table->has_targets;
    rows->slot_count = table->has_targets ? table->slot_count : table->input_slots;
    if (!rows_read(rows))
        return false;
    if (rows->means)
        means_find(rows);
    if (!holes_fill(rows) || !nn_table_note(table))
        return false;
    missing_note(rows);
    nn_sources_given_note(table);
    if (table->has_targets && !nn_labels_settle(rows->labels, rows->data, table->error))
        return false;
    nn_one_class_note(rows->data, table->csv.stream->path, table->error);
    return nn_order_check(table, rows->data) && nn_sources_keep(table->reading->sources, table);
}

bool nn_csv_load(nn_data *data, nn_stream *stream, const nn_reading *reading) {
    Rows rows = {.data = data};
    bool is_fine = nn_table_open(&rows.table, data->network, reading, stream);
    rows.labels = nn_labels_new(data->network, reading->classes, stream->path);
    is_fine = is_fine && (rows.labels || nn_fail_memory(stream->error)) && rows_load(&rows);
    nn_labels_free(rows.labels);
    nn_table_close(&rows.table);
    nn_means_free(rows.own_means);
    free(rows.holes);
    free(rows.sums);
    free(rows.counts);
    return is_fine;
}
