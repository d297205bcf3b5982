/* Rows of cells. Comes in: the bytes of a text file. Goes out: one row after another, its cells as
   text, and the line it began on. Separators , ; | tab or blanks, found from the first two rows;
   cells in quotes, doubled quotes inside; line ends LF, CRLF, CR; a byte order mark; blank lines
   are skipped. What cells mean is columns.c's business. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_LIMIT = 1 << 28 }; /* bytes; what is longer is no table */

static bool row_fail(const nn_csv *csv, const char *text) {
    return nn_fail(csv->stream->error, NN_WRONG, (nn_place){csv->stream->path, csv->line}, "%s",
                   text);
}

static bool text_add(nn_csv *csv, char byte) {
    if (csv->size == csv->capacity) {
        size_t capacity = csv->capacity ? 2 * csv->capacity : 4096;
        char *text = realloc(csv->text, capacity);
        if (!text)
            return nn_fail_memory(csv->stream->error);
        csv->text = text;
        csv->capacity = capacity;
    }
    csv->text[csv->size++] = byte;
    return csv->size < ROW_LIMIT || row_fail(csv, "the line is longer than 256 MB");
}

static bool is_blank(int byte) {
    return byte == ' ' || byte == '\t';
}

/* While the separator is not known, any candidate is one. */
static bool is_separator(char separator, int byte) {
    if (separator == 0)
        return byte == ',' || byte == ';' || byte == '|' || is_blank(byte);
    return separator == ' ' ? is_blank(byte) : byte == separator;
}

/* Is byte the last of its line? Takes the LF of a CRLF. */
static bool ends_line(nn_csv *csv, int byte) {
    if (byte == '\r' && nn_stream_peek(csv->stream) == '\n')
        nn_stream_byte(csv->stream);
    return byte == '\r' || byte == '\n';
}

/* One line, or several where quotes hold line ends; NUL-terminated. False at the end of the file
   and on failure. */
static bool line_read(nn_csv *csv) {
    bool is_quoted = false, is_fresh = true,
         was_quote = false; /* fresh: a quote here opens a cell */
    int byte;
    csv->size = 0;
    csv->line = csv->next_line++;
    while ((byte = nn_stream_byte(csv->stream)) >= 0) {
        if (byte == '\0')
            return row_fail(csv, "a NUL byte: this is not a text file");
        if (ends_line(csv, byte)) {
            if (!is_quoted)
                return text_add(csv, '\0');
            byte = '\n';
            csv->next_line++;
        }
        if (byte == '"' && (is_quoted || is_fresh || was_quote))
            is_quoted = !is_quoted;
        was_quote = byte == '"' && !is_quoted && !is_fresh;
        is_fresh =
            !is_quoted && (is_separator(csv->separator, byte) || (is_fresh && is_blank(byte)));
        if (!text_add(csv, (char)byte))
            return false;
    }
    if (csv->stream->error->code || csv->size == 0)
        return false;
    if (is_quoted)
        return row_fail(csv, "a quote that opens here is never closed");
    return text_add(csv, '\0');
}

static bool row_read(nn_csv *csv) {
    while (line_read(csv))
        if (csv->text[strspn(csv->text, " \t")] != '\0')
            return true;
    return false;
}

static bool cell_add(nn_csv *csv, char *cell) {
    if (csv->cell_count == csv->cell_capacity) {
        size_t capacity = csv->cell_capacity ? 2 * csv->cell_capacity : 64;
        char **cells = realloc(csv->cells, capacity * sizeof *cells);
        if (!cells)
            return nn_fail_memory(csv->stream->error);
        csv->cells = cells;
        csv->cell_capacity = capacity;
    }
    csv->cells[csv->cell_count++] = cell;
    return true;
}

static char *blanks_skip(const nn_csv *csv, char *at) {
    while (*at == ' ' || (*at == '\t' && csv->separator != '\t'))
        at++;
    return at;
}

/* From at to the separator or the end; *end is where the cell's own text ends, blanks cut. */
static char *plain_cell(const nn_csv *csv, char *at, char **end) {
    *end = at;
    for (; *at && !is_separator(csv->separator, *at); at++)
        if (!is_blank(*at))
            *end = at + 1;
    return at;
}

/* From the byte after the opening quote; doubled quotes become one, in place. NULL if what follows
   is not in order. */
