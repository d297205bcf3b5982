/* Labels in data files. Comes in: the cells of a target's column, one after the other. Goes out:
   class indices.

   Where the classes have names already, each label is looked up. Else the first label decides.
   If it is a number, the column contains class indices. If it is text, labels are collected, and
   at the end of the file, sorted by their bytes, they become the names of the classes. A column
   with both is an error. */

#include "labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { NOTHING_YET, NUMBERS, TEXTS } Kind;

/* What a column has contained so far. */
typedef struct {
    Kind kind;
    size_t first_line;
    nn_texts texts;        /* until the end, values in the data are indices of these */
    double least, largest; /* if numbers */
} Column;

struct nn_labels {
    const nn_network *network;
    nn_classes *classes; /* NULL: labels that are text are an error */
    const char *path;
    bool are_items; /* items of pairs: any labels are allowed, and only compared for equality */
    Column *columns;
    nn_label_problem problem;
};

nn_labels *nn_labels_new(const nn_network *network, nn_classes *classes, const char *path) {
    nn_labels *labels = calloc(1, sizeof *labels);
    Column *columns = calloc(network->target_count + 1, sizeof *columns);
    if (!labels || !columns) {
        free(labels);
        free(columns);
        return NULL;
    }
    *labels = (nn_labels){.network = network,
                          .classes = classes,
                          .path = path,
                          .are_items = classes && classes->are_items,
                          .columns = columns};
    return labels;
}

void nn_labels_free(nn_labels *labels) {
    if (!labels)
        return;
    for (size_t i = 0; i < labels->network->target_count; i++)
        nn_texts_free(&labels->columns[i].texts);
    free(labels->columns);
    free(labels);
}

static bool has_names(const nn_labels *labels, size_t target) {
    return nn_classes_count(labels->classes, target) > 0;
}

bool nn_labels_take(const nn_labels *labels, size_t target) {
    return labels->are_items || labels->network->targets[target].is_onehot ||
           has_names(labels, target);
}

bool nn_labels_know(const nn_labels *labels, size_t target, const char *label) {
    return has_names(labels, target) &&
           nn_class_of(&labels->classes->targets[target], label) != NN_NONE;
}

const nn_label_problem *nn_labels_problem(const nn_labels *labels) {
    return &labels->problem;
}

