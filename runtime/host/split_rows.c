/* The rows of a table as bytes: see split.h. The file is read twice: as a table, which says in which
   line each row begins, and byte by byte. */

#include "split.h"

#include <stdlib.h>
#include <string.h>

static bool bytes_room(nn_split_rows *rows, size_t *capacity, nn_error *error) {
    if (rows->size < *capacity)
        return true;
    size_t larger = *capacity ? 2 * *capacity : NN_STREAM_BUFFER;
    char *bytes = realloc(rows->bytes, larger);
    if (!bytes)
        return nn_fail_memory(error);
    rows->bytes = bytes;
    *capacity = larger;
    return true;
}

static bool bytes_read(nn_split_rows *rows, const char *path, nn_error *error) {
    nn_stream *stream = nn_stream_open(path, error);
    size_t capacity = 0, got = 1;
    while (stream && got > 0 && bytes_room(rows, &capacity, error)) {
        got = nn_stream_read(stream, rows->bytes + rows->size, capacity - rows->size);
        rows->size += got;
    }
    nn_stream_close(stream);
    return error->code == NN_FINE;
}

// ---- texts of columns ----

static bool texts_room(nn_split_column *column) {
    if (column->count < column->capacity)
        return true;
    size_t capacity = column->capacity ? 2 * column->capacity : 16;
    char **texts = realloc(column->texts, capacity * sizeof *texts);
    column->texts = texts ? texts : column->texts;
    size_t *ids = realloc(column->ids, capacity * sizeof *ids);
    column->ids = ids ? ids : column->ids;
    column->capacity = texts && ids ? capacity : column->capacity;
    return texts && ids;
}

/* Puts a new text at its place. */
static bool text_insert(nn_split_column *column, size_t place, const char *text) {
    char *copy = texts_room(column) ? strdup(text) : NULL;
    size_t behind = column->count - place;
    if (!copy)
        return false;
    memmove(column->texts + place + 1, column->texts + place, behind * sizeof *column->texts);
    memmove(column->ids + place + 1, column->ids + place, behind * sizeof *column->ids);
    column->texts[place] = copy;
    column->ids[place] = column->count++;
    return true;
}

