/* The C that two programs nngen have made of one net, in turns in one process.

        against ROUNDS OLD NEW [OPERATION...]

   OLD and NEW are modules, made of generated.c and of emitted code; an operation is train, one or
   batch, and all three without any. Out: a line for each, its five words the operation, the
   microseconds that a call of OLD and one of NEW take (medians), the median over the rounds of old
   time : new time, and how many rounds there were. Exit code 1 where the two do not compute the same,
   2 where there is nothing to measure.

   They are two shared libraries, and not one program that has both under two names, for in that the
   second would begin wherever the first ends, and code may run several per cent faster or slower for
   where its loops lie in a line of the cache; of a library each function has a place that depends on
   what is in that library alone. Both work in the same memory, one after the other, for whether
   arrays meet in the caches depends on which pages they have got. Numbers and counters begin anew
   for each measurement. */

#include "bench.h"
#include "median.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDES = 2, PAGE = 4096 };

static const double least_seconds = 0.002, seconds_of_round = 0.1;

typedef struct {
    const char *word;
    Operation operation;
} Word;

static const Word words[] = {{"train", TRAIN_STEP}, {"one", PREDICT_ONE}, {"batch", PREDICT_BATCH}};
enum { WORDS = sizeof words / sizeof *words };

static bool open_side(const char *file, const char *name, Contender *contender) {
    ModuleOpen *open = module_load(file);
    if (!open) {
        fprintf(stderr, "error: %s\n", dlerror());
        return false;
    }
    open(NULL, contender);
    contender->name = name;
    if (!contender->self) {
        fprintf(stderr, "error: %s: not for this machine, or out of memory\n", file);
    }
    return contender->self != NULL;
}

/* Gives both the same memory. */
static bool share_memory(Contender *sides) {
    size_t size = sides[0].self_size > sides[1].self_size ? sides[0].self_size : sides[1].self_size;
    void *memory = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
    for (int s = 0; memory && s < SIDES; s++) {
        free(sides[s].self);
        sides[s].self = memory;
    }
    return memory != NULL;
}

static void print_measured(const Job *job, const Word *word, const Pace *pace) {
    static Series series[SIDES];
    static double ratios[MAX_ROUNDS];
    Job one = *job;
    one.operation = word->operation;
    measure(&one, pace, series);
    int rounds = series[0].count;
    double ratio = median_ratio(series[0].seconds, series[1].seconds, rounds, ratios);
    printf("%s %.6g %.6g %.4f %d\n", word->word, 1e6 * median(series[0].seconds, rounds),
           1e6 * median(series[1].seconds, rounds), ratio, rounds);
}

static bool is_asked(const Word *word, char **asked) {
    bool found = !*asked;
    for (; *asked && !found; asked++) {
        found = strcmp(word->word, *asked) == 0;
    }
    return found;
}

/* Both have the shapes of the second's network, of which alone this program can read the
   description. */
static bool measure_sides(const Net *net, Contender *sides, int rounds, char **asked) {
    Data data = data_new(net->network, 0);
    float *start = starting_net(net->network, &data);
    Job job = {.net = net, .contenders = sides, .count = SIDES, .start = start, .data = &data};
    const Pace pace = {.rounds = rounds,
                       .least_seconds = least_seconds,
                       .budget = rounds * seconds_of_round,
                       .is_even = true};
    bool same = same_results(&job);
    for (int w = 0; same && w < WORDS; w++) {
        if (is_asked(&words[w], asked)) {
            print_measured(&job, &words[w], &pace);
        }
    }
    free(start);
    data_free(&data);
    return same;
}

int main(int argc, char **argv) {
    int rounds = argc > 3 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "against ROUNDS OLD NEW [OPERATION...]\nROUNDS: 1 to %d\n", MAX_ROUNDS);
        return 2;
    }
    Contender sides[SIDES];
    if (!open_side(argv[2], "old", &sides[0]) || !open_side(argv[3], "new", &sides[1]) ||
        !share_memory(sides)) {
        return 2;
    }
    const Net net = {.name = sides[1].network->name, .network = sides[1].network};
    return measure_sides(&net, sides, rounds, argv + 4) ? 0 : 1;
}
