/* Reads text files as rows of cells. Comes in: the bytes of a text file. Goes out: one row after
   the other, its cells as text, and the line where it begins. What cells mean is decided in
   header.c, columns.c and rows.c.

   Separators are , ; | tab or blanks, given or found from the first rows. Cells may be in
   quotes, with two quotes for one. Lines end with LF, CRLF or CR. A byte order mark, a first
   line "sep=;" (of spreadsheets), a # at the beginning of the first line and blank lines are
   allowed. */

#include "host.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROW_LIMIT = 1 << 28,  /* bytes; a longer row means that this is no table */
    AHEAD_LIMIT = 1 << 20 /* bytes read ahead to find separator and header */
};

static bool row_fail(const nn_csv *csv, const char *text) {
    return nn_fail(csv->stream->error, NN_WRONG, (nn_place){csv->stream->path, csv->line}, "%s",
                   text);
}

static bool is_utf16(const nn_csv *csv) {
    const unsigned char *bytes = csv->stream->buffer;
    bool is_it = csv->stream->size >= 2 &&
                 ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF));
    if (is_it) {
        row_fail(csv, "the text is UTF-16");
        nn_hint(csv->stream->error, "save it as UTF-8");
    }
    return is_it;
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

/* As long as the separator is unknown, every candidate counts as one. */
static bool is_separator(char separator, int byte) {
    if (separator == 0)
        return byte == ',' || byte == ';' || byte == '|' || is_blank(byte);
    return separator == ' ' ? is_blank(byte) : byte == separator;
}

/* Whether byte ends a line. Of CRLF, also reads the LF. */
static bool ends_line(nn_csv *csv, int byte) {
    if (byte == '\r' && nn_stream_peek(csv->stream) == '\n')
        nn_stream_byte(csv->stream);
    return byte == '\r' || byte == '\n';
}

/* Reads one line, or several where a cell in quotes contains line ends, with a NUL at the end.
   False at the end of the file and on failure. */