static bool text_find(nn_split_column *column, const char *text, uint32_t *id) {
    size_t low = 0, high = column->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(column->texts[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < column->count && strcmp(column->texts[low], text) == 0;
    if (!is_there && !text_insert(column, low, text))
        return false;
    *id = (uint32_t)column->ids[low];
    return true;
}

/* Finds the targets of one column, which may be classes. */
static bool columns_find(nn_split_rows *rows, const nn_table *table) {
    rows->columns = calloc(table->slot_count + 1, sizeof *rows->columns);
    if (!rows->columns)
        return nn_fail_memory(table->error);
    for (size_t i = table->input_slots; i < table->slot_count; i++) {
        const nn_field *field = nn_data_field(table->network, table->slots[i].field);
        if (nn_field_width(field) == 1)
            rows->columns[rows->column_count++] = (nn_split_column){
                .field = field, .column = table->slots[i].column, .is_class = true};
    }
    return true;
}

// ---- rows ----

static bool rows_room(nn_split_rows *rows) {
    if (rows->count < rows->capacity)
        return true;
    size_t capacity = rows->capacity ? 2 * rows->capacity : 256;
    nn_split_row *longer = realloc(rows->rows, capacity * sizeof *longer);
    rows->rows = longer ? longer : rows->rows;
    uint32_t *ids = realloc(rows->ids, (capacity * rows->column_count + 1) * sizeof *ids);
    rows->ids = ids ? ids : rows->ids;
    rows->capacity = longer && ids ? capacity : rows->capacity;
    return longer && ids;
}

static bool row_add(nn_split_rows *rows, const nn_csv *csv) {
    if (!rows_room(rows))
        return false;
    for (size_t i = 0; i < rows->column_count; i++) {
        nn_split_column *column = &rows->columns[i];
        uint32_t *id = &rows->ids[rows->count * rows->column_count + i];
        *id = 0;
        if (column->is_class && !text_find(column, csv->cells[column->column], id))
            return false;
        column->is_class = column->count <= 2 || column->field->is_onehot;
    }
    rows->rows[rows->count++] = (nn_split_row){.line = csv->line};
    return true;
}

/* A column of classes has no more texts than these, and some for values that are missing. */
static bool classes_check(const nn_split_rows *rows, const nn_table *table) {
    enum { WAYS_TO_LACK = 16 };
    nn_quoted label;
    for (size_t i = 0; i < rows->column_count; i++) {
        const nn_split_column *column = &rows->columns[i];
        if (column->field->is_onehot && column->count > column->field->count + WAYS_TO_LACK)
            return nn_fail(table->error, NN_WRONG,
                           (nn_place){table->csv.stream->path, table->csv.line},
                           "'%.60s' has %zu classes, and %s is label number %zu in its column",
                           column->field->name, column->field->count,
                           nn_quote(&label, table->csv.cells[column->column]), column->count);
    }
    return true;
}

static bool rows_add(nn_split_rows *rows, nn_table *table) {
    nn_csv *csv = &table->csv;
    if (!nn_columns_assign(table) || !nn_table_note(table) || !columns_find(rows, table))
        return false;
    while (nn_csv_next(csv)) {
        if (csv->cell_count != table->column_count)
            return nn_cells_fail(table);
        if (!row_add(rows, csv))
            return nn_fail_memory(table->error);
        if (!classes_check(rows, table))
            return false;
    }
    if (table->error->code)
        return false;
    return rows->count > 0 || nn_fail(table->error, NN_WRONG, (nn_place){csv->stream->path, 0},
                                      "there is a header and no data");
}

static bool table_read(nn_split_rows *rows, const nn_network *network, nn_session *session) {
    nn_table table = {0};
    nn_stream *stream = nn_stream_open(session->options->data, session->error);
    bool is_fine = stream != NULL;
    if (is_fine && nn_stream_is_idx(stream))
        is_fine = nn_fail(session->error, NN_USAGE, (nn_place){stream->path, 0},
                          "split is for text tables, such as CSV, and this is an IDX file");
    is_fine = is_fine && nn_table_open(&table, network, &session->options->reading, stream) &&
              rows_add(rows, &table);
    nn_table_close(&table);
    nn_stream_close(stream);
    if (is_fine)
        nn_session_note(session);
    return is_fine;
}

/* A net on pairs has files of items. */
static bool rows_list(nn_split_rows *rows, nn_session *session) {
    nn_items *items = NULL;
    if (session->network->is_pairs) {
        items = nn_items_new(session->network, session->error);
        if (!items)
            return false;
    }
    bool is_fine = table_read(rows, items ? &items->network : session->network, session);
    nn_items_free(items);
    return is_fine;
}

// ---- bytes of rows ----

/* Where the line behind the one at `at` begins. */
static size_t line_next(const nn_split_rows *rows, size_t at) {
    while (at < rows->size && rows->bytes[at] != '\n' && rows->bytes[at] != '\r')
        at++;
    bool is_two = at + 1 < rows->size && rows->bytes[at] == '\r' && rows->bytes[at + 1] == '\n';
    return at < rows->size ? at + 1 + is_two : at;
}

static bool is_blank(const nn_split_rows *rows, size_t start, size_t end) {
    for (; start < end; start++)
        if (!strchr(" \t\r\n", rows->bytes[start]))
            return false;
    return true;
}

/* Sets start and end of every row: lines up to the next row, but for blank ones behind it. */
static bool rows_find(nn_split_rows *rows, const char *path, nn_error *error) {
    static const char mark[] = "\xEF\xBB\xBF";
    size_t at = rows->size >= 3 && memcmp(rows->bytes, mark, 3) == 0 ? 3 : 0, line = 1, row = 0;
    while (at < rows->size) {
        size_t next = line_next(rows, at);
        if (row < rows->count && rows->rows[row].line == line)
            rows->rows[row++].start = at;
        if (row > 0 && !is_blank(rows, at, next))
            rows->rows[row - 1].end = next;
        at = next;
        line++;
    }
    rows->head_end = rows->rows[0].start;
    return row == rows->count ||
           nn_fail(error, NN_FAILED, (nn_place){path, 0}, "the file changed while it was read");
}

/* The line end of the first row is for the last one, which may have none. */
static const char *line_end(const nn_split_rows *rows) {
    size_t end = rows->rows[0].end;
    char last = rows->bytes[end - 1];
    bool has_two = end > 1 && rows->bytes[end - 2] == '\r';
    return last == '\r' ? "\r" : last == '\n' && has_two ? "\r\n" : "\n";
}

bool nn_split_rows_read(nn_split_rows *rows, nn_session *session) {
    const char *path = session->options->data;
    if (!bytes_read(rows, path, session->error) || !rows_list(rows, session) ||
        !rows_find(rows, path, session->error))
        return false;
    rows->line_end = line_end(rows);
    return true;
}

void nn_split_rows_free(nn_split_rows *rows) {
    for (size_t i = 0; i < rows->column_count; i++) {
        for (size_t j = 0; j < rows->columns[i].count; j++)
            free(rows->columns[i].texts[j]);
        free(rows->columns[i].texts);
        free(rows->columns[i].ids);
    }
    free(rows->columns);
    free(rows->bytes);
    free(rows->rows);
    free(rows->ids);
}
