/* For tests of expand and autodiff: what the functions of a model come to in numbers, from its
   text. */

#ifndef RUN_MODEL_H
#define RUN_MODEL_H

#include "checked.h"
#include "graph_values.h"

typedef struct {
    Checked checked;
    Program *program;
    TestValues values; /* of the variables, to be changed */
} Model;

/* `network t` and these lines, cut into functions. step is 3, epoch 2, epochs 10 in all of them,
   and of TEST_ROWS examples TEST_PRESENT count. */
Model *model_open(const char *lines);
void model_close(Model *model);
/* The numbers that a variable has. */
double *model_numbers(Model *model, const char *name);
/* Sets all numbers of a variable. */
void model_set(Model *model, const char *name, double number);
/* What a function leaves in a variable, as its gradient, or as an output. */
double *model_stored(Model *model, FunctionKind function, StoreKind kind, const char *name);
/* The first of these: of an output, of the first example. */
double model_new(Model *model, const char *name);      /* by train_step */
double model_gradient(Model *model, const char *name); /* by gradient */
double model_output(Model *model, const char *name);   /* by predict */
double model_loss(Model *model, FunctionKind function);
/* Of the parameters and states, joined by blanks, in order. */
const char *model_names(const Model *model);
/* Fails the test unless the numbers differ by rounding at most. */
void expect_number(double got, double wanted, const char *what);

#endif
