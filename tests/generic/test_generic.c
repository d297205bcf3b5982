/* The generic library against itself and against values worked out by hand: every operator,
   reduction, view and contraction by central differences of its own cost over every element of
   every parameter. */

#include "generic.h"

#include <criterion/criterion.h>
#include <math.h>

static Compiler compiler;
static Graph *graph;

static void setup(void) {
    compiler = (Compiler){.arena = arena_new()};
    cr_assert(setjmp(compiler.stop) == 0, "a graph was refused");
    graph = graph_new(&compiler);
    graph->batch = 4;
}

static void teardown(void) {
    arena_free(compiler.arena);
}

TestSuite(generic, .init = setup, .fini = teardown);

#define SHAPE(...)                                                                                 \
    shape_of((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})
static const Shape scalar = {0};

static Variable *add_param(const char *name, Shape shape) {
    Variable *variable = graph_add_variable(graph, VARIABLE_PARAM, name, shape);
    variable->trained = true;
    variable->node = graph_variable(graph, variable);
    return variable;
}

static Node *add_data(VariableKind kind, const char *name, Shape shape) {
    Variable *variable = graph_add_variable(graph, kind, name, shape);
    variable->node = graph_variable(graph, variable);
    return variable->node;
}

/* A sum with unlike weights, so that every element's slope differs: of x * cos(number of the
   element), over the batch. */
static void set_cost(Node *x) {
    Shape whole = SHAPE(shape_count(x->shape));
    Node *flat = graph_reshape(graph, x, whole), *weights[64];
    cr_assert(whole.size[0] <= 64);
    for (int i = 0; i < whole.size[0]; i++) {
        weights[i] = graph_reshape(graph, graph_const(graph, cos(1.0 + i)), SHAPE(1));
    }
    Node *weight =
        whole.size[0] == 1 ? weights[0] : graph_concat(graph, 0, (int)whole.size[0], weights);
    Node *sum = graph_reduce(graph, OP_SUM, graph_map(graph, OP_MUL, flat, weight, NULL), 1, false);
    Node *share = graph_map(graph, OP_MUL, sum, graph_given(graph, GIVEN_SHARE), NULL);
    graph->cost = graph_reduce(graph, OP_SUM, share, 0, true);
}

/* Numbers without ties, away from 0 and of both signs, or only positive. */
static double sample(int i, bool positive) {
    double x = 0.3 + fmod(0.618034 * (i + 1), 1.0) * 1.7;
    return positive || i % 2 ? x : -x;
}

static void fill_params(Generic *generic, bool positive) {
    for (int v = 0, k = 0; v < graph->variable_count; v++) {
        double *value = generic_variable(generic, graph->variables[v]);
        for (int64_t i = 0; i < shape_count(graph->variables[v]->shape); i++) {
            value[i] = sample(k++, positive);
        }
    }
}

static void compare(const char *what, double got, double wanted, double scale) {
    double limit = 1e-6 * fmax(fmax(fabs(got), fabs(wanted)), scale);
    cr_assert(fabs(got - wanted) <= limit, "%s: %.12g by backward, %.12g by differences", what, got,
              wanted);
}

/* Every element of every parameter, against the cost's central differences. Returns the gradient's
   rms. */
static double check_slopes(const char *what, size_t n, const void *const *in, bool positive) {
    Generic *generic = generic_new(graph);
    fill_params(generic, positive);
    generic_gradient(generic, n, in);
    double squares = 0, *slopes[8];
    for (int v = 0; v < graph->variable_count; v++) {
        int64_t count = shape_count(graph->variables[v]->shape);
        slopes[v] = NEW_ARRAY(&compiler, double, count);
        for (int64_t i = 0; i < count; i++) {
            slopes[v][i] = generic_gradient_of(generic, graph->variables[v])[i];
            squares += slopes[v][i] * slopes[v][i];
        }
    }
    for (int v = 0; v < graph->variable_count; v++) {
        double *value = generic_variable(generic, graph->variables[v]);
        for (int64_t i = 0;
             graph->variables[v]->trained && i < shape_count(graph->variables[v]->shape); i++) {
            double old = value[i], step = 1e-5;
            value[i] = old + step;
            double above = generic_cost(generic, n, in);
            value[i] = old - step;
            double below = generic_cost(generic, n, in);
            value[i] = old;
            compare(what, slopes[v][i], (above - below) / (2 * step), sqrt(squares));
        }
    }
    generic_free(generic);
    return sqrt(squares);
}

