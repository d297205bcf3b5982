/* Offsets of scratch: first fit against a search through all that lives at the same time, and the
   check of plans against all pairs. */

#include "front.h"
#include "fuse/fuse.h"
#include "place/place.h"

enum { DRAWS = 200, STORAGES = 60, TIMES = 40, SIZES = 5, UNIT = 16 };

typedef struct {
    int first, last;
    int64_t offset, size;
} Life;

static uint32_t state = 1;

static int draw(int count) {
    state = state * 1664525u + 1013904223u;
    return (int)((state >> 8) % (uint32_t)count);
}

/* Any lifetime, short ones more often. */
static Life draw_life(void) {
    Life life = {.first = draw(TIMES), .size = UNIT * (1 + draw(SIZES))};
    int longest = draw(4) ? 5 : TIMES;
    life.last = life.first + draw(longest);
    life.last = life.last < TIMES ? life.last : TIMES - 1;
    return life;
}

static bool share(const Life *a, const Life *b) {
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

static int64_t lowest(const Life *lives, int count, Life life) {
    for (life.offset = 0;; life.offset += UNIT) {
        bool is_free = true;
        for (int i = 0; i < count; i++)
            is_free &= !share(&lives[i], &life);
        if (is_free)
            return life.offset;
    }
}

Test(place, first_fit_is_the_lowest_that_is_free) {
    Front front;
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    for (int i = 0; i < DRAWS; i++) {
        Life lives[STORAGES];
        struct FirstFit *fit = first_fit_new(&front.compiler, TIMES);
        for (int k = 0; k < STORAGES; k++) {
            Life *life = &lives[k];
            *life = draw_life();
            life->offset = first_fit(fit, life->first, life->last, life->size);
            cr_assert_eq(life->offset, lowest(lives, k, *life), "draw %d, storage %d", i, k);
        }
    }
    front_close(&front);
}

static bool any_share(const Life *lives, int count, int *one, int *other) {
    for (*one = 0; *one < count; ++*one)
        for (*other = 0; *other < *one; ++*other)
            if (share(&lives[*one], &lives[*other]))
                return true;
    return false;
}

/* As first fit places them, but in half of the draws one of them elsewhere. */
Test(place, sharing_is_found_as_by_all_pairs) {
    Front front;
    front_open(&front);
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    int shared = 0;
    for (int i = 0; i < DRAWS; i++) {
        Life lives[STORAGES];
        Dataflow flow = {.compiler = &front.compiler};
        struct FirstFit *fit = first_fit_new(&front.compiler, TIMES);
        for (int k = 0; k < STORAGES; k++) {
            lives[k] = draw_life();
            lives[k].offset = first_fit(fit, lives[k].first, lives[k].last, lives[k].size);
        }
        if (i % 2)
            lives[draw(STORAGES)].offset = UNIT * draw(40);
        for (int k = 0; k < STORAGES; k++) {
            FlowStorage storage = {.first = lives[k].first,
                                   .last = lives[k].last,
                                   .offset = lives[k].offset,
                                   .size = lives[k].size};
            PUSH(&front.compiler, flow.storages, flow.storage_count, storage);
        }
        int one, other, wanted_one, wanted_other;
        bool is_shared = any_share(lives, STORAGES, &wanted_one, &wanted_other);
        cr_assert_eq(find_sharing(&flow, &one, &other), is_shared, "draw %d", i);
        cr_assert(!is_shared || (one == wanted_one && other == wanted_other), "draw %d", i);
        shared += is_shared;
    }
    cr_expect(shared > 20 && shared < DRAWS / 2, "%d shared", shared);
    front_close(&front);
}
