/* Names of the columns that fed the fields of a net in training. Comes in: the first table, and
   every later one. Goes out: the names, kept with the weights; and columns of later tables in the
   order of the names, whatever the order in which they stand, or a refusal. A table without names
   is taken as it stands; a column named as the net names its value is always that value's. */

#include "classes.h"

#include <stdlib.h>
#include <string.h>

/* Items of pairs are alike, so that the columns of one are kept. */
static size_t inputs_of(const nn_network *network) {
    return network->is_pairs ? network->input_count / 2 : network->input_count;
}

nn_sources *nn_sources_new(const nn_network *network) {
    size_t inputs = inputs_of(network), count = 0;
    nn_sources *sources = calloc(1, sizeof *sources);
    const nn_field **fields = calloc(inputs + network->target_count + 1, sizeof *fields);
    for (size_t i = 0; fields && i < inputs + network->target_count; i++) {
        fields[i] = i < inputs ? &network->inputs[i] : &network->targets[i - inputs];
        count += nn_field_width(fields[i]);
    }
    char **names = calloc(count + 1, sizeof *names);
    if (!sources || !fields || !names) {
        free(sources);
        free(fields);
        free(names);
        return NULL;
    }
    *sources = (nn_sources){.fields = fields,
                            .field_count = inputs + network->target_count,
                            .count = count,
                            .names = names};
    return sources;
}

void nn_sources_free(nn_sources *sources) {
    for (size_t i = 0; sources && i < sources->count; i++)
        free(sources->names[i]);
    if (sources) {
        free(sources->fields);
        free(sources->names);
        free(sources->given);
    }
    free(sources);
}

/* A name as it is kept and compared, without bytes that are no UTF-8; NULL without memory. */
static char *name_kept(const char *name) {
    size_t room = 4 * strlen(name) + 1;
    char *kept = malloc(room);
    if (kept)
        nn_show_text(kept, room, name, SIZE_MAX);
    return kept;
}

// ---- the names of a table

/* Names, and the column of each; NN_NONE where two have it. */
typedef struct {
    nn_texts texts;
    size_t *columns;
} Header;

static bool header_add(Header *header, const char *cell, size_t column) {
    char *name = name_kept(cell);
    size_t found = name ? nn_texts_find(&header->texts, name) : NN_NONE;
    bool is_fine = name != NULL;
    if (found != NN_NONE) {
        header->columns[found] = NN_NONE;
    } else if (is_fine) {
        header->columns[header->texts.count] = column;
        is_fine = nn_texts_add(&header->texts, name);
    }
    free(name);
    return is_fine;
}

static bool header_open(Header *header, const nn_table *table) {
    *header = (Header){.columns = calloc(table->column_count + 1, sizeof *header->columns)};
    bool is_fine = header->columns != NULL;
    for (size_t i = 0; is_fine && i < table->column_count; i++)
        is_fine = !table->names[i][0] || header_add(header, table->names[i], i);
    return is_fine || nn_fail_memory(table->error);
}

static void header_close(Header *header) {
    nn_texts_free(&header->texts);
    free(header->columns);
}

static size_t column_named(const Header *header, const char *name) {
    size_t found = nn_texts_find(&header->texts, name);
    return found == NN_NONE ? NN_NONE : header->columns[found];
}

// ---- the first table

/* Every column of the field has a name that no other has, and not all are the net's own. */
static bool is_named(const nn_table *table, const Header *header, const nn_slot *slots,
                     size_t width) {
    bool is_other = false;
    for (size_t i = 0; i < width; i++) {
        const char *name = slots[i].column == NN_NONE ? "" : table->names[slots[i].column];
        bool is_alone = false;
        for (size_t j = 0; *name && !is_alone && j < header->texts.count; j++)
            is_alone = header->columns[j] == slots[i].column;
        if (!is_alone)
            return false;
        is_other |= nn_slot_named(table, name) != &slots[i];
    }
    return is_other;
}

bool nn_sources_keep(nn_sources *sources, const nn_table *table) {
    Header header;
    bool is_fine = true;
    if (!sources || sources->are_known || table->network->is_pairs)
        return true;
    sources->are_known = true;
    if (table->header != NN_NAMES && !table->reading->columns)
        return true;
    if (table->header != NN_NAMES) {
        sources->given = strdup(table->reading->columns);
        return sources->given || nn_fail_memory(table->error);
    }
    if (!header_open(&header, table)) {
        header_close(&header);
        return false;
    }
    for (size_t field = 0, at = 0; is_fine && field < sources->field_count; field++) {
        const nn_slot *slots = &table->slots[at];
        size_t width = nn_field_width(sources->fields[field]);
        bool keeps = is_named(table, &header, slots, width);
        for (size_t i = 0; is_fine && keeps && i < width; i++) {
            sources->names[at + i] = name_kept(table->names[slots[i].column]);
            is_fine = sources->names[at + i] || nn_fail_memory(table->error);
        }
        at += width;
    }
    header_close(&header);
    return is_fine;
}

// ---- later tables

/* What a field of a later table was fed by in training. */
typedef struct {
    nn_table *table;
    const Header *header;
    const nn_field *field;
    char **names;
    nn_slot *slots;
    size_t width;
    bool may_lack;
} Fed;

