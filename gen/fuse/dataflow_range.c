/* Part of the checker of plans: sets of elements that loops touch. In: ranges. Out: whether some
   cover another, or are disjoint. */

#include "fuse/fuse.h"

#include <stdlib.h>

enum { MOST_PIECES = 1 << 16 };

/* `count` elements from `first` on. */
typedef struct {
    int64_t first, count;
} Piece;

typedef struct {
    Piece *pieces;
    int64_t count;
} Pieces;

/* Reverses loops with a negative stride, and drops loops of one round and loops of stride 0; false
   where one of stride 0 visits its elements several times. */
static bool drop_empty_loops(FlowRange *range) {
    bool is_unique = true;
    int count = 0;
    for (int i = 0; i < range->loop_count; i++) {
        if (range->loops[i].count == 1)
            continue;
        if (range->loops[i].stride == 0) {
            is_unique = false;
            continue;
        }
        if (range->loops[i].stride < 0) {
            range->first += range->loops[i].stride * (range->loops[i].count - 1);
            range->loops[i].stride = -range->loops[i].stride;
        }
        range->loops[count++] = range->loops[i];
    }
    range->loop_count = count;
    return is_unique;
}

static void sort_loops(FlowRange *range) {
    for (int i = 1; i < range->loop_count; i++)
        for (int k = i; k > 0 && range->loops[k].stride < range->loops[k - 1].stride; k--) {
            FlowRange old = *range;
            range->loops[k] = old.loops[k - 1];
            range->loops[k - 1] = old.loops[k];
        }
}

bool range_normalise(FlowRange *range) {
    bool is_unique = drop_empty_loops(range);
    int last = 0;
    sort_loops(range);
    for (int i = 1; i < range->loop_count; i++) {
        int64_t ahead = range->loops[i].stride / range->loops[last].stride;
        bool is_multiple = range->loops[i].stride % range->loops[last].stride == 0;
        if (is_multiple && ahead <= range->loops[last].count) {
            is_unique &= ahead == range->loops[last].count;
            range->loops[last].count += ahead * (range->loops[i].count - 1);
        } else
            range->loops[++last] = range->loops[i];
    }
    if (range->loop_count > 0)
        range->loop_count = last + 1;
    return is_unique;
}

int64_t range_end(const FlowRange *range) {
    int64_t end = range->first + 1;
    for (int i = 0; i < range->loop_count; i++)
        end += range->loops[i].stride * (range->loops[i].count - 1);
    return end;
}

bool range_is_whole(const FlowRange *range) {
    return range->loop_count == 0 || (range->loop_count == 1 && range->loops[0].stride == 1);
}

static int64_t piece_count(const FlowRange *range) {
    int64_t count = 1;
    for (int i = 0; i < range->loop_count; i++)
        if (i > 0 || range->loops[i].stride > 1) {
            if (count > MOST_PIECES / range->loops[i].count)
                return MOST_PIECES + 1;
            count *= range->loops[i].count;
        }
    return count;
}

static void add_pieces(Pieces *pieces, const FlowRange *range) {
    int64_t from = pieces->count;
    bool has_run = range->loop_count > 0 && range->loops[0].stride == 1;
    pieces->pieces[pieces->count++] = (Piece){range->first, has_run ? range->loops[0].count : 1};
    for (int loop = has_run; loop < range->loop_count; loop++) {
        int64_t made = pieces->count - from;
        for (int64_t round = 1; round < range->loops[loop].count; round++)
            for (int64_t i = from; i < from + made; i++) {
                Piece piece = pieces->pieces[i];
                piece.first += round * range->loops[loop].stride;
                pieces->pieces[pieces->count++] = piece;
            }
    }
}

static int by_first(const void *a, const void *b) {
    int64_t left = ((const Piece *)a)->first, right = ((const Piece *)b)->first;
    return (left > right) - (left < right);
}

/* The contiguous pieces of ranges, sorted; false where they are too many. */
static bool find_pieces(Compiler *compiler, const FlowRange *ranges, int count, Pieces *pieces) {
    int64_t all = 0;
    for (int i = 0; i < count && all <= MOST_PIECES; i++)
        all += piece_count(&ranges[i]);
    if (all > MOST_PIECES)
        return false;
    *pieces = (Pieces){.pieces = NEW_ARRAY(compiler, Piece, all + 1)};
    for (int i = 0; i < count; i++)
        add_pieces(pieces, &ranges[i]);
    qsort(pieces->pieces, (size_t)pieces->count, sizeof(Piece), by_first);
    return true;
}

/* Merges adjacent pieces. */
static void join_pieces(Pieces *pieces) {
    int64_t last = 0;
    for (int64_t i = 1; i < pieces->count; i++) {
        Piece *before = &pieces->pieces[last];
        const Piece piece = pieces->pieces[i];
        int64_t end = before->first + before->count;
        if (piece.first > end)
            pieces->pieces[++last] = piece;
        else if (piece.first + piece.count > end)
            before->count = piece.first + piece.count - before->first;
    }
    pieces->count = last + 1;
}

bool ranges_cover(Compiler *compiler, const FlowRange *parts, int count, const FlowRange *range) {
    Pieces there, wanted;
    for (int i = 0; i < count; i++)
        if (range_is_whole(&parts[i]) && parts[i].first <= range->first &&
            range_end(&parts[i]) >= range_end(range))
            return true;
    if (count == 0 || !find_pieces(compiler, parts, count, &there) ||
        !find_pieces(compiler, range, 1, &wanted))
        return count > 0;
    join_pieces(&there);
    for (int64_t i = 0, at = 0; i < wanted.count; i++) {
        int64_t end = wanted.pieces[i].first + wanted.pieces[i].count;
        while (at + 1 < there.count && there.pieces[at + 1].first <= wanted.pieces[i].first)
            at++;
        const Piece *piece = &there.pieces[at];
        if (piece->first > wanted.pieces[i].first || piece->first + piece->count < end)
            return false;
    }
    return true;
}

bool ranges_are_apart(Compiler *compiler, const FlowRange *a, const FlowRange *b) {
    Pieces pieces;
    if (range_end(a) <= b->first || range_end(b) <= a->first)
        return true;
    if (range_is_whole(a) && range_is_whole(b))
        return false;
    FlowRange both[] = {*a, *b};
    if (!find_pieces(compiler, both, 2, &pieces))
        return true;
    for (int64_t i = 1; i < pieces.count; i++)
        if (pieces.pieces[i].first < pieces.pieces[i - 1].first + pieces.pieces[i - 1].count)
            return false;
    return true;
}
