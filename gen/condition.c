/* Conditions of the preprocessor, evaluated as far as their names are known: 0 && x is 0, whatever
   x is. In: text. Out: a value, or that it is unknown. What it cannot read, such as calls of macros
   with arguments, is unknown. */

#include "condition.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 50, MAX_WORD = 100 };

typedef struct {
    const char *at;
    Meaning *meaning;
    const void *names;
    int depth; /* of meanings within meanings */
} Reader;

static const Known unknown = {false, 0};

static Known known(int64_t value) {
    return (Known){true, value};
}

static Known read_choice(Reader *reader);

/* Skips blanks and comments, then the text if it stands there. */
static bool skip(Reader *reader, const char *text) {
    for (;;) {
        reader->at += strspn(reader->at, " \t\n\\");
        const char *end = strncmp(reader->at, "/*", 2) == 0 ? strstr(reader->at, "*/") : NULL;
        if (!end)
            break;
        reader->at = end + 2;
    }
    size_t length = strlen(text);
    if (strncmp(reader->at, text, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool read_word(Reader *reader, char word[MAX_WORD]) {
    skip(reader, "");
    size_t length = 0;
    while (isalnum((unsigned char)reader->at[length]) || reader->at[length] == '_')
        length++;
    if (length == 0 || length >= MAX_WORD)
        return false;
    memcpy(word, reader->at, length);
    word[length] = '\0';
    reader->at += length;
    return true;
}

/* What a name stands for says not yet that it is defined where the condition is. */
static Known read_defined(Reader *reader) {
    char word[MAX_WORD];
    bool has_bracket = skip(reader, "(");
    if (!read_word(reader, word))
        return unknown;
    if (has_bracket)
        skip(reader, ")");
    const char *meaning = reader->meaning(reader->names, word);
    return meaning && *meaning == '\0' ? known(0) : unknown;
}

/* A name that is not defined counts as 0. */
static Known read_name(Reader *reader, const char *word) {
    if (strcmp(word, "defined") == 0)
        return read_defined(reader);
    if (skip(reader, "(")) { /* a call */
        for (int open = 1; open > 0 && *reader->at; reader->at++)
            open += (*reader->at == '(') - (*reader->at == ')');
        return unknown;
    }
    const char *meaning = reader->meaning(reader->names, word);
    if (!meaning || reader->depth == DEEPEST)
        return unknown;
    if (*meaning == '\0')
        return known(0);
    Reader inner = {meaning, reader->meaning, reader->names, reader->depth + 1};
    Known value = read_choice(&inner);
    skip(&inner, "");
    return *inner.at ? unknown : value;
}

static Known read_operand(Reader *reader) {
    char word[MAX_WORD];
    if (skip(reader, "(")) {
        Known value = read_choice(reader);
        return skip(reader, ")") ? value : unknown;
    }
    if (skip(reader, "!")) {
        Known value = read_operand(reader);
        return value.is_known ? known(!value.value) : unknown;
    }
    if (skip(reader, "-")) {
        Known value = read_operand(reader);
        return value.is_known ? known(-value.value) : unknown;
    }
    if (!read_word(reader, word))
        return unknown;
    return isdigit((unsigned char)word[0]) ? known(strtoll(word, NULL, 0))
                                           : read_name(reader, word);
}

/* Operators by how tightly they bind, loosest first; of one level, those of two characters first. */
static const char *const operators[][5] = {
    {"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"},
};
enum { LEVELS = sizeof operators / sizeof *operators };

static Known apply(const char *op, Known a, Known b) {
    bool is_or = strcmp(op, "||") == 0, is_and = strcmp(op, "&&") == 0;
    if (is_or || is_and) { /* one side may decide */
        bool decides = is_or;
        if ((a.is_known && !!a.value == decides) || (b.is_known && !!b.value == decides))
            return known(decides);
        return a.is_known && b.is_known ? known(!decides) : unknown;
    }
    if (!a.is_known || !b.is_known)
        return unknown;
    switch (op[0]) {
    case '=':
        return known(a.value == b.value);
    case '!':
        return known(a.value != b.value);
    case '<':
        return known(op[1] ? a.value <= b.value : a.value < b.value);
    case '>':
        return known(op[1] ? a.value >= b.value : a.value > b.value);
    case '+':
        return known(a.value + b.value);
    case '-':
        return known(a.value - b.value);
    case '*':
        return known(a.value * b.value);
    default:
        if (b.value == 0)
            return unknown;
        return known(op[0] == '/' ? a.value / b.value : a.value % b.value);
    }
}

static const char *read_operator(Reader *reader, int level) {
    for (int i = 0; i < 5 && operators[level][i]; i++)
        if (skip(reader, operators[level][i]))
            return operators[level][i];
    return NULL;
}

static Known read_level(Reader *reader, int level) {
    if (level == LEVELS)
        return read_operand(reader);
    Known value = read_level(reader, level + 1);
    for (const char *op; (op = read_operator(reader, level));)
        value = apply(op, value, read_level(reader, level + 1));
    return value;
}

/* a ? b : c */
static Known read_choice(Reader *reader) {
    Known condition = read_level(reader, 0);
    if (!skip(reader, "?"))
        return condition;
    Known first = read_choice(reader);
    if (!skip(reader, ":"))
        return unknown;
    Known second = read_choice(reader);
    return !condition.is_known ? unknown : condition.value ? first : second;
}

Known condition_value(const char *text, Meaning *meaning, const void *names) {
    Reader reader = {text, meaning, names, 0};
    Known value = read_choice(&reader);
    skip(&reader, "");
    return *reader.at ? unknown : value;
}
