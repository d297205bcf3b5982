/* Decides whether the first row of a table is a header. Comes in: the rows read ahead. Goes out:
   it is a row of names, a row of column numbers, or data; or an error that asks for --header yes
   or no, where both a header and data can look like this. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a column contains in the first row, and in the rows below. */
typedef enum { EMPTY, NUMBER, TEXT } Kind;
typedef struct {
    Kind first;
    double value;          /* the number in the first row */
    double least, largest; /* of the numbers below */
    char *text;            /* of the first row, if it is no number */
    bool has_numbers, has_text, has_fractions;
    bool is_repeated; /* the text is below as well */
} Column;

typedef struct {
    nn_csv *csv;
    Column *columns;
    size_t count, below; /* of columns; of rows below the first */
    size_t runs;         /* rows below whose numbers form a run as the first row's do */
    size_t rising;       /* rows below whose numbers rise or fall throughout */
    bool is_quoted;      /* all of the first row is in quotes, and numbers below are not */
    bool has_corner;     /* the first cell is empty, as above a column of row numbers */
} Look;

static Kind kind_of(const nn_csv *csv, char *cell, double *value) {
    if (nn_is_missing(cell))
        return EMPTY;
    return nn_csv_number(csv, cell, false, value) == NN_NUMBER ? NUMBER : TEXT;
}

/* The numbers of a row from left to right. is_run: they rise, or fall, throughout; is_even: by
   equal steps. */
typedef struct {
    size_t count;
    double first, last, step;
    bool is_run, is_even;
} Run;

static void run_add(Run *run, double value) {
    double step = value - run->last;
    if (run->count == 0) {
        *run = (Run){.first = value, .is_run = true, .is_even = true};
    } else {
        run->step = run->count == 1 ? step : run->step;
        run->is_run &= step * run->step > 0;
        run->is_even &= fabs(step - run->step) <= 1e-6 * fabs(run->step);
    }
    run->last = value;
    run->count++;
}

static bool counts(const Run *run) {
    return run->count >= 2 && run->is_run && run->is_even && fabs(run->step - 1) < 1e-6;
}

/* Whether the numbers look like a scale and not like data: at least 4 rise or fall by equal
   steps, or at least 8 by any steps. */
static bool is_scale(const Run *run) {
    return run->is_run && ((run->is_even && run->count >= 4) || run->count >= 8);
}

static bool first_look(Look *look, Run *run) {
    nn_csv *csv = look->csv;
    nn_csv_ahead(csv, 0);
    look->count = csv->cell_count;
    look->has_corner = csv->cells[0][0] == '\0';
    look->columns = calloc(look->count, sizeof *look->columns);
    if (!look->columns)
        return nn_fail_memory(csv->stream->error);
    look->is_quoted = csv->quoted_count == csv->cell_count;
    for (size_t i = 0; i < look->count; i++) {
        Column *column = &look->columns[i];
        column->first = kind_of(csv, csv->cells[i], &column->value);
        column->text = column->first == TEXT ? strdup(csv->cells[i]) : NULL;
        if (column->first == TEXT && !column->text)
            return nn_fail_memory(csv->stream->error);
        if (column->first == NUMBER)
            run_add(run, column->value);
    }
    return true;
}

static void row_look(Look *look, size_t row, const Run *first) {
    nn_csv *csv = look->csv;
    Run run = {0};
    size_t numbers = 0;
    nn_csv_ahead(csv, row);
    size_t names = csv->cell_count == look->count + 1; /* 1: a name of the row comes first */
    for (size_t i = names; i < csv->cell_count && i - names < look->count; i++) {
        Column *column = &look->columns[i - names];
        double value = 0;
        Kind kind = kind_of(csv, csv->cells[i], &value);
        bool is_first = !column->has_numbers;
        if (kind == NUMBER) {
            column->least = is_first || value < column->least ? value : column->least;
            column->largest = is_first || value > column->largest ? value : column->largest;
        }
        numbers += kind == NUMBER;
        column->is_repeated |= column->text && strcmp(csv->cells[i], column->text) == 0;
        column->has_numbers |= kind == NUMBER;
        column->has_text |= kind == TEXT;
        column->has_fractions |= kind == NUMBER && floor(value) < value;
        if (kind == NUMBER && column->first == NUMBER)
            run_add(&run, value);
    }
    look->runs += run.count == first->count && (counts(first) ? counts(&run) : is_scale(&run));
    look->rising += run.count == first->count && run.is_run;
    look->is_quoted &= numbers > csv->quoted_count;
    look->below++;
}

/* A text above numbers alone. */
static bool is_over_numbers(const Column *column) {
    return column->first == TEXT && column->has_numbers && !column->has_text;
}

