/* Layouts: each element has a place of its own, found by going through all places one by one; as
   affine expressions of loops and as numbers it is the same; text is read as it is printed. */

#include "layout/layout.h"
#include "../numeric/dice.h"
#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

enum { DRAWS = 300, MOST = 500 };

typedef struct {
    LayoutOf of;
    Layout layout;
    bool is_shared; /* some places are used in turn */
} Drawn;

static int64_t rounded_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* The digits of one axis. */
static void draw_axis(Dice *dice, Drawn *drawn, int axis) {
    int64_t extent = layout_extent(&drawn->of, axis), step = 1;
    while (step < extent || step == 1) {
        int64_t left = rounded_up(extent, step);
        bool is_last = dice_chance(dice, 0.5) || left <= 2;
        int64_t count = is_last ? left : dice_between(dice, 2, (int)left - 1);
        layout_add(&drawn->layout, axis, step, count);
        Digit *digit = &drawn->layout.digits[drawn->layout.digit_count - 1];
        if (dice_chance(dice, 0.15))
            digit->room += dice_below(dice, 3);
        if (dice_chance(dice, 0.05))
            digit->room = 1;
        step *= count;
        if (step == 1)
            break;
    }
}

static void shuffle(Dice *dice, Layout *layout) {
    for (int i = layout->digit_count - 1; i > 0; i--) {
        int other = dice_below(dice, i + 1);
        Digit swapped = layout->digits[i];
        layout->digits[i] = layout->digits[other];
        layout->digits[other] = swapped;
    }
}

/* An axis in blocks, outermost, of which the last is shorter. */
static void draw_cut(Dice *dice, Drawn *drawn, int axis) {
    int64_t extent = layout_extent(&drawn->of, axis), step = dice_between(dice, 2, (int)extent - 1);
    layout_add(&drawn->layout, axis, step, rounded_up(extent, step));
    Digit *outer = &drawn->layout.digits[0];
    outer->left = extent % step;
    if (dice_chance(dice, 0.2))
        outer->room = 1;
    layout_add(&drawn->layout, axis, 1, step);
}

static Drawn drawn_layout(uint64_t seed) {
    Dice dice = dice_new(seed);
    Drawn drawn = {.of = {.shape.rank = dice_below(&dice, 4), .alignment = 64}};
    for (int axis = 0; axis < drawn.of.shape.rank; axis++)
        drawn.of.shape.size[axis] = dice_between(&dice, 1, 9);
    drawn.of.examples = dice_chance(&dice, 0.5) ? dice_between(&dice, 1, 6) : 0;
    drawn.layout.alignment = drawn.of.alignment;
    drawn.layout.type = (Type)dice_below(&dice, TYPE_COUNT);
    bool is_cut = drawn.of.shape.rank > 0 && drawn.of.shape.size[0] > 2 && dice_chance(&dice, 0.4);
    if (is_cut)
        draw_cut(&dice, &drawn, 0);
    for (int axis = drawn.of.examples ? AXIS_EXAMPLES : 0; axis < drawn.of.shape.rank; axis++)
        if (axis != 0 || !is_cut)
            draw_axis(&dice, &drawn, axis);
    Layout inner = drawn.layout;
    inner.digit_count -= is_cut;
    memmove(inner.digits, inner.digits + is_cut, sizeof *inner.digits * (size_t)inner.digit_count);
    shuffle(&dice, &inner);
    memcpy(drawn.layout.digits + is_cut, inner.digits,
           sizeof *inner.digits * (size_t)inner.digit_count);
    if (drawn.layout.digit_count > 0 && dice_chance(&dice, 0.2))
        drawn.layout.gap = dice_between(&dice, 1, 5);
    for (int i = 0; i < drawn.layout.digit_count; i++)
        drawn.is_shared |= drawn.layout.digits[i].room < drawn.layout.digits[i].count;
    return drawn;
}

/* The next index of all axes, examples first, the last one fastest; false after the last. */
static bool next_index(const LayoutOf *of, int64_t *index) {
    for (int axis = of->shape.rank - 1; axis >= (of->examples ? AXIS_EXAMPLES : 0); axis--) {
        if (++index[axis + 1] < layout_extent(of, axis))
            return true;
        index[axis + 1] = 0;
    }
    return false;
}

