/* Where plain arithmetic would lose digits or meet 0 log 0: exact.txt, which exact.py made in 60
   digits, against generated code of every target that runs here, in float to 1e-6 and in double to
   2e-15 relative, or to the least number that the type has. Probabilities are parameters, and
   inputs of the net; targets numbers and classes. */

#include "long.h"
#include "numbers.h"
#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, ENTRIES = 120, TEXT = 60000 };

/* values: x, results, slopes; double: the same, for doubles alone; loss: p, y, the loss, slopes. */
typedef struct {
    bool is_loss, is_double;
    char expression[100];
    Numbers lines[4];
} Entry;

static Entry entries[ENTRIES];
static int entry_count;

static void read_entries(void) {
    static char line[LINE];
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/exact.txt", "r");
    cr_assert(file);
    entry_count = 0;
    while (fgets(line, LINE, file)) {
        cr_assert_lt(entry_count, ENTRIES);
        Entry *entry = &entries[entry_count++];
        char kind[8];
        cr_assert_eq(sscanf(line, "%7s %99[^\n]", kind, entry->expression), 2);
        entry->is_loss = strcmp(kind, "loss") == 0;
        entry->is_double = strcmp(kind, "double") == 0;
        for (int i = 0; i < (entry->is_loss ? 4 : 3); i++)
            entry->lines[i] = numbers_read(file);
    }
    fclose(file);
    cr_assert_gt(entry_count, 40);
}

/* One error for all numbers of an entry, so that a wrong formula is one line of output. */
static void expect_close(const Entry *entry, const char *what, const Options *options,
                         const double *got, const Numbers *wanted) {
    double limit = options->is_double ? 2e-15 : 1e-6,
           least = options->is_double ? 5e-324 : 0x1p-149;
    for (int i = 0; i < wanted->count; i++) {
        double x = options->is_double ? wanted->values[i] : (float)wanted->values[i];
        bool is_close = got[i] == x || fabs(got[i] - x) <= fmax(limit * fabs(x), least);
        is_close |= isnan(got[i]) && isnan(x);
        cr_expect(is_close, "%s %s, %s: %s[%d] at %g is %.17g, not %.17g",
                  target_name(options->target), options->is_double ? "double" : "float",
                  entry->expression, what, i, entry->lines[0].values[i], got[i], x);
        if (!is_close)
            return;
    }
}

typedef struct {
    char text[TEXT];
    size_t size;
} Model;

static void add(Model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(Model *model, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    model->size +=
        (size_t)vsnprintf(model->text + model->size, TEXT - model->size, format, arguments);
    va_end(arguments);
    cr_assert_lt(model->size, TEXT);
}

/* The expression with a name in place of each x that is a word of its own, and of each y. */
static void add_expression(Model *model, const char *expression, const char *x, const char *y) {
    for (const char *at = expression; *at; at++) {
        bool is_word = at > expression && ((at[-1] >= 'a' && at[-1] <= 'z') || at[-1] == '_');
        is_word |= (at[1] >= 'a' && at[1] <= 'z') || at[1] == '_';
        if (*at == 'x' && !is_word)
            add(model, "%s", x);
        else if (*at == 'y' && !is_word)
            add(model, "%s", y);
        else
            add(model, "%c", *at);
    }
}

/* Which forms are tried in mode number `mode`: a third of each function's, all where NNGEN_LONG is
   set. */
static bool is_taken(int entry, int mode) {
    bool fits = !entries[entry].is_double || mode % 2 == 1; /* every second mode is in double */
    return !entries[entry].is_loss && fits && (is_long() || (entry + mode) % 3 == 0);
}

/* Entry number i is v<i> of parameter x<i>; the output is all of them. */
static void write_values(Model *model, int mode) {
    Model names = {0};
    *model = (Model){0};
    add(model, "network values\ninput s\n");
    for (int i = 0; i < entry_count; i++) {
        char x[16];
        if (!is_taken(i, mode))
            continue;
        snprintf(x, sizeof x, "x%d", i);
        add(model, "%s = param([%d], 0.5)\nv%d = ", x, entries[i].lines[0].count, i);
        add_expression(model, entries[i].expression, x, "");
        add(model, "\n");
        add(&names, "%sv%d", names.size ? ", " : "", i);
    }
    add(model, "all = concat(%s)\nloss sum(all) + s\nupdate sgd(1)\noutput all\nbatch 1\n",
        names.text);
}

static void check_values(const Net *net, int mode) {
    static double got[ENTRIES * NUMBERS];
    double zero = 0, slopes[NUMBERS], *at = got;
    Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {1}, .values = {&zero}};
    Running *running = running_new(net, 1);
    char name[16];
    for (int i = 0; i < entry_count; i++) {
        snprintf(name, sizeof name, "x%d", i);
        if (is_taken(i, mode))
            running_set(running, name, (size_t)entries[i].lines[0].count,
                        entries[i].lines[0].values);
    }
    running_predict(running, 1, &data, (double *[]){got});
    running_gradient(running, 1, &data);
    for (int i = 0; i < entry_count; i++) {
        if (!is_taken(i, mode))
            continue;
        size_t count = (size_t)entries[i].lines[0].count;
        snprintf(name, sizeof name, "x%d", i);
        running_get_gradient(running, name, count, slopes);
        expect_close(&entries[i], "value", &net->options, at, &entries[i].lines[1]);
        expect_close(&entries[i], "slope", &net->options, slopes, &entries[i].lines[2]);
        at += count;
    }
    running_free(running);
}

