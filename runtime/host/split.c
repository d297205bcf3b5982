/* The command split. Comes in: a text table, the shares of its parts, a seed. Goes out: a file per
   part, each with the header and with its rows as they stand in the table, byte for byte and in
   their order. Rows of one class are shared out among the parts like all rows. */

#include "split.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A part and its file. */
typedef struct {
    const char *path;
    nn_save file;
    bool is_open; /* it is to be written; else it is there already, as it should be */
    size_t size;  /* rows */
} Part;

typedef struct {
    nn_session *session;
    nn_shares shares;
    char *names; /* of the files, as parts have them */
    Part parts[NN_MOST_PARTS];
    nn_split_rows rows;
    nn_groups groups;
    unsigned char *part_of; /* per row */
} Split;

// ---- names ----

static bool ends_in_gz(const char *path) {
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

/* The length of "data/iris" in "data/iris.csv" and in "data/iris.csv.gz"; *ending: that of ".csv"
   behind it. */
static size_t stem_length(const char *path, size_t *ending) {
    const char *slash = strrchr(path, '/');
    size_t first = slash ? (size_t)(slash + 1 - path) : 0, all = strlen(path);
    all -= ends_in_gz(path) ? 3 : 0;
    size_t dot = all;
    while (dot > first && path[dot - 1] != '.')
        dot--;
    dot = dot > first + 1 ? dot - 1 : all;
    *ending = all - dot;
    return dot;
}

/* Names the files of two or three parts after the table. */
static bool names_make(Split *split) {
    static const char *const words[2][3] = {{"train", "test"}, {"train", "valid", "test"}};
    nn_session *session = split->session;
    const char *data = session->options->data;
    size_t ending, stem = stem_length(data, &ending), count = split->shares.count;
    size_t room = strlen(data) + sizeof ".train";
    if (count < 2 || count > 3)
        return nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                       "--parts: two parts are called train and test, three train, valid and test; "
                       "%zu need --into with their names",
                       count);
    split->names = calloc(count, room);
    if (!split->names)
        return nn_fail_memory(session->error);
    for (size_t i = 0; i < count; i++) {
        char *name = split->names + i * room;
        snprintf(name, room, "%.*s.%s%.*s", (int)stem, data, words[count - 2][i], (int)ending,
                 data + stem);
        split->parts[i].path = name;
    }
    return true;
}

/* Takes the names from --into. */
static bool names_take(Split *split) {
    nn_session *session = split->session;
    size_t count = 0;
    split->names = strdup(session->options->into);
    if (!split->names)
        return nn_fail_memory(session->error);
    for (char *at = split->names; at; count++) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        if (!*at || strcmp(at, "-") == 0)
            return nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                           "--into: a file has a name");
        if (count < NN_MOST_PARTS)
            split->parts[count].path = at;
        at = comma ? comma + 1 : NULL;
    }
    return count == split->shares.count ||
           nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                   "--into names %zu %s, --parts makes %zu", count, count == 1 ? "file" : "files",
                   split->shares.count);
}

/* Checks that a file is none of those before it, and not what is read or printed. */
static bool name_check(const Split *split, size_t index) {
    const nn_session *session = split->session;
    const char *path = split->parts[index].path;
    for (size_t i = 0; i < index + 2; i++) {
        const char *other = i == index       ? session->options->data
                            : i == index + 1 ? nn_stdout
                                             : split->parts[i].path;
        bool is_same;
        if (!nn_path_same(path, other, &is_same))
            return nn_fail_memory(session->error);
        if (is_same)
            return nn_fail(session->error, NN_USAGE, (nn_place){path, 0},
                           "this part is %s as well, which would be written over",
                           i == index       ? "what --data reads"
                           : i == index + 1 ? "standard output"
                                            : "another part");
    }
    return !ends_in_gz(path) || nn_fail(session->error, NN_USAGE, (nn_place){path, 0},
                                        "split writes plain text: a name without .gz");
}

