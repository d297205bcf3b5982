/* The layout of one value. In: a layout, and indices as affine expressions or numbers. Out:
   addresses, sizes, and what is wrong with it. */

#include "layout/layout.h"

void layout_add(Layout *layout, int axis, int64_t step, int64_t count) {
    layout->digits[layout->digit_count++] =
        (Digit){.axis = axis, .step = step, .count = count, .room = count};
}

Layout layout_row_major(const LayoutOf *of) {
    Layout layout = {.type = of->type, .alignment = of->alignment};
    if (of->examples > 0)
        layout_add(&layout, AXIS_EXAMPLES, 1, of->examples);
    for (int axis = 0; axis < of->shape.rank; axis++)
        layout_add(&layout, axis, 1, of->shape.size[axis]);
    return layout;
}

Layout layout_with_innermost(const LayoutOf *of, int innermost) {
    Layout layout = {.type = of->type, .alignment = of->alignment};
    if (of->examples > 0 && innermost != AXIS_EXAMPLES)
        layout_add(&layout, AXIS_EXAMPLES, 1, of->examples);
    for (int axis = 0; axis < of->shape.rank; axis++)
        if (axis != innermost)
            layout_add(&layout, axis, 1, of->shape.size[axis]);
    layout_add(&layout, innermost, 1, layout_extent(of, innermost));
    return layout;
}

Layout layout_in_panels(Layout layout, const LayoutOf *of, int width) {
    if (width == 0)
        return layout;
    Layout cut = {.type = layout.type, .alignment = layout.alignment};
    int last = layout.digit_count - 1, axis = layout.digits[last].axis;
    int64_t extent = layout_extent(of, axis);
    layout_add(&cut, axis, width, (extent + width - 1) / width);
    cut.digits[0].left = extent % width;
    for (int i = 0; i < last; i++)
        cut.digits[cut.digit_count++] = layout.digits[i];
    layout_add(&cut, axis, 1, width);
    return cut;
}

int layout_innermost_axis(const Layout *layout) {
    return layout->digits[layout->digit_count - 1].axis;
}

bool layout_is_row_major(const Layout *layout) {
    for (int i = 1; i < layout->digit_count; i++)
        if (layout->digits[i].axis <= layout->digits[i - 1].axis)
            return false;
    return true;
}

static bool digit_equal(const Digit *a, const Digit *b) {
    return a->axis == b->axis && a->step == b->step && a->count == b->count && a->room == b->room &&
           a->left == b->left;
}

bool layout_equal(const Layout *a, const Layout *b) {
    bool is_equal = a->type == b->type && a->alignment == b->alignment && a->gap == b->gap &&
                    a->digit_count == b->digit_count;
    for (int i = 0; is_equal && i < a->digit_count; i++)
        is_equal = digit_equal(&a->digits[i], &b->digits[i]);
    return is_equal;
}

bool layout_has_examples_innermost(const Layout *layout) {
    return layout->digit_count > 0 && layout->digits[layout->digit_count - 1].axis == AXIS_EXAMPLES;
}

int64_t layout_extent(const LayoutOf *of, int axis) {
    return axis == AXIS_EXAMPLES ? of->examples : of->shape.size[axis];
}

const char *layout_axis_name(const LayoutOf *of, int axis) {
    static const char *const letters[MAX_RANK] = {"i", "j", "k", "l", "m", "n"};
    return axis == AXIS_EXAMPLES ? "b" : of->names ? of->names[axis] : letters[axis];
}

// Sizes

/* Whether a digit lies within blocks of which the last may be shorter. */
static bool is_shortened(const Layout *layout, int digit) {
    return digit > 0 && layout->digits[0].left > 0 &&
           layout->digits[digit].axis == layout->digits[0].axis;
}

/* The elements of what lies within a place of a digit; in_last: of the last block. */
static int64_t stride_of(const Layout *layout, int digit, bool in_last) {
    int64_t stride = 1;
    for (int i = layout->digit_count - 1; i > digit; i--)
        stride *=
            in_last && is_shortened(layout, i) ? layout->digits[0].left : layout->digits[i].room;
    return digit == 0 ? stride + layout->gap : stride;
}

int64_t layout_size(const Layout *layout) {
    if (layout->digit_count == 0)
        return 1;
    const Digit *outer = &layout->digits[0];
    int64_t whole = stride_of(layout, 0, false);
    bool has_short = outer->left > 0 && outer->room > 1;
    return (outer->room - has_short) * whole + (has_short ? stride_of(layout, 0, true) : 0);
}