/* For every target and type. */
Test(exact, functions_keep_their_digits) {
    static Model model;
    Net nets[2 * TARGETS] = {0};
    Target here[TARGETS];
    read_entries();
    int count = 2 * (int)targets_here(here);
    for (int i = 0; i < count; i++) {
        write_values(&model, i);
        Oracle *oracle = oracle_of(model.text);
        nets[i] = (Net){.text = model.text, .graph = oracle->graph};
        nets[i].options =
            (Options){.target = here[i / 2], .is_double = i % 2 != 0, .unroll = UNROLL_NONE};
        Nets one = {.count = 1, .nets = &nets[i]};
        cr_assert(nets_build(&one), "%s", one.message);
        check_values(&nets[i], i);
        nets_free(&one);
        oracle_free(oracle);
    }
}

/* `derivative` gives the slopes of one example, and of one number: nothing else becomes NaN. */
Test(exact, derivatives_at_the_edges_are_infinite_and_outside_nan) {
    enum { FUNCTIONS = 5, POINTS = 4 };
    static const char text[] =
        "network edges\ninput x\na = asin(x)\nb = acos(x)\nc = atanh(x)\nd = acosh(x)\n"
        "e = acoth(x)\nderivative a by x\nderivative b by x\nderivative c by x\n"
        "derivative d by x\nderivative e by x\noutput a_by_x, b_by_x, c_by_x, d_by_x, e_by_x\n";
    static const double x[POINTS] = {1, -1, 2, -0.5}, root = 1.1547005383792515; /* 2 / sqrt(3) */
    static const double wanted[POINTS][FUNCTIONS] = {
        {INFINITY, -INFINITY, INFINITY, INFINITY, -INFINITY},
        {INFINITY, -INFINITY, INFINITY, NAN, -INFINITY},
        {NAN, NAN, NAN, 0.57735026918962576, -1. / 3},
        {root, -root, 4. / 3, NAN, NAN}};
    Oracle *oracle = oracle_of(text);
    for (unsigned mode = 0; mode < 4; mode++) {
        Net net = {.text = text, .graph = oracle->graph, .options = mode_in_turn(mode)};
        Nets one = {.count = 1, .nets = &net};
        cr_assert(nets_build(&one), "%s", one.message);
        Running *running = running_new(&net, 1);
        double limit = net.options.is_double ? 1e-15 : 1e-6, got[FUNCTIONS];
        for (int i = 0; i < POINTS; i++) {
            double at = x[i];
            Data data = {
                .n = 1, .field_count = 1, .input_count = 1, .counts = {1}, .values = {&at}};
            running_predict(running, 1, &data,
                            (double *[]){&got[0], &got[1], &got[2], &got[3], &got[4]});
            for (int k = 0; k < FUNCTIONS; k++) {
                double y = wanted[i][k];
                cr_expect(got[k] == y || (isnan(y) && isnan(got[k])) ||
                              fabs(got[k] - y) <= limit * fabs(y),
                          "mode %u: derivative %c at %g is %.17g, not %.17g", mode, 'a' + k, at,
                          got[k], y);
            }
        }
        running_free(running);
        nets_free(&one);
    }
    oracle_free(oracle);
}

static bool is_onehot(const Numbers *y) {
    double sum = 0;
    bool is_whole = true;
    for (int i = 0; i < y->count; i++) {
        sum += y->values[i];
        is_whole &= y->values[i] == 0 || y->values[i] == 1;
    }
    return is_whole && sum <= 1;
}

/* Each loss has three nets: p is a parameter; p is an input plus a parameter that is 0; and the
   latter with a target of classes, where y is a class. */
typedef enum { P_PARAMETER, P_INPUT, Y_CLASS, WAYS } Way;

typedef struct {
    Entry *entry;
    Way way;
    char text[500];
    Oracle *oracle;
} Trial;

