/* The hint of an error that the columns of a table cannot be assigned to fields. Comes in: the
   remaining fields and columns, and the rows read ahead. Goes out: a --columns to paste, only where
   names that count or cells leave no doubt; else its form, with words in capitals for what the user
   has to fill in, which is an error where it is pasted as it is. */

#include "columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A remaining column, by its name and the cells of the rows read ahead. */
typedef struct {
    bool has_numbers, has_text, has_fractions;
    bool counts; /* 0, 1, 2, .. or 1, 2, 3, .. */
    double before;
    size_t cells, labels; /* different texts among them */
    bool is_index, is_taken;
} Column;

typedef struct {
    nn_table *table;
    const nn_left *left;
    Column *columns; /* per remaining column */
    size_t *starts;  /* per remaining field: its first column among the remaining; or NN_NONE */
} Proposal;

static const nn_field *field_at(const Proposal *proposal, size_t index) {
    return nn_data_field(proposal->table->network, proposal->left->fields[index]);
}

static const char *name_at(const Proposal *proposal, size_t index) {
    return proposal->table->names[proposal->left->columns[index]];
}

// ---- what columns hold ----

/* Has an earlier row the same text in this column? Another row is the current one afterwards. */
static bool is_repeated(nn_csv *csv, size_t row, size_t column, size_t first_row) {
    char text[64];
    bool is_found = false;
    snprintf(text, sizeof text, "%.63s", csv->cells[column]);
    for (size_t i = first_row; !is_found && i < row; i++) {
        nn_csv_ahead(csv, i);
        is_found = column < csv->cell_count && strncmp(csv->cells[column], text, 63) == 0;
    }
    return is_found;
}

static void cell_look(Proposal *proposal, size_t index, size_t row, size_t first_row) {
    nn_csv *csv = &proposal->table->csv;
    Column *column = &proposal->columns[index];
    size_t at = proposal->left->columns[index];
    double value = 0;
    nn_csv_ahead(csv, row);
    if (at >= csv->cell_count || nn_is_missing(csv->cells[at]))
        return;
    bool is_number = nn_csv_number(csv, csv->cells[at], false, &value) == NN_NUMBER;
    bool goes_on =
        column->cells == 0 ? value >= 0 && value <= 1 : fabs(value - column->before - 1) < 1e-9;
    column->has_numbers |= is_number;
    column->has_text |= !is_number;
    column->has_fractions |= is_number && floor(value) < value;
    column->counts = is_number && goes_on && (column->cells == 0 || column->counts);
    column->before = value;
    column->cells++;
    column->labels += !is_number && !is_repeated(csv, row, at, first_row);
}

static bool is_index_name(const char *name) {
    static const char *const names[] = {"",    "id", "index",    "idx",       "row",       "no",
                                        "no.", "nr", "rownames", "row_names", "Unnamed: 0"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return length > 2 &&
           (strcasecmp(name + length - 3, "_id") == 0 || strcmp(name + length - 2, "Id") == 0 ||
            strcmp(name + length - 2, "ID") == 0);
}

/* Numbers or names of rows: by the name of the column, or in front of a table without names. */
static bool is_index(const Proposal *proposal, size_t index) {
    const Column *column = &proposal->columns[index];
    if (proposal->table->header == NN_NAMES)
        return is_index_name(name_at(proposal, index)) && !column->has_fractions;
    return proposal->left->columns[index] == 0 && column->counts && column->cells >= 3;
}

static void columns_look(Proposal *proposal) {
    size_t first_row = proposal->table->header != NN_NO_HEADER;
    for (size_t i = 0; i < proposal->left->column_count; i++) {
        for (size_t row = first_row; row < proposal->table->csv.ahead_count; row++)
            cell_look(proposal, i, row, first_row);
        proposal->columns[i].is_index = is_index(proposal, i);
    }
}

// ---- which field they feed ----

size_t nn_name_number(const char *name, size_t *stem) {
    uint64_t number;
    *stem = strlen(name);
    while (*stem > 0 && name[*stem - 1] >= '0' && name[*stem - 1] <= '9')
        --*stem;
    return nn_whole_parse(name + *stem, SIZE_MAX / 2, &number) ? (size_t)number : NN_NONE;
}

/* Does the name of a column count on from that of the column in front: "x1", "x2"? */
static bool counts_on(const Proposal *proposal, size_t index) {
    size_t stem, stem_before;
    const char *name = name_at(proposal, index), *before = name_at(proposal, index - 1);
    size_t number = nn_name_number(name, &stem),
           number_before = nn_name_number(before, &stem_before);
    return proposal->left->columns[index] == proposal->left->columns[index - 1] + 1 &&
           number != NN_NONE && number_before != NN_NONE && number == number_before + 1 &&
           stem > 0 && stem == stem_before && strncmp(name, before, stem) == 0;
}

static void take(Proposal *proposal, size_t field, size_t first) {
    proposal->starts[field] = first;
    for (size_t i = 0; i < nn_field_width(field_at(proposal, field)); i++)
        proposal->columns[first + i].is_taken = true;
}

/* The one run of names that count, as long as the field is wide; NN_NONE if there is none, or
   several. */
static size_t counted_run(const Proposal *proposal, size_t width) {
    size_t count = proposal->left->column_count, found = NN_NONE, runs = 0;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && counts_on(proposal, end);)
            end++;
        if (end - first == width) {
            found = first;
            runs++;
        }
    }
    return runs == 1 ? found : NN_NONE;
}

