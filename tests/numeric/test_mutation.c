/* The mutation run: each derivative row and each rewriting rule is falsified once, and generated
   code must then differ from the generic library on some small model. A mutant is tried on the
   models that it changes, until one catches it. Rules that fuse multiply-adds need a target that
   has them. The short run falsifies every eleventh. */

#define _GNU_SOURCE
#include "cases.h"
#include "compare.h"
#include "long.h"
#include "autodiff/autodiff.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 100, GROUP = 5, AT_ONCE = 12, TEXT = 6000, TRIES = 8 };

/* Initial values of both signs, not near 0. */
#define AWAY                                                                                       \
    "initializer away() = where(random_uniform(shape) < 0.5, -1, 1) * "                            \
    "(0.6 + 0.8 * random_uniform(shape))\n"

/* Models beside those of the gradient check: forms that its rows do not have. */
static const char *const more[] = {
    AWAY "input x[4]\ntarget y[3] onehot\nz = dense(x, 3, init = away)\n"
         "loss 4 + sum(sin(sum(y) * z - y))\nupdate sgd(0.1)\noutput z\nbatch 4\n",
    AWAY "input x[4]\ntarget y[3] onehot\nz = dense(x, 3, init = away)\n"
         "loss 4 + sum(cos(y - sum(y) * z))\nupdate sgd(0.1)\noutput z\nbatch 4\n",
    AWAY "input x[4]\ntarget y[3] onehot\nz = dense(x, 3, init = away)\n"
         "loss sum(y * log(softmax(z)))\nupdate sgd(0.1)\noutput z\nbatch 4\n",
    AWAY "input x[4]\ntarget y[3] onehot\nz = dense(x, 3, init = away)\n"
         "loss sum(y * log(softmax(z)))\nupdate sgd(0.1)\noutput z\nbatch 1\n",
    AWAY "input x[4]\ntarget y[3] onehot\nz = dense(x, 3, init = away)\n"
         "loss cross_entropy(softmax(z), y)\nupdate sgd(0.1)\noutput z\nbatch 1\n",
    AWAY "input x[4]\nb = param([4], away)\nh = (2 / (1 + exp(-b)) - 1) * x\n"
         "i = sin(-where(x > 0, b, 0)) * cos(-where(x > 0, 0, b)) * sin(-(2 / b)) * cos(-3 / b)\n"
         "loss sum(h + i)\nupdate sgd(0.1)\noutput h\nbatch 4\n",
    AWAY "input x[4]\nb = param([4], away)\nc = b * x\n"
         "h = sin(exp(b) - 1) * x + cos(-1 + exp(c)) * b + sin(1 - exp(-b)) * c\n"
         "i = cos(log(1 + b^2)) * x + log(1 - 0.25 * sin(c)) + erf(c)\n"
         "loss sum(h + i)\nupdate sgd(0.1)\noutput h\nbatch 4\n",
    "input x[4]\ntarget y[3] onehot\nh = relu(dense(x, 5))\np = softmax(dense(h, 3))\n"
    "loss cross_entropy(p, y) + l2(0.01) + l1(0.01)\nupdate adam()\nmetric accuracy(p, y)\nbatch "
    "5\n",
    "input x[4]\ntarget y[3]\nh = dropout(tanh(dense(x, 5)), 0.3)\np = sigmoid(dense(h, 3))\n"
    "loss binary_cross_entropy(p, y)\nupdate momentum(0.1)\nmetric accuracy(p, y)\nbatch 5\n",
    "input x[4]\ntarget y\np = sum(dense(x, 1))\nloss mean_squared_error(p, y)\nupdate sgd(0.1)\n"
    "metric root_mean_squared_error(p, y)\nbatch 4\n",
    AWAY
    "input x[3]\ntarget y[3]\na = param([3], away)\nb = param([3], away)\nc = a * x\n"
    "p = sigmoid(c + b) + 2 * (1 / (1 + exp(-b))) - 1\nq = (a + 0 * step) / -1 + 0 - (0 - b)\n"
    "r = max(b, b) + min(c, c) + -(2 / a) * 1e-2 - (-c) / (-(1 + c^2)) + c / 4 - a / 1\n"
    "s = where(c > 0, c, c) + where(c > 0, where(c > 0, a, b), c) + where(c > 0, a, where(c > 0, "
    "b, c))\n"
    "e = exp(c) / sum(exp(c))\nf = log(1 + exp(b)) - b * y\ng = b * y - log(1 + exp(b))\n"
    "o = sum(expand(sum(a), [4])) - -where(c > 0, a, 0) - where(c > 0, 0, b) * 2\n"
    "n = a - (0 - (0 - b * 0 - 0)) + -(2 / a) + (-c) / (1 + b^2) - where(c > 0, a * b, 0) - "
    "where(c > 0, 0, a)\n"
    "m = where(c > 0, a, 0) + where(c > 0, 0, b) + where(c > 0, 0, b) + where(c > 0, 0, a * b)\n"
    "h = where(c > 0, 0, a) + where(c > 0, 0, a * b) - where(b > 0, 0, c) * a\n"
    "k = softmax(a * b)\nl = sum(k * y * sin(c)) + sum(k) * c - k\n"
    "loss mean_squared_error(h + l + p + q + r + s + e + f + g + m + n, y) + mean(sin(o))\nupdate "
    "sgd(0.1)\noutput p\nbatch 4\n",
    AWAY
    "input x[4]\nb = param([4], away)\nc = b * x\n"
    "h = (exp(c) - exp(-c)) * x + (exp(b) - 1 / exp(b)) * c + (1 / exp(b) - exp(b)) * sin(x)\n"
    "i = sin(0.7 * exp(c) - 0.7 / exp(c)) + log(c + sqrt(c^2 + 1)) * b + xlogy(b, 2 + sin(c))\n"
    "loss sum(h + i)\nupdate sgd(0.1)\noutput h\nbatch 4\n",
    AWAY "input x[4]\nb = param([4], away)\nc = 0.3 * sin(b * x)\n"
         "h = log((1 + c) / (1 - c)) * x + log((1 - 0.5 * c) / (1 + 0.5 * c)) * b + (-b)^2 * x\n"
         "i = log(abs(b) + sqrt(b^2 + 1)) * x + log(sqrt(x * x + 1) - x) * b + log(sqrt(2 + c))\n"
         "loss sum(h + i)\nupdate sgd(0.1)\noutput h\nbatch 4\n",
    AWAY "input x[4]\ntarget y[4]\nb = param([4], away)\np = sigmoid(b * x)\nq = softmax(x + b)\n"
         "loss sum((1 - p)^1.5 * y + p^1.5 * x) + negative_log_likelihood(log(q), y)"
         " + sum(where(y == 0, 0, -(y * log(1 + exp(b * x)))))\n"
         "update sgd(0.1)\noutput p\nbatch 4\n",
    AWAY "input x[6]\na = param([6], away)\nb = param([6], away)\nc = b * x\n"
         "h = sin(max(a, b)) * x + sin(max(c, a)) + cos(min(a, b)) * x + cos(min(c, a))\n"
         "loss sum(h)\nupdate sgd(0.1)\noutput h\nbatch 4\n",
    "input x[3, 4]\ntarget y[4]\nw = param([3, 4], normal(1))\n"
    "p = softmax(sum(x * w, axis = 0))\nloss cross_entropy(p, y)\nupdate sgd(0.1)\nbatch 4\n",
};

