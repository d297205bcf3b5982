/* The banner tells the truth: its offsets and sizes are those that a compiler gives the structs,
   its places in scratch are those that the code uses, its columns add up. */

#define _GNU_SOURCE
#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 3, MOST_LINES = 200, TRIED = 4 };

static Variant variant_tried(int number) {
    const Variant tried[TRIED] = {
        {TARGET_C99, UNROLL_AUTO, false, false},
        {TARGET_GENERIC, UNROLL_AUTO, true, false},
        {TARGET_C99, UNROLL_NONE, true, false},
        {widest_target(), UNROLL_TILE, false, false},
    };
    return tried[number];
}

/* ---- reading tables ---- */

typedef struct {
    char heading[160];
    int count;
    char lines[MOST_LINES][160];
} Table;

static const char *source; /* of the net under test */

static const char *next_line(const char *line) {
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The lines of the banner's table whose heading begins with `title`, without their indent. */
static bool read_table(Table *table, const char *title) {
    char start[200];
    snprintf(start, sizeof start, "   %s  ", title);
    const char *line = source;
    table->count = 0;
    while (*line && strncmp(line, "*/", 2) != 0 && strncmp(line, start, strlen(start)) != 0)
        line = next_line(line);
    if (strncmp(line, start, strlen(start)) != 0)
        return false;
    snprintf(table->heading, sizeof table->heading, "%.*s", (int)strcspn(line, "\n") - INDENT,
             line + INDENT);
    for (line = next_line(line); *line != '\n'; line = next_line(line)) {
        cr_assert_lt(table->count, MOST_LINES);
        snprintf(table->lines[table->count++], 160, "%.*s", (int)strcspn(line, "\n") - INDENT,
                 line + INDENT);
    }
    return true;
}

static Table *table_called(const char *title) {
    static Table table;
    cr_assert(read_table(&table, title), "no table %s", title);
    return &table;
}

/* Where a text that stands between two blanks and two blanks begins and ends. */
static bool next_cell(const char *line, int *first, int *end) {
    int at = *end;
    while (line[at] == ' ')
        at++;
    *first = at;
    while (line[at] && strncmp(line + at, "  ", 2) != 0)
        at++;
    *end = at;
    return *end > *first;
}

/* The cell of a line below a heading: numbers end, texts begin where the heading does. */
static const char *cell(const Table *table, int number, const char *heading) {
    static char text[160];
    const char *line = table->lines[number];
    int first = 0, end = 0, from = 0, to = 0;
    while (next_cell(table->heading, &first, &end))
        if ((int)strlen(heading) == end - first &&
            strncmp(table->heading + first, heading, strlen(heading)) == 0)
            break;
    cr_assert_gt(end, first, "no column %s", heading);
    while (next_cell(line, &from, &to))
        if (from == first || to == end) {
            snprintf(text, sizeof text, "%.*s", to - from, line + from);
            return text;
        }
    return "";
}

static double number_in(const Table *table, int number, const char *heading) {
    return strtod(cell(table, number, heading), NULL);
}

static const char *name_in(const Table *table, int number) {
    static char text[160];
    int first = 0, end = 0;
    next_cell(table->lines[number], &first, &end);
    snprintf(text, sizeof text, "%.*s", end, table->lines[number]);
    return text;
}

/* ---- structs ---- */

/* Members follow each other, each aligned, none is left out, and the last line has the size of
   all. */
static void expect_whole(const Table *table, int alignment) {
    double end = 0;
    for (int i = 0; i < table->count - 1; i++) {
        double offset = number_in(table, i, "offset");
        cr_expect_geq(offset, end, "%s", table->lines[i]);
        cr_expect_lt(offset - end, alignment, "something is missing before %s", table->lines[i]);
        end = offset + number_in(table, i, "bytes");
    }
    double size = number_in(table, table->count - 1, "bytes");
    cr_expect_str_eq(name_in(table, table->count - 1), "in all");
    cr_expect(size >= end && size - end < alignment, "%g bytes, the last member ends at %g", size,
              end);
}

static bool is_counter(const char *name) {
    return strcmp(name, "seed") == 0 || strcmp(name, "step") == 0 || strcmp(name, "epoch") == 0 ||
           strcmp(name, "epochs") == 0;
}

/* The checks of one struct's table as C. */
static int add_struct(FILE *out, const char *net, const char *type, int alignment) {
    const Table *table = table_called(type);
    int tensors = 0;
    expect_whole(table, alignment);
    for (int i = 0; i < table->count - 1; i++) {
        const char *name = name_in(table, i);
        bool is_tensor = strstr(type, "work") == NULL && !is_counter(name);
        fprintf(out,
                is_tensor ? "    TENSOR(%s, \"%s\", %.0f, %.0f);\n"
                          : "    MEMBER(%s, %s, %.0f, %.0f);\n",
                is_tensor ? net : type, name, number_in(table, i, "offset"),
                number_in(table, i, "bytes"));
        tensors += is_tensor;
    }
    fprintf(out, "    STRUCT(%s, %.0f);\n", type, number_in(table, table->count - 1, "bytes"));
    return tensors;
}

static void add_gradients(FILE *out, const char *net) {
    const Table *table = table_called("in gradients");
    for (int i = 0; i < table->count; i++)
        fprintf(out, "    GRADIENT(%s, \"%s\", %.0f, %.0f);\n", net, name_in(table, i),
                number_in(table, i, "offset"), number_in(table, i, "bytes"));
}

static void write_program(const char *net, Variant variant) {
    char *text = NULL, type[100];
    size_t size = 0;
    Table table;
    int alignment =
        struct_alignment(&(Options){.target = variant.target, .is_double = variant.is_double});
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "#include \"net.c\"\n#include \"banner.h\"\n\nint main(void) {\n");
    snprintf(type, sizeof type, read_table(&table, net) ? "%s" : "%s_", net); /* xor is a keyword */
    int tensors = add_struct(out, net, type, alignment);
    snprintf(type, sizeof type, "%s_work", net);
    add_struct(out, net, type, alignment);
    snprintf(type, sizeof type, "%s_predict_work", net);
    add_struct(out, net, type, alignment);
    add_gradients(out, net);
    fprintf(out,
            "    return mistakes > 0 || tensors_seen != %d || %s_network.tensor_count != %d;\n}\n",
            tensors, net, tensors);
    fclose(out);
    write_text("check.c", text);
    free(text);
}