static bool needs_positive(Op op) {
    return op == OP_POW || op == OP_LOG || op == OP_XLOGY || op == OP_LOG1P || op == OP_SQRT;
}

static bool is_flat(Op op) {
    return op == OP_LESS || op == OP_LESS_EQUAL || op == OP_EQUAL || op == OP_NOT_EQUAL ||
           op == OP_FLOOR;
}

Test(generic, every_map_has_its_slopes) {
    const Shape shapes[][3] = {
        {SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3)}, {SHAPE(2, 3), SHAPE(3), scalar},
        {SHAPE(3), SHAPE(2, 1), SHAPE(2, 3)},    {scalar, SHAPE(2, 3), SHAPE(3)},
        {SHAPE(2, 1), SHAPE(1, 3), scalar},      {scalar, scalar, scalar},
    };
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        for (size_t s = 0;
             op_rows[op].arity > 0 && op != OP_DETACH && op != OP_SLOPE && s < sizeof shapes / sizeof *shapes; s++) {
            graph = graph_new(&compiler);
            graph->batch = 4;
            Node *nodes[3] = {NULL, NULL, NULL};
            for (int i = 0; i < op_rows[op].arity; i++) {
                nodes[i] = add_param("p", shapes[s][i])->node;
            }
            set_cost(graph_map(graph, (Op)op, nodes[0], nodes[1], nodes[2]));
            double rms = check_slopes(op_rows[op].name, 1, NULL, needs_positive((Op)op));
            cr_assert_eq(rms > 0, !is_flat((Op)op), "%s", op_rows[op].name);
        }
    }
}

Test(generic, detach_stops_the_slope) {
    Variable *x = add_param("x", scalar);
    set_cost(
        graph_map(graph, OP_MUL, x->node, graph_map(graph, OP_DETACH, x->node, NULL, NULL), NULL));
    Generic *generic = generic_new(graph);
    generic_variable(generic, x)[0] = 3;
    generic_gradient(generic, 1, NULL);
    cr_assert_eq(generic_gradient_of(generic, x)[0], 3 * cos(1));
    generic_free(generic);
}

Test(generic, a_value_used_twice_adds_its_slopes) {
    Node *x = add_param("x", SHAPE(3))->node;
    Node *square = graph_map(graph, OP_MUL, x, x, NULL);
    set_cost(graph_map(graph, OP_ADD, graph_map(graph, OP_MUL, square, x, NULL),
                       graph_map(graph, OP_SIN, square, NULL, NULL), NULL));
    check_slopes("x^3 + sin(x^2)", 1, NULL, false);
}

Test(generic, reductions_over_every_set_of_axes) {
    for (unsigned axes = 0; axes < 8; axes++) {
        for (int k = 0; k < 2; k++) {
            graph = graph_new(&compiler);
            graph->batch = 4;
            Node *x = add_param("x", SHAPE(2, 3, 4))->node;
            Node *y = graph_reduce(graph, k ? OP_MAX : OP_SUM,
                                   graph_map(graph, OP_SIN, x, NULL, NULL), axes, false);
            set_cost(graph_map(graph, OP_MUL, y, y, NULL));
            check_slopes("reduce", 1, NULL, false);
        }
    }
}

Test(generic, views) {
    Node *x = add_param("x", SHAPE(2, 3, 4))->node, *y = add_param("y", SHAPE(2, 1, 4))->node;
    Node *z = graph_concat(graph, 1, 3, (Node *[]){x, y, graph_map(graph, OP_EXP, x, NULL, NULL)});
    z = graph_transpose(graph, z, (int64_t[]){2, 0, 1});
    z = graph_slice(graph, z, (int64_t[]){1, 0, 2}, SHAPE(2, 2, 4));
    z = graph_map(graph, OP_MUL, z, z, NULL);
    z = graph_pad(graph, z, (int64_t[]){1, 0, 2}, SHAPE(4, 2, 7));
    z = graph_expand(graph, graph_reshape(graph, z, SHAPE(4, 1, 14)), SHAPE(4, 3, 14), false);
    set_cost(graph_reduce(graph, OP_SUM, graph_map(graph, OP_SIN, z, NULL, NULL), 5, false));
    check_slopes("views", 1, NULL, false);
}

