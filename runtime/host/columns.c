/* Which column of a CSV file feeds which value of a net's fields. Comes in: the rows read ahead
   and the options. Goes out: a column for every slot, or an error that says what to write. First
   comes what --columns says (choices.c), then the names in the header, then the remaining fields
   and columns in order, if there is only one way to assign them. */

#include "columns.h"

#include <stdlib.h>
#include <string.h>

static nn_place header_place(const nn_table *table) {
    return (nn_place){table->csv.stream->path, table->header_line};
}

static size_t field_count(const nn_network *network) {
    return network->input_count + network->target_count;
}

static void slot_name(const nn_table *table, const nn_slot *slot, char *buffer, size_t size) {
    const nn_field *field = nn_data_field(table->network, slot->field);
    if (nn_field_width(field) == 1)
        snprintf(buffer, size, "%s", field->name);
    else
        snprintf(buffer, size, "%s.%zu", field->name, slot->position);
}

/* Assigns columns by the header to the slots of fields that --columns does not name. False if a
   name occurs twice. */
static bool slots_by_header(nn_table *table, const bool *is_chosen) {
    for (size_t column = 0; column < table->column_count; column++) {
        nn_slot *slot = nn_slot_named(table, table->names[column]);
        if (!slot || is_chosen[slot->field])
            continue;
        if (slot->column != NN_NONE) {
            nn_quoted name;
            return nn_fail(table->error, NN_WRONG, header_place(table),
                           "columns %zu and %zu (from 0) are both named %s", slot->column, column,
                           nn_quote(&name, table->names[column]));
        }
        slot->column = column;
    }
    return true;
}

// ---- columns of 0 and 1 for classes ----

/* "kind.0", "kind_setosa" of 'kind'. */
static bool is_class_name(const nn_field *field, const char *name) {
    size_t length = strlen(field->name);
    return strncmp(name, field->name, length) == 0 && name[length] && strchr("._-[ ", name[length]);
}

/* How many columns are called after a onehot field, as columns for each of its classes are. first
   and last: of those. */
static size_t class_columns(const nn_table *table, const nn_field *field, size_t *first,
                            size_t *last) {
    size_t found = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->names[i];
        if (!is_class_name(field, name))
            continue;
        *first = found++ ? *first : i;
        *last = i;
    }
    return found;
}

/* One column "kind.0" is that of 'kind', of several none is: an error, but where targets may be
   missing. */
static bool class_columns_check(nn_table *table, const bool *is_chosen) {
    for (size_t i = 0; i < table->slot_count; i++) {
        nn_slot *slot = &table->slots[i];
        const nn_field *field = nn_data_field(table->network, slot->field);
        size_t first = 0, last = 0;
        nn_quoted name, last_name;
        bool is_whole =
            slot->column != NN_NONE && !is_class_name(field, table->names[slot->column]);
        if (!field->is_onehot || is_chosen[slot->field] || is_whole ||
            class_columns(table, field, &first, &last) < 2)
            continue;
        slot->column = NN_NONE;
        if (table->reading->may_lack_targets)
            continue;
        nn_fail(table->error, NN_WRONG, header_place(table),
                "no column '%.60s', but %s to %s, which seem to be one for each class", field->name,
                nn_quote(&name, table->names[first]), nn_quote(&last_name, table->names[last]));
        nn_class_hint(table, field);
        return false;
    }
    return true;
}

// ---- remaining fields and columns ----

static bool is_fed(const nn_table *table, size_t field) {
    const nn_slot *slot = nn_field_slots(table, field);
    for (size_t i = 0; i < nn_field_width(nn_data_field(table->network, field)); i++)
        if (slot[i].column != NN_NONE)
            return true;
    return false;
}

static void fields_left(const nn_table *table, nn_left *left) {
    const nn_network *network = table->network;
    for (size_t i = 0; i < field_count(network); i++) {
        size_t field = nn_field_declared(network, i);
        size_t width = nn_field_width(nn_data_field(network, field));
        bool is_input = field < network->input_count;
        if (is_fed(table, field)) {
            *(is_input ? &left->named_inputs : &left->named_targets) += width;
            continue;
        }
        left->fields[left->field_count++] = field;
        left->values += width;
        left->input_values += is_input ? width : 0;
        left->input_fields += is_input;
    }
}

