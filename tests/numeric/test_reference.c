/* Values from outside: reference.txt, which reference.py made with PyTorch, against generated code
   in double, to 1e-6 relative. */

#include "base/embedded.h"
#include "numbers.h"
#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, STEPS = 10, EPOCHS = 20, ENTRIES = 400 };

typedef struct {
    char kind[16], expression[200];
    Numbers lines[4];
    char text[1000];
    Oracle *oracle;
} Entry;

static Entry entries[ENTRIES];
static Net nets[ENTRIES];
static Entry *chosen[ENTRIES];
static int entry_count;

static bool is_kind(const Entry *entry, const char *kind) {
    return strcmp(entry->kind, kind) == 0;
}

static void write_model(Entry *entry, int number) {
    int count = entry->lines[0].count;
    char expression[sizeof entry->expression];
    memcpy(expression, entry->expression, sizeof expression);
    if (is_kind(entry, "values") || is_kind(entry, "special")) {
        snprintf(entry->text, sizeof entry->text,
                 "network e%d\ninput w[%d]\nx = param([%d], 0)\nv = %s\nloss sum(v * w)\n"
                 "update sgd(1)\noutput v\nbatch 1\n",
                 number, count, count, expression);
    } else if (is_kind(entry, "loss")) {
        snprintf(entry->text, sizeof entry->text,
                 "network e%d\ninput y[%d]\nx = param([%d], 0)\nv = y * y\nloss %s\nupdate sgd(1)\n"
                 "output v\nbatch 1\n",
                 number, count, count, expression);
    } else if (is_kind(entry, "schedule")) {
        snprintf(entry->text, sizeof entry->text,
                 "network e%d\ninput g\nx = param([], 0)\nv = g * g\nloss x * g\nupdate sgd(%s)\n"
                 "output v\nbatch 1\n",
                 number, expression);
    } else {
        snprintf(entry->text, sizeof entry->text,
                 "network e%d\ninput g[%d]\nx = param([%d], 0)\nz = param([1, 2], 1)\nv = g * g\n"
                 "loss sum(x * g) + 3 * sum(z * g[0:2])%s\nupdate %s\noutput v\nbatch 1\n",
                 number, count, count,
                 is_kind(entry, "point") ? " + sum(cos(x)) + sum(cos(z))" : "", expression);
    }
}

static bool is_optimizer(const Entry *entry) {
    return is_kind(entry, "optimizer") || is_kind(entry, "point");
}

static void read_entries(void) {
    entry_count = 0;
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/reference.txt", "r");
    cr_assert(file);
    static char line[LINE];
    while (fgets(line, LINE, file)) {
        cr_assert_lt(entry_count, ENTRIES);
        Entry *entry = &entries[entry_count];
        cr_assert_eq(sscanf(line, "%15s %199[^\n]", entry->kind, entry->expression), 2);
        int lines = is_kind(entry, "loss") ? 4 : is_kind(entry, "special") ? 2 : 3;
        for (int i = 0; i < lines; i++) {
            entry->lines[i] = numbers_read(file);
        }
        write_model(entry, entry_count++);
    }
    fclose(file);
}

/* Where terms of about 1 cancel to 0, as in the slope of hard_swish at -1.5, some targets leave a
   rounding error. */
static bool is_close(const Entry *entry, double got, double x) {
    double limit = x == 0 && is_kind(entry, "values") ? 1e-15 : 1e-6 * fabs(x);
    return fabs(got - x) <= limit || got == x || (isnan(x) && isnan(got));
}

static void expect_close(const Entry *entry, const char *what, const double *got,
                         const Numbers *wanted) {
    for (int i = 0; i < wanted->count; i++) {
        double x = wanted->values[i];
        cr_expect(is_close(entry, got[i], x), "%s %s, %s[%d]: %.12g, not %.12g", entry->kind,
                  entry->expression, what, i, got[i], x);
    }
}

static Data data_of(const Numbers *numbers, double *values) {
    memcpy(values, numbers->values, sizeof numbers->values);
    Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {(size_t)numbers->count}};
    data.values[0] = values;
    data.in[0] = values;
    return data;
}

static void check_values(const Entry *entry, Running *running) {
    Numbers weights = {.count = entry->lines[0].count};
    double got[NUMBERS], values[NUMBERS];
    for (int i = 0; i < weights.count; i++) {
        weights.values[i] = i + 1;
    }
    Data data = data_of(&weights, values);
    running_predict(running, 1, &data, (double *[]){got});
    expect_close(entry, "value", got, &entry->lines[1]);
    if (is_kind(entry, "special")) {
        return;
    }
    running_gradient(running, 1, &data);
    running_get_gradient(running, "x", (size_t)weights.count, got);
    expect_close(entry, "gradient", got, &entry->lines[2]);
}

static void check_loss(const Entry *entry, Running *running) {
    double got[NUMBERS], values[NUMBERS];
    Data data = data_of(&entry->lines[1], values);
    got[0] = running_loss(running, 1, &data);
    expect_close(entry, "loss", got, &entry->lines[2]);
    got[0] = running_gradient(running, 1, &data);
    expect_close(entry, "cost", got, &entry->lines[2]);
    running_get_gradient(running, "x", (size_t)entry->lines[0].count, got);
    expect_close(entry, "gradient", got, &entry->lines[3]);
}

