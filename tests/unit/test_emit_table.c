/* emit_table: columns, names that are cut, long tables that end in one line for the rest. */

#include "emit/emitter.h"
#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

static Table values_table(Compiler *compiler) {
    return (Table){.compiler = compiler,
                   .headings = {"value", "shape", NULL, "FLOPs/example", "FLOPs/call", "in",
                                "offset", "bytes"}};
}

static const List *lines_of(Compiler *compiler, const Table *table) {
    Bindings *base = NEW(compiler, Bindings);
    *base = bindings_new(compiler, NULL);
    bind_table(base, "lines", table);
    return base->lists;
}

static const char *line(const List *lines, int number) {
    cr_assert_lt(number, lines->count);
    return lines->rows[number].values[0];
}

Test(emit_table, columns) {
    Compiler *compiler = test_compiler();
    Table table = values_table(compiler);
    table_add(&table, (Entry){"x", "B[2]", NULL, "caller", .offset = -1, .bytes = -1});
    table_add(&table, (Entry){"weight", "[20, 30]", "j i", "net", {0, 123456789012345}, 0, 2400});
    table.headings[TABLE_EXAMPLE] = NULL;
    table.headings[TABLE_KEPT] = "kept as";
    const List *lines = lines_of(compiler, &table);
    cr_expect_str_eq(line(lines, 0),
                     "value   shape     kept as       FLOPs/call  in      offset  bytes");
    cr_expect_str_eq(line(lines, 1), "x       B[2]                                caller");
    cr_expect_str_eq(line(lines, 2),
                     "weight  [20, 30]  j i      123456789012345  net          0   2400");
    cr_expect_eq(lines->count, 3);
    test_compiler_free(compiler);
}

/* With the three blanks before it a line is 100 wide. */
Test(emit_table, names_are_cut_to_fit) {
    Compiler *compiler = test_compiler();
    Table table = values_table(compiler);
    char name[200];
    memset(name, 'n', sizeof name);
    name[199] = '\0';
    table_add(&table, (Entry){name, "[]", NULL, "net", {1, 2}, 1000000, 2400});
    const List *lines = lines_of(compiler, &table);
    cr_expect_eq(strlen(line(lines, 0)), 97);
    cr_expect_eq(strlen(line(lines, 1)), 97);
    cr_expect(strstr(line(lines, 1), "nn..  []"));
    test_compiler_free(compiler);
}

Test(emit_table, long_tables_end_in_a_sum) {
    Compiler *compiler = test_compiler();
    Table table = values_table(compiler);
    for (int i = 0; i < 100; i++)
        table_add(&table, (Entry){"v", "[]", NULL, "net", {1, 2}, 8 * i, 8});
    const List *all = lines_of(compiler, &table);
    cr_expect_eq(all->count, 101);
    cr_expect(strstr(line(all, 100), "792"), "%s", line(all, 100));
    table_add(&table, (Entry){"v", "[]", NULL, "register", {1, 2}, -1, -1});
    const List *cut = lines_of(compiler, &table);
    cr_expect_eq(cut->count, 101);
    cr_expect_str_eq(line(cut, 100),
                     "and 2 more                     2           4                   8");
    test_compiler_free(compiler);
}
