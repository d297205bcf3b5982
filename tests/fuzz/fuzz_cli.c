/* libFuzzer's entry: any words as nngen's command line, one a line. They name files of a folder that
   is empty but for a model, `m`: no word has a slash. What must hold: no crash, no leak, an exit
   code of 0 to 3, a message exactly where that is not 0, nothing that a terminal would obey, and no
   file that nngen made for itself. */

#define _GNU_SOURCE
#define main nngen_main
#include "cli.c"
#undef main

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_LINE = 500, MAX_WORDS = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds) {
    if (!holds)
        abort();
}

/* Into a new folder, the one of the process from then on. */
static void enter_folder(void) {
    static char folder[] = NNGEN_SCRATCH "/cli_XXXXXX";
    static bool is_there;
    if (!is_there)
        expect(mkdtemp(folder) && chdir(folder) == 0 && freopen("/dev/null", "r", stdin));
    is_there = true;
}

static void write_model(void) {
    FILE *out = fopen("m", "w");
    expect(out && fputs("network m\ninput x[3]\noutput dense(x, 2)\n", out) >= 0);
    expect(fclose(out) == 0);
}

/* Names that mkstemp makes end in a dot and six characters, which no word of MAX_LINE need have. */
static void empty_folder(void) {
    DIR *folder = opendir(".");
    expect(folder != NULL);
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            expect(unlink(entry->d_name) == 0);
    closedir(folder);
}

static int count_files(void) {
    int count = 0;
    DIR *folder = opendir(".");
    expect(folder != NULL);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

/* Splits in place. */
static int words_of(char *line, char **words) {
    int count = 0;
    words[count++] = (char *)"nngen";
    for (char *word = strtok(line, "\n"); word && count < MAX_WORDS; word = strtok(NULL, "\n"))
        words[count++] = word;
    words[count] = NULL;
    return count;
}

static void expect_message(const char *said, int code) {
    bool may_be_fine = strstr(said, "warning") || strstr(said, "/sarif");
    expect((code != 0) == (*said != '\0') || (code == 0 && may_be_fine));
    for (const char *c = said; *c; c++) {
        if (strncmp(c, "\033[", 2) == 0) { /* colours, which --color asks for */
            c += 2 + strspn(c + 2, "0123456789;");
            expect(*c == 'm');
        }
        expect((unsigned char)*c >= ' ' || *c == '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char line[MAX_LINE + 1], *words[MAX_WORDS + 1], *said = NULL, *printed = NULL;
    size_t said_size, printed_size;
    FILE *streams[2] = {stdout, stderr};
    if (size > MAX_LINE)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    for (char *c = line; *c; c++)
        *c = *c == '/' ? '_' : *c;
    enter_folder();
    write_model();
    int count = words_of(line, words);
    stdout = open_memstream(&printed, &printed_size);
    stderr = open_memstream(&said, &said_size);
    optind = 0;
    int code = nngen_main(count, words);
    fclose(stdout);
    fclose(stderr);
    stdout = streams[0];
    stderr = streams[1];
    expect(code >= 0 && code <= 3);
    expect_message(said, code);
    expect(code == 0 ? count_files() <= 4 : count_files() == 1);
    free(said);
    free(printed);
    empty_folder();
    return 0;
}