static bool line_read(nn_csv *csv) {
    bool is_quoted = false, is_fresh = true,
         was_quote = false; /* fresh: at the beginning of a cell, where a quote opens it */
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
        was_quote = byte == '"' && !is_quoted;
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

/* A cell without quotes, from `at` to the separator or the end of the row; *end is the end of its
   text without blanks. */
static char *plain_cell(const nn_csv *csv, char *at, char **end) {
    *end = at;
    for (; *at && !is_separator(csv->separator, *at); at++)
        if (!is_blank(*at))
            *end = at + 1;
    return at;
}

/* A cell in quotes, from the byte after the opening quote; two quotes become one, in place. NULL if
   the quote is not closed or text follows it. */
static char *quoted_cell(nn_csv *csv, char *at, char **end) {
    char *to = at;
    for (; *at && (*at != '"' || at[1] == '"'); *to++ = *at++)
        at += *at == '"';
    *end = to;
    if (!*at) {
        row_fail(csv, "a quote that opens here is never closed");
        return NULL;
    }
    char *after = at + 1;
    at = blanks_skip(csv, after);
    if (csv->separator == ' ' ? *at && at == after : *at && !is_separator(csv->separator, *at)) {
        row_fail(csv, "text follows a closing quote");
        return NULL;
    }
    return csv->separator == ' ' && *at ? at - 1 : at;
}

/* Cuts csv->text into csv->cells. */
static bool row_split(nn_csv *csv) {
    char *at = csv->text, *end;
    csv->cell_count = csv->quoted_count = 0;
    for (;;) {
        at = blanks_skip(csv, at);
        if (csv->separator == ' ' && !*at)
            return true;
        bool is_quoted = *at == '"';
        csv->quoted_count += is_quoted;
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

nn_number_kind nn_csv_number(const nn_csv *csv, char *cell, bool as_float, double *value) {
    if (!csv->has_comma)
        return nn_number_parse(cell, as_float, value);
    char *comma = strchr(cell, ',');
    if (strchr(cell, '.'))
        return NN_NOT_A_NUMBER;
    if (comma)
        *comma = '.';
    nn_number_kind kind = nn_number_parse(cell, as_float, value);
    if (comma)
        *comma = ',';
    return kind;
}

static bool ahead_split(nn_csv *csv, size_t index) {
    size_t size = strlen(csv->ahead[index].text) + 1;
    csv->size = 0;
    csv->line = csv->ahead[index].line;
    for (size_t i = 0; i < size; i++)
        if (!text_add(csv, csv->ahead[index].text[i]))
            return false;
    return row_split(csv);
}

void nn_csv_ahead(nn_csv *csv, size_t index) {
    ahead_split(csv, index);
}

/* Whether the row is "sep=;"; takes over its separator. */
static bool names_separator(nn_csv *csv) {
    if (csv->ahead_count > 0 || strncmp(csv->text, "sep=", 4) != 0 || strlen(csv->text) != 5)
        return false;
    if (csv->separator == 0)
        csv->separator = nn_separator_parse(csv->text + 4);
    return true;
}

static bool ahead_read(nn_csv *csv) {
    while (csv->ahead_count < NN_AHEAD && csv->ahead_size < AHEAD_LIMIT && row_read(csv)) {
        if (names_separator(csv))
            continue;
        if (csv->ahead_count == 0 && csv->text[0] == '#')
            csv->text[0] = ' '; /* NumPy writes headers in this way */
        char *copy = malloc(csv->size);
        if (!copy)
            return nn_fail_memory(csv->stream->error);
        memcpy(copy, csv->text, csv->size);
        csv->ahead[csv->ahead_count].text = copy;
        csv->ahead[csv->ahead_count++].line = csv->line;
        csv->ahead_size += csv->size;
    }
    return csv->stream->error->code == NN_FINE;
}

/* How well a separator fits the rows read ahead: how many numbers and non-empty cells it gives.
   evenness: 2 where all rows are equally long; 1 where only the first is one cell shorter, a header
   without a name for the column of row names; else 0. */
typedef struct {
    size_t numbers, cells;
    int evenness;
    bool has_comma; /* some number contains a comma */
} Fit;

static void fit_add(nn_csv *csv, Fit *fit) {
    for (size_t i = 0; i < csv->cell_count; i++) {
        double value;
        bool is_number = nn_csv_number(csv, csv->cells[i], false, &value) != NN_NOT_A_NUMBER;
        fit->cells += csv->cells[i][0] != '\0';
        fit->numbers += is_number;
        fit->has_comma |= is_number && strchr(csv->cells[i], ',');
    }
}

static Fit separator_fit(nn_csv *csv, char separator, bool has_comma) {
    Fit fit = {.evenness = 2};
    size_t first = 0, second = 0;
    csv->separator = separator;
    csv->has_comma = has_comma;
    for (size_t row = 0; row < csv->ahead_count; row++) {
        if (!ahead_split(csv, row)) {
            fit.evenness = 0;
            return fit;
        }
        fit_add(csv, &fit);
        first = row == 0 ? csv->cell_count : first;
        second = row <= 1 ? csv->cell_count : second;
        if (row > 1 && second != csv->cell_count)
            fit.evenness = 0;
    }
    if (first != second)
        fit.evenness = first + 1 == second && fit.evenness;
    return fit;
}

/* Whether a is better than b: more numbers; if equal, higher evenness; if equal, fewer cells. Where
   there are no numbers: more cells. */
static bool fits_better(Fit a, Fit b) {
    if (a.numbers != b.numbers)
        return a.numbers > b.numbers;
    if (a.numbers == 0)
        return a.cells > b.cells;
    return a.evenness != b.evenness ? a.evenness > b.evenness : a.cells < b.cells;
}

typedef struct {
    char separator;
    bool has_comma;
    Fit fit;
} Guess;

/* Commas can be decimal commas and separators at once only if some number (in quotes) contains
   one. */
static void guess_try(nn_csv *csv, char separator, bool has_comma, Guess *best) {
    if (csv->stream->error->code == NN_MEMORY)
        return;
    Guess guess = {separator, has_comma, separator_fit(csv, separator, has_comma)};
    if (fits_better(guess.fit, best->fit) &&
        (!has_comma || separator != ',' || guess.fit.has_comma))
        *best = guess;
}

static Guess separator_guess(nn_csv *csv, char given) {
    static const char candidates[] = ",;\t| ";
    bool is_comma = csv->reading->decimal == NN_DECIMAL_COMMA;
    bool is_open = csv->reading->decimal == NN_DECIMAL_FOUND;
    Guess best = {given ? given : is_comma ? ';' : ',', is_comma, {0}};
    for (const char *at = candidates; !is_comma && *at; at++)
        if (!given || *at == given)
            guess_try(csv, *at, false, &best);
    for (const char *at = candidates; (is_comma || is_open) && *at; at++)
        if ((!given || *at == given) && (is_comma || *at != ','))
            guess_try(csv, *at, true, &best);
    return best;
}

bool nn_may_be_thousands(const char *text) {
    text += *text == '-' || *text == '+';
    size_t digits = strspn(text, "0123456789");
    if (*text == '0' || digits < 1 || digits > 3 || text[digits] != ',')
        return false;
    for (text += digits; *text == ','; text += 4)
        if (strspn(text + 1, "0123456789") != 3)
            return false;
    return *text == '\0';
}

/* A number with a comma in the current row, NULL if there is none; its decimals are not three if
   the row has such a number. */
static char *comma_number(nn_csv *csv) {
    char *found = NULL;
    double value;
    for (size_t i = 0; i < csv->cell_count; i++) {
        char *cell = csv->cells[i];
        bool has_comma =
            strchr(cell, ',') && nn_csv_number(csv, cell, false, &value) != NN_NOT_A_NUMBER;
        if (has_comma && (!found || nn_may_be_thousands(found)))
            found = cell;
    }
    return found;
}

/* The error for a number with a decimal comma, or where all numbers with commas may have them
   between thousands, for one of those. */
static bool comma_refuse(nn_csv *csv) {
    nn_quoted shown = {""};
    size_t shown_line = 0;
    bool are_thousands = true;
    for (size_t row = 0; are_thousands && row < csv->ahead_count && ahead_split(csv, row); row++) {
        char *cell = comma_number(csv);
        if (!cell || (shown_line > 0 && nn_may_be_thousands(cell)))
            continue;
        are_thousands = nn_may_be_thousands(cell);
        nn_quote(&shown, cell);
        shown_line = csv->line;
    }
    nn_fail(csv->stream->error, NN_WRONG, (nn_place){csv->stream->path, shown_line},
            are_thousands ? "numbers such as %s have a comma before decimals, or between thousands"
                          : "numbers such as %s seem to have a decimal comma",
            shown.text);
    nn_hint(csv->stream->error, "%s",
            are_thousands ? "of thousands, take the commas away; where decimals follow them, say "
                            "--decimal comma; where they stand between cells, --decimal point"
                          : "--decimal comma reads them, --decimal point says that it separates");
    return false;
}

static bool separator_find(nn_csv *csv) {
    nn_error *error = csv->stream->error, reason = {NN_FINE, ""};
    csv->stream->error = &reason; /* a separator that does not fit is no error */
    Guess best = separator_guess(csv, csv->separator);
    csv->stream->error = error;
    csv->separator = best.separator;
    csv->has_comma = best.has_comma;
    if (reason.code == NN_MEMORY)
        *error = reason;
    else if (best.has_comma && csv->reading->decimal != NN_DECIMAL_COMMA)
        return comma_refuse(csv);
    return reason.code != NN_MEMORY;
}

static bool ahead_check(nn_csv *csv) {
    for (size_t row = 0; row < csv->ahead_count; row++)
        if (!ahead_split(csv, row))
            return false;
    return true;
}

char nn_separator_parse(const char *text) {
    static const struct {
        const char *name, *sign;
        char separator;
    } rows[] = {{"comma", ",", ','},  {"semicolon", ";", ';'}, {"tab", "\t", '\t'},
                {"tab", "\\t", '\t'}, {"bar", "|", '|'},       {"blank", " ", ' '}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(text, rows[i].name) == 0 || strcmp(text, rows[i].sign) == 0)
            return rows[i].separator;
    return 0;
}

bool nn_csv_start(nn_csv *csv, nn_stream *stream, const nn_reading *reading) {
    static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
    *csv = (nn_csv){
        .stream = stream, .reading = reading, .separator = reading->separator, .next_line = 1};
    if (stream->size >= sizeof mark && memcmp(stream->buffer, mark, sizeof mark) == 0)
        stream->next = sizeof mark;
    return !is_utf16(csv) && ahead_read(csv) && separator_find(csv) && ahead_check(csv);
}

bool nn_csv_next(nn_csv *csv) {
    if (csv->ahead_next < csv->ahead_count) {
        nn_csv_ahead(csv, csv->ahead_next++);
        return true;
    }
    return row_read(csv) && row_split(csv);
}

void nn_csv_end(nn_csv *csv) {
    for (size_t i = 0; i < csv->ahead_count; i++)
        free(csv->ahead[i].text);
    free(csv->text);
    free(csv->cells);
}
