/* A CSV file's columns to a net's fields. Comes in: rows of cells. Goes out: examples, every cell a
   finite number that its field can hold, or the file, line and column where that fails.

   The values of one example have slots: one per value of each input, then of each target; a onehot
   target has one. */

#include "labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t field, position;
    size_t column; /* NN_NONE while not found */
} Slot;

typedef struct {
    const nn_network *network;
    nn_csv csv;
    nn_error *error;
    nn_data *data;
    nn_labels *labels;
    Slot *slots;
    size_t input_slots, slot_count;
    char **names;   /* the header's cells; NULL without one */
    size_t columns; /* of every row */
    size_t header_line;
} Table;

static bool place_fail(const Table *table, size_t line, const char *text) {
    return nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, line}, "%s", text);
}

static bool slots_make(Table *table) {
    const nn_network *network = table->network;
    size_t fields = network->input_count + network->target_count, count = 0;
    for (size_t i = 0; i < fields; i++)
        count += nn_field_width(nn_data_field(network, i));
    table->slots = calloc(count ? count : 1, sizeof *table->slots);
    if (!table->slots)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < fields; i++) {
        size_t width = nn_field_width(nn_data_field(network, i));
        for (size_t position = 0; position < width; position++)
            table->slots[table->slot_count++] = (Slot){i, position, NN_NONE};
        if (i < network->input_count)
            table->input_slots = table->slot_count;
    }
    return true;
}

static void slot_name(const Table *table, const Slot *slot, char *buffer, size_t size) {
    const nn_field *field = nn_data_field(table->network, slot->field);
    if (nn_field_width(field) == 1)
        snprintf(buffer, size, "%s", field->name);
    else
        snprintf(buffer, size, "%s.%zu", field->name, slot->position);
}

/* The slot that a column's name means: "image.12", "digit"; NULL if none. */
static Slot *slot_by_name(const Table *table, const char *name) {
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

static bool header_keep(Table *table) {
    const nn_csv *csv = &table->csv;
    table->header_line = csv->line;
    table->names = calloc(csv->cell_count, sizeof *table->names);
    if (!table->names)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < csv->cell_count; i++) {
        table->names[i] = strdup(csv->cells[i]);
        if (!table->names[i])
            return nn_fail_memory(table->error);
    }
    return true;
}

/* How many slots the header names, or NN_NONE if it names one twice. */
static size_t slots_by_header(Table *table) {
    size_t found = 0;
    for (size_t column = 0; column < table->columns; column++) {
        Slot *slot = slot_by_name(table, table->names[column]);
        if (!slot)
            continue;
        if (slot->column != NN_NONE) {
            nn_quoted name;
            nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->header_line},
                    "columns %zu and %zu are both named %s", slot->column + 1, column + 1,
                    nn_quote(&name, table->names[column]));
            return NN_NONE;
        }
        slot->column = column;
        found++;
    }
    return found;
}

static bool slot_fail(Table *table, const Slot *slot) {
    char name[128];
    slot_name(table, slot, name, sizeof name);
    for (size_t i = 0; i < table->slot_count;
         i++) /* a name that is taken is not a slip of the pen */
        if (table->slots[i].column != NN_NONE) {
            free(table->names[table->slots[i].column]);
            table->names[table->slots[i].column] = NULL;
        }
    const char *nearest = nn_nearest(name, (const char *const *)table->names, table->columns);
    nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->header_line},
            "no column '%s'", name);
    if (nearest) {
        nn_quoted quoted;
        nn_hint(table->error, "is %s meant?", nn_quote(&quoted, nearest));
    }
    return false;
}

static const Slot *slot_missing(const Table *table, size_t first, size_t end) {
    for (size_t i = first; i < end; i++)
        if (table->slots[i].column == NN_NONE)
            return &table->slots[i];
    return NULL;
}

/* The header names at least one slot: then it must name all inputs, and all targets or, where they
   may be missing, none. */
static bool header_check(Table *table, bool needs_targets) {
    size_t named = 0;
    const Slot *missing = slot_missing(table, 0, table->input_slots);
    if (missing)
        return slot_fail(table, missing);
    for (size_t i = table->input_slots; i < table->slot_count; i++)
        named += table->slots[i].column != NN_NONE;
    table->data->has_targets = needs_targets || named > 0;
    if (!table->data->has_targets)
        return true;
    missing = slot_missing(table, table->input_slots, table->slot_count);
    return !missing || slot_fail(table, missing);
}

static const char *columns_text(size_t count) {
    return count == 1 ? "column" : "columns";
}

static bool slots_by_order(Table *table, bool needs_targets) {
    nn_place place = {table->csv.stream->path, table->csv.line};
    size_t inputs = table->input_slots, all = table->slot_count;
    for (size_t i = 0; i < all; i++)
        table->slots[i].column = i;
    table->data->has_targets = table->columns == all;
    if (table->columns == all || (!needs_targets && table->columns == inputs))
        return true;
    nn_fail(table->error, NN_WRONG, place, "%zu %s, inputs take %zu and targets %zu",
            table->columns, columns_text(table->columns), inputs, all - inputs);
    if (table->names)
        nn_hint(table->error,
                "the header names no input and no target, so columns are taken in order");
    return false;
}

/* "2,5", or "1.234,5": a number, were it not for the comma. */
static bool has_decimal_comma(const char *text) {
    char copy[64];
    double value;
    size_t size = 0;
    const char *comma = strrchr(text, ',');
    for (const char *at = text; comma && *at && size + 1 < sizeof copy; at++)
        if (*at != '.')
            copy[size++] = at == comma ? '.' : *at;
    copy[size] = '\0';
    return comma && nn_number_parse(copy, false, &value) != NN_NOT_A_NUMBER;
}