Test(generic, transpose_moves_elements_where_numpy_does) {
    Variable *x = add_param("x", SHAPE(2, 3));
    Node *y = graph_transpose(graph, x->node, (int64_t[]){1, 0});
    set_cost(y);
    Generic *generic = generic_new(graph);
    for (int i = 0; i < 6; i++) {
        generic_variable(generic, x)[i] = i;
    }
    generic_cost(generic, 1, NULL);
    const double wanted[6] = {0, 3, 1, 4, 2, 5};
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(generic_value(generic, y)[i], wanted[i]);
    }
    generic_free(generic);
}

/* out[i, t] = sum over c, k of w[i, c, k] * x[c, 2 t + k - 1], a padded convolution with stride. */
static Contract convolution(void) {
    Contract contract = {.loop_count = 4, .extent = {3, 4, 2, 3}};
    contract.index[0].factor[0][0] = contract.index[0].factor[1][1] = 1;
    contract.index[1].factor[0][0] = contract.index[1].factor[1][2] =
        contract.index[1].factor[2][3] = 1;
    contract.index[2].factor[0][2] = 1;
    contract.index[2].factor[1][1] = 2;
    contract.index[2].factor[1][3] = 1;
    contract.index[2].offset[1] = -1;
    return contract;
}

Test(generic, convolution_by_hand_and_by_differences) {
    Variable *w = add_param("w", SHAPE(3, 2, 3)), *x = add_param("x", SHAPE(2, 7));
    Contract contract = convolution();
    Node *y = graph_contract(graph, &contract, SHAPE(3, 4), false, w->node, x->node);
    set_cost(graph_map(graph, OP_MUL, y, y, NULL));
    check_slopes("convolution", 1, NULL, false);
    Generic *generic = generic_new(graph);
    fill_params(generic, false);
    generic_cost(generic, 1, NULL);
    const double *weights = generic_variable(generic, w), *values = generic_variable(generic, x);
    for (int i = 0; i < 3; i++) {
        for (int t = 0; t < 4; t++) {
            double sum = 0;
            for (int c = 0; c < 2; c++) {
                for (int k = 0; k < 3; k++) {
                    int place = 2 * t + k - 1;
                    sum += place < 0 || place >= 7
                               ? 0
                               : weights[i * 6 + c * 3 + k] * values[c * 7 + place];
                }
            }
            cr_assert_float_eq(generic_value(generic, y)[i * 4 + t], sum, 1e-12);
        }
    }
    generic_free(generic);
}

/* The same with out and operand exchanged: an index of the result that leaves it is left out. */
Test(generic, contraction_that_scatters) {
    Variable *w = add_param("w", SHAPE(3, 2, 3)), *d = add_param("d", SHAPE(3, 4));
    Contract contract = convolution();
    Index out = contract.index[0];
    contract.index[0] = contract.index[2];
    contract.index[2] = out;
    Node *y = graph_contract(graph, &contract, SHAPE(2, 7), false, w->node, d->node);
    set_cost(graph_map(graph, OP_MUL, y, y, NULL));
    check_slopes("scattered", 1, NULL, false);
}

/* h[e, i] = sum over j of w[i, j] x[e, j], then a product of two per-example values that sums over
   the examples. */
Test(generic, batched_products) {
    Node *data = add_data(VARIABLE_INPUT, "x", SHAPE(5));
    Variable *w = add_param("w", SHAPE(3, 5)), *b = add_param("b", SHAPE(3));
    Contract product = {.loop_count = 2, .extent = {3, 5}};
    product.index[0].factor[0][0] = product.index[1].factor[0][0] = product.index[1].factor[1][1] =
        1;
    product.index[2].factor[0][1] = 1;
    Node *h = graph_contract(graph, &product, SHAPE(3), true, w->node, data);
    h = graph_map(graph, OP_HYPERBOLIC, graph_map(graph, OP_ADD, h, b->node, NULL), NULL, NULL);
    Contract outer = {.loop_count = 2, .extent = {3, 5}};
    outer.index[0].factor[0][0] = outer.index[0].factor[1][1] = 1;
    outer.index[1].factor[0][0] = outer.index[2].factor[0][1] = 1;
    Node *joined = graph_contract(graph, &outer, SHAPE(3, 5), false, h, data);
    set_cost(graph_map(graph, OP_SIN, joined, NULL, NULL));
    double x[20];
    for (int i = 0; i < 20; i++) {
        x[i] = sample(i + 3, false);
    }
    for (size_t n = 1; n <= 4; n++) {
        check_slopes("dense", n, (const void *[]){x}, false);
    }
}

