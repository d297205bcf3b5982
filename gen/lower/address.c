/* Indices to addresses: each reference gets a single index, in elements, by the layout of its
   buffer, which then is an array of one axis.

   In: a loop program with an index per axis, and layouts. Out: the same statements over addresses.
   Not its business: the order of loops; where a digit of a layout is no affine expression of their
   variables, plan and layout do not fit, and that is said. */

#include "lower/passes.h"

typedef struct {
    const LoopKernel *kernel;
    Symbols *symbols;
    BufferLayout *layouts; /* by buffer; all of them there */
    Range *ranges;         /* by variable */
    int *lanes_of;         /* likewise: how many lanes its loop runs in, 0: in none */
    int *innermost;        /* by buffer: the axis that runs in lanes, or -1 */
    int *lanes;            /* likewise: in how many */
    const char *problem;
} Addresses;

// What runs in lanes

static void note_reference(Addresses *addresses, const Reference *reference) {
    int *innermost = &addresses->innermost[reference->buffer];
    for (int axis = 0; axis < reference->index_count && *innermost < 0; axis++)
        for (int i = 0; i < reference->index[axis].term_count; i++)
            if (addresses->lanes_of[reference->index[axis].terms[i].variable] > 0) {
                *innermost = axis;
                addresses->lanes[reference->buffer] =
                    addresses->lanes_of[reference->index[axis].terms[i].variable];
            }
}

static void note_expr(Addresses *addresses, const Expr *expr) {
    if (expr->kind == EXPR_READ)
        note_reference(addresses, expr->reference);
    for (int i = 0; i < expr->argument_count; i++)
        note_expr(addresses, expr->arguments[i]);
}

static void note_body(Addresses *addresses, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            addresses->lanes_of[stmt->variable] = stmt->mark == LOOP_LANES ? stmt->lanes : 0;
        if (stmt->reference)
            note_reference(addresses, stmt->reference);
        if (stmt->expression)
            note_expr(addresses, stmt->expression);
        if (stmt->body)
            note_body(addresses, stmt->body);
        if (stmt->otherwise)
            note_body(addresses, stmt->otherwise);
    }
}

// Layouts

/* What a layout of the buffer is of: without examples, axis i of the shape is index i. */
static LayoutOf subject_of(const Buffer *buffer, bool has_examples) {
    LayoutOf of = {.type = buffer->type, .alignment = buffer->alignment};
    of.examples = has_examples ? buffer->extent[0] : 0;
    of.shape.rank = buffer->rank - has_examples;
    for (int axis = 0; axis < of.shape.rank; axis++)
        of.shape.size[axis] = buffer->extent[axis + has_examples];
    return of;
}

/* Row-major, one axis innermost, -1: the last; that one has room for whole vectors of so many
   lanes, so that masked ones do not overlap. All indices count as those of axes from AXIS_EXAMPLES
   on, as layout_address wants them. */
static BufferLayout plain_layout(Compiler *compiler, const Buffer *buffer, int innermost,
                                 int lanes) {
    Layout *layout = NEW(compiler, Layout);
    *layout = (Layout){.type = buffer->type, .alignment = buffer->alignment};
    for (int axis = 0; axis < buffer->rank; axis++)
        if (axis != innermost)
            layout_add(layout, axis + AXIS_EXAMPLES, 1, buffer->extent[axis]);
    if (innermost >= 0) {
        layout_add(layout, innermost + AXIS_EXAMPLES, 1, buffer->extent[innermost]);
        layout->digits[layout->digit_count - 1].room =
            (buffer->extent[innermost] + lanes - 1) / lanes * lanes;
    }
    return (BufferLayout){.layout = layout, .has_examples = true};
}

static void settle_layout(Addresses *addresses, int number, const BufferLayout *given) {
    Compiler *compiler = addresses->symbols->compiler;
    Buffer *buffer = &addresses->symbols->buffers[number];
    BufferLayout *own = &addresses->layouts[number];
    bool is_given = given && (given->layout || given->access);
    int innermost = buffer->is_local ? addresses->innermost[number] : -1;
    *own = is_given ? *given : plain_layout(compiler, buffer, innermost, addresses->lanes[number]);
    if (own->access)
        own->layout = own->access->layout;
    const Layout *layout = own->layout;
    if (is_given && !own->access) {
        LayoutOf of = subject_of(buffer, own->has_examples);
        const char *problem = layout_check(compiler, layout, &of);
        if (layout->type != buffer->type)
            problem = format_text(compiler, "it is of %s and the kernel's is of %s",
                                  type_text(layout->type), type_text(buffer->type));
        if (problem && !addresses->problem)
            addresses->problem =
                format_text(compiler, "kernel %s: the layout of %s does not fit: %s",
                            addresses->kernel->name, buffer->name, problem);
    }
    *buffer = (Buffer){.name = buffer->name,
                       .type = buffer->type,
                       .rank = 1,
                       .extent = {layout_size(layout) + (own->access ? own->access->offset : 0)},
                       .alignment = layout->alignment,
                       .is_local = buffer->is_local,
                       .is_written = buffer->is_written};
}

// References