/* The places of all digits, outermost first; false after the last. */
static bool next_place(const Layout *layout, int64_t *place) {
    for (int i = layout->digit_count - 1; i >= 0; i--) {
        const Digit *digit = &layout->digits[i], *outer = &layout->digits[0];
        bool is_short = i > 0 && outer->left > 0 && digit->axis == outer->axis && outer->room > 1 &&
                        place[0] == outer->count - 1;
        if (++place[i] < (is_short ? outer->left : digit->room))
            return true;
        place[i] = 0;
    }
    return false;
}

static bool is_at(const Layout *layout, const int64_t *index, const int64_t *place) {
    bool is_same = true;
    for (int i = 0; i < layout->digit_count; i++) {
        const Digit *digit = &layout->digits[i];
        int64_t value = index[digit->axis + 1] / digit->step % digit->count;
        is_same &= place[i] == (digit->room == 1 ? 0 : value);
    }
    return is_same;
}

/* By counting the places before it; -1 if there is none. Sets the number of all. */
static int64_t counted_position(const Layout *layout, const int64_t *index, int64_t *size) {
    int64_t place[MAX_DIGITS] = {0}, position = 0, found = -1, before = 0;
    do {
        position += place[0] != before ? layout->gap : 0;
        before = place[0];
        if (is_at(layout, index, place))
            found = position;
        position++;
    } while (next_place(layout, place));
    *size = position + layout->gap;
    return found;
}

/* Blocks in turn have another shape where the last one is shorter, which counting does not know. */
static bool can_be_counted(const Layout *layout) {
    return layout->digit_count > 0 && (layout->digits[0].left == 0 || layout->digits[0].room > 1);
}

static bool is_right_place(const Drawn *drawn, const int64_t *index, bool *is_used) {
    int64_t size, position = layout_position(&drawn->layout, index), back[MAX_RANK + 1];
    bool is_right = position >= 0 && position < layout_size(&drawn->layout);
    if (!is_right)
        return false;
    if (can_be_counted(&drawn->layout))
        is_right &= counted_position(&drawn->layout, index, &size) == position &&
                    size == layout_size(&drawn->layout);
    if (!drawn->is_shared)
        is_right &= !is_used[position] &&
                    layout_index(&drawn->layout, &drawn->of, position, back) &&
                    memcmp(back, index, sizeof back) == 0;
    is_used[position] = true;
    return is_right;
}

/* The places between the elements are no element's. */
static bool are_unused(const Drawn *drawn, const bool *is_used) {
    int64_t index[MAX_RANK + 1];
    bool is_right = true;
    for (int64_t i = 0; i < layout_size(&drawn->layout) && !drawn->is_shared; i++)
        is_right &= layout_index(&drawn->layout, &drawn->of, i, index) == is_used[i];
    return is_right;
}

Test(layout, every_element_has_a_place_of_its_own) {
    Compiler *compiler = test_compiler();
    int padded = 0, shared = 0, cut = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Drawn drawn = drawn_layout(seed);
        const char *text = layout_text(compiler, &drawn.layout, &drawn.of);
        const char *problem = layout_check(compiler, &drawn.layout, &drawn.of);
        cr_assert_null(problem, "seed %d: %s: %s", (int)seed, text, problem);
        int64_t size = layout_size(&drawn.layout), index[MAX_RANK + 1] = {0}, count = 0;
        if (size > MOST)
            continue;
        bool is_used[MOST] = {false}, is_right = true;
        do {
            is_right &= is_right_place(&drawn, index, is_used);
            count++;
        } while (next_index(&drawn.of, index));
        cr_expect(is_right && are_unused(&drawn, is_used), "seed %d: %s", (int)seed, text);
        padded += size > count;
        shared += drawn.is_shared;
        cut += drawn.layout.digit_count > 0 && drawn.layout.digits[0].left > 0;
    }
    cr_expect(padded > 20 && shared > 10 && cut > 20, "%d %d %d", padded, shared, cut);
    test_compiler_free(compiler);
}

/* Loops over an axis: one over blocks of its largest digit, one within. Where the last block is
   shorter, over all others and over that one apart. */
typedef struct {
    Affine index[MAX_RANK + 1];
    Range ranges[2 * MAX_RANK + 2];
    int variable_count;
} Rounds;