static char *quoted_cell(nn_csv *csv, char *at, char **end) {
    char *to = at;
    for (; *at && (*at != '"' || at[1] == '"'); *to++ = *at++)
        at += *at == '"';
    *end = to;
    if (!*at) {
        row_fail(csv, "a quote that opens here is never closed");
        return NULL;
    }
    at = blanks_skip(csv, at + 1);
    if (csv->separator != ' ' && *at && !is_separator(csv->separator, *at)) {
        row_fail(csv, "text follows a closing quote");
        return NULL;
    }
    return csv->separator == ' ' && *at ? at - 1 : at;
}

/* Cuts csv->text into csv->cells. */
static bool row_split(nn_csv *csv) {
    char *at = csv->text, *end;
    csv->cell_count = 0;
    for (;;) {
        at = blanks_skip(csv, at);
        if (csv->separator == ' ' && !*at)
            return true;
        bool is_quoted = *at == '"';
        if (!cell_add(csv, at + is_quoted))
            return false;
        at = is_quoted ? quoted_cell(csv, at + 1, &end) : plain_cell(csv, at, &end);
        if (!at)
            return false;
        bool is_last = *at == '\0';
        *end = '\0';
        if (is_last)
            return true;
        at++;
    }
}

static bool is_number(const char *cell) {
    double value;
    return nn_number_parse(cell, false, &value) != NN_NOT_A_NUMBER;
}

static bool ahead_take(nn_csv *csv, size_t index) {
    size_t size = strlen(csv->ahead[index].text) + 1;
    csv->size = 0;
    csv->line = csv->ahead[index].line;
    for (size_t i = 0; i < size; i++)
        if (!text_add(csv, csv->ahead[index].text[i]))
            return false;
    return true;
}

static bool ahead_read(nn_csv *csv) {
    while (csv->ahead_count < 2 && row_read(csv)) {
        char *copy = malloc(csv->size);
        if (!copy)
            return nn_fail_memory(csv->stream->error);
        memcpy(copy, csv->text, csv->size);
        csv->ahead[csv->ahead_count].text = copy;
        csv->ahead[csv->ahead_count++].line = csv->line;
    }
    return csv->stream->error->code == NN_FINE;
}

/* How well a separator fits the rows read ahead: the more numbers, then rows of equal length, then
   the fewer other cells; where there are no numbers, the more cells. */
static size_t separator_score(nn_csv *csv, char separator) {
    size_t numbers = 0, cells = 0, first = 0;
    csv->separator = separator;
    for (size_t row = 0; row < csv->ahead_count; row++) {
        if (!ahead_take(csv, row) || !row_split(csv))
            return 0;
        cells += csv->cell_count;
        if (row == 0)
            first = cells;
        for (size_t i = 0; i < csv->cell_count; i++)
            numbers += is_number(csv->cells[i]);
    }
    size_t is_even = cells == first * csv->ahead_count;
    return numbers ? (2 * numbers + is_even + 1) * ROW_LIMIT - cells : cells;
}

static bool separator_find(nn_csv *csv) {
    static const char candidates[] = ",;\t| ";
    nn_error *error = csv->stream->error, reason = {NN_FINE, ""};
    size_t best_score = 0;
    char best = ',';
    csv->stream->error = &reason; /* a separator that does not fit is no failure */
    for (const char *candidate = candidates; *candidate; candidate++) {
        size_t score = separator_score(csv, *candidate);
        if (score > best_score) {
            best_score = score;
            best = *candidate;
        }
    }
    csv->stream->error = error;
    csv->separator = best;
    if (reason.code == NN_FAILED)
        *error = reason;
    return reason.code != NN_FAILED;
}

bool nn_csv_start(nn_csv *csv, nn_stream *stream) {
    static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
    *csv = (nn_csv){.stream = stream, .next_line = 1};
    if (stream->size >= sizeof mark && memcmp(stream->buffer, mark, sizeof mark) == 0)
        stream->next = sizeof mark;
    if (!ahead_read(csv) || !separator_find(csv))
        return false;
    if (csv->ahead_count == 0)
        return true;
    if (!ahead_take(csv, 0) || !row_split(csv))
        return false;
    for (size_t i = 0; i < csv->cell_count; i++)
        csv->has_header |= csv->cells[i][0] && !is_number(csv->cells[i]);
    return true;
}

bool nn_csv_next(nn_csv *csv) {
    bool is_there =
        csv->ahead_next < csv->ahead_count ? ahead_take(csv, csv->ahead_next++) : row_read(csv);
    return is_there && row_split(csv);
}

void nn_csv_end(nn_csv *csv) {
    for (size_t i = 0; i < csv->ahead_count; i++)
        free(csv->ahead[i].text);
    free(csv->text);
    free(csv->cells);
}
