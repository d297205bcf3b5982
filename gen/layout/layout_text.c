/* Layouts as text. In: a layout or its text, and what it is of. Out: the other, or what is wrong.

   layout = "1" | digit {digit} ["gap" ELEMENTS] [TYPE] .      1: a single number, which has no axes
   digit  = AXIS ["/" STEP] [":" COUNT] ["|" ROOM] ["+" LEFT] .

   STEP is 1 if left out, ROOM is COUNT, and COUNT goes as far as the next larger digit of the axis
   or as the axis does. */

#include "layout/layout.h"

#include <string.h>

// Printing

static void add_digit(Text *out, const LayoutOf *of, const Digit *digit) {
    text_add(out, "%s%s", out->size ? " " : "", layout_axis_name(of, digit->axis));
    if (digit->step > 1)
        text_add(out, "/%lld", (long long)digit->step);
    else if (digit->count < layout_extent(of, digit->axis))
        text_add(out, ":%lld", (long long)digit->count);
    if (digit->room != digit->count)
        text_add(out, "|%lld", (long long)digit->room);
    if (digit->left > 0)
        text_add(out, "+%lld", (long long)digit->left);
}

char *layout_text(Compiler *compiler, const Layout *layout, const LayoutOf *of) {
    Text *out = text_new(compiler);
    for (int i = 0; i < layout->digit_count; i++)
        add_digit(out, of, &layout->digits[i]);
    if (layout->digit_count == 0)
        text_add(out, "1");
    if (layout->gap > 0)
        text_add(out, " gap %lld", (long long)layout->gap);
    if (layout->type != of->type)
        text_add(out, " %s", type_text(layout->type));
    return out->bytes;
}

// Reading

typedef struct {
    Compiler *compiler;
    const LayoutOf *of;
    const char *at;
    size_t size; /* of the word that stands there */
} Reader;

static void next_word(Reader *reader) {
    reader->at += reader->size;
    reader->at += strspn(reader->at, " ");
    reader->size = strcspn(reader->at, " ");
}

static bool is_word(const Reader *reader, const char *word) {
    return strlen(word) == reader->size && memcmp(reader->at, word, reader->size) == 0;
}

static const char *complaint(const Reader *reader, const char *what) {
    return format_text(reader->compiler, "'%.*s' %s", (int)reader->size, reader->at, what);
}

/* A whole number from 1 on at *at, within the word; 0 if there is none. */
static int64_t read_number(const Reader *reader, const char **at) {
    const char *end = reader->at + reader->size;
    int64_t number = 0;
    for (; *at < end && **at >= '0' && **at <= '9' && number <= MAX_ELEMENTS; ++*at)
        number = 10 * number + (**at - '0');
    return number <= MAX_ELEMENTS ? number : 0;
}

/* The axis whose name the word begins with, at least as long as letters go on. */
static bool read_axis(const Reader *reader, const char **at, int *axis) {
    size_t size = strcspn(reader->at, "/:|+ ");
    const LayoutOf *of = reader->of;
    *at = reader->at + size;
    for (*axis = of->examples > 0 ? AXIS_EXAMPLES : 0; *axis < of->shape.rank; ++*axis) {
        const char *name = layout_axis_name(of, *axis);
        if (strlen(name) == size && memcmp(name, reader->at, size) == 0)
            return true;
    }
    return false;
}

/* "/32:4|8+2", any of these parts, which are 0 where they are left out. */
static const char *read_digit(const Reader *reader, Digit *digit) {
    static const char signs[] = "/:|+";
    int64_t *const parts[] = {&digit->step, &digit->count, &digit->room, &digit->left};
    const char *at;
    if (!read_axis(reader, &at, &digit->axis))
        return complaint(reader, "is no digit of an axis");
    for (int i = 0; signs[i]; i++) {
        if (at == reader->at + reader->size || *at != signs[i])
            continue;
        at++;
        *parts[i] = read_number(reader, &at);
        if (*parts[i] == 0)
            return format_text(reader->compiler, "in '%.*s' a number from 1 on stands behind '%c'",
                               (int)reader->size, reader->at, signs[i]);
    }
    return at == reader->at + reader->size
               ? NULL
               : complaint(reader, "is not AXIS, /STEP, :COUNT, |ROOM, +LEFT in this order");
}

/* What is left out, once all digits are known. */
static void complete(Layout *layout, const LayoutOf *of) {
    for (int i = 0; i < layout->digit_count; i++)
        if (layout->digits[i].step == 0)
            layout->digits[i].step = 1;
    for (int i = 0; i < layout->digit_count; i++) {
        Digit *digit = &layout->digits[i];
        int64_t end = layout_extent(of, digit->axis);
        for (int k = 0; k < layout->digit_count; k++)
            if (layout->digits[k].axis == digit->axis && layout->digits[k].step > digit->step &&
                layout->digits[k].step < end)
                end = layout->digits[k].step;
        if (digit->count == 0)
            digit->count = (end + digit->step - 1) / digit->step;
        if (digit->room == 0)
            digit->room = digit->count;
    }
}

static const char *read_gap(Reader *reader, Layout *layout) {
    if (!is_word(reader, "gap"))
        return NULL;
    next_word(reader);
    const char *at = reader->at;
    layout->gap = read_number(reader, &at);
    if (layout->gap == 0 || at != reader->at + reader->size)
        return "behind 'gap' comes how many elements";
    next_word(reader);
    return NULL;
}

static const char *read_digits(Reader *reader, Layout *layout) {
    if (is_word(reader, "1")) {
        next_word(reader);
        return NULL;
    }
    while (reader->size > 0 && !is_word(reader, "gap") &&
           type_by_text(reader->at, reader->size) == TYPE_COUNT) {
        Digit digit = {0};
        const char *problem = read_digit(reader, &digit);
        if (!problem && layout->digit_count == MAX_DIGITS)
            problem = format_text(reader->compiler, "there are more than %d digits", MAX_DIGITS);
        if (problem)
            return problem;
        layout->digits[layout->digit_count++] = digit;
        next_word(reader);
    }
    return layout->digit_count == 0 ? "there are no digits" : NULL;
}

const char *layout_parse(Compiler *compiler, const char *text, const LayoutOf *of, Layout *layout) {
    Reader reader = {.compiler = compiler, .of = of, .at = text};
    *layout = (Layout){.type = of->type, .alignment = of->alignment};
    next_word(&reader);
    const char *problem = read_digits(&reader, layout);
    if (!problem)
        problem = read_gap(&reader, layout);
    if (problem)
        return problem;
    Type type = type_by_text(reader.at, reader.size);
    if (type != TYPE_COUNT) {
        layout->type = type;
        next_word(&reader);
    }
    if (reader.size > 0)
        return complaint(&reader, "stands behind the end of the layout");
    complete(layout, of);
    return layout_check(compiler, layout, of);
}

// For readers of the emitted C

char *layout_kept_text(Compiler *compiler, const Layout *layout, const LayoutOf *of) {
    return layout_is_row_major(layout) ? NULL : layout_text(compiler, layout, of);
}
