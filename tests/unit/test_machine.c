/* The generator's rows of processors and the runtime's say the same. */

#include "target/target.h"

#include <criterion/criterion.h>
#include <string.h>

#include "nn_targets.h"

typedef struct {
    const char *name;
    int vector, has_fma, has_masks, has_estimates;
} Row;

#define ROW(target)                                                                                \
    {#target, NN_ROW_OF(target)(NN_COLUMN_1), NN_ROW_OF(target)(NN_COLUMN_2),                      \
     NN_ROW_OF(target)(NN_COLUMN_3), NN_ROW_OF(target)(NN_COLUMN_7)}
static const Row rows[] = {ROW(NN_C99), ROW(NN_GENERIC), ROW(NN_X86_64_V3), ROW(NN_X86_64_V4),
                           ROW(NN_AARCH64)};
enum { ROWS = sizeof rows / sizeof *rows };

Test(machine, rows_are_those_of_the_runtime) {
    cr_assert_eq(ROWS, NN_TARGET_COUNT);
    for (int target = TARGET_C99; target < TARGET_C99 + ROWS; target++) {
        const Options options = {.target = (Target)target};
        const Machine *machine = machine_of(&options);
        int i = 0;
        while (i < ROWS && strcmp(rows[i].name, machine->runtime) != 0)
            i++;
        cr_assert_lt(i, ROWS, "no row %s", machine->runtime);
        cr_expect_eq(machine->vector, rows[i].vector, "%s: bytes of a vector", machine->name);
        cr_expect_eq(machine->has_fma, rows[i].has_fma, "%s: multiply-add", machine->name);
        cr_expect_eq(machine->has_masks, rows[i].has_masks, "%s: masks", machine->name);
        cr_expect_eq(machine->divider.estimated_root > 0, rows[i].has_estimates, "%s: estimates",
                     machine->name);
    }
}
