/* Versions of a net for several targets in one file. In: a set of targets, as bits. Out: which there
   are, in which order, under which condition each is compiled. */

#include "target/target.h"

#include <string.h>

/* Operations of one example. A choice takes as long as some ten of them, in each call: below the
   first limit vectors gain nothing, below the second wider ones than all CPUs have gain less than
   that. */
enum { FEW_OPERATIONS = 100, NARROW_OPERATIONS = 250 };

typedef struct {
    Target target;
    const char *short_name, *suffix;
    const char *condition; /* of nn_versions.h */
    bool is_base;          /* runs on every processor that it is compiled for */
} VersionRow;

/* The best first: of those that are compiled for a processor, each runs where the ones before it
   do. Of the last three one is compiled. */
static const VersionRow rows[MOST_VERSIONS] = {
    {TARGET_X86_64_V4, "v4", "_v4", "NN_CAN_X86_64", false},
    {TARGET_X86_64_V3, "v3", "_v3", "NN_CAN_X86_64", false},
    {TARGET_AARCH64, "aarch64", "_aarch64", "NN_CAN_AARCH64", true},
    {TARGET_GENERIC, "generic", "_generic", "NN_CAN_GENERIC", true},
    {TARGET_C99, "c99", "_c99", "1", true},
};

static bool has(unsigned set, const VersionRow *row) {
    return set & 1u << row->target;
}

int versions_listed(unsigned set, Target list[MOST_VERSIONS]) {
    int count = 0;
    for (int i = 0; i < MOST_VERSIONS; i++)
        if (has(set, &rows[i]))
            list[count++] = rows[i].target;
    return count;
}

static bool is_called(const VersionRow *row, const char *text, size_t size) {
    const char *name = machine_of(&(Options){.target = row->target})->name;
    return (strlen(name) == size && memcmp(name, text, size) == 0) ||
           (strlen(row->short_name) == size && memcmp(row->short_name, text, size) == 0);
}

const char *versions_parse(const char *text, unsigned *set) {
    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ",");
        int i = 0;
        while (i < MOST_VERSIONS && !is_called(&rows[i], at, size))
            i++;
        if (i == MOST_VERSIONS)
            return at;
        *set |= 1u << rows[i].target;
        at += size;
        if (!*at)
            return NULL;
    }
}

bool versions_serve_all(unsigned set) {
    return set & (1u << TARGET_GENERIC | 1u << TARGET_C99);
}

unsigned versions_that_pay(double operations) {
    unsigned set = 1u << TARGET_C99;
    if (operations >= FEW_OPERATIONS)
        set |= 1u << TARGET_GENERIC;
    for (int i = 0; i < MOST_VERSIONS && operations >= NARROW_OPERATIONS; i++)
        set |= 1u << rows[i].target;
    return set;
}

/* Whether the set has a later version that is compiled everywhere. */
static bool has_later_base(unsigned set, int number) {
    for (int i = number + 1; i < MOST_VERSIONS; i++)
        if (has(set, &rows[i]))
            return true;
    return false;
}

char *version_condition(Compiler *compiler, unsigned set, Target target) {
    Text *text = text_new(compiler);
    int number = 0;
    while (rows[number].target != target) {
        if (rows[number].is_base && has(set, &rows[number]))
            text_add(text, "!%s && ", rows[number].condition);
        number++;
    }
    bool is_last = rows[number].is_base && !has_later_base(set, number);
    if (!rows[number].is_base) /* these stand beside a base */
        return format_text(compiler, "%s", rows[number].condition);
    if (!is_last)
        text_add(text, "%s", rows[number].condition);
    else if (text->size > 0)
        text->bytes[text->size - strlen(" && ")] = '\0';
    else
        text_add(text, "1");
    return text->bytes;
}

static const VersionRow *row_of(Target target) {
    int i = 0;
    while (rows[i].target != target)
        i++;
    return &rows[i];
}

const char *version_own_condition(Target target) {
    return row_of(target)->condition;
}

const char *version_suffix(Target target) {
    return row_of(target)->suffix;
}
