/* How long commands take, in turns.

        timed ROUNDS COMMAND... [-- COMMAND...]...

   Out: a line for each, the milliseconds that it has a core, children's included: the least and the
   median, and the median over the rounds of the first command's time : this one's. Every round but
   the first is left out where all would take longer than `patience`. What commands print is thrown
   away. Exit code 1 where one of them fails. */

#define _XOPEN_SOURCE 700

#include "median.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_COMMANDS = 4, MAX_ROUNDS = 99 };
static const double patience = 5000; /* milliseconds */

static double milliseconds(struct timeval time) {
    return 1e3 * (double)time.tv_sec + 1e-3 * (double)time.tv_usec;
}

/* What all children that have ended have used. */
static double used(void) {
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static bool run(char **command) {
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0) {
            dup2(nowhere, STDOUT_FILENO);
        }
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Cuts the arguments at each "--". */
static int find_commands(char **words, char ***commands) {
    int count = 0;
    commands[count++] = words;
    for (; *words; words++) {
        if (strcmp(*words, "--") == 0 && count < MAX_COMMANDS) {
            *words = NULL;
            commands[count++] = words + 1;
        }
    }
    return count;
}

/* In one round from the first to the last, in the next the other way. Gives how many rounds there
   were, or 0 where a command has failed. */
static int take_turns(char ***commands, int count, int rounds, double took[][MAX_ROUNDS]) {
    double begin = used();
    int done = 0;
    while (done < rounds && (done == 0 || (used() - begin) * (done + 1) / done <= patience)) {
        for (int turn = 0; turn < count; turn++) {
            int c = done % 2 == 0 ? turn : count - 1 - turn;
            double before = used();
            if (!run(commands[c])) {
                fprintf(stderr, "error: '%s' fails\n", commands[c][0]);
                return 0;
            }
            took[c][done] = used() - before;
        }
        done++;
    }
    return done;
}

int main(int argc, char **argv) {
    static double took[MAX_COMMANDS][MAX_ROUNDS], ratios[MAX_COMMANDS][MAX_ROUNDS];
    char **commands[MAX_COMMANDS];
    double ratio[MAX_COMMANDS];
    int rounds = argc > 2 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "timed ROUNDS COMMAND... [-- COMMAND...]...\n");
        return 2;
    }
    int count = find_commands(argv + 2, commands);
    rounds = take_turns(commands, count, rounds, took);
    for (int c = 0; rounds > 0 && c < count; c++) {
        ratio[c] = median_ratio(took[0], took[c], rounds, ratios[c]);
    }
    for (int c = 0; rounds > 0 && c < count; c++) {
        double middle = median(took[c], rounds);
        printf("%.2f %.2f %.4f\n", took[c][0], middle, ratio[c]);
    }
    return rounds > 0 ? 0 : 1;
}
