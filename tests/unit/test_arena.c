/* gen/base/arena.c: zeroed, aligned, separate pieces; growing arrays; what happens without memory. */

#include "front.h"

enum { PIECES = 2000 };

static size_t piece_size(int i) {
    return i % 100 == 7 ? 300000 : (size_t)(i * 37 % 511);
}

Test(arena, pieces_are_zeroed_aligned_and_apart) {
    Front front;
    static unsigned char *pieces[PIECES];
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&front.compiler, piece_size(i));
        cr_assert_eq((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < piece_size(i); k++)
            cr_assert_eq(pieces[i][k], 0, "byte %zu of piece %d", k, i);
        memset(pieces[i], i % 255 + 1, piece_size(i));
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < piece_size(i); k++)
            cr_assert_eq(pieces[i][k], i % 255 + 1, "byte %zu of piece %d", k, i);
    front_close(&front);
}

Test(arena, empty_pieces_differ) {
    Front front;
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    cr_expect_neq(arena_alloc(&front.compiler, 0), arena_alloc(&front.compiler, 0));
    front_close(&front);
}

/* What is made apart is given back; what is made between arena_keep and arena_return stays. */
Test(arena, what_is_kept_outlives_what_is_apart) {
    Front front;
    int *before, *kept[3] = {NULL, NULL, NULL};
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    before = arena_alloc(&front.compiler, sizeof *before);
    *before = 7;
    for (int round = 0; round < 3; round++) {
        arena_open(&front.compiler);
        for (int i = 0; i < PIECES; i++)
            memset(arena_alloc(&front.compiler, piece_size(i)), 1, piece_size(i));
        arena_keep(&front.compiler);
        kept[round] = arena_alloc(&front.compiler, sizeof(int));
        *kept[round] = round;
        arena_return(&front.compiler);
        arena_close(&front.compiler);
    }
    int *after = arena_alloc(&front.compiler, sizeof *after);
    cr_expect(after != before && *before == 7 && *after == 0);
    for (int round = 0; round < 3; round++)
        cr_expect_eq(*kept[round], round);
    front_close(&front);
}

Test(arena, arrays_keep_their_items) {
    Front front;
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    int *squares = NULL, count = 0;
    for (int i = 0; i < 10000; i++)
        PUSH(&front.compiler, squares, count, i * i);
    cr_assert_eq(count, 10000);
    for (int i = 0; i < count; i++)
        cr_assert_eq(squares[i], i * i);
    front_close(&front);
}

Test(arena, arrays_grow_by_doubling) {
    Front front;
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    int *items = NULL, count = 0, moves = 0;
    for (int i = 0; i < 1024; i++) {
        const int *old = items;
        PUSH(&front.compiler, items, count, i);
        moves += items != old;
    }
    cr_expect_eq(moves, 9); /* 4, 8, ... 1024 */
    front_close(&front);
}

static void expect_no_memory(size_t size) {
    Front front;
    front_open(&front);
    if (setjmp(front.compiler.stop) == 0) {
        arena_alloc(&front.compiler, size);
        cr_assert_fail("%zu bytes were given", size);
    }
    cr_expect_eq(front.compiler.exit_code, 4);
    cr_expect_str_eq(front_said(&front), "nngen: error: out of memory\n");
    front_close(&front);
}

Test(arena, without_memory_the_run_stops) {
    expect_no_memory(SIZE_MAX);
    expect_no_memory(SIZE_MAX - 8);
    expect_no_memory((size_t)PTRDIFF_MAX + 1);
}

Test(arena, negative_count_stops) {
    Front front;
    volatile int count = -1;
    front_open(&front);
    if (setjmp(front.compiler.stop) == 0) {
        NEW_ARRAY(&front.compiler, double, count);
        cr_assert_fail("an array of -1 items was given");
    }
    cr_expect_eq(front.compiler.exit_code, 4);
    front_close(&front);
}

Test(arena, nothing_to_free) {
    arena_free(NULL);
    arena_free(arena_new());
}
