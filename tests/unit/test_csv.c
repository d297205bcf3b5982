/* Rows of cells, as csv.c cuts them; written below as the line they began on, and <cell><cell>. */

#include "host.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const nn_reading plain = {0};

TestSuite(csv, .init = scratch_open, .fini = scratch_close);

typedef struct {
    char cells[4096]; /* <a><b> and a line end per row */
    char separator;
    nn_error error;
} Table;

static Table table_read(const void *bytes, size_t size) {
    static Table table;
    nn_csv csv;
    table = (Table){.separator = 0};
    nn_stream *stream = nn_stream_open(scratch_write("table.csv", bytes, size), &table.error);
    cr_assert(stream, "%s", table.error.text);
    if (nn_csv_start(&csv, stream, &plain)) {
        table.separator = csv.separator;
        while (nn_csv_next(&csv)) {
            char *end = table.cells + strlen(table.cells);
            end += sprintf(end, "%zu", csv.line);
            for (size_t i = 0; i < csv.cell_count; i++)
                end += sprintf(end, "<%s>", csv.cells[i]);
            strcpy(end, "\n");
        }
    }
    nn_csv_end(&csv);
    nn_stream_close(stream);
    return table;
}

static void expect(const char *text, char separator, const char *cells) {
    Table table = table_read(text, strlen(text));
    cr_assert_eq(table.error.code, NN_FINE, "%s", table.error.text);
    cr_assert_str_eq(table.cells, cells, "\n%s\ngave\n%s", text, table.cells);
    cr_assert_eq(table.separator, separator, "%s: '%c'", text, table.separator);
}

Test(csv, separators) {
    expect("1,2,3\n4,5,6\n", ',', "1<1><2><3>\n2<4><5><6>\n");
    expect("1;2;3\n4;5;6\n", ';', "1<1><2><3>\n2<4><5><6>\n");
    expect("1\t2\t3\n4\t5\t6\n", '\t', "1<1><2><3>\n2<4><5><6>\n");
    expect("1|2|3\n4|5|6\n", '|', "1<1><2><3>\n2<4><5><6>\n");
    expect("1 2 3\n4  5 \t 6\n", ' ', "1<1><2><3>\n2<4><5><6>\n");
    expect("  1 2 3  \n", ' ', "1<1><2><3>\n");
    expect("7\n8\n", ',', "1<7>\n2<8>\n");
}

Test(csv, blanks_around_a_separator) {
    expect("1, 2 ,3\n 4 ,5,\t6\n", ',', "1<1><2><3>\n2<4><5><6>\n");
    expect("1 ; 2\n", ';', "1<1><2>\n");
    expect("1\t 2\t\t3\n4\t5\t6\t7\n", '\t', "1<1><2><><3>\n2<4><5><6><7>\n");
}

Test(csv, quotes) {
    expect("\"a\",\"b\"\n1,2\n", ',', "1<a><b>\n2<1><2>\n");
    expect("\"say \"\"hi\"\"\",b\n1,2\n", ',', "1<say \"hi\"><b>\n2<1><2>\n");
    expect("\"a,b\",\"c;d\"\n1,2\n", ',', "1<a,b><c;d>\n2<1><2>\n");
    expect(" \"a\" , \"b\" \n1,2\n", ',', "1<a><b>\n2<1><2>\n");
    expect("\"two\nlines\",b\n\"1\",2\n", ',', "1<two\nlines><b>\n3<1><2>\n");
    expect("\"a b\" c\n1 2\n", ' ', "1<a b><c>\n2<1><2>\n");
    expect("\"\",1\n", ',', "1<><1>\n");
    expect("5\" pipe,b\n1,2\n", ',', "1<5\" pipe><b>\n2<1><2>\n");
    expect("1,2\n3,\"4\n5\",6\n", ',', "1<1><2>\n2<3><4\n5><6>\n");
}