/* Ten steps, by train_step or by gradient and update; leaves x and z in `got`. */
static void take_steps(const Entry *entry, Running *running, bool is_split, double *got) {
    int count = entry->lines[0].count;
    double values[NUMBERS];
    running_set(running, "x", (size_t)count, entry->lines[0].values);
    for (int step = 0; step < STEPS; step++) {
        Numbers gradient = {.count = count};
        memcpy(gradient.values, entry->lines[1].values + step * count,
               (size_t)count * sizeof(double));
        Data data = data_of(&gradient, values);
        if (is_split) {
            running_gradient(running, 1, &data);
            running_update(running);
        } else {
            running_train_step(running, 1, &data);
        }
    }
    running_get(running, "x", (size_t)count, got);
    running_get(running, "z", 2, got + count);
}

static void check_optimizer(const Entry *entry, const Net *net) {
    double whole[NUMBERS], split[NUMBERS];
    Running *running = running_new(net, 1), *other = running_new(net, 1);
    cr_assert_eq(entry->lines[1].count, STEPS * entry->lines[0].count);
    cr_assert_eq(entry->lines[2].count, entry->lines[0].count + 2);
    take_steps(entry, running, false, whole);
    take_steps(entry, other, true, split);
    expect_close(entry, "weight after ten steps", whole, &entry->lines[2]);
    cr_expect_arr_eq(whole, split, (size_t)entry->lines[2].count * sizeof(double),
                     "%s: train_step and gradient + update differ", entry->expression);
    running_free(running);
    running_free(other);
}

/* From 0, a step down the gradient -1 goes as far as the rate is. */
static void check_schedule(const Entry *entry, const Net *net) {
    double got[NUMBERS], values[NUMBERS], zero = 0;
    Numbers slope = {.count = 1, .values = {-1}};
    Data data = data_of(&slope, values);
    Running *running = running_new(net, 1);
    for (int i = 0; i < entry->lines[0].count; i++) {
        const uint64_t counters[] = {1, (uint64_t)entry->lines[0].values[i],
                                     (uint64_t)entry->lines[1].values[i], EPOCHS};
        net->network->set_counters(running->net, running->work, 0, (const void *[]){counters},
                                   NULL);
        running_set(running, "x", 1, &zero);
        running_train_step(running, 1, &data);
        running_get(running, "x", 1, &got[i]);
    }
    expect_close(entry, "rate", got, &entry->lines[2]);
    running_free(running);
}

static void check_entry(const Entry *entry, const Net *net) {
    if (is_optimizer(entry)) {
        check_optimizer(entry, net);
        return;
    }
    if (is_kind(entry, "schedule")) {
        check_schedule(entry, net);
        return;
    }
    Running *running = running_new(net, 1);
    running_set(running, "x", (size_t)entry->lines[0].count, entry->lines[0].values);
    if (is_kind(entry, "values") || is_kind(entry, "special")) {
        check_values(entry, running);
    } else {
        check_loss(entry, running);
    }
    running_free(running);
}

static bool is_any(const Entry *entry) {
    (void)entry;
    return true;
}

static bool is_special(const Entry *entry) {
    return is_kind(entry, "special");
}

static void build_and_check(bool takes(const Entry *entry), Options options) {
    int count = 0;
    for (int i = 0; i < entry_count; i++) {
        if (!takes(&entries[i])) {
            continue;
        }
        entries[i].oracle = oracle_of(entries[i].text);
        chosen[count] = &entries[i];
        nets[count] = (Net){.text = entries[i].text, .graph = entries[i].oracle->graph};
        nets[count].options = options;
        nets[count++].options.target = target_in_turn((unsigned)i);
    }
    Nets all = {.count = count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < count; i++) {
        check_entry(chosen[i], &nets[i]);
    }
    nets_free(&all);
    for (int i = 0; i < count; i++) {
        oracle_free(chosen[i]->oracle);
    }
}

Test(reference, values_gradients_and_steps_are_those_of_others) {
    read_entries();
    cr_assert_gt(entry_count, 100);
    build_and_check(is_any, (Options){.is_double = true});
}

Test(reference, steps_of_tiled_nets) {
    read_entries();
    build_and_check(is_optimizer, (Options){.is_double = true, .unroll = UNROLL_TILE});
}

Test(reference, special_values_in_float) {
    read_entries();
    build_and_check(is_special, (Options){0});
}

static bool has_entry(const char *name, size_t length) {
    for (int i = 0; i < entry_count; i++) {
        if (is_optimizer(&entries[i]) && strncmp(entries[i].expression, name, length) == 0 &&
            entries[i].expression[length] == '(') {
            return true;
        }
    }
    return false;
}

/* A row `NAME(..` in newton.txt: optimizers that need more of a cost than its gradient. */
static bool has_row(const char *name, size_t length) {
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/newton.txt", "r");
    char line[128];
    bool found = false;
    cr_assert(file);
    while (!found && fscanf(file, "%127s%*[^\n]", line) == 1) {
        found = strncmp(line, name, length) == 0 && line[length] == '(';
    }
    fclose(file);
    return found;
}

Test(reference, every_optimizer_has_values) {
    static const char word[] = "\noptimizer ";
    int count = 0;
    read_entries();
    for (int i = 0; i < embedded_prelude_count; i++) {
        for (const char *at = embedded_prelude[i].text; (at = strstr(at, word));) {
            at += sizeof word - 1;
            size_t length = strcspn(at, "(");
            cr_expect(has_entry(at, length) || has_row(at, length),
                      "reference.txt has no steps of %.*s", (int)length, at);
            count++;
        }
    }
    cr_expect_gt(count, 20);
}