static void take_counted(Proposal *proposal) {
    for (size_t i = 0; i < proposal->left->field_count; i++) {
        size_t width = nn_field_width(field_at(proposal, i)), alike = 0;
        for (size_t j = 0; j < proposal->left->field_count; j++)
            alike += nn_field_width(field_at(proposal, j)) == width;
        size_t first = width > 1 && alike == 1 ? counted_run(proposal, width) : NN_NONE;
        if (first != NN_NONE)
            take(proposal, i, first);
    }
}

/* A column of labels, of which there are no more than the field has classes. */
static bool has_labels(const Column *column, const nn_field *field) {
    return column->has_text && !column->has_numbers &&
           column->labels <= field->count;
}

/* A field is fed by all columns that are free, but for texts where it needs numbers. False where
   they are more or fewer, or not side by side. */
static bool take_all(Proposal *proposal, size_t field) {
    size_t first = NN_NONE, free_columns = 0, last = 0;
    bool is_onehot = field_at(proposal, field)->is_onehot;
    for (size_t i = 0; i < proposal->left->column_count; i++) {
        const Column *column = &proposal->columns[i];
        bool is_text = column->has_text && !column->has_numbers;
        if (column->is_taken || column->is_index || (is_text && !is_onehot))
            continue;
        first = free_columns++ ? first : i;
        last = i;
    }
    bool fits = free_columns > 0 && free_columns == nn_field_width(field_at(proposal, field)) &&
                proposal->left->columns[last] - proposal->left->columns[first] + 1 == free_columns;
    if (fits)
        take(proposal, field, first);
    return fits;
}

/* A text column among numbers holds the labels, if there is one onehot field. */
static void take_labels(Proposal *proposal, size_t onehot) {
    size_t found = NN_NONE, texts = 0;
    for (size_t i = 0; i < proposal->left->column_count; i++) {
        const Column *column = &proposal->columns[i];
        if (column->is_taken || column->is_index || !column->has_text)
            continue;
        found = has_labels(column, field_at(proposal, onehot)) ? i : found;
        texts++;
    }
    if (found != NN_NONE && texts == 1)
        take(proposal, onehot, found);
}

static bool propose(Proposal *proposal) {
    size_t open = 0, onehots = 0, onehot = 0, other = 0, unknown = 0;
    for (size_t i = 0; i < proposal->left->field_count; i++)
        proposal->starts[i] = NN_NONE;
    columns_look(proposal);
    if (proposal->table->header == NN_NAMES)
        take_counted(proposal);
    for (size_t i = 0; i < proposal->left->field_count; i++) {
        bool is_onehot = field_at(proposal, i)->is_onehot;
        if (proposal->starts[i] != NN_NONE)
            continue;
        open++;
        onehots += is_onehot;
        onehot = is_onehot ? i : onehot;
        other = is_onehot ? other : i;
    }
    if (open == 2 && onehots == 1) {
        take_labels(proposal, onehot);
        if (proposal->starts[onehot] != NN_NONE && !take_all(proposal, other))
            proposal->starts[onehot] = NN_NONE;
    } else if (open == 1) {
        take_all(proposal, onehots ? onehot : other);
    }
    for (size_t i = 0; i < proposal->left->field_count; i++)
        unknown += proposal->starts[i] == NN_NONE;
    return unknown == 0;
}

// ---- what is said ----

static void fields_print(const Proposal *proposal, bool is_known) {
    nn_error *error = proposal->table->error;
    for (size_t i = 0; i < proposal->left->field_count && i < 8; i++) {
        const nn_field *field = field_at(proposal, i);
        size_t width = nn_field_width(field);
        nn_add(error, "%s%s=", i ? "," : "", field->name);
        if (!is_known) {
            nn_add(error, "%s", width > 1 ? "FIRST:END" : "COLUMN");
            continue;
        }
        size_t first = proposal->left->columns[proposal->starts[i]];
        nn_add(error, "%zu", first);
        if (width > 1)
            nn_add(error, ":%zu", first + width);
    }
    nn_add(error, "%s", proposal->left->field_count > 8 ? ",.." : "");
}