static bool has_text_over_numbers(const Look *look) {
    for (size_t i = 0; i < look->count; i++)
        if (is_over_numbers(&look->columns[i]))
            return true;
    return false;
}

static size_t firsts(const Look *look, Kind first) {
    size_t found = 0;
    for (size_t i = 0; i < look->count; i++)
        found += look->columns[i].first == first;
    return found;
}

static bool refuse(const Look *look, const char *text) {
    nn_csv *csv = look->csv;
    nn_fail(csv->stream->error, NN_WRONG, (nn_place){csv->stream->path, csv->ahead[0].line}, "%s",
            text);
    nn_hint(csv->stream->error, "say --header yes or --header no");
    return false;
}

static bool slip_refuse(const Look *look) {
    size_t column = 0;
    char text[160];
    nn_quoted cell;
    nn_csv_ahead(look->csv, 0);
    while (!is_over_numbers(&look->columns[column]))
        column++;
    snprintf(text, sizeof text, "is this a header with numbers in it, or data with %s by mistake?",
             nn_quote(&cell, look->csv->cells[column]));
    return refuse(look, text);
}

/* Whether at least three numbers that rise or fall, as few rows below do, lie outside of what is
   below: by equal steps, or far outside and all on one side. */
static bool is_apart(const Look *look, const Run *run) {
    size_t above = 0, below = 0, outside = 0;
    for (size_t i = 0; i < look->count; i++) {
        const Column *column = &look->columns[i];
        double width = column->largest - column->least;
        if (column->first != NUMBER || !column->has_numbers)
            continue;
        outside += column->value < column->least || column->value > column->largest;
        above += column->value > column->largest + width;
        below += column->value < column->least - width;
    }
    return look->below >= 2 && 2 * look->rising <= look->below && run->count >= 3 && run->is_run &&
           ((run->is_even && outside == run->count) || above == run->count || below == run->count);
}

/* Labels of the first row are below as well. */
static bool repeats_text(const Look *look) {
    for (size_t i = 0; i < look->count; i++)
        if (look->columns[i].is_repeated)
            return true;
    return false;
}

/* Whether a first row of numbers is a header: "0,1,2,3" as pandas writes it above a table without
   names, or the positions of a spectrum. */
static bool numbers_decide(const Look *look, const Run *run, nn_header_kind *kind) {
    bool is_index = counts(run) && (run->first == 0 || run->first == 1);
    size_t fractions = 0, alike = run->count == 2 ? look->below : 1;
    for (size_t i = 0; i < look->count; i++)
        fractions += look->columns[i].has_fractions;
    *kind = NN_NO_HEADER;
    if (look->below == 0 || run->count < 2 || look->runs >= alike)
        return true;
    bool has_index = look->has_corner && is_index && run->first == 0;
    if (has_index || (is_index && run->count >= 3 && 2 * fractions >= run->count)) {
        *kind = NN_NUMBERS;
        return true;
    }
    if (is_index)
        return refuse(look, "are these numbers, which count columns, a header or data?");
    return (!is_scale(run) && !is_apart(look, run)) ||
           refuse(look, "are these numbers, which run in one direction, a header or data?");
}

static bool look_decide(const Look *look, const Run *run, nn_header_kind *kind) {
    size_t numbers = firsts(look, NUMBER), texts = firsts(look, TEXT);
    bool is_over = has_text_over_numbers(look);
    bool is_quoted = look->is_quoted && look->below > 0;
    *kind = texts > 0 || !is_quoted ? NN_NAMES : NN_NUMBERS;
    if ((texts > 0 && numbers == 0) || is_quoted)
        return true;
    if (is_over)
        return is_scale(run) || slip_refuse(look);
    if (repeats_text(look)) {
        *kind = NN_NO_HEADER;
        return true;
    }
    return numbers_decide(look, run, kind);
}

/* The kind of a first row of which it is known whether it is a header: a header without any text is
   one of numbers. */
static nn_header_kind kind_given(const Look *look, bool has_header) {
    return !has_header ? NN_NO_HEADER : firsts(look, TEXT) > 0 ? NN_NAMES : NN_NUMBERS;
}

bool nn_header_find(nn_csv *csv, bool knows_name, nn_header_kind *kind) {
    Look look = {.csv = csv};
    Run run = {0};
    nn_header given = csv->reading->header;
    bool is_fine = first_look(&look, &run);
    for (size_t row = 1; is_fine && row < csv->ahead_count; row++)
        row_look(&look, row, &run);
    if (is_fine && (given != NN_HEADER_FOUND || knows_name))
        *kind = kind_given(&look, given != NN_HEADER_NO);
    else
        is_fine = is_fine && look_decide(&look, &run, kind);
    for (size_t i = 0; look.columns && i < look.count; i++)
        free(look.columns[i].text);
    free(look.columns);
    return is_fine;
}
