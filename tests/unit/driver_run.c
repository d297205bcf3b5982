/* See driver_run.h. */

#include "driver_run.h"

#include "child.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* 30 points: class 0 left, 1 low on the right, 2 high on the right. The last batch of four holds
   two. */
static void data_write(void) {
    char text[4096] = "x.0,x.1,kind\n", *end = text + strlen(text);
    for (int i = 0; i < 30; i++) {
        int kind = i % 3;
        end += sprintf(end, "%d,%d.5,%d\n", kind == 0 ? i : 100 + i, kind == 1 ? -i : 50 + i, kind);
    }
    scratch_text("data.csv", text);
}

void driver_open(void) {
    scratch_open();
    cr_assert_eq(chdir(scratch_folder()), 0);
    data_write();
    scratch_text("line.csv", "1,0,0,3\n0,1,0,4\n0,0,1,5\n1,1,1,8\n0,0,0,2\n");
}

int words_cut(char *words, char **argv) {
    int count = 0;
    argv[count++] = (char *)"hand";
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[count++] = word;
    argv[count] = NULL;
    return count;
}

pid_t start(const nn_network *network, const char *words, int out, int err) {
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        char *argv[WORDS], copy[1024];
        snprintf(copy, sizeof copy, "%s", words);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        int count = words_cut(copy, argv);
        child_exit(nn_main(network, count, argv));
    }
    return child;
}

int wait_for(pid_t child) {
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Takes the lines on what files were taken for out of the text. */
static char *said_take(char *text) {
    char *said = calloc(1, strlen(text) + 1), *to = text;
    for (char *line = text, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n';
        const char *mark = strstr(line, ": note: read as ");
        size_t size = (size_t)(next - line);
        if (mark && mark < next)
            strncat(said, line, size);
        else
            memmove(to, line, size), to += size;
    }
    *to = '\0';
    return said;
}

Run run(const nn_network *network, const char *words) {
    size_t size;
    int out = open("stdout", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    int err = open("stderr", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    Run result = {.code = wait_for(start(network, words, out, err))};
    close(out);
    close(err);
    result.out = scratch_read("stdout", &size);
    result.err = scratch_read("stderr", &size);
    result.said = said_take(result.err);
    return result;
}

void run_free(Run result) {
    free(result.out);
    free(result.err);
    free(result.said);
}

char *run_fine(const nn_network *network, const char *words) {
    Run result = run(network, words);
    cr_assert_eq(result.code, 0, "%s: %s", words, result.err);
    cr_assert_str_eq(result.err, "");
    free(result.err);
    free(result.said);
    return result.out;
}

void expect_failure(const nn_network *network, const char *words, int code, const char *text) {
    Run result = run(network, words);
    cr_assert_str_eq(result.err, text, "%s gave %s", words, result.err);
    cr_assert_eq(result.code, code, "%s gave %d", words, result.code);
    run_free(result);
}

size_t lines_of(const char *text) {
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}