Test(generic, ties_share_and_kinks_are_flat) {
    Variable *x = add_param("x", SHAPE(4));
    Node *zero = graph_const(graph, 0);
    Node *most = graph_reduce(graph, OP_MAX, x->node, 1, false);
    Node *both =
        graph_reduce(graph, OP_SUM, graph_map(graph, OP_MAXIMUM, x->node, zero, NULL), 1, false);
    Node *flat =
        graph_reduce(graph, OP_SUM, graph_map(graph, OP_ABS, x->node, NULL, NULL), 1, false);
    set_cost(graph_concat(graph, 0, 3,
                          (Node *[]){graph_reshape(graph, most, SHAPE(1)),
                                     graph_reshape(graph, both, SHAPE(1)),
                                     graph_reshape(graph, flat, SHAPE(1))}));
    Generic *generic = generic_new(graph);
    const double values[4] = {2, 0, 2, -1}, *slope = generic_gradient_of(generic, x);
    for (int i = 0; i < 4; i++) {
        generic_variable(generic, x)[i] = values[i];
    }
    generic_gradient(generic, 1, NULL);
    const double wanted[4] = {cos(1) / 2 + cos(2) + cos(3), cos(2) / 2,
                              cos(1) / 2 + cos(2) + cos(3), -cos(3)};
    for (int i = 0; i < 4; i++) {
        cr_assert_float_eq(slope[i], wanted[i], 1e-15, "%d: %g, not %g", i, slope[i], wanted[i]);
    }
    generic_free(generic);
}

Test(generic, powers_at_zero) {
    Variable *x = add_param("x", SHAPE(3)), *p = add_param("p", SHAPE(3));
    set_cost(graph_map(graph, OP_POW, x->node, p->node, NULL));
    Generic *generic = generic_new(graph);
    const double bases[3] = {0, 0, -2}, exponents[3] = {0, 2, 3};
    for (int i = 0; i < 3; i++) {
        generic_variable(generic, x)[i] = bases[i];
        generic_variable(generic, p)[i] = exponents[i];
    }
    generic_gradient(generic, 1, NULL);
    const double *by_base = generic_gradient_of(generic, x),
                 *by_exponent = generic_gradient_of(generic, p);
    cr_assert_eq(by_base[0], 0);
    cr_assert_eq(by_base[1], 0);
    cr_assert_float_eq(by_base[2], 12 * cos(3), 1e-12);
    cr_assert_eq(by_exponent[0], 0);
    cr_assert_eq(by_exponent[1], 0);
    cr_assert(isnan(by_exponent[2]));
    generic_free(generic);
}

Test(generic, the_branch_not_taken_by_training_does_not_run) {
    Variable *x = add_param("x", scalar);
    Node *bad = graph_map(
        graph, OP_LOG, graph_map(graph, OP_MUL, x->node, graph_const(graph, 0), NULL), NULL, NULL);
    Node *choice = graph_map(graph, OP_WHERE, graph_given(graph, GIVEN_TRAINING), x->node, bad);
    set_cost(choice);
    Generic *generic = generic_new(graph);
    generic_variable(generic, x)[0] = 3;
    cr_assert_float_eq(generic_gradient(generic, 1, NULL), 3 * cos(1), 1e-15);
    cr_assert_float_eq(generic_gradient_of(generic, x)[0], cos(1), 1e-15);
    cr_assert(isinf(generic_loss(generic, 1, NULL)));
    generic_free(generic);
}

/* weight = weight - lr * v with v = 0.9 v + gradient: both read what was there before the step. */
Test(generic, updates_are_simultaneous) {
    Variable *w = add_param("w", SHAPE(2));
    Variable *v = graph_add_variable(graph, VARIABLE_OPTIMIZER, "w.v", SHAPE(2));
    v->node = graph_variable(graph, v);
    Node *gradient = graph_given(graph, GIVEN_GRADIENT);
    gradient->variable = w;
    gradient->shape = w->shape;
    set_cost(graph_map(graph, OP_MUL, w->node, w->node, NULL));
    v->next = graph_map(graph, OP_ADD, w->node, gradient, NULL);
    w->next = v->node;
    Generic *generic = generic_new(graph);
    generic_variable(generic, w)[0] = 2;
    generic_variable(generic, v)[0] = 7;
    generic_gradient(generic, 1, NULL);
    generic_gradient_of(generic, w)[0] = 10;
    generic_update(generic);
    cr_assert_eq(generic_variable(generic, w)[0], 7);
    cr_assert_eq(generic_variable(generic, v)[0], 12);
    generic_free(generic);
}