static bool left_find(const nn_table *table, nn_left *left) {
    *left = (nn_left){.fields = calloc(field_count(table->network) + 1, sizeof *left->fields),
                      .columns = calloc(table->column_count + 1, sizeof *left->columns)};
    bool *feeds = calloc(table->column_count + 1, sizeof *feeds);
    bool is_fine = left->fields && left->columns && feeds;
    if (is_fine) {
        fields_left(table, left);
        for (size_t i = 0; i < table->slot_count; i++)
            if (table->slots[i].column != NN_NONE)
                feeds[table->slots[i].column] = true;
        for (size_t i = 0; i < table->column_count; i++)
            if (!feeds[i])
                left->columns[left->column_count++] = i;
    }
    free(feeds);
    return is_fine || nn_fail_memory(table->error);
}

static void left_free(nn_left *left) {
    free(left->fields);
    free(left->columns);
}

/* The remaining column with the name nearest to that of a slot, or NULL; "pixel2" is not near to
   "pixel3". False without memory. */
static bool nearest_find(nn_table *table, const char *name, const nn_left *left,
                         const char **nearest) {
    const char **free_names = calloc(left->column_count + 1, sizeof *free_names);
    size_t stem, number = nn_name_number(name, &stem);
    if (!free_names)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < left->column_count; i++) {
        const char *other = table->names[left->columns[i]];
        free_names[i] = nn_name_number(other, &stem) == number ? other : NULL;
    }
    *nearest = nn_nearest(name, free_names, left->column_count);
    free(free_names);
    return true;
}

/* The error for a slot whose name is missing in a header that names others. Where the header names
   some slots of its field, their names may be those of others: "x.1" to "x.3" for x[3]. */
static bool slot_fail(nn_table *table, const nn_slot *slot) {
    char name[128];
    const char *nearest = NULL;
    nn_left left;
    nn_quoted quoted;
    nn_slot *slots = nn_field_slots(table, slot->field);
    const nn_field *field = nn_data_field(table->network, slot->field);
    size_t width = nn_field_width(field), named = 0;
    slot_name(table, slot, name, sizeof name);
    for (size_t i = 0; i < width; i++) {
        named += slots[i].column != NN_NONE;
        slots[i].column = NN_NONE;
    }
    bool has_memory = left_find(table, &left) && nearest_find(table, name, &left, &nearest);
    if (has_memory) {
        nn_fail(table->error, NN_WRONG, header_place(table), "no column '%s'", name);
        if (!nearest && named == 0 && width > 1 && left.field_count == 1)
            nn_add(table->error, ", and %zu %s left for the %zu of '%.60s'", left.column_count,
                   left.column_count == 1 ? "column is" : "columns are", width, field->name);
        if (nearest)
            nn_hint(table->error, "is %s meant?", nn_quote(&quoted, nearest));
        else
            nn_columns_hint(table, &left);
    }
    left_free(&left);
    return false;
}

static void feed_in_order(nn_table *table, const nn_left *left, bool with_targets) {
    const size_t *column = left->columns;
    for (size_t i = 0; i < left->field_count; i++) {
        size_t field = left->fields[i];
        nn_slot *slot = nn_field_slots(table, field);
        if (field >= table->network->input_count && !with_targets)
            continue;
        for (size_t j = 0; j < nn_field_width(nn_data_field(table->network, field)); j++)
            slot[j].column = *column++;
    }
}

/* Without names, the remaining columns go to the remaining fields in order. The counts must be
   equal, but for targets where these may be missing. */
static bool order_by_count(nn_table *table, const nn_left *left) {
    bool may_lack = table->reading->may_lack_targets && left->named_targets == 0;
    bool is_chosen = left->named_inputs + left->named_targets > 0;
    bool with_targets = left->values == left->column_count;
    table->has_targets = with_targets || left->named_targets > 0;
    if (with_targets || (may_lack && left->input_values == left->column_count) ||
        left->field_count == 0 || (may_lack && is_chosen && left->input_fields == 0)) {
        if (with_targets || left->input_fields > 0)
            feed_in_order(table, left, with_targets);
        return true;
    }
    nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, table->csv.ahead[0].line},
            "%zu %s%s, inputs take %zu and targets %zu", left->column_count,
            nn_columns_text(left->column_count), is_chosen ? " left" : "", left->input_values,
            left->values - left->input_values);
    nn_columns_hint(table, left);
    return false;
}

/* The first slot without a column in a field of which other slots have one, or NULL. */
static const nn_slot *slot_torn(const nn_table *table) {
    for (size_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].column == NN_NONE && is_fed(table, table->slots[i].field))
            return &table->slots[i];
    return NULL;
}