int64_t layout_stride(const Layout *layout, int axis) {
    for (int i = 0; i < layout->digit_count; i++) /* the largest digit is the outermost of these */
        if (layout->digits[i].axis == axis)
            return layout->digits[i].room > 1 || layout->digits[i].count == 1
                       ? stride_of(layout, i, false) / layout->digits[i].step
                       : 0;
    return 0;
}

int64_t layout_panels(const Layout *layout, int *axis) {
    for (int i = 0; i < layout->digit_count; i++)
        if (layout->digits[i].step > 1) {
            *axis = layout->digits[i].axis;
            return layout->digits[i].step;
        }
    return 0;
}

// Addresses

/* Whether no other digit counts what this one leaves: its values are below its count then. */
static bool is_largest(const Layout *layout, int digit) {
    for (int i = 0; i < layout->digit_count; i++)
        if (layout->digits[i].axis == layout->digits[digit].axis &&
            layout->digits[i].step > layout->digits[digit].step)
            return false;
    return true;
}

static bool digit_value(Compiler *compiler, const Layout *layout, int digit, const Affine *index,
                        const Range *ranges, Affine *value) {
    const Digit *of = &layout->digits[digit];
    Affine quotient = index[of->axis + 1], rest;
    if (of->step > 1 && !affine_split(compiler, quotient, of->step, ranges, &quotient, &rest))
        return false;
    *value = quotient;
    return is_largest(layout, digit) ||
           affine_split(compiler, quotient, of->count, ranges, &rest, value);
}

/* Whether the outermost digit is at the last, shorter block; false where it may or may not be. */
static bool find_last(Affine block, const Digit *outer, const Range *ranges, bool *in_last) {
    Range blocks = affine_bounds(block, ranges);
    *in_last = outer->left > 0 && blocks.first >= outer->count - 1;
    return outer->left == 0 || *in_last || blocks.last < outer->count - 1;
}

bool layout_address(Compiler *compiler, const Layout *layout, const Affine *index,
                    const Range *ranges, Affine *address) {
    bool in_last = false;
    *address = affine_number(0);
    for (int i = 0; i < layout->digit_count; i++) {
        const Digit *digit = &layout->digits[i];
        Affine value;
        if (digit->room == 1 && digit->count > 1 && digit->left == 0)
            continue;
        if (!digit_value(compiler, layout, i, index, ranges, &value) ||
            (i == 0 && !find_last(value, digit, ranges, &in_last)))
            return false;
        bool is_shared = digit->room == 1 && digit->count > 1;
        int64_t stride = is_shared ? 0 : stride_of(layout, i, i > 0 && in_last);
        *address = affine_add(compiler, *address, affine_scale(compiler, value, stride));
    }
    return true;
}

int64_t layout_position(const Layout *layout, const int64_t *index) {
    Affine numbers[MAX_RANK + 1], address;
    for (int i = 0; i <= MAX_RANK; i++)
        numbers[i] = affine_number(index[i]);
    layout_address(NULL, layout, numbers, NULL, &address); /* numbers take no memory */
    return address.offset;
}

bool layout_index(const Layout *layout, const LayoutOf *of, int64_t position, int64_t *index) {
    bool in_last = false, is_used = true;
    for (int i = 0; i <= MAX_RANK; i++)
        index[i] = 0;
    for (int i = 0; i < layout->digit_count; i++) {
        const Digit *digit = &layout->digits[i];
        int64_t stride = stride_of(layout, i, i > 0 && in_last), value = position / stride;
        if (i == 0)
            in_last = digit->left > 0 && value == digit->count - 1;
        is_used &= value < digit->count;
        index[digit->axis + 1] += value * digit->step;
        position %= stride;
    }
    is_used &= position == 0;
    for (int axis = of->examples > 0 ? AXIS_EXAMPLES : 0; axis < of->shape.rank; axis++)
        is_used &= index[axis + 1] < layout_extent(of, axis);
    return is_used;
}

/* Whether positions in the first example are the numbers of its elements. */
static bool numbers_elements(const Layout *layout) {
    bool is_dense = layout->gap == 0 || layout->digits[0].axis == AXIS_EXAMPLES;
    for (int i = 0; i < layout->digit_count; i++)
        is_dense &= layout->digits[i].axis == AXIS_EXAMPLES ||
                    layout->digits[i].room == layout->digits[i].count;
    return is_dense && layout_is_row_major(layout);
}

int64_t layout_position_of(const Layout *layout, Shape shape, int64_t element) {
    int64_t index[MAX_RANK + 1] = {0};
    if (numbers_elements(layout))
        return element;
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        index[axis + 1] = element % shape.size[axis];
        element /= shape.size[axis];
    }
    return layout_position(layout, index);
}