static bool cell_fail(const Table *table, const Slot *slot, const char *text) {
    nn_quoted name = {""};
    if (table->names)
        nn_quote(&name, table->names[slot->column]);
    return nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->csv.line},
                   "column %zu%s%s: %s", slot->column + 1, table->names ? ", " : "", name.text,
                   text);
}

static bool number_fail(const Table *table, const Slot *slot, nn_number_kind kind) {
    char text[128];
    nn_quoted cell;
    const char *bytes = table->csv.cells[slot->column];
    if (*bytes == '\0')
        return cell_fail(table, slot, "the cell is empty");
    snprintf(text, sizeof text, "%s is not a %snumber", nn_quote(&cell, bytes),
             kind == NN_NOT_FINITE ? "finite " : "");
    cell_fail(table, slot, text);
    if (has_decimal_comma(bytes))
        nn_hint(table->error, "numbers are read with a decimal point");
    else if (slot->field >= table->network->input_count && kind == NN_NOT_A_NUMBER)
        nn_hint(table->error, "of two labels, --classes %.60s=A,B reads A as 0 and B as 1",
                nn_data_field(table->network, slot->field)->name);
    return false;
}

/* A row of numbers with a slip in it is not taken for a header: that would lose it. Says so. */
static bool has_slip(const Table *table) {
    size_t column = 0;
    bool has_number = false;
    for (size_t i = table->columns; i-- > 0;) {
        double value;
        nn_number_kind kind = nn_number_parse(table->names[i], false, &value);
        if (kind == NN_NOT_A_NUMBER && table->names[i][0])
            column = i;
        has_number |= kind != NN_NOT_A_NUMBER;
    }
    if (!has_number)
        return false;
    nn_quoted cell;
    nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->header_line},
            "column %zu: %s is not a number, and the line is no header, as it has numbers",
            column + 1, nn_quote(&cell, table->names[column]));
    if (has_decimal_comma(table->names[column]))
        nn_hint(table->error, "numbers are read with a decimal point");
    return true;
}

/* Decides which column belongs to which slot, from the first row. */
static bool columns_assign(Table *table, bool needs_targets) {
    if (!nn_csv_next(&table->csv))
        return table->error->code == NN_FINE && place_fail(table, 0, "the file is empty");
    table->columns = table->csv.cell_count;
    if (!table->csv.has_header) {
        table->csv.ahead_next = 0; /* a row of data: again */
        return slots_by_order(table, needs_targets);
    }
    if (!header_keep(table))
        return false;
    size_t found = slots_by_header(table);
    if (found == NN_NONE)
        return false;
    if (found > 0)
        return header_check(table, needs_targets);
    if (has_slip(table) || !slots_by_order(table, needs_targets))
        return false;
    nn_note(table->error, table->csv.stream->path,
            "the header names no input and no target, so columns are taken in order");
    return true;
}

static bool number_store(const Table *table, const Slot *slot) {
    bool as_float = table->network->real_size == sizeof(float);
    double value;
    nn_number_kind kind = nn_number_parse(table->csv.cells[slot->column], as_float, &value);
    if (kind != NN_NUMBER)
        return number_fail(table, slot, kind);
    return nn_data_put(table->data, slot->field, slot->position, value);
}

static bool label_store(const Table *table, const Slot *slot) {
    double value;
    size_t target = slot->field - table->network->input_count;
    if (nn_labels_read(table->labels, target, table->csv.cells[slot->column], table->csv.line,
                       &value))
        return nn_data_put(table->data, slot->field, slot->position, value);
    const nn_label_problem *problem = nn_labels_problem(table->labels);
    if (problem->is_memory)
        return nn_fail_memory(table->error);
    cell_fail(table, slot, problem->text);
    if (problem->hint[0])
        nn_hint(table->error, "%s", problem->hint);
    return false;
}

static bool row_store(Table *table, size_t slots) {
    size_t inputs = table->network->input_count;
    for (size_t i = 0; i < slots; i++) {
        const Slot *slot = &table->slots[i];
        bool is_label =
            slot->field >= inputs && nn_labels_take(table->labels, slot->field - inputs);
        if (!(is_label ? label_store(table, slot) : number_store(table, slot)))
            return false;
    }
    table->data->count++;
    return true;
}

static bool rows_load(Table *table) {
    size_t slots = table->data->has_targets ? table->slot_count : table->input_slots;
    while (nn_csv_next(&table->csv)) {
        if (table->csv.cell_count != table->columns)
            return nn_fail(table->error, NN_WRONG,
                           (nn_place){table->csv.stream->path, table->csv.line},
                           "%zu %s, the lines before have %zu", table->csv.cell_count,
                           columns_text(table->csv.cell_count), table->columns);
        if (!nn_data_grow(table->data, table->error) || !row_store(table, slots))
            return false;
    }
    if (table->error->code)
        return false;
    if (table->data->count == 0)
        return place_fail(table, 0, "there is a header and no data");
    return !table->data->has_targets || nn_labels_settle(table->labels, table->data, table->error);
}

static void table_free(Table *table) {
    for (size_t i = 0; table->names && i < table->columns; i++)
        free(table->names[i]);
    free(table->names);
    free(table->slots);
    nn_labels_free(table->labels);
    nn_csv_end(&table->csv);
}

bool nn_csv_load(nn_data *data, nn_stream *stream, const nn_reading *reading) {
    Table table = {.network = data->network, .data = data, .error = stream->error};
    table.labels = nn_labels_new(data->network, reading->classes, stream->path);
    bool is_fine = table.labels || nn_fail_memory(stream->error);
    is_fine = is_fine && nn_csv_start(&table.csv, stream) && slots_make(&table) &&
              columns_assign(&table, !reading->may_lack_targets) && rows_load(&table);
    table_free(&table);
    return is_fine;
}