static void add_loops(Compiler *compiler, const Drawn *drawn, bool in_last, int axis,
                      Rounds *rounds) {
    int64_t step = 1, extent = layout_extent(&drawn->of, axis);
    bool is_cut = false;
    for (int i = 0; i < drawn->layout.digit_count; i++)
        if (drawn->layout.digits[i].axis == axis && drawn->layout.digits[i].step > step) {
            step = drawn->layout.digits[i].step;
            is_cut = drawn->layout.digits[i].left > 0;
        }
    int64_t last = (extent - 1) / step * step, first = is_cut && in_last ? last : 0;
    int64_t end = is_cut && !in_last && last > 0 ? last - step : last;
    int64_t within = is_cut && end == last ? extent - last : step;
    within = within > extent ? extent : within;
    Affine outer = affine_variable(compiler, rounds->variable_count);
    rounds->ranges[rounds->variable_count++] = (Range){first, end, step};
    Affine inner = affine_variable(compiler, rounds->variable_count);
    rounds->ranges[rounds->variable_count++] = (Range){0, within - 1, 1};
    rounds->index[axis + 1] = affine_add(compiler, outer, inner);
}

static bool next_round(const Rounds *rounds, int64_t *values) {
    for (int i = rounds->variable_count - 1; i >= 0; i--) {
        values[i] += rounds->ranges[i].step;
        if (values[i] <= rounds->ranges[i].last)
            return true;
        values[i] = rounds->ranges[i].first;
    }
    return false;
}

/* Whether the address is affine, and what it is for each round of the loops. */
static bool has_address(Compiler *compiler, const Drawn *drawn, bool in_last, bool *is_right) {
    Rounds rounds = {.variable_count = 0};
    for (int axis = drawn->of.examples ? AXIS_EXAMPLES : 0; axis < drawn->of.shape.rank; axis++)
        add_loops(compiler, drawn, in_last, axis, &rounds);
    Affine address;
    if (!layout_address(compiler, &drawn->layout, rounds.index, rounds.ranges, &address))
        return false;
    int64_t values[2 * MAX_RANK + 2], index[MAX_RANK + 1];
    for (int i = 0; i < rounds.variable_count; i++)
        values[i] = rounds.ranges[i].first;
    do {
        for (int i = 0; i <= MAX_RANK; i++)
            index[i] = rounds.index[i].divisor ? affine_value(rounds.index[i], values) : 0;
        *is_right &= affine_value(address, values) == layout_position(&drawn->layout, index);
    } while (next_round(&rounds, values));
    return true;
}

static int digits_of_one_axis(const Layout *layout) {
    int most = 0;
    for (int axis = AXIS_EXAMPLES; axis < MAX_RANK; axis++) {
        int count = 0;
        for (int i = 0; i < layout->digit_count; i++)
            count += layout->digits[i].axis == axis;
        most = count > most ? count : most;
    }
    return most;
}

/* Of axes with up to two digits each; of more, one loop would have to be within the other two. */
Test(layout, addresses_are_affine_in_loops_over_blocks) {
    Compiler *compiler = test_compiler();
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Drawn drawn = drawn_layout(seed);
        bool is_right = true;
        bool is_found = has_address(compiler, &drawn, false, &is_right) &&
                        has_address(compiler, &drawn, true, &is_right);
        cr_expect(is_right && (is_found || digits_of_one_axis(&drawn.layout) > 2), "seed %d: %s",
                  (int)seed, layout_text(compiler, &drawn.layout, &drawn.of));
    }
    test_compiler_free(compiler);
}

Test(layout, addresses_that_are_not_affine) {
    Compiler *compiler = test_compiler();
    static const char *const names[] = {"i", "j"};
    const LayoutOf of = {.shape = {2, {50, 784}}};
    static const Range all[] = {{0, 49, 1}, {0, 783, 1}}, whole[] = {{0, 31, 1}, {0, 783, 1}},
                       last[] = {{32, 49, 1}, {0, 783, 1}}, either[] = {{0, 32, 32}, {0, 783, 1}};
    Affine index[3] = {affine_number(0), affine_variable(compiler, 0),
                       affine_variable(compiler, 1)};
    Affine address;
    Layout cut, full;
    cr_assert_null(layout_parse(compiler, "i/32+18 j i:32", &of, &cut));
    cr_assert_null(layout_parse(compiler, "i/32 j i:32", &of, &full));
    cr_expect(layout_size(&cut) == 50 * 784 && layout_size(&full) == 64 * 784);
    cr_expect_not(layout_address(compiler, &full, index, all, &address));
    cr_expect_not(layout_address(compiler, &cut, index, either, &address));
    cr_assert(layout_address(compiler, &full, index, either, &address));
    cr_expect_str_eq(affine_text(compiler, address, names), "784*i + 32*j");
    cr_assert(layout_address(compiler, &cut, index, whole, &address));
    cr_expect_str_eq(affine_text(compiler, address, names), "i + 32*j");
    cr_assert(layout_address(compiler, &cut, index, last, &address));
    cr_expect_str_eq(affine_text(compiler, address, names), "i + 18*j + 25056");
    test_compiler_free(compiler);
}