/* Prediction needs no targets: where one is missing, none is read. True where that is so; false
   where inputs are missing as well, or targets are needed. */
static bool lack_targets(nn_table *table, const nn_left *left) {
    bool fills_input = left->input_fields == 1 && left->input_values > 1 &&
                       left->input_values == left->column_count;
    if (!table->reading->may_lack_targets || (left->input_fields > 0 && !fills_input))
        return false;
    table->has_targets = false;
    feed_in_order(table, left, false);
    return true;
}

/* Whether the names of the remaining columns end in consecutive numbers, but in another order than
   that of the columns: "x1", "x0", or "pixel0", "pixel1", "pixel10", "pixel2". */
static bool count_otherwise(const nn_table *table, const nn_left *left) {
    size_t stem, before = 0, least = NN_NONE, most = 0;
    bool is_rising = true;
    const char *first = table->names[left->columns[0]];
    nn_name_number(first, &stem);
    for (size_t i = 0; i < left->column_count; i++) {
        const char *name = table->names[left->columns[i]];
        size_t own_stem, number = nn_name_number(name, &own_stem);
        if (number == NN_NONE || own_stem != stem || strncmp(name, first, stem) != 0)
            return false;
        is_rising &= i == 0 || number > before;
        least = number < least ? number : least;
        most = number > most ? number : most;
        before = number;
    }
    return !is_rising && most - least + 1 == left->column_count;
}

static bool count_refuse(nn_table *table, const nn_left *left) {
    nn_quoted first, last;
    nn_fail(table->error, NN_WRONG, header_place(table),
            "columns %s to %s, which '%.60s' would take, stand in another order than they count",
            nn_quote(&first, table->names[left->columns[0]]),
            nn_quote(&last, table->names[left->columns[left->column_count - 1]]),
            nn_data_field(table->network, left->fields[0])->name);
    nn_hint(table->error, "--columns %.60s=rest takes them as they stand",
            nn_data_field(table->network, left->fields[0])->name);
    return false;
}

/* With names, fields that no name feeds are an error, unless it is one array of as many values as
   there are remaining columns. */
static bool order_by_names(nn_table *table, const nn_left *left) {
    bool may_lack = table->reading->may_lack_targets && left->named_targets == 0;
    size_t wanted = may_lack ? left->input_fields : left->field_count;
    size_t values = may_lack ? left->input_values : left->values;
    const nn_slot *torn = slot_torn(table);
    table->has_targets = !may_lack;
    if (torn)
        return slot_fail(table, torn);
    if (wanted == 0)
        return true;
    if (wanted == 1 && values > 1 && values == left->column_count) {
        if (count_otherwise(table, left))
            return count_refuse(table, left);
        feed_in_order(table, left, !may_lack);
        return true;
    }
    if (lack_targets(table, left))
        return true;
    if (left->named_inputs + left->named_targets > 0)
        return slot_fail(table, nn_field_slots(table, left->fields[0]));
    size_t count = table->column_count;
    nn_quoted first, last;
    nn_fail(table->error, NN_WRONG, header_place(table),
            "the header of %zu %s, %s%s%s, names no input and no target", count,
            nn_columns_text(count), nn_quote(&first, table->names[0]), count > 1 ? " to " : "",
            count > 1 ? nn_quote(&last, table->names[count - 1]) : "");
    nn_columns_hint(table, left);
    return false;
}

bool nn_columns_assign(nn_table *table) {
    nn_left left = {0};
    bool *is_chosen = calloc(field_count(table->network) + 1, sizeof *is_chosen);
    bool is_fine = (is_chosen || nn_fail_memory(table->error)) && nn_choices_assign(table);
    for (size_t i = 0; is_fine && i < field_count(table->network); i++)
        is_chosen[i] = is_fed(table, i);
    is_fine =
        is_fine &&
        (!table->names ||
         (slots_by_header(table, is_chosen) && nn_sources_assign(table, is_chosen) &&
          class_columns_check(table, is_chosen))) &&
        left_find(table, &left) &&
        (table->header == NN_NAMES ? order_by_names(table, &left) : order_by_count(table, &left));
    left_free(&left);
    free(is_chosen);
    return is_fine;
}

void nn_columns_propose(nn_table *table) {
    nn_left left;
    for (size_t i = 0; i < table->slot_count; i++)
        table->slots[i].column = NN_NONE;
    if (left_find(table, &left))
        nn_columns_hint(table, &left);
    left_free(&left);
}