Test(csv, line_ends) {
    expect("1,2\r\n3,4\r\n", ',', "1<1><2>\n2<3><4>\n");
    expect("1,2\r3,4\r", ',', "1<1><2>\n2<3><4>\n");
    expect("1,2\n3,4", ',', "1<1><2>\n2<3><4>\n");
    expect("1,2\r\n3,4\r", ',', "1<1><2>\n2<3><4>\n");
    expect("1,\n,2", ',', "1<1><>\n2<><2>\n");
}

Test(csv, blank_lines_are_skipped_and_counted) {
    expect("\n\n1,2\n \t\n\r\n3,4\n\n", ',', "3<1><2>\n6<3><4>\n");
    expect("\n \n", ',', "");
    expect("", ',', "");
}

Test(csv, byte_order_mark) {
    expect("\xEF\xBB\xBF"
           "1,2\n",
           ',', "1<1><2>\n");
    expect("\xEF\xBB\xBF"
           "a,b\n",
           ',', "1<a><b>\n");
    expect("\xEF\xBB\xBF", ',', "");
}

static void expect_error(const void *bytes, size_t size, const char *text) {
    Table table = table_read(bytes, size);
    const char *slash = strrchr(table.error.text, '/');
    cr_assert_eq(table.error.code, NN_WRONG);
    cr_assert_str_eq(slash ? slash + 1 : table.error.text, text);
}

#define EXPECT_ERROR(bytes, text) expect_error(bytes, sizeof(bytes) - 1, text)

Test(csv, errors) {
    EXPECT_ERROR("1,2\n3,\"4\n5,6\n",
                 "table.csv:2: error: a quote that opens here is never closed");
    EXPECT_ERROR("1,2\n3,4\n5,\"6", "table.csv:3: error: a quote that opens here is never closed");
    EXPECT_ERROR("1,2\n3,4\n5,\"6\"7\n", "table.csv:3: error: text follows a closing quote");
    EXPECT_ERROR("1,2\n3,4\n5,\0", "table.csv:3: error: a NUL byte: this is not a text file");
    EXPECT_ERROR("\xFF\xFE"
                 "1\0,\0",
                 "table.csv: error: the text is UTF-16\nhint: save it as UTF-8");
    EXPECT_ERROR("\xFE\xFF"
                 "\0001",
                 "table.csv: error: the text is UTF-16\nhint: save it as UTF-8");
    EXPECT_ERROR("\xFF\xFF\0", "table.csv:1: error: a NUL byte: this is not a text file");
    EXPECT_ERROR("\xFE\xFE\0", "table.csv:1: error: a NUL byte: this is not a text file");
}

Test(csv, a_long_row_across_buffers) {
    enum { CELLS = 100000 };
    char *text = malloc(CELLS * 8), *end = text;
    size_t count = 0;
    for (int i = 0; i < CELLS; i++)
        end += sprintf(end, "%s%d", i ? "," : "", i);
    nn_error error = {NN_FINE, ""};
    nn_csv csv;
    nn_stream *stream = nn_stream_open(scratch_text("wide.csv", text), &error);
    cr_assert(nn_csv_start(&csv, stream, &plain));
    while (nn_csv_next(&csv))
        for (; count < csv.cell_count; count++)
            cr_assert_eq(atoi(csv.cells[count]), (int)count);
    cr_assert_eq(count, CELLS);
    nn_csv_end(&csv);
    nn_stream_close(stream);
    free(text);
}

Test(csv, gzip_is_read_as_well) {
    const char *path = scratch_path("table.csv.gz");
    gzFile file = gzopen(path, "wb");
    gzputs(file, "1,2\n3,4\n");
    gzclose(file);
    nn_error error = {NN_FINE, ""};
    nn_csv csv;
    nn_stream *stream = nn_stream_open(path, &error);
    cr_assert(nn_csv_start(&csv, stream, &plain));
    cr_assert(nn_csv_next(&csv));
    cr_assert_str_eq(csv.cells[1], "2");
    cr_assert(nn_csv_next(&csv));
    cr_assert_str_eq(csv.cells[0], "3");
    cr_assert_not(nn_csv_next(&csv));
    cr_assert_eq(error.code, NN_FINE);
    nn_csv_end(&csv);
    nn_stream_close(stream);
}
