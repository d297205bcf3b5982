/* Lower bounds on the time that work takes, per execution resource. In: counts of operations,
   loads and arrays. Out: cycles of each resource, as if it were the only one, by the target's
   row in machine.c. */

#include "target/target.h"

enum { FUNCTION_OPERATIONS = 16 }; /* what exp, log, tanh and the like count as */

static bool is_function(Op op) {
    return op == OP_EXP || op == OP_LOG || op == OP_POW || op == OP_SIN || op == OP_COS ||
           op == OP_ATAN || op == OP_ERF || op == OP_LOGISTIC || op == OP_HYPERBOLIC ||
           op == OP_LOG1P_EXP || op == OP_EXPM1 || op == OP_LOG1P;
}

void cycles_add_loads(const Options *options, double times, Cycles *cycles) {
    cycles->loads += times / machine_of(options)->port.loads;
}

void cycles_add_operations(const Options *options, Op op, double times, Cycles *cycles) {
    const Machine *machine = machine_of(options);
    double operations = op == OP_SQRT     ? machine->divider.estimated_root
                        : is_function(op) ? FUNCTION_OPERATIONS
                                          : 1;
    if (op == OP_DIV)
        cycles->divider += times * machine->divider.quotient;
    else if (op == OP_SQRT && !estimates_roots(options))
        cycles->divider += times * machine->divider.root;
    else
        cycles->arithmetic += times * operations / machine->port.multiply_adds;
}

void cycles_add_array(const Options *options, int64_t count, Cycles *cycles) {
    const Machine *machine = machine_of(options);
    double bytes = (double)count * real_bytes(options);
    if (bytes > machine->second_cache.size)
        cycles->memory += bytes / machine->memory.bandwidth;
    else if (bytes > machine->first_cache.size)
        cycles->memory += bytes / machine->second_cache.bandwidth;
}
