/* Tables of the banner. In: entries. Out: lines of aligned columns, at most LINE_WIDTH wide
   if numbers and shapes leave room for names; a long table is cut, with one line for the rest.
   Knows nothing of nets. */

#include "emit/emitter.h"

#include <string.h>

enum { INDENT = 3, GAP = 2, NAME_LEAST = 12, ENTRIES_SHOWN = 100 };

typedef struct {
    const char *cells[TABLE_COLUMNS];
} Line;

typedef struct {
    const Table *table;
    int count;
    Line *lines;
    int widths[TABLE_COLUMNS];
} Columns;

void table_add(Table *table, Entry entry) {
    PUSH(table->compiler, table->entries, table->count, entry);
}

/* ---- entries to cells ---- */

static const char *flops_text(Compiler *compiler, double flops) {
    return flops > 0 ? format_text(compiler, "%.15g", flops) : "";
}

static const char *bytes_text(Compiler *compiler, int64_t bytes) {
    return bytes < 0 ? "" : format_text(compiler, "%lld", (long long)bytes);
}

static const char *or_nothing(const char *text) {
    return text ? text : "";
}

static Line line_of(Compiler *compiler, const Entry *entry) {
    return (Line){{
        [TABLE_NAME] = or_nothing(entry->name),
        [TABLE_SHAPE] = or_nothing(entry->shape),
        [TABLE_EXAMPLE] = flops_text(compiler, entry->flops.example),
        [TABLE_CALL] = flops_text(compiler, entry->flops.call),
        [TABLE_KEPT] = or_nothing(entry->kept),
        [TABLE_WHERE] = or_nothing(entry->where),
        [TABLE_OFFSET] = bytes_text(compiler, entry->offset),
        [TABLE_BYTES] = bytes_text(compiler, entry->bytes),
    }};
}

/* Total of the entries from `first` on. */
static Entry rest_of(const Table *table, int first) {
    Entry rest = {.offset = -1, .bytes = 0};
    rest.name = format_text(table->compiler, "and %d more", table->count - first);
    for (int i = first; i < table->count; i++) {
        rest.flops = flops_add(rest.flops, table->entries[i].flops);
        if (table->entries[i].bytes > 0)
            rest.bytes += table->entries[i].bytes;
    }
    return rest;
}

static void add_line(Columns *columns, Line line) {
    PUSH(columns->table->compiler, columns->lines, columns->count, line);
}

static void add_lines(Columns *columns) {
    const Table *table = columns->table;
    bool is_long = table->count > ENTRIES_SHOWN;
    int shown = is_long ? ENTRIES_SHOWN - 1 : table->count;
    Line heading = {{0}};
    memcpy(heading.cells, table->headings, sizeof heading.cells);
    add_line(columns, heading);
    for (int i = 0; i < shown; i++)
        add_line(columns, line_of(table->compiler, &table->entries[i]));
    Entry rest = rest_of(table, shown);
    if (is_long)
        add_line(columns, line_of(table->compiler, &rest));
    if (table->total.name)
        add_line(columns, line_of(table->compiler, &table->total));
}

/* ---- cells to text ---- */

static void find_widths(Columns *columns) {
    int others = INDENT;
    for (int column = 0; column < TABLE_COLUMNS; column++) {
        if (!columns->table->headings[column])
            continue;
        for (int i = 0; i < columns->count; i++) {
            int width = (int)strlen(columns->lines[i].cells[column]);
            if (width > columns->widths[column])
                columns->widths[column] = width;
        }
        if (column != TABLE_NAME)
            others += columns->widths[column] + GAP;
    }
    int room = LINE_WIDTH - others > NAME_LEAST ? LINE_WIDTH - others : NAME_LEAST;
    if (columns->widths[TABLE_NAME] > room && !columns->table->wraps)
        columns->widths[TABLE_NAME] = room;
}

static bool keeps_right(int column) {
    return column == TABLE_EXAMPLE || column == TABLE_CALL || column == TABLE_OFFSET ||
           column == TABLE_BYTES;
}

static void add_cell(Text *out, int column, const char *cell, int width) {
    if (column > TABLE_NAME)
        text_add(out, "%*s", GAP, "");
    if ((int)strlen(cell) > width)
        text_add(out, "%.*s..", width - 2, cell);
    else
        text_add(out, keeps_right(column) ? "%*s" : "%-*s", width, cell);
}

static char *line_text(const Columns *columns, const Line *line) {
    Text *out = text_new(columns->table->compiler);
    for (int column = 0; column < TABLE_COLUMNS; column++)
        if (columns->table->headings[column])
            add_cell(out, column, line->cells[column], columns->widths[column]);
    while (out->size > 0 && out->bytes[out->size - 1] == ' ')
        out->bytes[--out->size] = '\0';
    return out->bytes;
}

/* Length of the text that fits `room` characters, up to a blank; all of a text without blanks. */
static size_t fitting(const char *text, int room) {
    size_t size = strlen(text), fits = 0;
    if ((int)size <= room)
        return size;
    for (size_t i = 0; i < size && ((int)i <= room || fits == 0); i++)
        if (text[i] == ' ')
            fits = i;
    return fits ? fits : size;
}

/* A line, with overlong cells continued below. */
static void bind_wrapped(Bindings *base, const char *list, const Columns *columns, Line line) {
    Compiler *compiler = columns->table->compiler;
    const char *text = line.cells[TABLE_WHERE];
    int room = LINE_WIDTH - INDENT - columns->widths[TABLE_NAME] - GAP;
    do {
        size_t size = fitting(text, room);
        line.cells[TABLE_WHERE] = format_text(compiler, "%.*s", (int)size, text);
        bind_slot(bind_row(base, list), "line", "%s", line_text(columns, &line));
        line.cells[TABLE_NAME] = "";
        text += size + (text[size] == ' ');
    } while (*text);
}

void bind_table(Bindings *base, const char *list, const Table *table) {
    Columns columns = {.table = table};
    add_lines(&columns);
    find_widths(&columns);
    for (int i = 0; i < columns.count; i++)
        if (table->wraps)
            bind_wrapped(base, list, &columns, columns.lines[i]);
        else
            bind_slot(bind_row(base, list), "line", "%s", line_text(&columns, &columns.lines[i]));
}
