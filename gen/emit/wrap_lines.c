/* Line breaking of emitted C. In: text of any width. Out: the same tokens in lines of at most
   LINE_WIDTH columns, broken at the loosest operators, with trailing comments of neighbouring
   statements aligned. */

#include "emit/emitter.h"

#include <ctype.h>
#include <string.h>

enum {
    CONTINUATION = 4,    /* indent of continuation lines outside brackets */
    LATEST_BRACKET = 60, /* continuation lines do not align to brackets from here on */
    COMMENT_COLUMN = 60, /* trailing comments are aligned here; after longer statements they stay */
    LATEST_COMMENT = 75, /* trailing comments from here on are not broken */
    LAST_RESORT = 1000,  /* rank of the worst break */
    MAX_BRACKETS = 64,
};

typedef struct {
    const char *at, *end;
} Line;

/* ---- where to break ---- */

/* State of scanning a statement. */
typedef struct {
    int bracket[MAX_BRACKETS], depth; /* columns that continuation lines in brackets align to */
    int indent, assigned;             /* column after " = ", 0 without one */
    int latest;                       /* last column to align to */
} State;

/* A candidate break, and the column at which the rest continues. */
typedef struct {
    const char *at; /* NULL: nowhere */
    int rank, column;
    State state;
} Break;

typedef struct {
    Line line;
    int shift; /* columns before line.at */
    State state;
    Break best;
} Scan;

static int column_of(const Scan *scan, const char *at) {
    return scan->shift + (int)(at - scan->line.at);
}

static int continuation(const State *state) {
    if (state->depth > 0)
        return state->bracket[state->depth <= MAX_BRACKETS ? state->depth - 1 : MAX_BRACKETS - 1];
    return state->assigned > 0 && state->assigned <= state->latest ? state->assigned
                                                                   : state->indent + CONTINUATION;
}

static void open_bracket(Scan *scan, const char *at) {
    State *state = &scan->state;
    int column = column_of(scan, at) + 1;
    if (column > state->latest)
        column = continuation(state) + (state->depth > 0 ? CONTINUATION : 0);
    if (state->depth < MAX_BRACKETS)
        state->bracket[state->depth] = column;
    state->depth++;
}

/* Outer brackets and looser operators win; among equals the last. */
static void offer(Scan *scan, const char *at, int rank) {
    int column = continuation(&scan->state);
    bool fits = column_of(scan, at) <= LINE_WIDTH + 1 && column < column_of(scan, at);
    if (fits && (!scan->best.at || rank <= scan->best.rank))
        scan->best = (Break){at, rank, column, scan->state};
}

/* A break right after an opening bracket: open brackets then use the plain indent. */
static void offer_hanging(Scan *scan, const char *at) {
    int column = scan->state.indent + CONTINUATION;
    bool fits = column_of(scan, at) <= LINE_WIDTH && column < column_of(scan, at);
    if (!fits || at == scan->line.end || (scan->best.at && scan->best.rank < LAST_RESORT))
        return;
    scan->best = (Break){at, LAST_RESORT, column, scan->state};
    for (int i = 0; i < scan->state.depth && i < MAX_BRACKETS; i++)
        scan->best.state.bracket[i] = column;
}

static const char *skip_quoted(const char *at, const char *end) {
    for (char quote = *at++; at < end && *at != quote; at++)
        at += *at == '\\' && at + 1 < end;
    return at < end ? at + 1 : end;
}

static const char *skip_comment(const char *at, const char *end) {
    for (at += 2; at + 1 < end && !(at[0] == '*' && at[1] == '/'); at++) {
    }
    return at + 1 < end ? at + 2 : end;
}

/* The rank of a break after the character at `at` and the blank behind it, -1 where there is none.
 */
static int rank_after(const char *at, const char *end) {
    if (at + 2 >= end || at[1] != ' ' || at[2] == '/')
        return -1;
    if (*at == ',')
        return 0;
    bool is_binary = at[-1] == ' ';
    if (is_binary && (*at == '+' || *at == '-' || *at == '?' || *at == ':'))
        return 1;
    return is_binary && (*at == '*' || *at == '/') ? 2 : *at == '=' ? 9 : -1;
}

static Break find_break(Line line, int shift, State state) {
    Scan scan = {.line = line, .shift = shift, .state = state};
    for (const char *at = line.at; at < line.end && column_of(&scan, at) < LINE_WIDTH; at++) {
        if (*at == '"' || *at == '\'')
            at = skip_quoted(at, line.end) - 1;
        else if (at + 1 < line.end && at[0] == '/' && at[1] == '*')
            at = skip_comment(at, line.end) - 1;
        else if (strchr("([{", *at)) {
            open_bracket(&scan, at);
            if (*at != '[')
                offer_hanging(&scan, at + 1);
        } else if (strchr(")]}", *at))
            scan.state.depth -= scan.state.depth > 0;
        else if (at > line.at) {
            int rank = rank_after(at, line.end);
            if (*at == '=' && rank >= 0 && scan.state.depth == 0)
                scan.state.assigned = column_of(&scan, at) + 2;
            if (rank >= 0)
                offer(&scan, at + 2, 3 * scan.state.depth + rank);
        }
    }
    return scan.best;
}

/* Whether the break would split line numbers or leave the end of a comment alone. */
static bool is_glued(const char *start, const char *at) {
    return (at - start >= 6 && memcmp(at - 6, "(line ", 6) == 0) || memcmp(at, "*/", 2) == 0;
}

