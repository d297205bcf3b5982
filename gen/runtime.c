/* nn.h, the runtime in one file, for --emit=runtime. In: runtime/nn.h and what it includes, which
   the build puts inside nngen; a target, or all. Out: one text that is to the compiler what
   these files are.

   Files take the place of the lines that include them; a file with an include guard does so once.
   For one target, conditions that follow from its row in nn_targets.h are decided here, and what
   they leave out is left out; others stay as they are. */

#include "condition.h"
#include "nngen.h"
#include "target/target.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NESTED = 50 };

/* A macro without arguments that stands for the same wherever it is defined. */
typedef struct {
    const char *name, *body; /* body NULL: it does not */
} Macro;

/* An #if with its #elif and #else. */
typedef struct {
    bool is_off;     /* what stands here is left out */
    bool is_decided; /* a branch was true: the rest is left out */
    bool is_written; /* #if is in the output */
    bool is_outer_off;
} Branches;

typedef struct {
    Compiler *compiler;
    const Machine *machine; /* NULL for all targets */
    Text *out;
    Macro *macros;
    int macro_count;
    Branches branches[MAX_NESTED];
    int depth;
    bool *was_included;
    const char *body; /* the file that NN_BODY names */
    bool in_comment;
} Merger;

/* A line, with those that a backslash joins to it. */
typedef struct {
    const char *text;
    size_t size;      /* with its end */
    const char *word; /* of a directive: what follows # */
    const char *rest; /* and what follows that, as a string */
} Line;

static char *copy(Compiler *compiler, const char *text, size_t size) {
    return format_text(compiler, "%.*s", (int)size, text);
}

/* Takes a line from *text; follows comments, so that what looks like a directive in one is none. */
static Line take_line(Compiler *compiler, const char **text, bool *in_comment) {
    Line line = {.text = *text};
    bool was_comment = *in_comment;
    const char *c = *text;
    for (; *c && !(*c == '\n' && (c == *text || c[-1] != '\\')); c++) {
        const char mark[] = {*in_comment ? '*' : '/', *in_comment ? '/' : '*'};
        if (c[0] == mark[0] && c[1] == mark[1]) {
            *in_comment = !*in_comment;
            c++;
        }
    }
    c += *c == '\n';
    line.size = (size_t)(c - *text);
    *text = c;
    if (was_comment || line.text[0] != '#')
        return line;
    const char *word = line.text + 1 + strspn(line.text + 1, " \t");
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz");
    line.word = copy(compiler, word, length);
    line.rest = copy(compiler, word + length, (size_t)(c - word) - length);
    line.rest += strspn(line.rest, " \t");
    return line;
}

static bool is(const Line *line, const char *word) {
    return line->word && strcmp(line->word, word) == 0;
}

/* The name that a text begins with. */
static char *first_name(Compiler *compiler, const char *text) {
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return copy(compiler, text, length);
}

static const Embedded *file_named(const char *name) {
    for (int i = 0; i < embedded_runtime_count; i++)
        if (strcmp(embedded_runtime[i].name, name) == 0)
            return &embedded_runtime[i];
    return NULL;
}

/* "#ifndef X" and in the next line "#define X" */
static bool has_guard(const Embedded *file) {
    for (const char *at = file->text; (at = strstr(at, "#ifndef ")); at++) {
        const char *name = at + strlen("#ifndef "), *end = strchr(name, '\n');
        size_t length = (size_t)(end - name);
        if (strncmp(end, "\n#define ", 9) == 0 && strncmp(end + 9, name, length) == 0 &&
            end[9 + length] == '\n')
            return true;
    }
    return false;
}

// What is known of the target

static Macro *macro_named(const Merger *merger, const char *name) {
    for (int i = 0; i < merger->macro_count; i++)
        if (strcmp(merger->macros[i].name, name) == 0)
            return &merger->macros[i];
    return NULL;
}

static void add_macro(Merger *merger, const char *name, const char *body) {
    Macro *before = macro_named(merger, name);
    if (before)
        before->body = NULL;
    else
        PUSH(merger->compiler, merger->macros, merger->macro_count, ((Macro){name, body}));
}

/* Macros of a file. What is defined under a condition, but for the guard of the file, does not
   count. */
static void collect_macros(Merger *merger, const Embedded *file) {
    const char *text = file->text;
    bool in_comment = false;
    int depth = has_guard(file) ? -1 : 0;
    while (*text) {
        Line line = take_line(merger->compiler, &text, &in_comment);
        depth += is(&line, "if") || is(&line, "ifdef") || is(&line, "ifndef");
        depth -= is(&line, "endif");
        if (!is(&line, "define"))
            continue;
        char *name = first_name(merger->compiler, line.rest);
        const char *body = line.rest + strlen(name);
        bool has_arguments = *body == '(';
        size_t blanks = strspn(body, " \t\n");
        bool is_plain = !has_arguments && body[blanks] && depth <= 0;
        add_macro(merger, name, is_plain ? body + blanks : NULL);
    }
}

