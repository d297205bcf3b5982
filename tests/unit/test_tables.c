/* Tables as people have them: tests/unit/tables/NAME.csv (or .tsv, .txt, .data), and beside each
   NAME.said, a transcript: a line "$ " with the fields of a net and options, then what reading the
   file says, then its rows, inputs before targets. `NNGEN_BLESS=1` writes what follows the lines
   "$ ". Fields: x[4] and y are inputs, =y is a target and =kind{3} a onehot one, of three classes.
   With `predict` before the options targets may lack. */

#include "classes.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(tables, .init = scratch_open, .fini = scratch_close);

enum { FIELDS = 10, WORDS = 32 };

typedef struct {
    char line[400];
    nn_field inputs[FIELDS], targets[FIELDS];
    size_t order[FIELDS]; /* inputs by number, targets from FIELDS on, then as nn_network has it */
    nn_network network;
} Net;

/* "x[4]", "=y", "=kind{3}" */
static void field_add(Net *net, char *word) {
    bool is_target = *word == '=';
    size_t *count = is_target ? &net->network.target_count : &net->network.input_count;
    nn_field *field = &(is_target ? net->targets : net->inputs)[*count];
    char *size = strpbrk(word, "[{");
    *field = (nn_field){.name = word + is_target, .count = 1};
    if (size) {
        field->is_onehot = *size == '{';
        field->count = field->shape[0] = strtoul(size + 1, NULL, 10);
        field->rank = 1;
        *size = '\0';
    }
    net->order[net->network.input_count + net->network.target_count] =
        *count + (is_target ? FIELDS : 0);
    ++*count;
}

/* Fields, and as a command line what is none. */
static int net_make(Net *net, const char *line, const char *path, char **words) {
    int count = 0;
    *net = (Net){.network = {.name = "table", .real_size = sizeof(double)}};
    snprintf(net->line, sizeof net->line, "%s", line);
    char *word = strtok(net->line, " ");
    for (; word && *word != '-' && strcmp(word, "predict") != 0; word = strtok(NULL, " "))
        field_add(net, word);
    bool predicts = word && *word == 'p';
    char *fixed[] = {"table",     predicts ? "predict" : "test", "--weights", "w", "--data",
                     (char *)path};
    for (; count < 6; count++)
        words[count] = fixed[count];
    for (word = predicts ? strtok(NULL, " ") : word; word; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    nn_network *network = &net->network;
    for (size_t i = 0; i < network->input_count + network->target_count; i++)
        if (net->order[i] >= FIELDS)
            net->order[i] += network->input_count - FIELDS;
    network->inputs = net->inputs;
    network->targets = net->targets;
    network->order = net->order;
    return count;
}

static void rows_print(const nn_data *data, FILE *out) {
    const nn_network *network = data->network;
    for (size_t row = 0; row < data->count; row++) {
        for (size_t i = 0; i < nn_data_field_count(data); i++) {
            const nn_field *field = nn_data_field(network, i);
            size_t width = nn_field_width(field);
            fputs(i == network->input_count ? " |" : "", out);
            for (size_t j = 0; j < width; j++)
                if (field->is_onehot)
                    fprintf(out, " class %d", ((const int32_t *)data->values[i])[row]);
                else
                    fprintf(out, " %.9g", ((const double *)data->values[i])[row * width + j]);
        }
        fputc('\n', out);
    }
}

static void read_print(const char *line, const char *path, FILE *out) {
    static Net net;
    nn_options options;
    nn_error error = {NN_FINE, ""};
    char *words[WORDS];
    int count = net_make(&net, line, path, words);
    nn_data *data = NULL;
    nn_classes *classes = nn_classes_new(&net.network);
    bool is_fine = nn_options_parse(&options, count, words, &error) &&
                   (!options.classes || nn_classes_give(classes, options.classes, &error));
    if (is_fine) {
        options.reading.may_lack_targets = options.command == NN_PREDICT;
        options.reading.classes = classes;
        data = nn_data_load(&net.network, path, &options.reading, &error);
    }
    fprintf(out, "%s\n", error.text);
    if (data)
        rows_print(data, out);
    nn_data_free(data);
    nn_classes_free(classes);
    nn_options_free(&options);
}

/* What the transcript would be: its lines "$ " and what follows each now. */
static char *transcript(const char *said, const char *path) {
    char *text, *copy = strdup(said), *rest = copy;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (strncmp(line, "$ ", 2) == 0) {
            fprintf(out, "%s\n", line);
            read_print(line + 2, path, out);
        }
    fclose(out);
    free(copy);
    return text;
}

static void bless(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    fputs(text, file);
    cr_assert(fclose(file) == 0);
}

static void check(char *path) {
    char *dot = strrchr(path, '.'), data_path[400] = "";
    glob_t found;
    *dot = '\0';
    snprintf(data_path, sizeof data_path, "%s.[!s]*", strrchr(path, '/') + 1);
    cr_assert(glob(data_path, 0, NULL, &found) == 0 && found.gl_pathc == 1, "no table %s", path);
    *dot = '.';
    size_t size;
    char *said = scratch_read(path, &size), *now = transcript(said, found.gl_pathv[0]);
    if (getenv("NNGEN_BLESS"))
        bless(path, now);
    else
        cr_expect_str_eq(now, said, "%s\n--- now:\n%s--- expected:\n%s", path, now, said);
    cr_expect(strncmp(now, "$ ", 2) == 0, "%s reads nothing", path);
    free(said);
    free(now);
    globfree(&found);
}

Test(tables, as_people_have_them) {
    glob_t found;
    cr_assert_eq(chdir(NNGEN_SOURCE "/tests/unit/tables"), 0);
    cr_assert(glob(NNGEN_SOURCE "/tests/unit/tables/*.said", 0, NULL, &found) == 0);
    cr_assert_geq(found.gl_pathc, 20);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check(found.gl_pathv[i]);
    globfree(&found);
}