static bool refuse(nn_labels *labels, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(nn_labels *labels, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(labels->problem.text, sizeof labels->problem.text, format, arguments);
    va_end(arguments);
    labels->problem.hint[0] = '\0';
    return false;
}

static void advise(nn_labels *labels, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void advise(nn_labels *labels, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(labels->problem.hint, sizeof labels->problem.hint, format, arguments);
    va_end(arguments);
}

static bool without_memory(nn_labels *labels) {
    labels->problem.is_memory = true;
    return false;
}

// ---- classes whose names are known

static bool named_read(nn_labels *labels, size_t target, const char *label, double *value) {
    const nn_target_classes *classes = &labels->classes->targets[target];
    size_t class = nn_class_of(classes, label);
    char names[300];
    nn_quoted quoted;
    *value = (double)class;
    if (class != NN_NONE)
        return true;
    nn_classes_show(classes, names, sizeof names);
    refuse(labels, "%s is not a label of '%.60s'; from %.100s those are %s",
           nn_quote(&quoted, label), labels->network->targets[target].name, classes->source, names);
    const char *nearest =
        nn_nearest(label, (const char *const *)classes->names.all, classes->names.count);
    if (nearest)
        advise(labels, "is %s meant?", nn_quote(&quoted, nearest));
    return false;
}

// ---- labels whose class is not known yet

/* *value: the index of a label among those found so far, which it joins if it is new. */
static bool gather(nn_labels *labels, size_t target, const char *label, double *value) {
    nn_texts *texts = &labels->columns[target].texts;
    size_t number = nn_texts_find(texts, label);
    *value = (double)(number == NN_NONE ? texts->count : number);
    return number != NN_NONE || nn_texts_add(texts, label) || without_memory(labels);
}

// ---- class indices

static bool index_refuse(nn_labels *labels, size_t target, const char *label, double value) {
    const nn_field *field = &labels->network->targets[target];
    char numbers[100];
    nn_quoted quoted;
    refuse(labels, "%s is not a class of '%.60s', which are 0 to %zu", nn_quote(&quoted, label),
           field->name, field->count - 1);
    if (!(value < (double)field->count) && !(value > (double)field->count)) {
        nn_numbers_from_one(field->count, numbers, sizeof numbers);
        advise(labels, "--classes %.60s=%s reads numbers from 1 on", field->name, numbers);
    } else if (field->count == 3 && !(value < -1) && !(value > -1)) {
        advise(labels, "--classes %.60s=-1,0,1 reads -1 as class 0, 0 as 1 and 1 as 2",
               field->name);
    } else if (field->count == 2 && !(value < -1) && !(value > -1))
        advise(labels, "--classes %.60s=-1,1 reads -1 as class 0 and 1 as class 1", field->name);
    return false;
}

/* For items of pairs: equal numbers are one label, in whatever form they are written. */
static bool item_number_read(nn_labels *labels, size_t target, double *value) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", *value + 0.0); /* -0 is 0 */
    labels->columns[target].kind = NUMBERS;
    return gather(labels, target, text, value);
}

static bool number_read(nn_labels *labels, size_t target, const char *label, double *number) {
    double value = *number;
    const nn_field *field = &labels->network->targets[target];
    Column *column = &labels->columns[target];
    nn_quoted shown, text;
    if (column->kind == TEXTS) {
        refuse(labels, "%s is a number, and line %zu has the label %s", nn_quote(&shown, label),
               column->first_line, nn_quote(&text, column->texts.all[0]));
        if (!labels->are_items)
            advise(labels, "--classes %.60s=A,B,.. gives the labels of class 0, 1 and so on",
                   field->name);
        return false;
    }
    if (labels->are_items)
        return item_number_read(labels, target, number);
    bool is_class =
        value >= 0 && value < (double)field->count && value <= INT32_MAX && !(floor(value) < value);
    if (!is_class)
        return index_refuse(labels, target, label, value);
    bool is_first = column->kind == NOTHING_YET;
    column->least = is_first || value < column->least ? value : column->least;
    column->largest = is_first || value > column->largest ? value : column->largest;
    column->kind = NUMBERS;
    return true;
}

// ---- labels as text

static bool text_refuse(nn_labels *labels, size_t target, const char *label) {
    const nn_target_classes *classes = labels->classes ? &labels->classes->targets[target] : NULL;
    const Column *column = &labels->columns[target];
    const char *name = labels->network->targets[target].name;
    nn_quoted quoted;
    nn_quote(&quoted, label);
    if (!classes)
        return refuse(labels, "%s is not a number", quoted.text);
    if (column->kind == NUMBERS)
        refuse(labels, "%s is not a number, and line %zu has one", quoted.text, column->first_line);
    else
        refuse(labels, "%s is a label as text, and %.100s has classes of '%.60s' as numbers",
               quoted.text, classes->source, name);
    if (!labels->are_items)
        advise(labels, "--classes %.60s=A,B,.. gives the labels of class 0, 1 and so on", name);
    return false;
}

/* Writes "'a', 'b', 'c'". */
static void list_texts(const nn_texts *texts, char *shown, size_t room) {
    size_t used = 0;
    shown[0] = '\0';
    for (size_t i = 0; i < texts->count && used + sizeof(nn_quoted) + 8 < room; i++) {
        nn_quoted quoted;
        used += (size_t)snprintf(shown + used, room - used, "%s%s", i ? ", " : "",
                                 nn_quote(&quoted, texts->all[i]));
    }
}

static bool excess_refuse(nn_labels *labels, size_t target, const char *label) {
    const nn_field *field = &labels->network->targets[target];
    char before[300];
    nn_quoted quoted;
    list_texts(&labels->columns[target].texts, before, sizeof before);
    return refuse(labels, "%s is a label too many: '%.60s' has %zu classes, and before came %s",
                  nn_quote(&quoted, label), field->name, field->count, before);
}

static bool wrong_refuse(nn_labels *labels, const char *label) {
    bool is_ascii = true;
    for (const char *at = label; *at; at++)
        is_ascii = is_ascii && (unsigned char)*at < 0x80;
    refuse(labels, "%s", nn_label_wrong(label));
    if (!is_ascii)
        advise(labels, "save the file as UTF-8, if it is of another encoding");
    return false;
}

static bool text_read(nn_labels *labels, size_t target, const char *label, double *value) {
    Column *column = &labels->columns[target];
    if (!labels->classes || column->kind == NUMBERS ||
        labels->classes->targets[target].are_numbered)
        return text_refuse(labels, target, label);
    bool is_new = nn_texts_find(&column->texts, label) == NN_NONE;
    bool is_full = column->texts.count == labels->network->targets[target].count;
    if (is_new && nn_label_wrong(label))
        return wrong_refuse(labels, label);
    if (is_new && is_full && !labels->are_items)
        return excess_refuse(labels, target, label);
    column->kind = TEXTS;
    return gather(labels, target, label, value);
}

/* A copy without the blanks around it; NULL if there is no memory. */
static char *trimmed(const char *cell) {
    cell += strspn(cell, " \t");
    size_t size = strlen(cell);
    while (size > 0 && (cell[size - 1] == ' ' || cell[size - 1] == '\t'))
        size--;
    return strndup(cell, size);
}

static bool label_read(nn_labels *labels, size_t target, const char *label, double *value) {
    nn_quoted quoted;
    if (*label == '\0')
        return refuse(labels, "the cell is empty");
    if (has_names(labels, target))
        return named_read(labels, target, label, value);
    nn_number_kind kind = nn_number_parse(label, false, value);
    if (kind == NN_NOT_FINITE)
        return refuse(labels, "%s is not a finite number", nn_quote(&quoted, label));
    return kind == NN_NUMBER ? number_read(labels, target, label, value)
                             : text_read(labels, target, label, value);
}

bool nn_labels_read(nn_labels *labels, size_t target, const char *cell, size_t line,
                    double *value) {
    char *label = trimmed(cell);
    if (!label)
        return without_memory(labels);
    bool is_fine = label_read(labels, target, label, value);
    if (is_fine && labels->columns[target].first_line == 0)
        labels->columns[target].first_line = line;
    free(label);
    return is_fine;
}

// ---- the end of the file

static size_t number_at(const nn_data *data, size_t field, size_t row) {
    const void *values = data->values[field];
    if (nn_data_field(data->network, field)->is_onehot)
        return (size_t)((const int32_t *)values)[row];
    return (size_t)nn_real_get(data->network, values, row);
}

static void number_put(const nn_data *data, size_t field, size_t row, size_t number) {
    void *values = data->values[field];
    if (nn_data_field(data->network, field)->is_onehot)
        ((int32_t *)values)[row] = (int32_t)number;
    else
        nn_real_put(data->network, values, row, (double)number);
}

/* A label, and the index that it had while the file was read. */
typedef struct {
    char *text;
    size_t number;
} Found;

static int compare_numbers(const void *first, const void *second) {
    double a = strtod(((const Found *)first)->text, NULL);
    double b = strtod(((const Found *)second)->text, NULL);
    return (a > b) - (a < b);
}

static int compare_texts(const void *first, const void *second) {
    return strcmp(((const Found *)first)->text, ((const Found *)second)->text);
}

/* Sorts labels as bytes or as numbers. ranks[i] becomes the place of label i in that order. */
static void labels_sort(const Column *column, Found *found, size_t *ranks) {
    size_t count = column->texts.count;
    for (size_t i = 0; i < count; i++)
        found[i] = (Found){column->texts.all[i], i};
    qsort(found, count, sizeof *found, column->kind == NUMBERS ? compare_numbers : compare_texts);
    for (size_t i = 0; i < count; i++)
        ranks[found[i].number] = i;
}

static bool fewer_fail(const nn_labels *labels, size_t target, nn_error *error) {
    const nn_field *field = &labels->network->targets[target];
    const nn_texts *texts = &labels->classes->targets[target].names;
    char shown[400];
    list_texts(texts, shown, sizeof shown);
    nn_fail(error, NN_WRONG, (nn_place){labels->path, 0},
            "%zu %s of '%.60s', which has %zu classes: %s", texts->count,
            texts->count == 1 ? "label" : "labels", field->name, field->count, shown);
    nn_hint(error, "--classes %.60s=A,B,.. names all %zu", field->name, field->count);
    return false;
}

static void order_note(const nn_labels *labels, size_t target, nn_error *error) {
    const char *name = labels->network->targets[target].name;
    const nn_texts *texts = &labels->classes->targets[target].names;
    char shown[500];
    if (labels->are_items) {
        list_texts(texts, shown, sizeof shown);
        nn_note(error, labels->path, "%zu labels of '%.60s': %s", texts->count, name, shown);
        return;
    }
    nn_classes_show(&labels->classes->targets[target], shown, sizeof shown);
    nn_note(error, labels->path, "the classes of '%.60s' are its labels, sorted: %s", name, shown);
}

static bool names_settle(nn_labels *labels, size_t target, nn_data *data, nn_error *error) {
    const Column *column = &labels->columns[target];
    size_t field = labels->network->input_count + target, count = column->texts.count;
    Found *found = calloc(count, sizeof *found);
    size_t *ranks = calloc(count, sizeof *ranks);
    char **names = calloc(count, sizeof *names);
    bool is_fine = found && ranks && names;
    if (is_fine) {
        labels_sort(column, found, ranks);
        for (size_t i = 0; i < count; i++)
            names[i] = found[i].text;
        for (size_t row = 0; row < data->count; row++)
            number_put(data, field, row, ranks[number_at(data, field, row)]);
        is_fine = nn_classes_set(&labels->classes->targets[target], names, count, labels->path);
    }
    free(found);
    free(ranks);
    free(names);
    return is_fine || nn_fail_memory(error);
}

static bool target_settle(nn_labels *labels, size_t target, nn_data *data, nn_error *error) {
    nn_target_classes *classes = &labels->classes->targets[target];
    if (labels->columns[target].kind == NUMBERS && !labels->are_items) {
        if (!classes->are_numbered)
            nn_base_note(&labels->network->targets[target], labels->columns[target].least,
                         labels->columns[target].largest, (nn_place){labels->path, 0}, error);
        return nn_classes_number(classes, labels->path) || nn_fail_memory(error);
    }
    if (labels->columns[target].kind == NOTHING_YET)
        return true;
    if (!names_settle(labels, target, data, error))
        return false;
    bool is_complete =
        labels->are_items || classes->names.count == nn_classes_needed(labels->network, target);
    if (!is_complete)
        return fewer_fail(labels, target, error);
    if (labels->columns[target].kind == TEXTS)
        order_note(labels, target, error);
    return true;
}

bool nn_labels_settle(nn_labels *labels, nn_data *data, nn_error *error) {
    bool is_fine = true;
    for (size_t i = 0; is_fine && labels->classes && i < labels->network->target_count; i++)
        is_fine = target_settle(labels, i, data, error);
    return is_fine;
}
