/* The option --columns, such as "image=1:785,digit=label": which columns feed which field. Comes
   in: its text and a table. Goes out: the columns of the slots of the fields that it names.

   A column is a number, counted from 0, or a name of the header; a name is in double quotes
   where it contains one of , : " or consists of digits. first:last is a range: last is included
   where it is a name, and excluded where it is a number. `rest` is all columns that feed no
   other field. A field that is given twice gets the second columns after the first ones. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    nn_table *table;
    const char *at;  /* the text still to be read */
    size_t *filled;  /* per field: how many of its slots have a column */
    size_t rest;     /* the field that takes the rest, or NN_NONE */
    bool is_by_name; /* the current columns are given by name */
} Choices;

static bool choice_fail(const Choices *choices, nn_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool choice_fail(const Choices *choices, nn_code code, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *path = code == NN_USAGE ? NULL : choices->table->csv.stream->path;
    return nn_fail(choices->table->error, code, (nn_place){path, 0}, "--columns: %s", text);
}

static size_t field_total(const nn_network *network) {
    return network->input_count + network->target_count;
}

/* Reads a word that ends before one of the characters `ends`, or a text in quotes. The result is
   malloc'ed; NULL after an error, which is reported. */
static char *word_read(Choices *choices, const char *ends, bool *is_quoted) {
    const char *at = choices->at;
    *is_quoted = *at == '"';
    char *word = malloc(strlen(at) + 1), *to = word;
    if (!word) {
        nn_fail_memory(choices->table->error);
        return NULL;
    }
    if (*is_quoted)
        for (at++; *at && (*at != '"' || at[1] == '"'); *to++ = *at++)
            at += *at == '"';
    else
        while (*at && !strchr(ends, *at))
            *to++ = *at++;
    *to = '\0';
    if (*is_quoted && *at++ != '"') {
        choice_fail(choices, NN_USAGE, "a quote is never closed");
        free(word);
        return NULL;
    }
    choices->at = at;
    return word;
}

static bool field_find(const Choices *choices, const char *name, size_t *field) {
    const nn_network *network = choices->table->network;
    const char **names = calloc(field_total(network) + 1, sizeof *names);
    nn_quoted quoted;
    bool is_found = false;
    if (!names)
        return nn_fail_memory(choices->table->error);
    for (size_t i = 0; i < field_total(network); i++) {
        names[i] = nn_data_field(network, i)->name;
        if (!is_found && strcmp(names[i], name) == 0) {
            *field = i;
            is_found = true;
        }
    }
    if (!is_found) {
        const char *nearest = nn_nearest(name, names, field_total(network));
        choice_fail(choices, NN_USAGE, "%s is no input or target that a row of the file holds",
                    nn_quote(&quoted, name));
        if (nearest)
            nn_hint(choices->table->error, "is '%s' meant?", nearest);
        else
            nn_hint(choices->table->error, "it goes as in --columns %s=0", names[0]);
    }
    free(names);
    return is_found;
}

static bool name_find(const Choices *choices, const char *name, size_t *column) {
    const nn_table *table = choices->table;
    nn_quoted quoted;
    *column = NN_NONE;
    if (!table->names) {
        choice_fail(choices, NN_WRONG, "no header in which to find %s", nn_quote(&quoted, name));
        nn_hint(table->error,
                "columns have numbers, from 0 to %zu; with --header yes the first "
                "line is a header",
                table->column_count - 1);
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->names[i], name) != 0)
            continue;
        if (*column != NN_NONE)
            return choice_fail(choices, NN_WRONG, "columns %zu and %zu (from 0) are both named %s",
                               *column, i, nn_quote(&quoted, name));
        *column = i;
    }
    if (*column != NN_NONE)
        return true;
    const char *nearest = nn_nearest(name, (const char *const *)table->names, table->column_count);
    choice_fail(choices, NN_WRONG, "no column %s", nn_quote(&quoted, name));
    if (nearest)
        nn_hint(table->error, "is %s meant?", nn_quote(&quoted, nearest));
    return false;
}

/* Reads one end of a range. *is_number: it was a number, not a name. */
static bool column_read(Choices *choices, size_t *column, bool *is_number) {
    bool is_quoted, is_fine = true;
    uint64_t number = 0;
    char *word = word_read(choices, ":,", &is_quoted);
    if (!word)
        return false;
    *is_number = !is_quoted && nn_whole_parse(word, SIZE_MAX / 2, &number);
    if (*is_number)
        *column = (size_t)number;
    else if (*word == '\0' && !is_quoted)
        is_fine = choice_fail(choices, NN_USAGE, "a column is missing before '%.20s'", choices->at);
    else
        is_fine = name_find(choices, word, column);
    free(word);
    return is_fine;
}

static bool columns_feed(Choices *choices, size_t field, size_t first, size_t end) {
    nn_table *table = choices->table;
    const nn_field *told = nn_data_field(table->network, field);
    size_t width = nn_field_width(told);
    nn_slot *slots = nn_field_slots(table, field);
    if (end > table->column_count)
        return choice_fail(choices, NN_WRONG, "there is no column %zu, they are 0 to %zu", end - 1,
                           table->column_count - 1);
    for (size_t column = first; column < end; column++) {
        if (choices->filled[field] == width) {
            choice_fail(choices, NN_USAGE, "'%.60s' takes %zu %s, not more", told->name, width,
                        nn_columns_text(width));
            if (told->is_onehot)
                nn_hint(table->error,
                        "its classes are numbers from 0 or labels in one column: columns of 0 and "
                        "1, one for each class, must be made one");
            return false;
        }
        slots[choices->filled[field]].is_by_name = choices->is_by_name;
        slots[choices->filled[field]++].column = column;
    }
    return true;
}