// ---- the note on how the file was read ----

static const char *separator_text(const nn_table *table) {
    if (table->column_count == 1)
        return "one column";
    switch (table->csv.separator) {
    case ',': return "comma-separated";
    case ';': return "semicolon-separated";
    case '\t': return "tab-separated";
    case '|': return "bar-separated";
    default: return "blank-separated";
    }
}

/* Adds "x from 'a' to 'c'"; for columns that are not next to each other "x from columns 3 and 1" or
   "x from columns 7 to 2 (not in a row)". */
static void field_note(const nn_table *table, size_t field) {
    const nn_slot *slot = nn_field_slots(table, field);
    size_t width = nn_field_width(nn_data_field(table->network, field));
    size_t first = slot[0].column, last = slot[width - 1].column;
    bool has_names = table->names && table->names[first][0] && table->names[last][0];
    bool are_in_row = true;
    nn_quoted name;
    for (size_t i = 1; i < width; i++)
        are_in_row &= slot[i].column == slot[i - 1].column + 1;
    nn_add(table->error, "%s from ", nn_data_field(table->network, field)->name);
    if (has_names)
        nn_add(table->error, "%s", nn_quote(&name, table->names[first]));
    else
        nn_add(table->error, "%s %zu", nn_columns_text(width), first);
    if (width == 1) {
        nn_sources_note(table, field);
        return;
    }
    nn_add(table->error, "%s", width == 2 && !are_in_row ? " and " : " to ");
    if (has_names)
        nn_add(table->error, "%s", nn_quote(&name, table->names[last]));
    else
        nn_add(table->error, "%zu", last);
    if (!are_in_row && slot->is_kept)
        nn_add(table->error, " (in the order of training)");
    else
        nn_add(table->error, "%s", are_in_row || width == 2 ? "" : " (not in a row)");
    nn_sources_note(table, field);
}

/* Adds "; 'id', 'name' and 3 others feed nothing". */
static void idle_note(const nn_table *table, const nn_left *left) {
    enum { SHOWN = 4 };
    size_t count = left->column_count;
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        size_t column = left->columns[i];
        bool is_last = i + 1 == count && i > 0;
        nn_quoted name;
        nn_add(table->error, "%s", i == 0 ? "; " : is_last ? " and " : ", ");
        if (table->names && table->names[column][0])
            nn_add(table->error, "%s", nn_quote(&name, table->names[column]));
        else
            nn_add(table->error, "column %zu", column);
    }
    if (count > SHOWN)
        nn_add(table->error, " and %zu %s", count - SHOWN, count - SHOWN == 1 ? "other" : "others");
    if (count > 0)
        nn_add(table->error, " %s nothing", count == 1 ? "feeds" : "feed");
}

/* Adds "; no targets", or where only some are missing, which one. */
static void targets_note(const nn_table *table) {
    const nn_network *network = table->network;
    size_t missing = NN_NONE, there = 0;
    for (size_t field = network->input_count; field < field_count(network); field++) {
        there += is_fed(table, field);
        if (missing == NN_NONE && !is_fed(table, field))
            missing = field;
    }
    if (there > 0 && missing != NN_NONE)
        nn_add(table->error, "; no target '%s', so that none is read",
               nn_data_field(network, missing)->name);
    else
        nn_add(table->error, "; no targets");
}

bool nn_table_note(const nn_table *table) {
    const nn_network *network = table->network;
    size_t line = table->header_line, noted = 0, most = 8;
    nn_left left;
    nn_note(table->error, table->csv.stream->path, "read as %s, ", separator_text(table));
    if (table->header == NN_NO_HEADER)
        nn_add(table->error, "no header");
    else
        nn_add(table->error, "header%s in line %zu",
               table->header == NN_NUMBERS ? " of numbers" : "", line);
    nn_add(table->error, "%s; ", table->csv.has_comma ? ", decimal commas" : "");
    for (size_t i = 0; i < field_count(network); i++) {
        size_t field = nn_field_declared(network, i);
        if (field >= network->input_count && !table->has_targets)
            continue;
        if (noted++ < most) {
            nn_add(table->error, "%s", noted > 1 ? ", " : "");
            field_note(table, field);
        }
    }
    if (noted > most)
        nn_add(table->error, " and %zu more", noted - most);
    if (!table->has_targets)
        targets_note(table);
    bool is_fine = left_find(table, &left);
    if (is_fine)
        idle_note(table, &left);
    left_free(&left);
    return is_fine;
}
