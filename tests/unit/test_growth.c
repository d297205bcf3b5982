/* nngen's own cost grows with a network, not with its square: memory and work of four times the
   net, in each of the shapes of tests/growing.h. tests/bench/growth measures the same up to a
   second. */

#define _GNU_SOURCE /* wait4 */
#include "child.h"
#include "growing.h"
#include "long.h"
#include "nngen.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* What 4 times the net may cost of that of the net: 4 and what noise adds, not 16. */
#define MOST_TIMES 7.0

enum { SIZE = 25, LIST_SIZE = 1000, FACTOR = 4, TRIES = 4, MEGABYTES = 350 };

typedef struct {
    double seconds;
    long kilobytes;
} Cost;

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static Cost cost_of(const GrowingShape *shape, int size) {
    size_t length = 0;
    char *text = growing_text(shape, size, 1, &length);
    struct rusage usage = {0};
    int status = 0;
    cr_assert(text);
    pid_t child = fork();
    if (child == 0) {
        Options options = {0};
        child_exit(compile("growing.def", text, length, "growing.h", &options).exit_code);
    }
    cr_assert(child > 0 && wait4(child, &status, 0, &usage) == child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %d", shape->name, size);
    free(text);
    return (Cost){seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss};
}

Test(growth, four_times_the_net_costs_four_times_as_much) {
    for (int i = 0; i < GROWING_SHAPES; i++) {
        const GrowingShape *shape = &growing_shapes[i];
        bool is_of_items = shape->write == growing_list || shape->write == growing_concat;
        int size = is_of_items ? LIST_SIZE : SIZE;
        Cost small = cost_of(shape, size), large = cost_of(shape, FACTOR * size);
        for (int round = 1; round < TRIES && large.seconds > MOST_TIMES * small.seconds; round++) {
            Cost again = cost_of(shape, FACTOR * size);
            small = cost_of(shape, size);
            large.seconds = again.seconds < large.seconds ? again.seconds : large.seconds;
        }
        cr_expect(large.seconds <= MOST_TIMES * small.seconds, "%s: %g s of %d, %g s of %d",
                  shape->name, small.seconds, size, large.seconds, FACTOR * size);
        cr_expect(is_sanitized() || large.kilobytes < 1024L * MEGABYTES, "%s %d: %ld kB",
                  shape->name, FACTOR * size, large.kilobytes);
    }
}