static void proposal_say(nn_table *table, const nn_left *left) {
    Proposal proposal = {.table = table,
                         .left = left,
                         .columns = calloc(left->column_count + 1, sizeof(Column)),
                         .starts = calloc(left->field_count + 1, sizeof(size_t))};
    if (proposal.columns && proposal.starts) {
        bool is_known = propose(&proposal), has_array = left->values > left->field_count;
        nn_hint(table->error, "say which columns feed what, as in --columns ");
        fields_print(&proposal, is_known);
        if (!is_known)
            nn_add(table->error, ", by number from 0%s or by name",
                   has_array ? ", END not included," : "");
    }
    free(proposal.columns);
    free(proposal.starts);
}

/* The line of the first row read ahead that is longer than the first, or 0. */
static size_t longer_line(nn_table *table) {
    nn_csv *csv = &table->csv;
    for (size_t row = 1; row < csv->ahead_count; row++) {
        nn_csv_ahead(csv, row);
        if (csv->cell_count > table->column_count)
            return csv->line;
    }
    return 0;
}

/* Has the first row another separator, and by it as many cells as the row below? There is one. */
static bool is_separated_otherwise(nn_table *table) {
    nn_csv *csv = &table->csv;
    nn_csv_ahead(csv, 1);
    for (const char *other = ",;|\t"; *other; other++) {
        size_t cells = 1;
        for (const char *at = csv->ahead[0].text; *at; at++)
            cells += *at == *other;
        if (*other != csv->separator && cells > 1 && cells == csv->cell_count)
            return true;
    }
    return false;
}

/* The line of a header below a title as spreadsheets write it, with empty cells behind: of the
   first row that has other cells, too. 0 if there is no title. */
static size_t title_line(nn_table *table) {
    nn_csv *csv = &table->csv;
    for (size_t row = 0; row < csv->ahead_count; row++) {
        size_t filled = 0;
        nn_csv_ahead(csv, row);
        for (size_t i = 0; i < csv->cell_count; i++)
            filled += csv->cells[i][0] != '\0';
        if (filled > 1)
            return row > 0 && csv->cell_count > 2 ? csv->line : 0;
    }
    return 0;
}

/* Has the column nothing but 0 and 1, or words for them, in the rows read ahead? */
static bool is_indicator(nn_table *table, size_t column) {
    static const char *const words[] = {"true", "false", "yes", "no", "t", "f"};
    nn_csv *csv = &table->csv;
    for (size_t row = table->header != NN_NO_HEADER; row < csv->ahead_count; row++) {
        double value;
        bool is_one = false;
        nn_csv_ahead(csv, row);
        if (column >= csv->cell_count)
            return false;
        if (nn_csv_number(csv, csv->cells[column], false, &value) == NN_NUMBER)
            is_one = !(value < 0) && !(value > 1) && !(floor(value) < value);
        for (size_t i = 0; !is_one && i < sizeof words / sizeof *words; i++)
            is_one = strcasecmp(csv->cells[column], words[i]) == 0;
        if (!is_one)
            return false;
    }
    return true;
}

/* The remaining onehot field whose classes have a column each, by the number of columns; NULL if
   there is none. */
static const nn_field *onehot_by_count(nn_table *table, const nn_left *left) {
    size_t indicators = 0;
    for (size_t i = 0; i < left->column_count; i++)
        indicators += is_indicator(table, left->columns[i]);
    for (size_t i = 0; i < left->field_count; i++) {
        const nn_field *field = nn_data_field(table->network, left->fields[i]);
        if (field->is_onehot && field->count > 2 && indicators >= field->count &&
            left->column_count == left->values - 1 + field->count)
            return field;
    }
    return NULL;
}

void nn_class_hint(const nn_table *table, const nn_field *field) {
    nn_hint(table->error,
            "'%.60s' is read from one column, of numbers from 0 to %zu or of labels: columns of 0 "
            "and 1, one for each class, must be made one",
            field->name, field->count - 1);
}

void nn_columns_hint(nn_table *table, const nn_left *left) {
    size_t line = longer_line(table);
    const nn_field *onehot = onehot_by_count(table, left);
    if (line > 0 && is_separated_otherwise(table))
        nn_hint(table->error, "the cells of line %zu are separated otherwise than those below it",
                table->header_line);
    else if (line > 0)
        nn_hint(table->error, "if the table begins in line %zu, take away what stands above it",
                line);
    else if (title_line(table) > 0)
        nn_hint(table->error, "if the header is in line %zu, take away what stands above it",
                title_line(table));
    else if (left->column_count < left->values && table->column_count == 1)
        nn_hint(table->error, "--separator says what stands between cells");
    else if (left->column_count >= left->values && onehot)
        nn_class_hint(table, onehot);
    else if (left->column_count >= left->values)
        proposal_say(table, left);
}
