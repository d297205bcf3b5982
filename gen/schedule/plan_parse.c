/* Plans from text. In: equations, and lines as plan_text prints them. Out: a plan, or the first
   place that is none, and why. Not its business: whether the plan fits, which plan_check says. */

#include "schedule/schedule.h"

#include <ctype.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Compiler *compiler;
    const Equations *equations;
    const char *at; /* the next character; after a problem, what is wrong */
    const char *problem;
    jmp_buf failed;
} Reader;

_Noreturn static void fail(Reader *reader, const char *wanted) {
    reader->at += strspn(reader->at, " ");
    int size = (int)strcspn(reader->at, " :,;\n");
    const char *found = format_text(reader->compiler, "%.*s", size > 40 ? 40 : size, reader->at);
    reader->problem = format_text(reader->compiler, "%s expected, found '%s'", wanted,
                                  shown_text(reader->compiler, found));
    longjmp(reader->failed, 1);
}

static bool is_word_character(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static bool accept(Reader *reader, const char *word) {
    const char *at = reader->at + strspn(reader->at, " ");
    size_t size = strlen(word);
    if (strncmp(at, word, size) != 0 ||
        (is_word_character(word[size - 1]) && is_word_character(at[size])))
        return false;
    reader->at = at + size;
    return true;
}

static const char *read_word(Reader *reader, const char *wanted) {
    reader->at += strspn(reader->at, " ");
    const char *first = reader->at;
    while (is_word_character(*reader->at))
        reader->at++;
    if (reader->at == first)
        fail(reader, wanted);
    return format_text(reader->compiler, "%.*s", (int)(reader->at - first), first);
}

static int64_t read_count(Reader *reader) {
    if (!isdigit((unsigned char)*reader->at))
        fail(reader, "a number");
    char *end;
    int64_t count = strtoll(reader->at, &end, 10);
    if (count < 1 || count > MAX_ELEMENTS)
        fail(reader, "a number of elements");
    reader->at = end;
    return count;
}

static int read_axis(Reader *reader) {
    const char *before = reader->at, *name = read_word(reader, "an axis");
    for (int i = 0; i < reader->equations->axis_count; i++)
        if (strcmp(reader->equations->axes[i].name, name) == 0)
            return i;
    reader->at = before + strspn(before, " ");
    fail(reader, "an axis of the kernel");
}

static int read_buffer(Reader *reader) {
    const Symbols *symbols = reader->equations->symbols;
    const char *before = reader->at, *name = read_word(reader, "a value");
    for (int i = 0; i < symbols->buffer_count; i++)
        if (strcmp(symbols->buffers[i].name, name) == 0)
            return i;
    reader->at = before + strspn(before, " ");
    fail(reader, "a value of the kernel");
}

static PlanLoop read_loop(Reader *reader, PlanLoopKind kind) {
    static const char *const rests[] = {"mask", "narrow", "scalar"};
    PlanLoop loop = {.axis = read_axis(reader), .step = 1, .kind = kind};
    if (accept(reader, "/"))
        loop.step = read_count(reader);
    if (accept(reader, ":"))
        loop.count = read_count(reader);
    if (accept(reader, "+"))
        loop.left = read_count(reader);
    loop.has_parts = accept(reader, "parts");
    loop.is_split = accept(reader, "split");
    loop.has_fence = accept(reader, "fence");
    for (int i = 0; i < 3 && loop.rest == REST_NONE; i++)
        if (accept(reader, rests[i]))
            loop.rest = (Rest)(i + 1);
    return loop;
}

static PlanLoopKind read_kind(Reader *reader) {
    static const char *const kinds[] = {"for", "unroll", "each", "turn", "lanes"};
    for (int i = 0; i < 5; i++)
        if (accept(reader, kinds[i]))
            return (PlanLoopKind)i;
    fail(reader, "'for', 'unroll', 'each', 'turn' or 'lanes'");
}

static void add_loop(Reader *reader, PlanNode *node, PlanLoop loop) {
    PUSH(reader->compiler, node->loops, node->loop_count, loop);
}

static int equation_of(Reader *reader, int buffer) {
    for (int i = 0; i < reader->equations->equation_count; i++)
        if (reader->equations->equations[i].value == buffer)
            return i;
    fail(reader, "a value that the kernel makes");
}

static void read_nest(Reader *reader, PlanNode *node) {
    node->equation = equation_of(reader, read_buffer(reader));
    const Equation *equation = &reader->equations->equations[node->equation];
    if (equation->reduce == REDUCE_FIRST_MAX &&
        (!accept(reader, ",") ||
         !accept(reader, reader->equations->symbols->buffers[equation->winner].name)))
        fail(reader, "the second value of a maximum");
    if (accept(reader, ":"))
        do {
            PlanLoopKind kind = read_kind(reader);
            add_loop(reader, node, read_loop(reader, kind));
        } while (accept(reader, ","));
    while (accept(reader, ";"))
        if (node->starts < 0 && accept(reader, "starts"))
            node->starts = read_buffer(reader);
        else if (node->waits < 0 && accept(reader, "waits"))
            node->waits = read_buffer(reader);
        else
            fail(reader, "'starts' or 'waits', each once,");
}

const char *plan_skip(const char *text) {
    for (;;) {
        const char *at = text + strspn(text, " ");
        if (*at == '#')
            at += strcspn(at, "\n");
        if (*at != '\n')
            return *at ? text : at;
        text = at + 1;
    }
}

static void end_line(Reader *reader) {
    reader->at += strspn(reader->at, " ");
    if (*reader->at && *reader->at != '\n' && *reader->at != '#')
        fail(reader, "the end of the line");
    reader->at = plan_skip(reader->at);
}

/* Two blanks a level; -1 at the end of the plan, which is that of the text or another `plan`. */
static int level_ahead(Reader *reader) {
    size_t blanks = strspn(reader->at, " ");
    if (blanks % 2 != 0)
        fail(reader, "two blanks for each level");
    return blanks == 0 ? -1 : (int)blanks / 2;
}

static void read_children(Reader *reader, PlanNode *parent, int level);

static PlanNode *read_node(Reader *reader, int level) {
    PlanNode *node = NEW(reader->compiler, PlanNode);
    node->starts = node->waits = -1;
    node->text = reader->at + strspn(reader->at, " ");
    bool is_for = accept(reader, "for"), is_sum = !is_for && accept(reader, "sum");
    if (!is_for && !is_sum && !accept(reader, "make"))
        fail(reader, "'for', 'sum' or 'make'");
    node->kind = is_for ? NODE_FOR : is_sum ? NODE_SUM : NODE_MAKE;
    if (!is_for) {
        read_nest(reader, node);
        end_line(reader);
        return node;
    }
    do {
        PlanLoopKind kind = accept(reader, "each")     ? PLAN_EACH
                            : accept(reader, "unroll") ? PLAN_UNROLL
                                                       : PLAN_FOR;
        add_loop(reader, node, read_loop(reader, kind));
    } while (accept(reader, ","));
    end_line(reader);
    read_children(reader, node, level + 1);
    return node;
}

static void read_children(Reader *reader, PlanNode *parent, int level) {
    while (level_ahead(reader) == level) {
        PlanNode *child = read_node(reader, level);
        PUSH(reader->compiler, parent->children, parent->child_count, child);
    }
    if (level_ahead(reader) > level) {
        reader->at += strspn(reader->at, " ");
        fail(reader, "a line with fewer blanks before it");
    }
}

/* "train_step.h", or "train_step.h:2" where kernels have equal names. */
static const char *read_kernel(Reader *reader) {
    const char *name = read_word(reader, "the name of a kernel");
    if (*reader->at != ':')
        return name;
    reader->at++;
    return format_text(reader->compiler, "%s:%" PRId64, name, read_count(reader));
}

const char *plan_parse(const Equations *equations, const char **text, Plan **plan) {
    Compiler *compiler = equations->symbols->compiler;
    Reader reader = {.compiler = compiler, .equations = equations, .at = *text};
    *plan = NEW(compiler, Plan);
    (*plan)->root = NEW(compiler, PlanNode);
    (*plan)->root->starts = (*plan)->root->waits = -1;
    if (setjmp(reader.failed) == 0) {
        reader.at = plan_skip(reader.at);
        if (!accept(&reader, "plan"))
            fail(&reader, "'plan'");
        (*plan)->name = read_kernel(&reader);
        end_line(&reader);
        read_children(&reader, (*plan)->root, 1);
        const char *next = reader.at;
        if (*next && !accept(&reader, "plan"))
            fail(&reader, "a line of the plan");
        reader.at = next;
    }
    *text = reader.at;
    return reader.problem;
}
