/* Drawn tables in parts: every row is in one part, as it was, behind the same head. */

#include "driver_run.h"
#include "hand_net.h"
#include "long.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(split, .init = driver_open, .fini = scratch_close);

static unsigned drawn;

static unsigned draw(unsigned bound) {
    drawn = drawn * 1664525 + 1013904223;
    return (drawn >> 8) % bound;
}

enum { MOST_ROWS = 60, ROW = 80 };

/* A table, and what its parts consist of. */
typedef struct {
    char text[(MOST_ROWS + 1) * (ROW + 8) + 80], head[80], rows[MOST_ROWS][ROW + 4];
    unsigned count;
} Table;

/* A cell in quotes, with all that may stand there. */
static char *note_write(char *at, char separator, const char *line_end) {
    *at++ = '"';
    for (unsigned i = draw(8); i > 0; i--)
        switch (draw(5)) {
        case 0:
            at += sprintf(at, "\"\"");
            break;
        case 1:
            *at++ = separator;
            break;
        case 2:
            at += sprintf(at, "%s", line_end);
            break;
        case 3:
            at += sprintf(at, " ");
            break;
        default:
            *at++ = (char)('a' + draw(26));
        }
    *at++ = '"';
    return at;
}

static void table_draw(Table *table) {
    static const char *const line_ends[] = {"\n", "\r\n", "\r"};
    const char *line_end = line_ends[draw(3)];
    char separator = ",;\t|"[draw(4)], *at = table->text;
    bool is_open = draw(2), has_mark = draw(4) == 0; /* open: the last line has no end */
    table->count = 16 + draw(MOST_ROWS - 16);
    sprintf(table->head, "%snote%cx.0%cx.1%ckind%s", has_mark ? "\xEF\xBB\xBF" : "", separator,
            separator, separator, line_end);
    at += sprintf(at, "%s", table->head);
    for (unsigned i = 0; i < table->count; i++) {
        char *row = table->rows[i], *end = note_write(row, separator, line_end);
        end +=
            sprintf(end, "%c%u.5%c %u%c%u", separator, i, separator, draw(9), separator, draw(3));
        at += sprintf(at, "%s%s", row, i + 1 == table->count && is_open ? "" : line_end);
        sprintf(end, "%s", line_end);
        if (i + 1 < table->count && draw(8) == 0)
            at += sprintf(at, " \t%s", line_end);
    }
}

/* Takes the rows, in the order of the table, from the parts. */
static void expect_rows(const Table *table, char *const *parts, size_t count, const char *when) {
    const char *at[8];
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(strncmp(parts[i], table->head, strlen(table->head)), 0, "%s: part %zu", when,
                     i);
        at[i] = parts[i] + strlen(table->head);
    }
    for (unsigned row = 0; row < table->count; row++) {
        const char *bytes = table->rows[row];
        size_t part = 0;
        while (part < count && strncmp(at[part], bytes, strlen(bytes)) != 0)
            part++;
        cr_assert_lt(part, count, "%s: row %u is in no part", when, row);
        at[part] += strlen(bytes);
    }
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(*at[i], '\0', "%s: part %zu has more", when, i);
}

Test(split, every_row_is_in_one_part) {
    static Table table;
    static const char *const shares[] = {"0.5,0.5", "0.6,0.2,0.2", "0.4,0.2,0.2,0.2"};
    int tables = slice_of(60, 2000);
    for (int i = 0; i < tables; i++) {
        char words[200], when[2 * sizeof words], *parts[4];
        size_t count = 2 + (size_t)i % 3, size;
        drawn = 7919 * (unsigned)i + 5;
        table_draw(&table);
        scratch_text("t.csv", table.text);
        snprintf(words, sizeof words, "split --data t.csv --parts %s --into %s --force --seed %u",
                 shares[count - 2],
                 count == 2   ? "a,b"
                 : count == 3 ? "a,b,c"
                              : "a,b,c,d",
                 draw(1000));
        snprintf(when, sizeof when, "table %d: %s", i, words);
        free(run_fine(&hand_classes_network, words));
        for (size_t j = 0; j < count; j++)
            parts[j] = scratch_read((const char[]){(char)('a' + j), '\0'}, &size);
        expect_rows(&table, parts, count, when);
        for (size_t j = 0; j < count; j++)
            free(parts[j]);
    }
    fprintf(stderr, "%d tables\n", tables);
}