/* ---- values ---- */

/* The text of a core, up to the end of the function. */
static char *core_text(const char *net, const char *function) {
    char name[200];
    snprintf(name, sizeof name, " %s_%s_rows(", net, function);
    const char *first = strstr(source, name);
    cr_assert(first, "no function%s", name);
    return strndup(first, (size_t)(strstr(first, "\n}\n") - first));
}

static bool is_at(const Table *table, int number, double byte) {
    double offset = number_in(table, number, "offset");
    return strstr(cell(table, number, "in"), "work") && byte >= offset &&
           byte < offset + number_in(table, number, "bytes");
}

/* The number of the element in "work->arena + 64", "work->arena[row + 6]". */
static double element_at(const char *at) {
    at += strlen("work->arena");
    return strtod(at + strspn(at, " +[row"), NULL);
}

/* Whatever of the arena a core uses is some value's of the table, and the other way round. */
static void expect_places(const char *net, const char *function, Variant variant) {
    char title[100];
    bool is_used[MOST_LINES] = {false};
    snprintf(title, sizeof title, "of %s", function);
    const Table *table = table_called(title);
    char *core = core_text(net, function);
    for (const char *at = strstr(core, "work->arena"); at; at = strstr(at + 1, "work->arena")) {
        double byte = element_at(at) * (variant.is_double ? 8 : 4);
        bool is_found = false;
        for (int i = 0; i < table->count; i++)
            if (is_at(table, i, byte))
                is_found = is_used[i] = true;
        cr_expect(is_found, "%s, %s: nothing in the banner is at %g: %.60s", net,
                  variant_name(variant), byte, at);
    }
    for (int i = 0; i < table->count; i++)
        cr_expect(is_used[i] || !strstr(cell(table, i, "in"), "work"), "%s, %s: not so: %s", net,
                  variant_name(variant), table->lines[i]);
    free(core);
}

