/* Copies of matrices with the other axis innermost. In: a nest of a load and a store, and a square of
   its two loops. Out: statements that transpose it in registers. */

#include "kernel.h"

/* Vector `number` of a square, or what is copied as a number: the address of a load or store. */
static void bind_square_row(Kernel *kernel, Bindings *row, const Step *step, const Square *square,
                            Instance at) {
    Pointer *pointer = kernel_pointer(kernel, step->access->storage);
    at.number[0] += square->first.number[0];
    at.number[1] += square->first.number[1];
    pointer->is_written |= step->kind == STEP_STORE;
    bind_slot(row, step->kind == STEP_STORE ? "to" : "from", "%s",
              pointer_text(kernel, pointer, step_address_text(kernel, step, &at)));
}

static void add_square_of_numbers(Kernel *kernel, Text *out, const Square *square) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < square->count[0]; i++)
        for (int j = 0; j < square->count[1]; j++) {
            Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
            for (int s = 0; s < nest->step_count; s++)
                bind_square_row(kernel, &bindings, nest->steps[s], square, (Instance){{i, j}});
            template_add(out, "move", &bindings, 0);
        }
}

void step_add_square(Kernel *kernel, Text *out, const Square *square) {
    const Nest *nest = kernel->nest;
    const Step *load = nest->steps[0], *store = nest->steps[1];
    int lanes = nest->loops[0].lanes, across = step_stride(load, 0) == 1 ? 0 : 1;
    bool is_whole = square->count[0] == lanes && square->count[1] == lanes;
    if (lanes == 1 || (!is_whole && !machine_of(&kernel->compiler->options)->has_masks)) {
        add_square_of_numbers(kernel, out, square);
        return;
    }
    int in_vector[2] = {square->count[across], square->count[1 - across]};
    Bindings bindings = step_statement(kernel, lanes);
    for (int side = 0; side < 2; side++) /* the rows of the load, then those of the store */
        for (int i = 0; i < (side == 0 ? lanes : in_vector[0]); i++) {
            bool is_there = side == 1 || i < in_vector[1];
            Bindings *row = bind_row(&bindings, side == 0 ? "loads" : "stores");
            Instance at = {{0}};
            at.number[side == 0 ? 1 - across : across] = i;
            bind_slot(row, "i", "%d", i);
            bind_slot(row, "lanes", "%d", lanes);
            bind_slot(row, "is_there", "%s", is_there ? "1" : "");
            bind_slot(row, "part", "%s",
                      in_vector[side] == lanes
                          ? ""
                          : format_text(kernel->compiler, "%d", in_vector[side]));
            if (is_there)
                bind_square_row(kernel, row, side == 0 ? load : store, square, at);
        }
    template_add(out, "square", &bindings, 0);
}