/* Reads "1:785", "7", "label" or "rest". */
static bool range_read(Choices *choices, size_t field) {
    size_t first, end;
    bool is_number;
    if (strncmp(choices->at, "rest", 4) == 0 && (choices->at[4] == ',' || !choices->at[4])) {
        choices->at += 4;
        if (choices->rest != NN_NONE)
            return choice_fail(choices, NN_USAGE, "only one field can take the rest");
        choices->rest = field;
        return true;
    }
    if (!column_read(choices, &first, &is_number))
        return false;
    choices->is_by_name = !is_number;
    end = first + 1;
    if (*choices->at == ':') {
        choices->at++;
        if (!column_read(choices, &end, &is_number))
            return false;
        end += !is_number;
        choices->is_by_name &= !is_number;
    }
    if (end <= first && choices->is_by_name)
        return choice_fail(choices, NN_USAGE, "the last column, %zu, stands before the first, %zu",
                           end - 1, first);
    if (end <= first)
        return choice_fail(choices, NN_USAGE,
                           "no column lies from %zu to %zu, where the end is not "
                           "included",
                           first, end);
    return columns_feed(choices, field, first, end);
}

static bool item_read(Choices *choices) {
    bool is_quoted;
    size_t field = 0;
    char *name = word_read(choices, "=,", &is_quoted);
    if (!name)
        return false;
    bool is_fine =
        *choices->at == '=' ||
        choice_fail(choices, NN_USAGE, "'%.60s' lacks its columns, as in image=1:785", name);
    is_fine = is_fine && field_find(choices, name, &field);
    free(name);
    if (!is_fine)
        return false;
    choices->at++;
    if (!range_read(choices, field))
        return false;
    if (*choices->at && *choices->at != ',')
        return choice_fail(choices, NN_USAGE, "a comma is expected before '%.20s'", choices->at);
    choices->at += *choices->at == ',';
    return true;
}

/* Gives `rest` its columns: those that feed nothing and whose name is not that of a field. */
static bool rest_feed(Choices *choices) {
    nn_table *table = choices->table;
    choices->is_by_name = false;
    bool *feeds = calloc(table->column_count + 1, sizeof *feeds), is_fine = true;
    if (!feeds)
        return nn_fail_memory(table->error);
    for (size_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].column != NN_NONE)
            feeds[table->slots[i].column] = true;
    for (size_t i = 0; i < table->column_count; i++)
        feeds[i] = feeds[i] || nn_column_is_named(table, i, choices->rest);
    for (size_t i = 0; is_fine && i < table->column_count; i++)
        is_fine = feeds[i] || columns_feed(choices, choices->rest, i, i + 1);
    free(feeds);
    return is_fine;
}

static bool count_check(const Choices *choices, size_t number) {
    const nn_field *field = nn_data_field(choices->table->network, number);
    size_t filled = choices->filled[number], width = nn_field_width(field);
    return filled == width || (filled == 0 && number != choices->rest) ||
           choice_fail(choices, NN_USAGE, "%zu %s for '%.60s', which takes %zu", filled,
                       nn_columns_text(filled), field->name, width);
}

/* Checks that no column feeds a field twice. feeds: one per column, all false. */
static bool twice_check(const Choices *choices, size_t number, bool *feeds) {
    const nn_table *table = choices->table;
    const nn_slot *slots = nn_field_slots(table, number);
    bool is_fine = true;
    nn_quoted name;
    for (size_t i = 0; is_fine && i < choices->filled[number]; i++) {
        is_fine =
            !feeds[slots[i].column] || choice_fail(choices, NN_USAGE, "%s feeds '%.60s' twice",
                                                   nn_column_name(table, slots[i].column, &name),
                                                   nn_data_field(table->network, number)->name);
        feeds[slots[i].column] = true;
    }
    for (size_t i = 0; i < choices->filled[number]; i++)
        feeds[slots[i].column] = false;
    return is_fine;
}

static bool fields_check(const Choices *choices) {
    bool *feeds = calloc(choices->table->column_count, sizeof *feeds);
    bool is_fine = feeds || nn_fail_memory(choices->table->error);
    for (size_t i = 0; is_fine && i < field_total(choices->table->network); i++)
        is_fine = count_check(choices, i) && twice_check(choices, i, feeds);
    free(feeds);
    return is_fine;
}

bool nn_choices_name(const char *columns, const char *name) {
    size_t length = strlen(name);
    uint64_t number;
    bool is_whole = nn_whole_parse(name, UINT64_MAX, &number);
    for (const char *at = columns; at && length > 0; at++) {
        at = strstr(at, name);
        if (!at)
            return false;
        bool begins = at > columns && strchr(is_whole ? "\"" : "=:\"", at[-1]);
        if (begins && strchr(",:\"", at[length])) /* strchr also finds the NUL at the end */
            return true;
    }
    return false;
}

bool nn_choices_assign(nn_table *table) {
    Choices choices = {.table = table, .at = table->reading->columns, .rest = NN_NONE};
    if (!choices.at)
        return true;
    choices.filled = calloc(field_total(table->network) + 1, sizeof *choices.filled);
    bool is_fine = choices.filled || nn_fail_memory(table->error);
    if (is_fine && !*choices.at)
        is_fine = choice_fail(&choices, NN_USAGE, "it names no field");
    while (is_fine && *choices.at)
        is_fine = item_read(&choices);
    if (is_fine && choices.rest != NN_NONE)
        is_fine = rest_feed(&choices);
    is_fine = is_fine && fields_check(&choices);
    free(choices.filled);
    return is_fine;
}