Test(generic, layer_state_waits_for_the_update) {
    Node *data = add_data(VARIABLE_INPUT, "x", scalar);
    Variable *s = graph_add_variable(graph, VARIABLE_STATE, "s", scalar);
    s->node = graph_variable(graph, s);
    s->initial = graph_const(graph, 5);
    Node *mean = graph_reduce(graph, OP_SUM,
                              graph_map(graph, OP_MUL, data, graph_given(graph, GIVEN_SHARE), NULL),
                              0, true);
    s->next = graph_map(graph, OP_ADD, s->node, mean, NULL);
    set_cost(graph_map(graph, OP_MUL, add_param("w", scalar)->node, data, NULL));
    Generic *generic = generic_new(graph);
    generic_init(generic, 1);
    const double x[3] = {1, 2, 6};
    generic_gradient(generic, 3, (const void *[]){x});
    cr_assert_eq(generic_variable(generic, s)[0], 5);
    generic_update(generic);
    cr_assert_eq(generic_variable(generic, s)[0], 8);
    generic_free(generic);
}

Test(generic, class_indices_out_of_range_are_all_zero) {
    Node *target = add_data(VARIABLE_TARGET, "y", SHAPE(3));
    target->variable->onehot = true;
    set_cost(graph_map(graph, OP_MUL, target, add_param("w", scalar)->node, NULL));
    Generic *generic = generic_new(graph);
    const int32_t classes[4] = {2, -1, 3, 0};
    generic_cost(generic, 4, (const void *[]){classes});
    const double wanted[12] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    for (int i = 0; i < 12; i++) {
        cr_assert_eq(generic_value(generic, target)[i], wanted[i]);
    }
    generic_free(generic);
}

Test(generic, scaling_is_fitted_per_element) {
    Node *data = add_data(VARIABLE_INPUT, "x", SHAPE(2));
    data->variable->scaling = SCALING_STANDARD;
    data->variable->low = graph_add_variable(graph, VARIABLE_SCALING, "x.low", SHAPE(2));
    data->variable->scale = graph_add_variable(graph, VARIABLE_SCALING, "x.scale", SHAPE(2));
    set_cost(data);
    Generic *generic = generic_new(graph);
    const double x[6] = {1, 7, 3, 7, 5, 7};
    generic_fit(generic, 3, (const void *[]){x});
    const double *low = generic_variable(generic, data->variable->low),
                 *scale = generic_variable(generic, data->variable->scale);
    cr_assert_eq(low[0], 3);
    cr_assert_float_eq(scale[0], sqrt(3.0 / 8), 1e-15);
    cr_assert_eq(low[1], 7);
    cr_assert_eq(scale[1], 1);
    data->variable->scaling = SCALING_MINMAX;
    generic_fit(generic, 3, (const void *[]){x});
    cr_assert_eq(low[0], 1);
    cr_assert_eq(scale[0], 0.25);
    generic_free(generic);
}

/* Data come inputs first, whatever is declared first. */
Test(generic, scaling_of_a_target_is_fitted) {
    Node *target = add_data(VARIABLE_TARGET, "y", SHAPE(1)),
         *data = add_data(VARIABLE_INPUT, "x", SHAPE(1));
    target->variable->scaling = SCALING_MINMAX;
    target->variable->low = graph_add_variable(graph, VARIABLE_SCALING, "y.low", SHAPE(1));
    target->variable->scale = graph_add_variable(graph, VARIABLE_SCALING, "y.scale", SHAPE(1));
    set_cost(data);
    Generic *generic = generic_new(graph);
    const double x[2] = {1, 2}, y[2] = {30, 10};
    generic_fit(generic, 2, (const void *[]){x, y});
    cr_assert_eq(*generic_variable(generic, target->variable->low), 10);
    cr_assert_eq(*generic_variable(generic, target->variable->scale), 1.0 / 20);
    generic_free(generic);
}