Test(layout, text_is_read_as_it_is_printed) {
    Compiler *compiler = test_compiler();
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Drawn drawn = drawn_layout(seed);
        Layout read;
        const char *text = layout_text(compiler, &drawn.layout, &drawn.of);
        const char *problem = layout_parse(compiler, text, &drawn.of, &read);
        cr_expect_null(problem, "seed %d: %s: %s", (int)seed, text, problem);
        cr_expect(layout_equal(&read, &drawn.layout), "seed %d: %s read as %s", (int)seed, text,
                  layout_text(compiler, &read, &drawn.of));
    }
    test_compiler_free(compiler);
}

/* Also what is printed otherwise than it was written. */
Test(layout, texts) {
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"b c y x", NULL},
        {"b/16 c y x b:16", NULL},
        {"c/8 y x c:8 b", NULL},
        {"  b/16:2  c:16 y x b:16 ", "b/16 c y x b:16"},
        {"b c/8 c/2 y x c:2 u8", NULL},
        {"b|1 c y x|16", NULL},
        {"b c/4 y c x", "b c/4 y c:4 x"},
        {"b c y x gap 16", NULL},
        {"b/10+2 c y x b:10", NULL},
        {"b/10|1+2 c y x b:10 gap 4 i32", NULL},
        {"b c y x f32", "b c y x"},
    };
    static const char *const names[] = {"c", "y", "x"};
    const LayoutOf of = {.shape = {3, {16, 14, 14}}, .examples = 32, .names = names};
    Compiler *compiler = test_compiler();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Layout layout;
        const char *problem = layout_parse(compiler, rows[i].text, &of, &layout);
        cr_assert_null(problem, "%s: %s", rows[i].text, problem);
        cr_expect_str_eq(layout_text(compiler, &layout, &of),
                         rows[i].printed ? rows[i].printed : rows[i].text);
    }
    const LayoutOf number = {.shape.rank = 0};
    Layout layout;
    cr_expect_null(layout_parse(compiler, "1", &number, &layout));
    cr_expect_eq(layout_size(&layout), 1);
    cr_expect_str_eq(layout_text(compiler, &layout, &number), "1");
    test_compiler_free(compiler);
}

Test(layout, errors) {
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"", "there are no digits"},
        {"b z x", "'z' is no digit of an axis"},
        {"b cy x", "'cy' is no digit of an axis"},
        {"b c/ y", "in 'c/' a number from 1 on stands behind '/'"},
        {"b c/0 y", "in 'c/0' a number from 1 on stands behind '/'"},
        {"b c/99999999999 y", "in 'c/99999999999' a number from 1 on stands behind '/'"},
        {"b c:4/2 y", "'c:4/2' is not AXIS, /STEP, :COUNT, |ROOM, +LEFT in this order"},
        {"b c/2x y", "'c/2x' is not AXIS, /STEP, :COUNT, |ROOM, +LEFT in this order"},
        {"c y", "the digits of axis 'b' do not make up its 32 values"},
        {"b y", "the digits of axis 'c' do not make up its 16 values"},
        {"b c:8 y", "the digits of axis 'c' do not make up its 16 values"},
        {"b c/8 y c:4", "the digits of axis 'c' do not make up its 16 values"},
        {"b c/8:3 y c:8", "the digits of axis 'c' do not make up its 16 values"},
        {"b c c y", "the digits of axis 'c' do not make up its 16 values"},
        {"b c|8 y", "digit 2, of 16 values, has room for 8"},
        {"b c y/4+2 y:4", "only the outermost digit can have a shorter last block"},
        {"y/4+1 b c y:4", "axis 'y' has no shorter last block of 1"},
        {"c/4+4 b y c:4", "axis 'c' has no shorter last block of 4"},
        {"y+2 b c", "axis 'y' has no shorter last block of 2"},
        {"y/4+2 b c y:4|8", "axis 'y' has no shorter last block of 2"},
        {"b c y gap", "behind 'gap' comes how many elements"},
        {"b c y gap 4x", "behind 'gap' comes how many elements"},
        {"b c y i32 gap 4", "'gap' stands behind the end of the layout"},
        {"b|900000 c|900000 y", "it has too many elements"},
        {"b b b b b b b b b b b b b b b b", "there are more than 14 digits"},
    };
    static const char *const names[] = {"c", "y"};
    const LayoutOf of = {.shape = {2, {16, 14}}, .examples = 32, .names = names};
    Compiler *compiler = test_compiler();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Layout layout;
        const char *problem = layout_parse(compiler, rows[i].text, &of, &layout);
        cr_assert_not_null(problem, "%s", rows[i].text);
        cr_expect_str_eq(problem, rows[i].problem, "%s", rows[i].text);
    }
    const LayoutOf per_batch = {.shape = {2, {16, 14}}, .names = names};
    Layout layout;
    cr_expect_str_eq(layout_parse(compiler, "b c y", &per_batch, &layout),
                     "'b' is no digit of an axis");
    layout = layout_row_major(&of);
    cr_expect_str_eq(layout_check(compiler, &layout, &per_batch), "digit 1 is of no axis");
    layout.digits[0].step = 0;
    cr_expect_str_eq(layout_check(compiler, &layout, &of), "digit 1 counts nothing");
    test_compiler_free(compiler);
}