/* "work->arena + 64 / * h * /" in a call: h is at 64. */
static void expect_names(const char *net, const char *function, Variant variant) {
    char title[100], name[100];
    snprintf(title, sizeof title, "of %s", function);
    const Table *table = table_called(title);
    char *core = core_text(net, function);
    for (const char *at = strstr(core, "work->arena"); at; at = strstr(at + 1, "work->arena")) {
        long element;
        if (sscanf(at, "work->arena /* %99[^ ] */", name) == 1)
            element = 0;
        else if (sscanf(at, "work->arena + %ld /* %99[^ ] */", &element, name) != 2)
            continue;
        bool is_found = false;
        for (int i = 0; i < table->count; i++)
            is_found |=
                strcmp(name_in(table, i), name) == 0 && strstr(cell(table, i, "in"), "work") &&
                number_in(table, i, "offset") == (double)element * (variant.is_double ? 8 : 4);
        cr_expect(is_found, "%s, %s: %.60s", net, variant_name(variant), at);
    }
    free(core);
}

static double column_sum(const Table *table, const char *heading) {
    double sum = 0;
    for (int i = 0; i < table->count; i++)
        sum += number_in(table, i, heading);
    return sum;
}

static void expect_sums(const char *function) {
    char title[100];
    snprintf(title, sizeof title, "of %s", function);
    double example = column_sum(table_called(title), "FLOPs/ex"),
           call = column_sum(table_called(title), "FLOPs/call");
    const Table *functions = table_called("function");
    for (int i = 0; i < functions->count; i++) {
        if (strcmp(name_in(functions, i), function) != 0)
            continue;
        cr_expect_gt(call, 0);
        cr_expect_eq(number_in(functions, i, "FLOPs/example"), example, "%s", function);
        cr_expect_eq(number_in(functions, i, "FLOPs/call"), call, "%s", function);
        return;
    }
    cr_expect_fail("no line for %s", function);
}

/* A text on one line, each stretch of blanks one blank. */
static void without_breaks(char *to, size_t room, const char *from, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < size && at + 1 < room; i++) {
        bool is_blank = from[i] == ' ' || from[i] == '\n';
        if (!is_blank || (at > 0 && to[at - 1] != ' '))
            to[at++] = is_blank ? ' ' : from[i];
    }
    to[at] = '\0';
}

/* Line `number` with those below that go on with it; returns the next. */
static int whole_line(const Table *table, int number, char *text, size_t room) {
    char whole[2000] = "";
    do {
        snprintf(whole + strlen(whole), sizeof whole - strlen(whole), " %s", table->lines[number]);
        number++;
    } while (number < table->count && table->lines[number][0] == ' ');
    without_breaks(text, room, whole, strlen(whole));
    return number;
}

/* A line for every kernel that has a plan above it, with the same plan, in order; or one for every
   straight function. */
static void expect_plans(void) {
    const Table *plans = table_called("C function");
    const char *at = source;
    int count = 0;
    while (count < plans->count && strstr(plans->lines[count], "  straight"))
        count++;
    while ((at = strstr(at, "\n   Plan: ")) != NULL && count < plans->count) {
        char wanted[400], found[400];
        at += strlen("\n   Plan: ");
        without_breaks(wanted, sizeof wanted, at, strcspn(at, "."));
        count = whole_line(plans, count, found, sizeof found);
        cr_expect(strstr(found, wanted), "'%s' has not '%s'", found, wanted);
    }
    cr_expect_null(at, "more kernels with a plan than the %d lines", plans->count);
    cr_expect_eq(count, plans->count, "%d lines, %d kernels with a plan", plans->count, count);
}

static void expect_narrow(void) {
    for (const char *line = source;
         strncmp(line, "\n", 1) == 0 || strstr(line, "*/") > next_line(line);
         line = next_line(line))
        cr_expect_leq(strcspn(line, "\n"), 100, "%.*s", (int)strcspn(line, "\n"), line);
}