static bool names_find(Split *split) {
    bool is_fine = split->session->options->into ? names_take(split) : names_make(split);
    for (size_t i = 0; is_fine && i < split->shares.count; i++) {
        Part *part = &split->parts[i];
        is_fine = name_check(split, i) &&
                  nn_save_begin(&part->file, part->path, 0, split->session->error);
    }
    return is_fine;
}

// ---- rows to parts ----

/* The classes of all targets of a row together make its group. */
static bool groups_make(Split *split) {
    const nn_split_rows *rows = &split->rows;
    nn_groups *groups = &split->groups;
    *groups = (nn_groups){.example_count = rows->count, .count = 1};
    groups->of = calloc(rows->count, sizeof *groups->of);
    split->part_of = calloc(rows->count, sizeof *split->part_of);
    bool is_fine = groups->of && split->part_of;
    for (size_t i = 0; is_fine && i < rows->column_count; i++)
        if (rows->columns[i].is_class)
            is_fine =
                nn_groups_cut(groups, rows->ids + i, rows->column_count, rows->columns[i].count);
    return is_fine || nn_fail_memory(split->session->error);
}

static bool parts_draw(Split *split) {
    nn_session *session = split->session;
    if (!groups_make(split) ||
        !nn_parts_draw(&split->groups, &split->shares, session->options->seed, split->part_of,
                       session->error))
        return false;
    for (size_t i = 0; i < split->rows.count; i++)
        split->parts[split->part_of[i]].size++;
    for (size_t i = 0; i < split->shares.count; i++)
        if (split->parts[i].size == 0)
            return nn_fail(session->error, NN_WRONG, (nn_place){session->options->data, 0},
                           "%zu %s, of which a part of %g would get none", split->rows.count,
                           split->rows.count == 1 ? "row" : "rows", split->shares.of[i]);
    return true;
}

// ---- the files ----

/* Takes bytes of a part; false ends it. */
typedef bool Take(FILE *file, const char *bytes, size_t size);

static bool bytes_write(FILE *file, const char *bytes, size_t size) {
    return fwrite(bytes, 1, size, file) == size;
}

static bool bytes_compare(FILE *file, const char *bytes, size_t size) {
    char there[4096];
    while (size > 0) {
        size_t piece = size < sizeof there ? size : sizeof there;
        if (fread(there, 1, piece, file) != piece || memcmp(there, bytes, piece) != 0)
            return false;
        bytes += piece;
        size -= piece;
    }
    return true;
}

static bool part_take(const Split *split, size_t index, FILE *file, Take *take) {
    const nn_split_rows *rows = &split->rows;
    bool is_fine = take(file, rows->bytes, rows->head_end);
    for (size_t i = 0; is_fine && i < rows->count; i++) {
        const nn_split_row *row = &rows->rows[i];
        if (split->part_of[i] != index)
            continue;
        is_fine = take(file, rows->bytes + row->start, row->end - row->start);
        if (is_fine && !strchr("\r\n", rows->bytes[row->end - 1]))
            is_fine = take(file, rows->line_end, strlen(rows->line_end));
    }
    return is_fine;
}

/* A file that is there already is left as it is if it has these very bytes, and is replaced only
   where that is asked for. */
static bool present_check(Split *split, size_t index) {
    const nn_session *session = split->session;
    Part *part = &split->parts[index];
    struct stat status;
    part->is_open = true;
    if (nn_save_is_special(&part->file) || stat(part->path, &status) != 0)
        return true;
    FILE *file = fopen(part->path, "rbe");
    if (file) {
        part->is_open = !part_take(split, index, file, bytes_compare) || fgetc(file) != EOF;
        fclose(file);
    }
    if (!part->is_open || session->options->is_forced)
        return true;
    nn_fail(session->error, NN_USAGE, (nn_place){part->path, 0}, "this file is there already");
    nn_hint(session->error, "--force replaces it, --into gives other names");
    return false;
}