typedef struct {
    char text[TEXT]; /* without the line `network NAME` */
    char *plain;     /* its folded functions without a mutant */
} Candidate;

static Candidate candidates[CANDIDATES];
static int candidate_count;
static Options options = {.target = TARGET_C99, .unroll = UNROLL_AUTO, .is_double = true};

static Oracle *open_as(const char *name, const char *text) {
    char whole[TEXT + 100];
    snprintf(whole, sizeof whole, "network %s\n%s", name, text);
    Oracle *oracle = oracle_of(whole);
    return oracle;
}

static bool is_sound(const Program *program) {
    for (int f = 0; f < program->function_count; f++) {
        if (graph_check(program->functions[f]->graph)) {
            return false;
        }
    }
    return true;
}

/* The model's functions as text after the last stage that knows rules, which is all that a mutant
   changes; to be freed. NULL where a stage refuses what the mutant made. */
static char *folded(const char *text, int mutant) {
    Oracle *oracle = open_as("model", text);
    Compiler *compiler = &oracle->compiler;
    char *volatile result = NULL;
    generic_free(oracle->generic); /* the graph is about to grow */
    oracle->generic = NULL;
    compiler->options = options;
    compiler->options.mutant = mutant;
    if (setjmp(compiler->stop) == 0) {
        Text *out = text_new(compiler);
        stabilise(oracle->graph);
        grad(oracle->graph);
        update(oracle->graph);
        Program *program = program_new(oracle->graph);
        fold(program);
        program_print(out, program);
        result = is_sound(program) ? strdup(out->bytes) : NULL;
    }
    oracle_free(oracle);
    return result;
}