static bool names_hint(const Fed *fed) {
    nn_quoted first, last;
    nn_hint(fed->table->error,
            "name columns as in training; where others mean the same, --columns %.60s=NAME%s says "
            "so by name, in place of %s%s%s",
            fed->field->name, fed->width > 1 ? ",.." : "", nn_quote(&first, fed->names[0]),
            fed->width > 1 ? " to " : "",
            fed->width > 1 ? nn_quote(&last, fed->names[fed->width - 1]) : "");
    return false;
}

static void columns_take(const Fed *fed) {
    for (size_t i = 0; i < fed->width; i++) {
        fed->slots[i].column = column_named(fed->header, fed->names[i]);
        fed->slots[i].is_kept = true;
    }
}

/* The number of the first name that no column has; the width if there is none. */
static size_t first_missing(const Fed *fed, size_t *found) {
    size_t missing = fed->width;
    *found = 0;
    for (size_t i = 0; i < fed->width; i++) {
        bool is_there = column_named(fed->header, fed->names[i]) != NN_NONE;
        *found += is_there;
        missing = !is_there && missing == fed->width ? i : missing;
    }
    return missing;
}

/* A field that neither --columns nor the net's own names feed. */
static bool field_feed(const Fed *fed) {
    size_t found, missing = first_missing(fed, &found);
    nn_quoted name;
    if (missing == fed->width) {
        columns_take(fed);
        return true;
    }
    if (fed->may_lack && found == 0)
        return true;
    nn_fail(fed->table->error, NN_WRONG,
            (nn_place){fed->table->csv.stream->path, fed->table->header_line},
            "no column %s alone, which fed '%.60s' in training",
            nn_quote(&name, fed->names[missing]), fed->field->name);
    return names_hint(fed);
}

/* Do the columns that --columns has chosen carry the names of training, in whatever order? */
static bool are_same(const Fed *fed, size_t *other) {
    bool *is_chosen = calloc(fed->table->column_count + 1, sizeof *is_chosen);
    bool is_fine = is_chosen || nn_fail_memory(fed->table->error);
    *other = fed->width;
    for (size_t i = 0; is_fine && i < fed->width; i++)
        is_chosen[fed->slots[i].column] = true;
    for (size_t i = 0; is_fine && i < fed->width; i++) {
        size_t column = column_named(fed->header, fed->names[i]);
        if (*other == fed->width && (column == NN_NONE || !is_chosen[column]))
            *other = i;
    }
    free(is_chosen);
    return is_fine;
}

/* A field that --columns feeds: by names it may take others. */
static bool choice_check(const Fed *fed) {
    size_t other;
    bool is_by_name = true;
    nn_quoted name;
    if (!are_same(fed, &other))
        return false;
    for (size_t i = 0; i < fed->width; i++)
        is_by_name &= fed->slots[i].is_by_name;
    if (other == fed->width)
        columns_take(fed);
    if (other == fed->width || is_by_name)
        return true;
    nn_fail(fed->table->error, NN_WRONG,
            (nn_place){fed->table->csv.stream->path, fed->table->header_line},
            "--columns gives '%.60s' other columns than in training, without %s", fed->field->name,
            nn_quote(&name, fed->names[other]));
    return names_hint(fed);
}

static bool fields_assign(nn_table *table, const nn_sources *sources, const Header *header,
                          const bool *is_chosen) {
    bool is_fine = true;
    for (size_t field = 0, at = 0; is_fine && field < sources->field_count; field++) {
        size_t width = nn_field_width(sources->fields[field]);
        bool is_fed = false;
        Fed fed = {.table = table,
                   .header = header,
                   .field = sources->fields[field],
                   .names = &sources->names[at],
                   .slots = &table->slots[at],
                   .width = width,
                   .may_lack =
                       field >= table->network->input_count && table->reading->may_lack_targets};
        for (size_t i = 0; i < width; i++)
            is_fed |= fed.slots[i].column != NN_NONE;
        if (sources->names[at] && is_chosen[field])
            is_fine = choice_check(&fed);
        else if (sources->names[at] && !is_fed)
            is_fine = field_feed(&fed);
        at += width;
    }
    return is_fine;
}

/* A row of a file for prediction holds both items of a pair, whose columns have other names. */
bool nn_sources_assign(nn_table *table, const bool *is_chosen) {
    const nn_sources *sources = table->reading->sources;
    Header header;
    if (!sources || !sources->are_known || table->header != NN_NAMES || table->network->is_pairs)
        return true;
    bool is_fine = header_open(&header, table) && fields_assign(table, sources, &header, is_chosen);
    header_close(&header);
    return is_fine;
}

/* ", taken for 'len' to 'age' of training", of columns without names. */
void nn_sources_note(const nn_table *table, size_t field) {
    const nn_sources *sources = table->reading->sources;
    const nn_slot *slots = nn_field_slots(table, field);
    size_t at = (size_t)(slots - table->slots), width;
    nn_quoted name;
    if (!sources || table->header == NN_NAMES || table->network->is_pairs || !sources->names[at])
        return;
    width = nn_field_width(sources->fields[field]);
    nn_add(table->error, ", taken for %s", nn_quote(&name, sources->names[at]));
    if (width > 1)
        nn_add(table->error, " to %s", nn_quote(&name, sources->names[at + width - 1]));
    nn_add(table->error, " of training");
}

void nn_sources_given_note(const nn_table *table) {
    const nn_sources *sources = table->reading->sources;
    if (sources && sources->given && table->header != NN_NAMES && !table->reading->columns)
        nn_note(table->error, table->csv.stream->path,
                "training was with --columns %.300s, these columns are taken in order",
                sources->given);
}
