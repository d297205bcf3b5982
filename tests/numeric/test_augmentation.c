/* Augmentations, the words after an input: drawn for each step and example in training, and absent
   in prediction. The gradient of sum(w * image) by w in a batch of one is the image as training
   sees it. */

#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEIGHT = 3, WIDTH = 4, SIZE = HEIGHT * WIDTH, STEPS = 3000 };

typedef struct {
    Oracle *oracle;
    Net net;
    Nets nets;
    Running *running;
    double image[SIZE], w[SIZE];
    Data data;
    char text[400];
} Trial;

static Trial trial;

static void open_trial(const char *words) {
    snprintf(trial.text, sizeof trial.text,
             "network a\ninput image[%d, %d] %s\nw = param([%d, %d], 0)\nv = w * image\n"
             "loss sum(v)\nupdate sgd(0)\noutput v\nbatch 1\n",
             HEIGHT, WIDTH, words, HEIGHT, WIDTH);
    trial.oracle = oracle_of(trial.text);
    trial.net = (Net){.text = trial.text, .graph = trial.oracle->graph};
    trial.net.options = (Options){.target = widest_target(), .is_double = true};
    trial.nets = (Nets){.count = 1, .nets = &trial.net, .level = "-O1"};
    cr_assert(nets_build(&trial.nets), "%s", trial.nets.message);
    trial.running = running_new(&trial.net, 5);
    for (int i = 0; i < SIZE; i++) {
        trial.image[i] = i + 1;
        trial.w[i] = 1;
    }
    running_set(trial.running, "w", SIZE, trial.w);
    trial.data = (Data){.n = 1, .field_count = 1, .input_count = 1, .counts = {SIZE}};
    trial.data.in[0] = trial.data.values[0] = trial.image;
}

static void close_trial(void) {
    running_free(trial.running);
    nets_free(&trial.nets);
    oracle_free(trial.oracle);
}

/* The image of this step; the next one comes after it. */
static void seen_image(double *seen) {
    running_gradient(trial.running, 1, &trial.data);
    running_get_gradient(trial.running, "w", SIZE, seen);
    running_train_step(trial.running, 1, &trial.data);
}

static void expect_untouched_prediction(void) {
    double v[SIZE];
    running_predict(trial.running, 1, &trial.data, (double *[]){v});
    for (int i = 0; i < SIZE; i++) {
        cr_expect_eq(v[i], trial.image[i]);
    }
}

/* Whether what was seen is the image moved down by dy and right by dx. */
static bool is_moved(const double *seen, int dy, int dx) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            bool is_inside = y - dy >= 0 && y - dy < HEIGHT && x - dx >= 0 && x - dx < WIDTH;
            double wanted = is_inside ? trial.image[(y - dy) * WIDTH + x - dx] : 0;
            if (seen[y * WIDTH + x] != wanted) {
                return false;
            }
        }
    }
    return true;
}

Test(augmentation, shift_moves_to_each_place_as_often) {
    int counts[3][3] = {{0}};
    double seen[SIZE];
    open_trial("shift(1)");
    for (int step = 0; step < STEPS; step++) {
        int found = 0;
        seen_image(seen);
        for (int i = 0; i < 9; i++) {
            if (is_moved(seen, i / 3 - 1, i % 3 - 1)) {
                counts[i / 3][i % 3]++;
                found++;
            }
        }
        cr_assert_eq(found, 1);
    }
    for (int i = 0; i < 9; i++) { /* 5 standard deviations */
        cr_expect_lt(fabs(counts[i / 3][i % 3] - STEPS / 9.0), 5 * sqrt(STEPS * 8 / 81.0));
    }
    expect_untouched_prediction();
    close_trial();
}

Test(augmentation, flip_mirrors_half_of_the_examples) {
    int mirrored = 0;
    double seen[SIZE];
    open_trial("flip");
    for (int step = 0; step < STEPS; step++) {
        seen_image(seen);
        bool is_mirrored = seen[0] == trial.image[WIDTH - 1];
        mirrored += is_mirrored;
        for (int i = 0; i < SIZE; i++) {
            int from = is_mirrored ? i / WIDTH * WIDTH + WIDTH - 1 - i % WIDTH : i;
            cr_assert_eq(seen[i], trial.image[from]);
        }
    }
    cr_expect_lt(fabs(mirrored - STEPS / 2.0), 5 * sqrt(STEPS / 4.0));
    expect_untouched_prediction();
    close_trial();
}

Test(augmentation, noise_has_its_deviation) {
    double seen[SIZE], sum = 0, squares = 0;
    open_trial("noise(0.25)");
    for (int step = 0; step < STEPS; step++) {
        seen_image(seen);
        for (int i = 0; i < SIZE; i++) {
            sum += seen[i] - trial.image[i];
            squares += (seen[i] - trial.image[i]) * (seen[i] - trial.image[i]);
        }
    }
    double n = (double)STEPS * SIZE;
    cr_expect_lt(fabs(sum / n), 5 * 0.25 / sqrt(n));
    cr_expect_lt(fabs(squares / n - 0.0625), 5 * 0.0625 * sqrt(2 / n));
    expect_untouched_prediction();
    close_trial();
}

/* Words act in the order of the text, after scaling, and a run repeats exactly. */
Test(augmentation, words_follow_one_another_and_a_run_repeats) {
    double first[20][SIZE], again[SIZE], low[SIZE], scale[SIZE];
    open_trial("minmax shift(1) flip noise(0.1)");
    for (int i = 0; i < SIZE; i++) {
        low[i] = -100;
        scale[i] = 1;
    }
    for (int run = 0; run < 2; run++) {
        Running *fresh = running_new(&trial.net, 5);
        running_free(trial.running);
        trial.running = fresh;
        running_set(fresh, "image.low", SIZE, low);
        running_set(fresh, "image.scale", SIZE, scale);
        int zeros = 0;
        for (int step = 0; step < 20; step++) {
            seen_image(run == 0 ? first[step] : again);
            cr_expect(run == 0 || memcmp(first[step], again, sizeof again) == 0);
            for (int i = 0; run == 0 && i < SIZE; i++) { /* noise also where zeros came in */
                zeros += fabs(first[step][i]) < 1;
                cr_expect(fabs(first[step][i]) < 1 || first[step][i] > 99);
                cr_expect_neq(first[step][i], 0);
            }
        }
        cr_expect(run == 1 || (zeros > 20 && zeros < 20 * SIZE));
    }
    close_trial();
}