/* Generates a net from a model and reads what came out in the open workshop. */
static char *read_net(const char *folder, const char *text, Variant variant) {
    char path[2048];
    generate("net", text, variant);
    snprintf(path, sizeof path, "%s/%s/net.c", NNGEN_SCRATCH, folder);
    return read_text(path);
}

static void check_model(const Model *model, Variant variant) {
    char *text = model_text(model), *net = read_net("banner", text, variant);
    source = net;
    write_program(model->name, variant);
    expect_run("gcc -std=c11 %s" RUNTIME "-I" PROGRAMS " -o check check.c -lm && ./check",
               variant_flag(variant));
    expect_places(model->name, "predict", variant);
    expect_places(model->name, "train_step", variant);
    expect_names(model->name, "predict", variant);
    expect_names(model->name, "train_step", variant);
    expect_sums("predict");
    expect_sums("train_step");
    expect_narrow();
    if (variant.unroll != UNROLL_NONE)
        expect_plans();
    free(net);
    free(text);
}

Test(banner, tells_the_truth) {
    workshop_open("banner");
    for (int m = 0; m < model_count; m++)
        for (int v = 0; v < TRIED; v++)
            if (is_long() || (m + v) % 4 == 0)
                check_model(&models[m], variant_tried(v));
    workshop_remove();
}

/* An input of one number, classes, which are int32_t, before reals of 8 bytes. */
Test(banner, tells_the_truth_of_odd_structs) {
    static const char text[] =
        "network odd\ninput a[3], b\ntarget c[5] onehot, d[3]\n"
        "p = softmax(dense(concat(a, reshape(b, [1])), 5))\nq = a * param([3], 1)\n"
        "loss cross_entropy(p, c) + half_squared_error(q, d)\nupdate adam()\nbatch 3\noutput p, "
        "q\n";
    workshop_open("banner_odd");
    for (int i = 0; i < VARIANTS; i++) {
        if (!variant_has_turn(i, 3))
            continue;
        char *net = read_net("banner_odd", text, variant_number(i));
        source = net;
        write_program("odd", variant_number(i));
        expect_run("gcc -std=c11" RUNTIME "-I" PROGRAMS " -o check check.c -lm && ./check");
        expect_places("odd", "train_step", variant_number(i));
        free(net);
    }
    workshop_remove();
}

/* The small nets keep what they can in registers, and say so. */
Test(banner, registers) {
    workshop_open("banner_registers");
    char *text = model_text(model_named("xor"));
    char *net =
        read_net("banner_registers", text, (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    source = net;
    const Table *table = table_called("of train_step");
    int found = 0;
    for (int i = 0; i < table->count; i++) {
        bool is_hidden = strcmp(name_in(table, i), "h") == 0;
        found += is_hidden;
        cr_expect(!is_hidden || strcmp(cell(table, i, "in"), "register") == 0, "%s",
                  table->lines[i]);
    }
    cr_expect_eq(found, 1);
    free(net);
    free(text);
    workshop_remove();
}

/* A hundred layers: tables end in a line for the rest, and still add up. */
Test(banner, of_a_deep_net) {
    char text[8192] = "network deep\ninput x[9]\ntarget y[9]\nh = x\n";
    for (int i = 0; i < 100; i++)
        strcat(text, "h = relu(dense(h, 9))\n");
    strcat(text, "loss half_squared_error(h, y)\nupdate adam()\nbatch 4\n");
    workshop_open("banner_deep");
    char *net = read_net("banner_deep", text, (Variant){TARGET_C99, UNROLL_NONE, false, false});
    source = net;
    const Table *table = table_called("deep");
    cr_assert_eq(table->count, 101);
    cr_expect_str_eq(name_in(table, 99), "and 505 more"); /* of 600 tensors and 4 counters */
    /* Behind each tensor of 9 or 81 numbers are 12 bytes up to the next multiple of 16, but for the
       last, where 4 are enough for the counters. */
    cr_expect_eq(column_sum(table, "bytes"), 2 * number_in(table, 100, "bytes") - 599 * 12 - 4);
    expect_sums("predict");
    expect_sums("train_step");
    expect_narrow();
    free(net);
    workshop_remove();
}
