/* Numbers that textbooks compute by hand, from generated code in both types. */

#include "oracle.h"
#include "running.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

/* A net of one parameter, run on one example. */
typedef struct {
    Oracle *oracle;
    Net net;
    Nets all;
    Running *running;
} Course;

static void open_course(Course *course, const char *text, bool is_double) {
    *course = (Course){.oracle = oracle_of(text)};
    course->net = (Net){.text = text, .graph = course->oracle->graph};
    course->net.options.is_double = is_double;
    course->all = (Nets){.count = 1, .nets = &course->net};
    cr_assert(nets_build(&course->all), "%s", course->all.message);
    course->running = running_new(&course->net, 1);
}

static void close_course(Course *course) {
    running_free(course->running);
    nets_free(&course->all);
    oracle_free(course->oracle);
}

static Data example(double *input, size_t count, double *target, size_t target_count) {
    return (Data){.n = 1,
                  .field_count = target ? 2 : 1,
                  .input_count = 1,
                  .counts = {count, target_count},
                  .values = {input, target}};
}

/* As printed, give or take one of the last digit: -log 0.619 is 0.479650. */
static void expect_digits(const char *what, double got, double wanted, int digits) {
    cr_expect(fabs(got - wanted) <= pow(10, -digits), "%s: %.9g, not %.*f", what, got, digits,
              wanted);
}

Test(course, softmax_of_four_scores) {
    static const double printed[] = {0.842, 0.042, 0.002, 0.114};
    for (int is_double = 0; is_double < 2; is_double++) {
        Course course;
        double scores[] = {5, 2, -1, 3}, p[4];
        open_course(&course, "network c\ninput z[4]\np = softmax(z)\noutput p\n", is_double);
        Data data = example(scores, 4, NULL, 0);
        running_predict(course.running, 1, &data, (double *[]){p});
        for (int i = 0; i < 4; i++)
            expect_digits("softmax", p[i], printed[i], 3);
        close_course(&course);
    }
}

Test(course, cross_entropy_of_the_second_class) {
    for (int is_double = 0; is_double < 2; is_double++) {
        Course course;
        double p[] = {0.228, 0.619, 0.153}, y[] = {0, 1, 0};
        open_course(&course,
                    "network c\ninput p[3]\ntarget y[3]\nb = param([3], 0)\n"
                    "loss cross_entropy(p + b, y)\nupdate sgd(1)\noutput p * 1\n",
                    is_double);
        Data data = example(p, 3, y, 3);
        expect_digits("loss", running_loss(course.running, 1, &data), 0.4797, 4);
        close_course(&course);
    }
}

/* x = (5, 3), w = (0.5, 0.5), b = 1, y = 1: z = 5, dz = a - y = dz/db. */
Test(course, sigmoid_neuron) {
    for (int is_double = 0; is_double < 2; is_double++) {
        Course course;
        double x[] = {5, 3}, y[] = {1}, w[] = {0.5, 0.5}, b[] = {1}, a[1], dw[2], db[1];
        open_course(&course,
                    "network c\ninput x[2]\ntarget y\na = sigmoid(dense(x, 1))\n"
                    "loss binary_cross_entropy(a, y)\nupdate sgd(1)\noutput a\n",
                    is_double);
        running_set(course.running, "a.weight", 2, w);
        running_set(course.running, "a.bias", 1, b);
        Data data = example(x, 2, y, 1);
        running_predict(course.running, 1, &data, (double *[]){a});
        running_gradient(course.running, 1, &data);
        cr_assert(running_get_gradient(course.running, "a.weight", 2, dw));
        cr_assert(running_get_gradient(course.running, "a.bias", 1, db));
        expect_digits("a", a[0], 0.993307, 6);
        expect_digits("dz", db[0], -0.006693, 6);
        expect_digits("dw[0]", dw[0], -0.033464, 6);
        expect_digits("dw[1]", dw[1], -0.020079, 6);
        close_course(&course);
    }
}

/* Cost w1 w2 at (2, 3), lr 0.1: at once both are 2 - 0.3, 3 - 0.2; one after the other the second
   would be 3 - 0.17. */
Test(course, parameters_move_at_once) {
    for (int is_double = 0; is_double < 2; is_double++) {
        Course course;
        double u[] = {1}, first[1] = {2}, second[1] = {3};
        open_course(&course,
                    "network c\ninput u\nv = param([], 2)\nw = param([], 3)\np = u * v * w\n"
                    "loss p\nupdate sgd(0.1)\noutput p\n",
                    is_double);
        Data data = example(u, 1, NULL, 0);
        running_train_step(course.running, 1, &data);
        cr_assert(running_get(course.running, "v", 1, first));
        cr_assert(running_get(course.running, "w", 1, second));
        expect_digits("the first", first[0], 1.7, 6);
        expect_digits("the second", second[0], 2.8, 6);
        close_course(&course);
    }
}
