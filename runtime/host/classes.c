/* Names of classes. Comes in: names in the order of the classes, from a data file, a weights
   file or the command line. Goes out: which class a label is, and what a class is called. How
   labels are found in a data file is labels.c's business. */

#include "classes.h"

#include <stdlib.h>
#include <string.h>

// ---- texts, numbered in order of arrival

enum { FIRST_SLOTS = 64 };

/* The slot that holds the text, or the empty one where it would go. */
static size_t slot_of(const nn_texts *texts, const char *text) {
    size_t mask = texts->slot_count - 1;
    size_t slot = crc32(0, (const unsigned char *)text, (uInt)strlen(text)) & mask;
    while (texts->slots[slot] && strcmp(texts->all[texts->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static bool slots_grow(nn_texts *texts) {
    size_t count = texts->slot_count ? 2 * texts->slot_count : FIRST_SLOTS;
    size_t *slots = calloc(count, sizeof *slots);
    char **all = realloc(texts->all, count / 2 * sizeof *all);
    if (all)
        texts->all = all;
    if (!slots || !all) {
        free(slots);
        return false;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = count;
    for (size_t i = 0; i < texts->count; i++)
        slots[slot_of(texts, texts->all[i])] = i + 1;
    return true;
}

size_t nn_texts_find(const nn_texts *texts, const char *text) {
    size_t place = texts->slot_count ? texts->slots[slot_of(texts, text)] : 0;
    return place ? place - 1 : NN_NONE;
}

bool nn_texts_add(nn_texts *texts, const char *text) {
    if (2 * texts->count >= texts->slot_count && !slots_grow(texts))
        return false;
    char *copy = strdup(text);
    if (!copy)
        return false;
    texts->slots[slot_of(texts, text)] = texts->count + 1;
    texts->all[texts->count++] = copy;
    return true;
}

void nn_texts_free(nn_texts *texts) {
    for (size_t i = 0; i < texts->count; i++)
        free(texts->all[i]);
    free(texts->all);
    free(texts->slots);
    *texts = (nn_texts){0};
}

// ---- labels

const char *nn_label_wrong(const char *label) {
    char shown[4 * NN_LABEL_LIMIT + 1];
    if (*label == '\0')
        return "a label is empty";
    if (strlen(label) > NN_LABEL_LIMIT)
        return "a label is longer than 255 bytes";
    if (*label == ' ' || label[strlen(label) - 1] == ' ')
        return "a label begins or ends with a blank";
    nn_show_text(shown, sizeof shown, label, SIZE_MAX);
    return strcmp(shown, label) == 0 ? NULL : "a label has control characters or is not UTF-8";
}

/* Whether two labels are the same number: "1" and "1.0" are one label. */
static bool same_number(const char *label, const char *name) {
    double a, b;
    return nn_number_parse(label, false, &a) == NN_NUMBER &&
           nn_number_parse(name, false, &b) == NN_NUMBER && !(a < b) && !(a > b);
}

size_t nn_class_of(const nn_target_classes *target, const char *label) {
    size_t found = nn_texts_find(&target->names, label);
    for (size_t i = 0; found == NN_NONE && target->has_numbers && i < target->names.count; i++)
        if (same_number(label, target->names.all[i]))
            found = i;
    return found;
}

const char *nn_cell(nn_cell_text *cell, const char *before, const char *name) {
    bool is_quoted = strpbrk(name, ",\"");
    int size = snprintf(cell->text, sizeof cell->text / 2, "%s%s", is_quoted ? "\"" : "", before);
    char *to = cell->text + size, *end = cell->text + sizeof cell->text - 4;
    for (; *name && to < end; *to++ = *name++)
        if (*name == '"')
            *to++ = '"';
    if (is_quoted)
        *to++ = '"';
    *to = '\0';
    return cell->text;
}

/* Writes "setosa=0". */
static int class_show(char text[128], const char *before, const nn_target_classes *target,
                      size_t class) {
    char name[64];
    nn_cell_text cell;
    nn_show_text(name, sizeof name, nn_cell(&cell, "", target->names.all[class]), SIZE_MAX);
    return snprintf(text, 128, "%s%s=%zu", before, name, class);
}

void nn_classes_show(const nn_target_classes *target, char *shown, size_t room) {
    size_t used = 0, count = target->names.count;
    shown[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char text[128];
        int size = class_show(text, i ? ", " : "", target, i);
        bool is_cut = i + 1 < count && used + (size_t)size + sizeof text > room;
        if (is_cut) /* the last one, after ".." for those left out */
            size = class_show(text, ", .., ", target, count - 1);
        if (used + (size_t)size < room)
            memcpy(shown + used, text, (size_t)size + 1);
        used += (size_t)size;
        if (is_cut)
            return;
    }
}

// ---- the classes of a net

nn_classes *nn_classes_new(const nn_network *network) {
    nn_classes *classes = calloc(1, sizeof *classes);
    nn_target_classes *targets = calloc(network->target_count + 1, sizeof *targets);
    if (!classes || !targets) {
        free(classes);
        free(targets);
        return NULL;
    }
    *classes = (nn_classes){.network = network, .targets = targets};
    return classes;
}

void nn_classes_free(nn_classes *classes) {
    if (!classes)
        return;
    for (size_t i = 0; i < classes->network->target_count; i++) {
        nn_texts_free(&classes->targets[i].names);
        free(classes->targets[i].source);
    }
    free(classes->targets);
    free(classes);
}

size_t nn_classes_needed(const nn_network *network, size_t target) {
    return network->targets[target].is_onehot ? network->targets[target].count : 2;
}

size_t nn_classes_count(const nn_classes *classes, size_t target) {
    return classes ? classes->targets[target].names.count : 0;
}

const char *nn_classes_name(const nn_classes *classes, size_t target, size_t index) {
    return classes->targets[target].names.all[index];
}

size_t nn_named_target(const nn_classes *classes, const int *targets, size_t index) {
    size_t target = targets && targets[index] > 0 ? (size_t)targets[index] - 1 : NN_NONE;
    return target != NN_NONE && nn_classes_count(classes, target) > 0 ? target : NN_NONE;
}

void nn_classes_print(const nn_classes *classes) {
    for (size_t i = 0; i < classes->network->target_count; i++) {
        size_t count = nn_classes_count(classes, i);
        nn_cell_text cell;
        for (size_t j = 0; j < count; j++) {
            if (j == 0)
                printf("%-8s %s: ", "classes", classes->network->targets[i].name);
            printf("%s%s=%zu%s", j ? ", " : "", nn_cell(&cell, "", nn_classes_name(classes, i, j)),
                   j, j + 1 == count ? "\n" : "");
        }
    }
}

bool nn_classes_set(nn_target_classes *target, char *const *names, size_t count,
                    const char *source) {
    double number;
    char *copy = strdup(source);
    if (!copy)
        return false;
    free(target->source);
    target->source = copy;
    nn_texts_free(&target->names);
    target->has_numbers = false;
    for (size_t i = 0; i < count; i++) {
        if (!nn_texts_add(&target->names, names[i]))
            return false;
        target->has_numbers |= nn_number_parse(names[i], false, &number) == NN_NUMBER;
    }
    return true;
}

bool nn_classes_number(nn_target_classes *target, const char *source) {
    char *copy = strdup(source);
    if (!copy)
        return false;
    free(target->source);
    target->source = copy;
    target->are_numbered = true;
    return true;
}

void nn_numbers_from_one(size_t count, char *shown, size_t room) {
    size_t used = 0;
    for (size_t i = 1; i <= count && used < room; i++)
        used += (size_t)snprintf(shown + used, room - used, "%s%zu", i > 1 ? "," : "", i);
    if (used >= room)
        snprintf(shown, room, "1,2,..,%zu", count);
}

void nn_base_note(const nn_field *field, double least, double largest, nn_place place,
                  nn_error *error) {
    char numbers[100];
    if (!(least > 0 && largest > least))
        return;
    nn_numbers_from_one(field->count, numbers, sizeof numbers);
    nn_note(error, place.path,
            "class 0 of '%.60s' does not occur; if its numbers begin with 1, say --classes "
            "%.60s=%s",
            field->name, field->name, numbers);
}

/* Class indices of a data set in which classes have no names. */
static bool indices_settle(const nn_data *data, size_t target, const char *path, nn_error *error) {
    const nn_network *network = data->network;
    const int32_t *indices = data->values[network->input_count + target];
    int32_t least = INT32_MAX, largest = 0;
    for (size_t row = 0; row < data->count; row++) {
        least = indices[row] < least ? indices[row] : least;
        largest = indices[row] > largest ? indices[row] : largest;
    }
    if (!data->classes->targets[target].are_numbered)
        nn_base_note(&network->targets[target], least, largest, (nn_place){path, 0}, error);
    return nn_classes_number(&data->classes->targets[target], path) || nn_fail_memory(error);
}

bool nn_classes_by_number(const nn_data *data, const char *path, nn_error *error) {
    const nn_classes *classes = data->classes;
    bool is_fine = true;
    for (size_t i = 0; classes && i < classes->network->target_count && is_fine; i++) {
        char shown[400];
        if (!data->has_targets || !classes->network->targets[i].is_onehot)
            continue;
        if (nn_classes_count(classes, i) == 0) {
            is_fine = indices_settle(data, i, path, error);
            continue;
        }
        nn_classes_show(&classes->targets[i], shown, sizeof shown);
        nn_note(error, path, "the numbers of '%.60s' are %s: %s", classes->network->targets[i].name,
                classes->targets[i].has_numbers ? "its labels" : "taken for its classes", shown);
    }
    return is_fine;
}

// ---- the option --classes

static bool usage_fail(nn_error *error, const char *text, const char *about) {
    nn_quoted quoted;
    return nn_fail(error, NN_USAGE, (nn_place){NULL, 0}, "--classes: %s%s%s", text,
                   about ? " " : "", about ? nn_quote(&quoted, about) : "");
}

/* The target whose name stands before '='; *at then moves past the '='. */
static size_t target_named(const nn_network *network, char **at) {
    for (size_t i = 0; i < network->target_count; i++) {
        size_t length = strlen(network->targets[i].name);
        if (strncmp(*at, network->targets[i].name, length) == 0 && (*at)[length] == '=') {
            *at += length + 1;
            return i;
        }
    }
    return NN_NONE;
}

/* Cuts off the next label, which ends at a comma or at the end of the text. In double quotes it may
   contain commas, and two quotes stand for one. NULL where a quote is not closed; after the last
   label *at is NULL. */
static char *label_cut(char **at) {
    char *from = *at + strspn(*at, " "), *to = from, *label = from;
    if (*from == '"') {
        for (from++; *from && (*from != '"' || from[1] == '"'); *to++ = *from++)
            from += *from == '"';
        if (*from != '"' || (from[1] && from[1] != ','))
            return NULL;
        from++;
    } else {
        from += strcspn(from, ",");
        for (to = from; to > label && to[-1] == ' ';)
            to--;
    }
    *at = *from ? from + 1 : NULL;
    *to = '\0';
    return label;
}

static bool given_finish(nn_classes *classes, size_t target, const nn_texts *names,
                         nn_error *error) {
    const nn_field *field = &classes->network->targets[target];
    size_t needed = nn_classes_needed(classes->network, target);
    if (classes->targets[target].names.count > 0)
        return usage_fail(error, "named twice is the target", field->name);
    if (field->is_scaled)
        return usage_fail(error, "scaled, and so of no classes, is the target", field->name);
    if (names->count != needed)
        return nn_fail(error, NN_USAGE, (nn_place){NULL, 0},
                       "--classes: %zu %s of '%.60s', which has %zu classes", names->count,
                       names->count == 1 ? "label" : "labels", field->name, needed);
    return nn_classes_set(&classes->targets[target], names->all, names->count, "--classes") ||
           nn_fail_memory(error);
}

static bool given_add(nn_texts *names, const char *label, nn_error *error) {
    if (!label)
        return usage_fail(error, "a quote is not closed before a comma or the end", NULL);
    if (nn_label_wrong(label))
        return usage_fail(error, nn_label_wrong(label), *label ? label : NULL);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->all[i], label) == 0 || same_number(names->all[i], label))
            return usage_fail(error, "given twice is the label", label);
    return nn_texts_add(names, label) || nn_fail_memory(error);
}

static bool given_read(nn_classes *classes, char *at, nn_error *error) {
    size_t target = target_named(classes->network, &at);
    if (target == NN_NONE)
        return usage_fail(error, "as in kind=a,b,c, where kind is a target, and not", at);
    while (target != NN_NONE) {
        nn_texts names = {0};
        size_t next = NN_NONE;
        bool is_fine = true;
        while (is_fine && at && next == NN_NONE) {
            is_fine = given_add(&names, label_cut(&at), error);
            next = is_fine && at ? target_named(classes->network, &at) : NN_NONE;
        }
        is_fine = is_fine && given_finish(classes, target, &names, error);
        nn_texts_free(&names);
        if (!is_fine)
            return false;
        target = next;
    }
    return true;
}

bool nn_classes_give(nn_classes *classes, const char *given, nn_error *error) {
    char *copy = strdup(given);
    bool is_fine = copy ? given_read(classes, copy, error) : nn_fail_memory(error);
    free(copy);
    return is_fine;
}