/* Every order of the axes of [2, 3, 4] is a way through the same elements. */
Test(layout, elements_by_their_number) {
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const LayoutOf of = {.shape = {3, {2, 3, 4}}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        Layout layout = {.digit_count = 0};
        int64_t stride = 1, strides[3];
        for (int at = 2; at >= 0; at--) {
            strides[orders[i][at]] = stride;
            stride *= of.shape.size[orders[i][at]];
        }
        for (int at = 0; at < 3; at++)
            layout_add(&layout, orders[i][at], 1, of.shape.size[orders[i][at]]);
        bool is_right = true;
        for (int64_t k = 0; k < 24; k++) {
            int64_t at = layout_position_of(&layout, of.shape, k);
            is_right &= at == k / 12 * strides[0] + k / 4 % 3 * strides[1] + k % 4 * strides[2];
            is_right &= layout_element_at(&layout, of.shape, at) == k;
        }
        cr_expect(is_right && layout_is_row_major(&layout) == (i == 0), "%zu", i);
    }
}

static void expect_layout(Compiler *compiler, Layout layout, const LayoutOf *of, const char *text) {
    cr_expect_null(layout_check(compiler, &layout, of));
    cr_expect_str_eq(layout_text(compiler, &layout, of), text);
}

/* What the stage chooses from: rows, another axis innermost, panels of these. */
Test(layout, kinds) {
    Compiler *compiler = test_compiler();
    const LayoutOf weights = {.shape = {2, {50, 784}}}, rows = {.shape = {1, {64}}, .examples = 8};
    Layout layout = layout_row_major(&weights);
    int axis = -1;
    expect_layout(compiler, layout, &weights, "i j");
    cr_expect(layout_innermost_axis(&layout) == 1 && layout_panels(&layout, &axis) == 0);
    expect_layout(compiler, layout_in_panels(layout, &weights, 0), &weights, "i j");
    expect_layout(compiler, layout_in_panels(layout, &weights, 16), &weights, "j/16 i j:16");
    layout = layout_with_innermost(&weights, 0);
    expect_layout(compiler, layout, &weights, "j i");
    layout = layout_in_panels(layout, &weights, 32);
    expect_layout(compiler, layout, &weights, "i/32+18 j i:32");
    cr_expect(layout_panels(&layout, &axis) == 32 && axis == 0);
    cr_expect(layout_innermost_axis(&layout) == 0 && !layout_is_row_major(&layout));
    cr_expect(layout_stride(&layout, 0) == 784 && layout_stride(&layout, 1) == 32);
    layout = layout_row_major(&rows);
    expect_layout(compiler, layout, &rows, "b i");
    expect_layout(compiler, layout_in_panels(layout, &rows, 16), &rows, "i/16 b i:16");
    layout = layout_with_innermost(&rows, AXIS_EXAMPLES);
    expect_layout(compiler, layout, &rows, "i b");
    cr_expect(layout_has_examples_innermost(&layout) && layout_stride(&layout, 0) == 8);
    layout.digits[1].room = 1;
    cr_expect_eq(layout_stride(&layout, AXIS_EXAMPLES), 0);
    test_compiler_free(compiler);
}
