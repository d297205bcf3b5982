/* See catalogue.h. */

#include "catalogue.h"

#include "base/embedded.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const keywords[] = {"def ", "optimizer ", "initializer ", "regularizer ",
                                       "metric "};

/* The text after the keyword, or NULL where the line begins no definition. */
static const char *after_keyword(const char *line) {
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        size_t length = strlen(keywords[i]);
        if (strncmp(line, keywords[i], length) == 0) {
            return line + length;
        }
    }
    return NULL;
}

/* Of "p, y[shape(p)], delta = 1)": 2. */
static int count_needed(const char *parameters) {
    int depth = 0, needed = 0;
    bool has_name = false, has_default = false;
    for (const char *at = parameters; depth >= 0 && *at && *at != '\n'; at++) {
        depth += *at == '(' || *at == '[' ? 1 : *at == ')' || *at == ']' ? -1 : 0;
        has_name |= isalpha((unsigned char)*at) != 0;
        has_default |= *at == '=' && depth == 0;
        if (depth < 0 || (*at == ',' && depth == 0)) {
            needed += has_name && !has_default;
            has_name = has_default = false;
        }
    }
    return needed;
}

static void add_entry(Entry *entries, int *count, const char *family, const char *name) {
    size_t length = strcspn(name, "(");
    if (*name == '_' || *count == CATALOGUE || length >= CATALOGUE_NAME) {
        return;
    }
    Entry *entry = &entries[(*count)++];
    snprintf(entry->name, sizeof entry->name, "%.*s", (int)length, name);
    entry->family = family;
    entry->needed = count_needed(name + length + 1);
    entry->takes_another = strncmp(name + length, "(inner", 6) == 0;
}

static void add_file(Entry *entries, int *count, const Embedded *file) {
    for (const char *line = file->text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *name = after_keyword(line);
        if (name) {
            add_entry(entries, count, file->name, name);
        }
    }
}

const Entry *catalogue(int *count) {
    static Entry entries[CATALOGUE];
    static int known;
    if (known == 0) {
        for (int i = 0; i < embedded_prelude_count; i++) {
            add_file(entries, &known, &embedded_prelude[i]);
        }
    }
    *count = known;
    return entries;
}

bool entry_is_of(const Entry *entry, const char *family) {
    size_t length = strlen(family);
    return strncmp(entry->family, family, length) == 0 && entry->family[length] == '.';
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

bool entry_is_named(const Entry *entry, const char *text) {
    size_t length = strlen(entry->name);
    for (const char *at = text; (at = strstr(at, entry->name)); at += length) {
        bool begins = at == text || !is_word(at[-1]);
        bool ends = entry->needed > 0 ? at[length] == '(' : !is_word(at[length]);
        if (begins && ends) {
            return true;
        }
    }
    return false;
}