/* In the memory of a value that may have other axes. */
static bool address_by_access(const Addresses *addresses, const BufferLayout *own,
                              const Affine *index, Affine *made) {
    Compiler *compiler = addresses->symbols->compiler;
    const Access *access = own->access;
    Affine within[MAX_RANK + 1] = {access->has_examples ? index[0] : affine_number(0)};
    for (int axis = 0; axis < access->rank; axis++) {
        int from = access->from[axis];
        Affine start = affine_number(access->start[axis]);
        within[axis + 1] = from < 0 ? start : affine_add(compiler, start, index[1 + from]);
    }
    if (!layout_address(compiler, access->layout, within, addresses->ranges, made))
        return false;
    *made = affine_add(compiler, *made, affine_number(access->offset));
    return true;
}

/* Of the lane so many elements further along the last axis. */
static bool address_of(const Addresses *addresses, const Reference *reference, int64_t further,
                       Affine *made) {
    Compiler *compiler = addresses->symbols->compiler;
    const BufferLayout *own = &addresses->layouts[reference->buffer];
    Affine index[MAX_RANK + 2] = {affine_number(0)};
    int first = own->has_examples ? 0 : 1, count = reference->index_count;
    for (int i = 0; i < count; i++)
        index[first + i] = reference->index[i];
    if (count > 0)
        index[first + count - 1] =
            affine_add(compiler, index[first + count - 1], affine_number(further));
    if (own->access)
        return address_by_access(addresses, own, index, made);
    return layout_address(compiler, own->layout, index, addresses->ranges, made);
}

/* The lanes of a vector lie as far apart as their addresses, all alike. */
static bool stride_of(const Addresses *addresses, const Reference *reference, Affine first,
                      int64_t *stride) {
    Compiler *compiler = addresses->symbols->compiler;
    for (int i = 1; i < reference->lanes; i++) {
        Affine at;
        if (!address_of(addresses, reference, i * reference->stride, &at))
            return false;
        Affine apart = affine_add(compiler, at, affine_scale(compiler, first, -1));
        if (i == 1)
            *stride = apart.offset;
        if (apart.term_count > 0 || apart.divisor != 1 || apart.offset != i * *stride)
            return false;
    }
    return true;
}

static Reference *addressed_reference(Addresses *addresses, const Reference *reference) {
    Symbols *symbols = addresses->symbols;
    Affine at = affine_number(0);
    int64_t stride = 1;
    if (!address_of(addresses, reference, 0, &at) ||
        !stride_of(addresses, reference, at, &stride)) {
        Text *out = text_new(symbols->compiler);
        reference_text(out, addresses->kernel->symbols, reference);
        if (!addresses->problem)
            addresses->problem =
                format_text(symbols->compiler,
                            "kernel %s: %s has no address that is affine in the loops: they do "
                            "not run through the digits of its layout",
                            addresses->kernel->name, out->bytes);
    }
    Reference *made = reference_new(symbols, reference->buffer, 1, &at);
    made->lanes = reference->lanes;
    made->stride = stride;
    made->mask = reference->mask;
    return made;
}

static Expr *addressed_expr(Addresses *addresses, const Expr *expr) {
    Symbols *symbols = addresses->symbols;
    if (expr->kind == EXPR_READ)
        return expr_read(symbols, addressed_reference(addresses, expr->reference));
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count + 1);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = addressed_expr(addresses, expr->arguments[i]);
    return expr_with(symbols, expr, arguments);
}

static void add_addressed(Addresses *addresses, const Body *from, Body *to) {
    for (int i = 0; i < from->count; i++) {
        const Stmt *stmt = from->statements[i];
        Stmt *made = stmt_like(addresses->symbols, stmt);
        if (stmt->kind == STMT_FOR)
            addresses->ranges[stmt->variable] = stmt->range;
        if (stmt->reference)
            made->reference = addressed_reference(addresses, stmt->reference);
        if (stmt->expression)
            made->expression = addressed_expr(addresses, stmt->expression);
        if (stmt->body)
            add_addressed(addresses, stmt->body, made->body);
        if (stmt->otherwise)
            add_addressed(addresses, stmt->otherwise, made->otherwise);
        body_add(addresses->symbols, to, made);
    }
}

const char *address(const LoopKernel *kernel, const BufferLayout *layouts, LoopKernel **made) {
    Compiler *compiler = kernel->symbols->compiler;
    int buffer_count = kernel->symbols->buffer_count;
    *made = loops_like(kernel);
    Addresses addresses = {
        .kernel = kernel,
        .symbols = (*made)->symbols,
        .layouts = NEW_ARRAY(compiler, BufferLayout, buffer_count + 1),
        .ranges = NEW_ARRAY(compiler, Range, kernel->symbols->variable_count + 1),
        .lanes_of = NEW_ARRAY(compiler, int, kernel->symbols->variable_count + 1),
        .innermost = NEW_ARRAY(compiler, int, buffer_count + 1),
        .lanes = NEW_ARRAY(compiler, int, buffer_count + 1),
    };
    for (int i = 0; i < buffer_count; i++)
        addresses.innermost[i] = -1;
    note_body(&addresses, kernel->body);
    for (int i = 0; i < buffer_count; i++)
        settle_layout(&addresses, i, layouts ? &layouts[i] : NULL);
    add_addressed(&addresses, kernel->body, (*made)->body);
    return addresses.problem;
}
