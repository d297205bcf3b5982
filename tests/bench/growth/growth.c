/* How nngen's own cost grows with a network. In: names of shapes (tests/growing.h), all by default;
   or `print SHAPE SIZE`, which prints a network. Out: for each shape, doubled until one compilation
   takes a second or meets a limit, the exponent of the time, fitted over the last four doublings,
   best of three; failure where one is above 1.3. */

#define _GNU_SOURCE /* wait4 */
#include "growing.h"

#include "nngen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_SIZE = 8, LAST_SIZE = 1 << 20, DOUBLINGS = 4, ROUNDS = 3, SEED = 1 };
#define ENOUGH 1.0 /* seconds */
#define MOST_EXPONENT 1.3

typedef struct {
    double seconds, megabytes; /* of the processor; resident at most */
    int exit_code;
} Cost;

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

/* The text is made by the parent: a child costs what compiling costs. */
static int compile_text(const char *text, size_t length) {
    Options options = {0};
    Result result = compile("growing.def", text, length, "growing.h", &options);
    if (result.exit_code != 0 && result.exit_code != 1) /* 1: beyond a limit */
        fputs(result.diagnostics, stderr);
    return result.exit_code;
}

static Cost cost_of(const char *text, size_t length) {
    int status = 0;
    struct rusage usage = {0};
    pid_t child = fork();
    if (child == 0)
        _exit(compile_text(text, length));
    if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status))
        return (Cost){.exit_code = 4};
    return (Cost){.seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                  .megabytes = (double)usage.ru_maxrss / 1024,
                  .exit_code = WEXITSTATUS(status)};
}

static Cost best_of_rounds(const GrowingShape *shape, int size) {
    size_t length = 0;
    char *text = growing_text(shape, size, SEED, &length);
    Cost best = {.exit_code = 4};
    for (int round = 0; text && round < ROUNDS; round++) {
        Cost cost = cost_of(text, length);
        if (round == 0 || cost.exit_code != 0 || cost.seconds < best.seconds)
            best = cost;
        if (cost.exit_code != 0)
            break;
    }
    free(text);
    return best;
}

/* The slope of log2(seconds) over the number of the doubling, by least squares. */
static double exponent_of(const Cost *costs, int count) {
    double mean = (count - 1) / 2.0, above = 0, below = 0;
    for (int i = 0; i < count; i++) {
        above += (i - mean) * log2(costs[i].seconds);
        below += (i - mean) * (i - mean);
    }
    return above / below;
}

/* Prints a row; whether the exponent is one to be content with. A shape ends at a second, or before
   the size that nngen refuses as beyond a limit. */
static bool measure(const GrowingShape *shape) {
    Cost costs[32];
    int count = 0, size = FIRST_SIZE;
    for (;; size *= 2) {
        costs[count] = best_of_rounds(shape, size);
        if (costs[count].exit_code != 0 && count <= DOUBLINGS) {
            printf("| %s | %d | exit code %d | | |\n", shape->name, size, costs[count].exit_code);
            return false;
        }
        if (costs[count].exit_code != 0) {
            size /= 2;
            break;
        }
        if (costs[count++].seconds >= ENOUGH || size >= LAST_SIZE)
            break;
    }
    int fitted = count < DOUBLINGS + 1 ? count : DOUBLINGS + 1;
    double exponent = exponent_of(costs + count - fitted, fitted);
    printf("| %s | %d | %.2f | %.0f | %.2f%s |\n", shape->name, size, costs[count - 1].seconds,
           costs[count - 1].megabytes, exponent, exponent > MOST_EXPONENT ? ", too steep" : "");
    fflush(stdout);
    return exponent <= MOST_EXPONENT;
}

static const GrowingShape *shape_by_name(const char *name) {
    for (int i = 0; i < GROWING_SHAPES; i++)
        if (strcmp(growing_shapes[i].name, name) == 0)
            return &growing_shapes[i];
    fprintf(stderr, "growth: '%s' is none of the shapes:", name);
    for (int i = 0; i < GROWING_SHAPES; i++)
        fprintf(stderr, " %s", growing_shapes[i].name);
    fputc('\n', stderr);
    exit(2);
}

static int print_network(const char *name, int size) {
    size_t length = 0;
    char *text = growing_text(shape_by_name(name), size, SEED, &length);
    return text && fputs(text, stdout) >= 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "print") == 0)
        return print_network(argv[2], atoi(argv[3]));
    bool is_fine = true;
    printf("| shape | size | seconds | MB | exponent |\n|---|--:|--:|--:|--:|\n");
    for (int i = 1; i < argc; i++)
        is_fine &= measure(shape_by_name(argv[i]));
    for (int i = 0; argc == 1 && i < GROWING_SHAPES; i++)
        is_fine &= measure(&growing_shapes[i]);
    return is_fine ? 0 : 1;
}