int64_t layout_element_at(const Layout *layout, Shape shape, int64_t position) {
    LayoutOf of = {.shape = shape};
    int64_t index[MAX_RANK + 1], element = 0;
    if (numbers_elements(layout))
        return position;
    layout_index(layout, &of, position, index);
    for (int axis = 0; axis < shape.rank; axis++)
        element = element * shape.size[axis] + index[axis + 1];
    return element;
}

// Checks

/* The digit of an axis that has this step, NULL if there is none. */
static const Digit *digit_with(const Layout *layout, int axis, int64_t step) {
    for (int i = 0; i < layout->digit_count; i++)
        if (layout->digits[i].axis == axis && layout->digits[i].step == step)
            return &layout->digits[i];
    return NULL;
}

/* Whether the digits of an axis count its elements: from step 1 on, each begins where the one
   before ends, and the last goes as far as the axis and no further. */
static bool is_complete(const Layout *layout, int axis, int64_t extent) {
    const Digit *digit = digit_with(layout, axis, 1), *last = NULL;
    int all = 0, found = 0;
    for (int i = 0; i < layout->digit_count; i++)
        all += layout->digits[i].axis == axis;
    while (digit && found < all && (found == 0 || digit->step > last->step)) {
        found++;
        last = digit;
        digit = digit_with(layout, axis, last->step * last->count);
    }
    return last && found == all && (last->count - 1) * last->step < extent &&
           last->count * last->step >= extent;
}

/* Blocks of the outermost digit, the last one shorter, and one digit within these. */
static bool is_cut(const Layout *layout, int64_t extent) {
    const Digit *outer = &layout->digits[0], *inner = digit_with(layout, outer->axis, 1);
    int digits = 0;
    for (int i = 0; i < layout->digit_count; i++)
        digits += layout->digits[i].axis == outer->axis;
    return digits == 2 && outer->count > 1 && inner != outer && inner->room == inner->count &&
           outer->left == extent - (outer->count - 1) * outer->step && outer->left < outer->step;
}

static const char *check_digit(Compiler *compiler, const Layout *layout, const LayoutOf *of,
                               int number) {
    const Digit *digit = &layout->digits[number];
    if (digit->axis < AXIS_EXAMPLES || digit->axis >= of->shape.rank ||
        (digit->axis == AXIS_EXAMPLES && of->examples == 0))
        return format_text(compiler, "digit %d is of no axis", number + 1);
    if (digit->step < 1 || digit->count < 1)
        return format_text(compiler, "digit %d counts nothing", number + 1);
    if (digit->room != 1 && digit->room < digit->count)
        return format_text(compiler, "digit %d, of %lld values, has room for %lld", number + 1,
                           (long long)digit->count, (long long)digit->room);
    return digit->left != 0 && number > 0 ? "only the outermost digit can have a shorter last block"
                                          : NULL;
}

static bool is_too_large(const Layout *layout) {
    int64_t size = 1;
    for (int i = 0; i < layout->digit_count; i++) {
        int64_t room = layout->digits[i].room;
        if (room > MAX_ELEMENTS || size * room > MAX_ELEMENTS)
            return true;
        size *= room;
    }
    return layout->gap > MAX_ELEMENTS || layout_size(layout) > MAX_ELEMENTS;
}

const char *layout_check(Compiler *compiler, const Layout *layout, const LayoutOf *of) {
    for (int i = 0; i < layout->digit_count; i++) {
        const char *problem = check_digit(compiler, layout, of, i);
        if (problem)
            return problem;
    }
    for (int axis = of->examples > 0 ? AXIS_EXAMPLES : 0; axis < of->shape.rank; axis++)
        if (!is_complete(layout, axis, layout_extent(of, axis)))
            return format_text(compiler, "the digits of axis '%s' do not make up its %lld values",
                               layout_axis_name(of, axis), (long long)layout_extent(of, axis));
    const Digit *outer = &layout->digits[0];
    if (layout->digit_count > 0 && outer->left != 0 &&
        !is_cut(layout, layout_extent(of, outer->axis)))
        return format_text(compiler, "axis '%s' has no shorter last block of %lld",
                           layout_axis_name(of, outer->axis), (long long)outer->left);
    if (layout->gap < 0 || (layout->gap > 0 && layout->digit_count == 0))
        return "there is no gap where there are no digits";
    return is_too_large(layout) ? "it has too many elements" : NULL;
}