/* The argument with this number, from 1, of the row of a target: NN_ROW_3(COLUMN) COLUMN(32, 1, ..) */
static char *row_argument(Merger *merger, const char *row, int number) {
    const char *at = strstr(row, "COLUMN(") + strlen("COLUMN(");
    while (--number > 0)
        at += strcspn(at, ",") + 1;
    at += strspn(at, " ");
    return copy(merger->compiler, at, strcspn(at, ",)"));
}

/* The text of nn_targets.h behind a name. */
static const char *defined_as(Merger *merger, const char *name) {
    const char *text = file_named("nn_targets.h")->text;
    const char *wanted = format_text(merger->compiler, "#define %s", name);
    const char *at = strstr(text, wanted);
    if (!at)
        stop_at(merger->compiler, (Span){0}, "internal: nn_targets.h has no %s", name);
    return at + strlen(wanted);
}

/* Every feature, #define NAME NN_FEATURE(NN_COLUMN_<number>), is what the row of the target has. */
static void fill_features(Merger *merger) {
    static const char feature[] = " NN_FEATURE(NN_COLUMN_";
    int number = atoi(defined_as(merger, merger->machine->runtime));
    const char *row =
        defined_as(merger, format_text(merger->compiler, "NN_ROW_%d(COLUMN)", number));
    const char *text = file_named("nn_targets.h")->text;
    for (const char *at = text; (at = strstr(at, feature)); at++) {
        const char *start = at;
        while (start > text && start[-1] != ' ')
            start--;
        Macro *macro = macro_named(merger, first_name(merger->compiler, start));
        macro->body = row_argument(merger, row, atoi(at + strlen(feature)));
    }
    add_macro(merger, "NN_TARGET", merger->machine->runtime);
}

/* A Meaning. In a file for one target there are no parts for several. */
static const char *meaning(const void *names, const char *name) {
    const Merger *merger = names;
    if (!merger->machine)
        return NULL;
    if (strcmp(name, "NN_SUFFIX") == 0)
        return "";
    const Macro *macro = macro_named(merger, name);
    return macro ? macro->body : NULL;
}

/* #ifdef and #ifndef ask for nothing but NN_SUFFIX and NN_CHOOSES: other names are known as numbers
   alone. */
static Known value_of(const Merger *merger, const Line *line) {
    bool is_not = is(line, "ifndef");
    if (!is_not && !is(line, "ifdef"))
        return condition_value(line->rest, meaning, merger);
    bool is_known = merger->machine && (strcmp(line->rest, "NN_SUFFIX\n") == 0 ||
                                        strcmp(line->rest, "NN_CHOOSES\n") == 0);
    return (Known){is_known, is_not};
}

// Lines

static void write_line(Merger *merger, const Line *line) {
    const Text *out = merger->out;
    bool is_empty = line->size == 1 && line->text[0] == '\n';
    bool was_empty = out->size < 2 || strcmp(out->bytes + out->size - 2, "\n\n") == 0;
    if (!is_empty || !was_empty)
        text_add_bytes(merger->out, line->text, line->size);
}

static bool is_off(const Merger *merger) {
    return merger->depth > 0 && merger->branches[merger->depth - 1].is_off;
}

static void open_branches(Merger *merger, const Line *line) {
    if (merger->depth == MAX_NESTED)
        stop_at(merger->compiler, (Span){0}, "internal: conditions of the runtime nest too deeply");
    bool is_outer_off = is_off(merger);
    Branches *branches = &merger->branches[merger->depth++];
    *branches = (Branches){.is_off = is_outer_off, .is_outer_off = is_outer_off};
    if (is_outer_off)
        return;
    Known value = value_of(merger, line);
    branches->is_decided = value.is_known && value.value;
    branches->is_off = value.is_known && !value.value;
    branches->is_written = !value.is_known;
    if (branches->is_written)
        write_line(merger, line);
}

/* #elif, or #else, which is an #elif 1 */
static void next_branch(Merger *merger, const Line *line) {
    Branches *branches = &merger->branches[merger->depth - 1];
    bool is_else = is(line, "else");
    if (branches->is_outer_off)
        return;
    branches->is_off = branches->is_decided;
    if (branches->is_off)
        return;
    Known value = is_else ? (Known){true, 1} : value_of(merger, line);
    branches->is_off = value.is_known && !value.value;
    branches->is_decided = value.is_known && value.value;
    if (branches->is_off)
        return;
    if (branches->is_decided && branches->is_written) {
        text_add(merger->out, "#else\n");
    } else if (!branches->is_decided) {
        text_add(merger->out, "#%s %s", branches->is_written ? "elif" : "if", line->rest);
        branches->is_written = true;
    }
}