static void write_loss(Model *model, const Trial *trial, int number) {
    int count = trial->entry->lines[0].count;
    *model = (Model){0};
    add(model, "network loss%d\ninput q[%d]\ntarget y[%d]%s\nb = param([%d], 0)\n", number, count,
        count, trial->way == Y_CLASS ? " onehot" : "", count);
    add(model, "p = %s\nc = ", trial->way == P_PARAMETER ? "b" : "q + b");
    add_expression(model, trial->entry->expression, "p", "y");
    add(model, "\nloss c\nupdate sgd(1)\noutput p * q\nbatch 1\n");
}

static int32_t class_of(const Numbers *y) {
    for (int i = 0; i < y->count; i++)
        if (y->values[i] == 1)
            return i;
    return -1;
}

static void check_loss(const Trial *trial, const Net *net) {
    Entry *entry = trial->entry;
    size_t count = (size_t)entry->lines[0].count;
    double zeros[NUMBERS] = {0}, slopes[NUMBERS], *p = entry->lines[0].values;
    int32_t class = class_of(&entry->lines[1]);
    Data data = {.n = 1, .field_count = 2, .input_count = 1, .counts = {count, count}};
    data.values[0] = trial->way == P_PARAMETER ? zeros : p;
    data.values[1] = entry->lines[1].values;
    if (trial->way == Y_CLASS) {
        data.values[1] = NULL;
        data.classes[1] = &class;
        data.counts[1] = 1;
    }
    Running *running = running_new(net, 1);
    running_set(running, "b", count, trial->way == P_PARAMETER ? p : zeros);
    double cost = running_gradient(running, 1, &data), loss = running_loss(running, 1, &data);
    running_get_gradient(running, "b", count, slopes);
    expect_close(entry, "cost", &net->options, &cost, &entry->lines[2]);
    expect_close(entry, "loss", &net->options, &loss, &entry->lines[2]);
    expect_close(entry, "slope", &net->options, slopes, &entry->lines[3]);
    running_free(running);
}

static int write_trials(Trial *trials, Net *nets) {
    static Model model;
    int count = 0;
    for (int i = 0; i < entry_count; i++)
        for (Way way = P_PARAMETER; entries[i].is_loss && way < WAYS; way++) {
            bool is_turn = is_long() || way == (Way)(i % WAYS);
            if (!is_turn || (way == Y_CLASS && !is_onehot(&entries[i].lines[1])))
                continue;
            Trial *trial = &trials[count];
            *trial = (Trial){.entry = &entries[i], .way = way};
            write_loss(&model, trial, count);
            snprintf(trial->text, sizeof trial->text, "%s", model.text);
            trial->oracle = oracle_of(trial->text);
            nets[count] = (Net){.text = trial->text, .graph = trial->oracle->graph};
            nets[count].options = mode_in_turn((unsigned)count);
            count++;
        }
    return count;
}

/* Every loss in some modes, and unless NNGEN_LONG is set in one of the ways, by turns. */
Test(exact, losses_of_probabilities_that_are_0_or_1) {
    static Trial trials[WAYS * ENTRIES];
    static Net nets[WAYS * ENTRIES];
    read_entries();
    int count = write_trials(trials, nets);
    cr_assert_gt(count, 30);
    Nets all = {.count = count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < count; i++)
        check_loss(&trials[i], &nets[i]);
    nets_free(&all);
    for (int i = 0; i < count; i++)
        oracle_free(trials[i].oracle);
}

/* The rows that pad a batch repeat its first example. */
Test(exact, certain_and_wrong_costs_infinity_in_a_batch_of_any_size) {
    enum { BATCH = 5, MODES = 8 };
    static const char text[] = "network wrong\ninput q[2]\ntarget y[2] onehot\nb = param([2], 1)\n"
                               "p = q * b\nloss cross_entropy(p, y) + 0.1 * sum(b^2)\n"
                               "update sgd(1)\noutput p\nbatch 5\n";
    double q[2 * BATCH] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    int32_t classes[BATCH] = {0, 0, 1, 0, 1};
    Data data = {.n = BATCH, .field_count = 2, .input_count = 1, .counts = {2, 1}};
    data.values[0] = q;
    data.classes[1] = classes;
    Oracle *oracles[MODES];
    Net nets[MODES] = {0};
    for (int i = 0; i < MODES; i++) {
        oracles[i] = oracle_of(text);
        nets[i] = (Net){.text = text, .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)i);
        Nets one = {.count = 1, .nets = &nets[i]};
        cr_assert(nets_build(&one), "%s", one.message);
        Running *running = running_new(&nets[i], 1);
        for (size_t n = 1; n <= BATCH; n++) {
            cr_expect_eq(running_loss(running, n, &data), INFINITY, "mode %d, %zu examples", i, n);
            cr_expect_eq(running_gradient(running, n, &data), INFINITY, "mode %d, %zu", i, n);
        }
        running_free(running);
        nets_free(&one);
        oracle_free(oracles[i]);
    }
}