Test(generic, predict_takes_any_number_of_examples) {
    Node *data = add_data(VARIABLE_INPUT, "x", SHAPE(2)),
         *square = graph_map(graph, OP_MUL, data, data, NULL);
    const char *name = "y";
    graph->outputs = &square;
    graph->output_names = &name;
    graph->output_count = 1;
    Generic *generic = generic_new(graph);
    double x[18], y[18];
    for (int i = 0; i < 18; i++) {
        x[i] = i;
    }
    generic_predict(generic, 9, (const void *[]){x}, (double *[]){y});
    for (int i = 0; i < 18; i++) {
        cr_assert_eq(y[i], i * i);
    }
    generic_free(generic);
}

Test(generic, perturbed_runs_show_cancellation) {
    Node *x = add_param("x", SHAPE(2))->node;
    Node *sum = graph_reduce(graph, OP_SUM, graph_map(graph, OP_EXP, x, NULL, NULL), 1, false);
    set_cost(graph_map(graph, OP_SUB, sum, graph_const(graph, 2), NULL));
    Generic *generic = generic_new(graph);
    generic_variable(generic, graph->variables[0])[0] = 1e-9;
    double plain = generic_cost(generic, 1, NULL);
    generic_perturb(generic, 1e-7, 3);
    double moved = generic_cost(generic, 1, NULL);
    generic_perturb(generic, 0, 0);
    cr_assert_gt(fabs(moved - plain), fabs(plain));
    cr_assert_eq(generic_cost(generic, 1, NULL), plain);
    generic_free(generic);
}

Test(generic, perturbed_runs_show_saturation) {
    Variable *x = add_param("x", SHAPE(1));
    Node *power = graph_map(graph, OP_EXP, graph_map(graph, OP_NEG, x->node, NULL, NULL), NULL, NULL);
    Node *one = graph_const(graph, 1);
    Node *sum = graph_map(graph, OP_ADD, one, power, NULL);
    set_cost(graph_reduce(graph, OP_SUM, graph_map(graph, OP_DIV, one, sum, NULL), 1, false));
    Generic *generic = generic_new(graph);
    generic_variable(generic, x)[0] = 20;
    generic_gradient(generic, 1, NULL);
    double plain = generic_gradient_of(generic, x)[0];
    generic_perturb(generic, 0x1p-23, 3);
    generic_gradient(generic, 1, NULL);
    cr_assert_gt(fabs(generic_gradient_of(generic, x)[0] - plain), fabs(plain));
    generic_free(generic);
}

Test(generic, distance_to_kinks) {
    Variable *x = add_param("x", SHAPE(2));
    set_cost(graph_map(graph, OP_MAXIMUM, x->node, graph_const(graph, 0), NULL));
    Generic *generic = generic_new(graph);
    generic_variable(generic, x)[0] = 1e-7;
    generic_variable(generic, x)[1] = -2;
    generic_cost(generic, 1, NULL);
    cr_assert_float_eq(generic_kink_distance(generic), 5e-8, 1e-12);
    generic_variable(generic, x)[0] = 0;
    generic_cost(generic, 1, NULL);
    cr_assert_eq(generic_kink_distance(generic), 1);
    generic_free(generic);
}

Test(generic, random_numbers_have_their_distribution) {
    Node *uniform = graph_random(graph, OP_UNIFORM, SHAPE(5001), true, 3);
    Node *normal = graph_random(graph, OP_NORMAL, SHAPE(5001), true, 4);
    Node *both = graph_concat(graph, 0, 2, (Node *[]){uniform, normal});
    graph->outputs = &both;
    graph->output_names = (const char *[]){"y"};
    graph->output_count = 1;
    Generic *generic = generic_new(graph);
    generic_init(generic, 17);
    static double y[4 * 10002];
    generic_predict(generic, 4, NULL, (double *[]){y});
    double sums[4] = {0};
    for (int e = 0; e < 4; e++) {
        for (int i = 0; i < 5001; i++) {
            double u = y[e * 10002 + i], z = y[e * 10002 + 5001 + i];
            cr_assert(u >= 0 && u < 1);
            sums[0] += u / 20004, sums[1] += u * u / 20004, sums[2] += z / 20004,
                sums[3] += z * z / 20004;
        }
    }
    cr_assert_float_eq(sums[0], 0.5, 0.01);
    cr_assert_float_eq(sums[1], 1.0 / 3, 0.01);
    cr_assert_float_eq(sums[2], 0, 0.03);
    cr_assert_float_eq(sums[3], 1, 0.04);
    generic_free(generic);
}
