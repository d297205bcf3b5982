/* A CSV file as a table. Comes in: rows of cells, and the options for reading. Goes out: the
   columns and their names, and the slots of a net's fields; columns.c then gives each slot a
   column. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

static size_t field_count(const nn_network *network) {
    return network->input_count + network->target_count;
}

nn_slot *nn_field_slots(const nn_table *table, size_t field) {
    nn_slot *slot = table->slots;
    while (slot->field < field)
        slot++;
    return slot;
}

static bool slots_make(nn_table *table) {
    const nn_network *network = table->network;
    size_t fields = field_count(network), count = 0;
    for (size_t i = 0; i < fields; i++)
        count += nn_field_width(nn_data_field(network, i));
    table->slots = calloc(count ? count : 1, sizeof *table->slots);
    if (!table->slots)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < fields; i++) {
        size_t width = nn_field_width(nn_data_field(network, i));
        for (size_t position = 0; position < width; position++)
            table->slots[table->slot_count++] =
                (nn_slot){.field = i, .position = position, .column = NN_NONE};
        if (i < network->input_count)
            table->input_slots = table->slot_count;
    }
    return true;
}

nn_slot *nn_slot_named(const nn_table *table, const char *name) {
    for (size_t first = 0; first < table->slot_count;) {
        const nn_field *field = nn_data_field(table->network, table->slots[first].field);
        size_t width = nn_field_width(field), length = strlen(field->name);
        uint64_t position = 0;
        if (strncmp(name, field->name, length) == 0) {
            const char *rest = name + length;
            if (*rest == '\0' && width == 1)
                return &table->slots[first];
            if (*rest == '.' && nn_whole_parse(rest + 1, width - 1, &position))
                return &table->slots[first + (size_t)position];
        }
        first += width;
    }
    return NULL;
}

bool nn_column_is_named(const nn_table *table, size_t column, size_t but_field) {
    const nn_slot *slot = table->names ? nn_slot_named(table, table->names[column]) : NULL;
    return slot && slot->field != but_field && slot[-(ptrdiff_t)slot->position].column == NN_NONE;
}

const char *nn_columns_text(size_t count) {
    return count == 1 ? "column" : "columns";
}

const char *nn_column_name(const nn_table *table, size_t column, nn_quoted *buffer) {
    if (table->names && table->names[column][0])
        return nn_quote(buffer, table->names[column]);
    snprintf(buffer->text, sizeof buffer->text, "column %zu (from 0)", column);
    return buffer->text;
}

// ---- the header ----

/* Whether the first row contains the name of a field, or a name that --columns has. */
static bool knows_name(const nn_table *table) {
    for (size_t i = 0; i < table->csv.cell_count; i++)
        if (nn_slot_named(table, table->csv.cells[i]) ||
            nn_choices_name(table->reading->columns, table->csv.cells[i]))
            return true;
    return false;
}

/* Whether the first column, which has no name, contains names of rows: text, or whole numbers that
   increase. */
static bool are_row_names(nn_csv *csv) {
    double before = -1;
    bool are_names = true;
    for (size_t row = 1; row < csv->ahead_count; row++) {
        uint64_t number;
        nn_csv_ahead(csv, row);
        if (nn_whole_parse(csv->cells[0], (uint64_t)1 << 53, &number)) {
            are_names &= (double)number > before;
            before = (double)number;
        } else {
            double value;
            are_names &= !nn_is_missing(csv->cells[0]) &&
                         nn_csv_number(csv, csv->cells[0], false, &value) == NN_NOT_A_NUMBER;
        }
    }
    return are_names;
}

/* Counts the columns: as many as the first row has cells, or one more. That is one in front, for
   names of rows as R writes them, or one at the end, where rows end with a separator. */
static bool columns_count(nn_table *table, size_t *in_front) {
    nn_csv *csv = &table->csv;
    size_t cells = csv->cell_count, below;
    bool ends_empty;
    table->column_count = cells;
    *in_front = 0;
    if (table->header == NN_NO_HEADER || csv->ahead_count < 2)
        return true;
    nn_csv_ahead(csv, 1);
    below = csv->cell_count;
    ends_empty = csv->cells[below - 1][0] == '\0';
    nn_csv_ahead(csv, 0);
    if (below != cells + 1)
        return true;
    table->column_count = below;
    if (ends_empty)
        return true;
    *in_front = 1;
    bool are_names = are_row_names(csv);
    nn_csv_ahead(csv, 0);
    if (!are_names) {
        nn_fail(table->error, NN_WRONG, (nn_place){csv->stream->path, csv->line},
                "the header has %zu %s, the lines below have %zu and begin with no names of lines",
                cells, nn_columns_text(cells), cells + 1);
        nn_hint(table->error, "a header names every column, but for one of names in front");
    }
    return are_names;
}

/* Copies the cells of the first row, which is the current one, as names. */
static bool header_keep(nn_table *table) {
    nn_csv *csv = &table->csv;
    size_t in_front;
    table->header_line = csv->line;
    if (!columns_count(table, &in_front))
        return false;
    if (table->header == NN_NO_HEADER)
        return true;
    table->names = calloc(table->column_count, sizeof *table->names);
    if (!table->names)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_named = i >= in_front && i - in_front < csv->cell_count;
        table->names[i] = strdup(is_named ? csv->cells[i - in_front] : "");
        if (!table->names[i])
            return nn_fail_memory(table->error);
    }
    return true;
}

bool nn_table_open(nn_table *table, const nn_network *network, const nn_reading *reading,
                   nn_stream *stream) {
    nn_csv *csv = &table->csv;
    *table = (nn_table){.network = network, .reading = reading, .error = stream->error};
    if (!nn_csv_start(csv, stream, reading) || !slots_make(table))
        return false;
    if (csv->ahead_count == 0)
        return nn_fail(table->error, NN_WRONG, (nn_place){stream->path, 0}, "the file is empty");
    nn_csv_ahead(csv, 0);
    if (!nn_header_find(csv, knows_name(table), &table->header))
        return false;
    nn_csv_ahead(csv, 0);
    if (!header_keep(table))
        return false;
    csv->ahead_next = table->header != NN_NO_HEADER;
    return true;
}

void nn_table_close(nn_table *table) {
    for (size_t i = 0; table->names && i < table->column_count; i++)
        free(table->names[i]);
    free(table->names);
    free(table->slots);
    nn_csv_end(&table->csv);
}
