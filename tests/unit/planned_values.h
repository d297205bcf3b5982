/* Kernels that go by plans, under other plans, against the graph that they come from: what their
   loops compute behind all passes, in the interpreter, and what graph_values says. */

#ifndef PLANNED_VALUES_H
#define PLANNED_VALUES_H

#include "nngen.h"

typedef struct {
    int kernels; /* that have plans, of functions of TEST_ROWS examples or of one value per batch */
    int runs;    /* of these, each by a plan of its own */
    int exact;   /* runs on numbers that are so few bits long that all sums are exact */
    int refused; /* plans that plan_check passes and layouts or stacks do not */
} PlansTally;

/* The text of a model whose batch is of TEST_ROWS. Each kernel runs by its own plan and by so many drawn by a
   seed. Fails the test where one computes something else, and where exact is not equal. */
PlansTally plans_expect(const char *text, const Options *options, int plans, uint64_t seed);
/* A plan for each kernel of the model that has one, drawn by a seed, in the form of --plans; to be
   freed. */
char *plans_drawn(const char *text, const Options *options, uint64_t seed);
/* Plans of a model, and what the same text is once it was read; fails the test where it is another.
   How many plans. */
int plans_expect_same(const char *text, const Options *options);

#endif