static void add_text(Candidate *candidate, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_text(Candidate *candidate, const char *format, ...) {
    size_t length = strlen(candidate->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(candidate->text + length, TEXT - length, format, arguments);
    va_end(arguments);
}

/* One more result of the model: the names x, y, z are taken anew. Values have both signs, unless
   they must be positive. */
static void add_case(Candidate *candidate, int number) {
    Case one = case_at(number);
    const char *maker = one.positive ? "1" : "away";
    for (int i = 0; i < 3; i++) {
        char name = (char)('x' + i);
        if (one.shapes[i] && case_uses(&one, i)) {
            add_text(candidate, "%c_%d = param(%s, %s)\n%c = %c_%d%s\n", name, number,
                     one.shapes[i], maker, name, name, number,
                     one.batched >> i & 1 ? " + 0.01 * u" : "");
        }
    }
    add_text(candidate, "r_%d = %s\n", number, one.expression);
}

static void start_group(void) {
    add_text(&candidates[candidate_count], AWAY "%sinput u\n", case_definitions);
}

static void finish_group(const int *numbers, int count) {
    Candidate *candidate = &candidates[candidate_count++];
    add_text(candidate, "v = u * u\nloss 9 + v"); /* 9: the sum is not near 0 */
    for (int i = 0; i < count; i++) {
        add_text(candidate, " + sum(sin(1.3 * r_%d + 0.4))", numbers[i]);
    }
    add_text(candidate, "\nupdate sgd(0.1)\noutput v\nbatch 3\n");
}

static void collect(void) {
    options.target = target_runs_here(TARGET_X86_64_V3) ? TARGET_X86_64_V3 : widest_target();
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        snprintf(candidates[candidate_count++].text, TEXT, "%s", more[i]);
    }
    const char *last = "";
    int numbers[GROUP], count = 0;
    start_group();
    for (int number = 0; number < case_count(); number++) {
        Case one = case_at(number);
        if (strcmp(one.name, last) == 0 && one.batched != 7) {
            continue;
        }
        if (strcmp(one.name, last) != 0 || number % 5 == 0) {
            last = one.name;
            numbers[count++] = number;
            add_case(&candidates[candidate_count], number);
        }
        if (count == GROUP) {
            finish_group(numbers, count);
            start_group();
            count = 0;
        }
    }
    finish_group(numbers, count);
}

enum { SEED = 7 };

static Data *prepare(Oracle *oracle) {
    Dice dice = dice_new(SEED), mover = dice_new(SEED);
    Data *data = data_new(oracle->graph, (size_t)oracle->graph->batch + 3, &dice);
    generic_init(oracle->generic, SEED);
    generic_fit(oracle->generic, data->n, data->in);
    move_variables(oracle, &mover);
    return data;
}

/* Drops ill-conditioned candidates, keeps the C of the others. */
static void keep_conditioned(void) {
    int kept = 0;
    for (int i = 0; i < candidate_count; i++) {
        Oracle *oracle = open_as("model", candidates[i].text);
        Data *data = prepare(oracle);
        Dice dice = dice_new(SEED);
        bool good = is_well_conditioned(oracle, data, &dice);
        data_free(data);
        oracle_free(oracle);
        if (good) {
            candidates[kept] = candidates[i];
            candidates[kept].plain = folded(candidates[i].text, 0);
            cr_assert(candidates[kept++].plain);
        }
    }
    fprintf(stderr, "%d of %d models kept\n", kept, candidate_count);
    candidate_count = kept;
}

typedef struct {
    int mutant, candidate; /* mutant 0: none */
    char text[TEXT + 100], name[32];
    Oracle *oracle;
    bool differs; /* out */
} Trial;

/* Builds and compares up to AT_ONCE trials at once. */
static void run_trials(Trial *trials, int count) {
    Net nets[AT_ONCE] = {0};
    Nets all = {.count = count, .nets = nets};
    for (int i = 0; i < count; i++) {
        Trial *trial = &trials[i];
        snprintf(trial->name, sizeof trial->name, "m%d_%d", trial->mutant, trial->candidate);
        snprintf(trial->text, sizeof trial->text, "network %s\n%s", trial->name,
                 candidates[trial->candidate].text);
        trial->oracle = open_as(trial->name, candidates[trial->candidate].text);
        nets[i] = (Net){.text = trial->text, .graph = trial->oracle->graph, .options = options};
        nets[i].options.mutant = trial->mutant;
    }
    cr_assert(nets_build(&all), "mutants %d to %d: %s", trials[0].mutant, trials[count - 1].mutant,
              all.message);
    for (int i = 0; i < count; i++) {
        Data *data = prepare(trials[i].oracle);
        Comparison comparison = {.limit = limit_of(&options)};
        comparison.splits = splits_batches(trials[i].text);
        trials[i].differs = !compare_net(&nets[i], trials[i].oracle, data, SEED, &comparison);
        cr_expect(trials[i].mutant > 0 || !trials[i].differs, "%s\n%s", comparison.failure,
                  trials[i].text);
        data_free(data);
    }
    nets_free(&all);
    for (int i = 0; i < count; i++) {
        oracle_free(trials[i].oracle);
    }
}

typedef struct {
    bool caught;
    int tries, next; /* candidate to go on from; -1: none left */
} Progress;

/* The next candidate that the mutant changes, or -1. A breach of the graph's rules is caught
   already. */
static int next_candidate(int mutant, Progress *progress) {
    for (int i = progress->next; i < candidate_count && !progress->caught; i++) {
        char *text = folded(candidates[i].text, mutant);
        progress->caught = text == NULL;
        bool changed = text && strcmp(text, candidates[i].plain) != 0;
        free(text);
        if (changed) {
            return i;
        }
    }
    return -1;
}

/* Rows that no function is made by are unit/test_fold.c's. */
static bool is_tried(int mutant) {
    return rule_time(mutant) != FINITE && (is_long() || mutant % 11 == 1);
}

/* One trial each for up to AT_ONCE mutants that are not caught yet; false when there are none. */
static bool run_round(Progress *progress, int mutants, Trial *trials) {
    int count = 0;
    for (int m = 1; m <= mutants && count < AT_ONCE; m++) {
        Progress *one = &progress[m];
        if (!is_tried(m) || one->caught || one->next < 0 || one->tries >= TRIES) {
            continue;
        }
        one->next = next_candidate(m, one);
        if (one->next >= 0) {
            trials[count++] = (Trial){.mutant = m, .candidate = one->next++};
            one->tries++;
        }
    }
    if (count > 0) {
        run_trials(trials, count);
    }
    for (int i = 0; i < count; i++) {
        progress[trials[i].mutant].caught = trials[i].differs;
    }
    return count > 0;
}

Test(mutation, every_falsified_rule_is_caught) {
    static Trial trials[AT_ONCE];
    int mutants = rule_count();
    Progress *progress = calloc((size_t)mutants + 1, sizeof *progress);
    collect();
    keep_conditioned();
    cr_assert_gt(candidate_count, 20);
    while (run_round(progress, mutants, trials)) {
    }
    for (int m = 1; m <= mutants; m++) {
        if (!machine_of(&options)->has_fma && strstr(rule_name(m), "-> fma(")) {
            fprintf(stderr, "no target with multiply-adds runs here: not tried: %s\n",
                    rule_name(m));
            continue;
        }
        cr_expect(progress[m].caught || !is_tried(m), "mutant %d survives after %d models: %s", m,
                  progress[m].tries, rule_name(m));
    }
    free(progress);
}

/* Without a mutant nothing differs, as the run above assumes. */
Test(mutation, nothing_differs_without_a_mutant) {
    static Trial trials[AT_ONCE];
    collect();
    keep_conditioned();
    for (int i = 0; i < candidate_count; i += AT_ONCE) {
        int count = candidate_count - i < AT_ONCE ? candidate_count - i : AT_ONCE;
        for (int k = 0; k < count; k++) {
            trials[k] = (Trial){.candidate = i + k};
        }
        run_trials(trials, count);
    }
}