/* Writes what a file is to have, which does not get its name yet. */
static bool part_write(const Split *split, size_t index, nn_save *file) {
    FILE *out = nn_save_open(file, split->session->error);
    if (!out)
        return false;
    part_take(split, index, out, bytes_write);
    return nn_save_sync(file, split->session->error);
}

static bool parts_write(Split *split) {
    nn_error *error = split->session->error;
    size_t count = split->shares.count, done = 0;
    sigset_t before;
    for (size_t i = 0; i < count; i++)
        if (!present_check(split, i))
            return false;
    for (size_t i = 0; i < count; i++)
        if (split->parts[i].is_open && !part_write(split, i, &split->parts[i].file))
            return false;
    nn_replace_hold(&before); /* all or none */
    while (done < count &&
           (!split->parts[done].is_open || nn_save_commit(&split->parts[done].file, error)))
        done++;
    nn_replace_release(&before);
    if (done > 0 && done < count)
        nn_hint(error, "parts before this one are new, those after it are as they were");
    return done == count;
}

// ---- what is said ----

/* The column of classes, where there is just one, with few classes. */
static const nn_split_column *classes_find(const nn_split_rows *rows) {
    enum { MOST_SHOWN = 12 };
    const nn_split_column *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < rows->column_count; i++)
        if (rows->columns[i].is_class) {
            found = &rows->columns[i];
            count++;
        }
    return count == 1 && found->count <= MOST_SHOWN ? found : NULL;
}

/* Prints ": setosa 35, versicolor 35". */
static void classes_print(const Split *split, size_t index) {
    const nn_split_column *column = classes_find(&split->rows);
    for (size_t i = 0; column && i < column->count; i++) {
        size_t size = 0;
        nn_quoted shown;
        for (size_t row = 0; row < split->rows.count; row++)
            size += split->part_of[row] == index && split->groups.of[row] == column->ids[i];
        nn_show_text(shown.text, sizeof shown.text, *column->texts[i] ? column->texts[i] : "''",
                     SIZE_MAX);
        printf("%s%s %zu", i ? ", " : ": ", shown.text, size);
    }
}

static bool parts_print(const Split *split) {
    int widest = 0, digits = snprintf(NULL, 0, "%zu", split->rows.count);
    char path[400];
    for (size_t i = 0; i < split->shares.count; i++) {
        nn_show_text(path, sizeof path, split->parts[i].path, SIZE_MAX);
        widest = (int)strlen(path) > widest ? (int)strlen(path) : widest;
    }
    for (size_t i = 0; i < split->shares.count; i++) {
        const Part *part = &split->parts[i];
        nn_show_text(path, sizeof path, part->path, SIZE_MAX);
        printf("%-*s  %*zu %s", widest, path, digits, part->size, part->size == 1 ? "row" : "rows");
        classes_print(split, i);
        putchar('\n');
    }
    return nn_printed(split->session->error);
}

/* The table is read twice. */
static bool data_check(const nn_session *session) {
    struct stat status;
    const char *data = session->options->data;
    bool is_pipe = strcmp(data, "-") == 0 || (stat(data, &status) == 0 && S_ISFIFO(status.st_mode));
    return !is_pipe || nn_fail(session->error, NN_USAGE, (nn_place){NULL, 0},
                               "split reads --data twice, so it takes a file, no pipe");
}

bool nn_split(nn_session *session) {
    Split split = {.session = session};
    bool is_fine = nn_shares_parse(&split.shares, session->options->parts, session->error) &&
                   data_check(session) && names_find(&split) &&
                   nn_split_rows_read(&split.rows, session) && parts_draw(&split) &&
                   parts_write(&split) && parts_print(&split);
    for (size_t i = 0; i < split.shares.count; i++)
        nn_save_end(&split.parts[i].file);
    nn_split_rows_free(&split.rows);
    free(split.names);
    free(split.groups.of);
    free(split.part_of);
    return is_fine;
}