static void close_branches(Merger *merger, const Line *line) {
    const Branches *branches = &merger->branches[--merger->depth];
    if (branches->is_written)
        write_line(merger, line);
}

// Files

static void merge_file(Merger *merger, const Embedded *file);

/* The file that a directive includes, or NULL for one of the compiler's. */
static const Embedded *included_file(const Merger *merger, const Line *line) {
    if (strcmp(line->rest, "NN_BODY\n") == 0)
        return file_named(merger->body);
    if (line->rest[0] != '"')
        return NULL;
    return file_named(copy(merger->compiler, line->rest + 1, strcspn(line->rest + 1, "\"")));
}

static void include(Merger *merger, const Line *line) {
    const Embedded *file = included_file(merger, line);
    if (!file) {
        write_line(merger, line);
        return;
    }
    bool *was_included = &merger->was_included[file - embedded_runtime];
    if (*was_included && has_guard(file))
        return;
    merge_file(merger, file);
    *was_included = true;
    if (merger->machine && strcmp(file->name, "nn_targets.h") == 0)
        text_add(merger->out,
                 "#if NN_TARGET != %s || defined(NN_SUFFIX)\n"
                 "#error \"this nn.h is for %s alone: nngen --emit=runtime without --target writes "
                 "one for all\"\n#endif\n",
                 merger->machine->runtime, merger->machine->name);
}

/* NN_BODY names a file and stands nowhere else. */
static bool takes_body(Merger *merger, const Line *line) {
    if (line->word && strcmp(line->rest, "NN_BODY\n") == 0 && is(line, "undef"))
        return true;
    if (!is(line, "define") || strncmp(line->rest, "NN_BODY ", 8) != 0)
        return false;
    const char *name = strchr(line->rest, '"') + 1;
    merger->body = copy(merger->compiler, name, strcspn(name, "\""));
    return true;
}

static void merge_line(Merger *merger, const Line *line) {
    if (is(line, "if") || is(line, "ifdef") || is(line, "ifndef"))
        open_branches(merger, line);
    else if (is(line, "elif") || is(line, "else"))
        next_branch(merger, line);
    else if (is(line, "endif"))
        close_branches(merger, line);
    else if (is_off(merger) || takes_body(merger, line))
        return;
    else if (is(line, "include"))
        include(merger, line);
    else
        write_line(merger, line);
}

/* Where a file comes for a second time, its comments are known. */
static bool is_old_comment(const Line *line, bool was_comment, bool is_again) {
    return is_again && (was_comment || strncmp(line->text, "/*", 2) == 0);
}

static void merge_file(Merger *merger, const Embedded *file) {
    const char *text = file->text;
    bool in_comment = false, is_again = merger->was_included[file - embedded_runtime];
    while (*text) {
        bool was_comment = in_comment;
        Line line = take_line(merger->compiler, &text, &in_comment);
        if (!is_old_comment(&line, was_comment, is_again))
            merge_line(merger, &line);
    }
}

static void merge_runtime(Compiler *compiler, bool is_for_one, Result *result) {
    Merger merger = {.compiler = compiler, .out = text_new(compiler)};
    merger.was_included = NEW_ARRAY(compiler, bool, embedded_runtime_count + 1);
    if (is_for_one) {
        merger.machine = machine_of(&compiler->options);
        for (int i = 0; i < embedded_runtime_count; i++)
            collect_macros(&merger, &embedded_runtime[i]);
        fill_features(&merger);
    }
    text_add(merger.out,
             "/* The runtime for %s in one file, generated by nngen %s. It is yours to use without "
             "conditions. */\n\n",
             is_for_one ? merger.machine->name : "all targets", NNGEN_VERSION);
    merge_file(&merger, file_named("nn.h"));
    result->source = merger.out->bytes;
}

Result runtime_header(const Options *options, bool is_for_one) {
    Result result = {.exit_code = 4, .arena = arena_new(), .diagnostics = (char *)no_memory};
    if (!result.arena)
        return result;
    Compiler compiler = {.arena = result.arena, .options = *options};
    if (setjmp(compiler.stop) != 0)
        return result;
    merge_runtime(&compiler, is_for_one, &result);
    result.exit_code = 0;
    result.diagnostics = (char *)"";
    return result;
}