/* Comments break at any other blank, outside the brackets of a shape if possible. */
static Break find_blank(Line line, int shift, int column) {
    Break best = {0}, inside = {0};
    int depth = 0;
    for (const char *at = line.at + 1; at < line.end && shift + (at - line.at) <= LINE_WIDTH + 1;
         at++) {
        depth += (at[-1] == '[') - (at[-1] == ']');
        if (at[-1] == ' ' && *at != ' ' && !is_glued(line.at, at) &&
            shift + (at - line.at) > column)
            *(depth > 0 ? &inside : &best) = (Break){.at = at, .column = column};
    }
    return best.at ? best : inside;
}

/* ---- lines ---- */

/* Where the comment behind a statement begins, or NULL. */
static const char *trailing_comment(Line line) {
    if (line.end - line.at < 4 || memcmp(line.end - 2, "*/", 2) != 0)
        return NULL;
    const char *end = line.end - 2;
    while (end > line.at && !(end[0] == '/' && end[1] == '*'))
        end--;
    const char *code = end;
    while (code > line.at && code[-1] == ' ')
        code--;
    return code < end && code > line.at && (code[-1] == ';' || code[-1] == ',') ? end : NULL;
}

/* The end of the statement before a comment. */
static const char *statement_end(const char *comment) {
    while (comment[-1] == ' ')
        comment--;
    return comment;
}

/* False where a line stays longer than LINE_WIDTH. */
static bool add_lines(Text *out, Line line, bool in_comment, int latest) {
    int indent = 0, shift = 0;
    while (line.at + indent < line.end && line.at[indent] == ' ')
        indent++;
    bool opens =
        !in_comment && line.end - line.at > indent + 1 && memcmp(line.at + indent, "/*", 2) == 0;
    State state = {.indent = indent, .latest = latest};
    int behind = indent + (opens ? 3 + CONTINUATION : CONTINUATION);
    while (shift + (line.end - line.at) > LINE_WIDTH) {
        const char *comment = shift == 0 && !in_comment && !opens ? trailing_comment(line) : NULL;
        if (comment && comment - line.at <= LATEST_COMMENT)
            opens = true, behind = (int)(comment - line.at) + 3;
        Break found =
            in_comment || opens ? find_blank(line, shift, behind) : find_break(line, shift, state);
        if (!found.at)
            break;
        const char *end = found.at;
        while (end > line.at && end[-1] == ' ')
            end--;
        text_add_bytes(out, line.at, (size_t)(end - line.at));
        text_add(out, "\n%*s", found.column, "");
        line.at = found.at;
        shift = found.column;
        state = found.state;
    }
    text_add_bytes(out, line.at, (size_t)(line.end - line.at));
    text_add(out, "\n");
    return shift + (line.end - line.at) <= LINE_WIDTH;
}

/* Where it is too narrow behind brackets, nothing is aligned to them. */
static void add_broken(Compiler *compiler, Text *out, Line line, bool in_comment) {
    Text *lines = text_new(compiler);
    if (!add_lines(lines, line, in_comment, LATEST_BRACKET)) {
        lines = text_new(compiler);
        add_lines(lines, line, in_comment, 0);
    }
    text_add_bytes(out, lines->bytes, lines->size);
}

static Line next_line(const char *at, const char *end) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    return (Line){at, line_end ? line_end : end};
}

/* The column of the comments of the lines from `at` on that have one. */
static int comment_column(const char *at, const char *end) {
    int column = 0;
    while (at < end) {
        Line line = next_line(at, end);
        const char *comment = trailing_comment(line);
        if (!comment)
            break;
        int own = (int)(statement_end(comment) - line.at) + 1;
        if (own <= COMMENT_COLUMN && own > column)
            column = own;
        at = line.end + 1;
    }
    return column;
}

static bool ends_in_comment(Line line, bool in_comment) {
    for (const char *at = line.at; at + 1 < line.end; at++) {
        if (!in_comment && *at == '"')
            at = skip_quoted(at, line.end) - 1;
        else if (!in_comment && at[0] == '/' && at[1] == '*')
            in_comment = true, at++;
        else if (in_comment && at[0] == '*' && at[1] == '/')
            in_comment = false, at++;
    }
    return in_comment;
}

char *wrap_lines(Compiler *compiler, const char *text) {
    Text *out = text_new(compiler);
    const char *end = text + strlen(text);
    bool in_comment = false;
    int column = 0;
    while (text < end) {
        Line line = next_line(text, end);
        const char *comment = in_comment ? NULL : trailing_comment(line);
        bool is_directive = !in_comment && *line.at == '#';
        if (!comment)
            column = 0;
        else if (column == 0)
            column = comment_column(line.at, end);
        if (comment) {
            Text *padded = text_new(compiler);
            int own = (int)(statement_end(comment) - line.at);
            text_add_bytes(padded, line.at, (size_t)own);
            text_add(padded, "%*s", own < column ? column - own : 1, "");
            text_add_bytes(padded, comment, (size_t)(line.end - comment));
            add_broken(compiler, out, (Line){padded->bytes, padded->bytes + padded->size}, false);
        } else if (is_directive || line.end - line.at <= LINE_WIDTH) {
            text_add_bytes(out, line.at, (size_t)(line.end - line.at));
            text_add(out, "\n");
        } else
            add_broken(compiler, out, line, in_comment);
        in_comment = ends_in_comment(line, in_comment);
        text = line.end + 1;
    }
    return out->bytes;
}
