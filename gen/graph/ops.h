/* One row per operator. In: the macros MAP and OTHER, which whoever includes this defines. Out: one
   of them for each operator, in the order of the type Op.

   MAP(id, name, arity, emitted C, value in double, derivatives by a, b, c)
     emitted C: $a $b $c are the operands; _$ at a function's name becomes the suffix for one number
       or for a vector of them
     derivatives: expressions of the language in a, b, c, y (the result), d (the incoming gradient)
   OTHER(id, name): operators of reductions, windows, views and random numbers, which graph.c and grad.c
     treat by kind.

   At kinks: relu and abs have slope 0, max and min share equally among ties, powers are PyTorch's
   (semantics in the README). */

MAP(ADD, "add", 2, "$a + $b", a + b, "d", "d", NULL)
MAP(SUB, "sub", 2, "$a - $b", a - b, "d", "-d", NULL)
MAP(MUL, "mul", 2, "$a * $b", a *b, "d * b", "d * a", NULL)
MAP(DIV, "div", 2, "nn_div_$($a, $b)", a / b, "d / b", "-(d * y / b)", NULL)
MAP(NEG, "neg", 1, "-$a", -a, "-d", NULL, NULL)
MAP(POW, "pow", 2, "nn_pow_$($a, $b)", pow(a, b), "where(b == 0, 0, d * b * a^(b - 1))",
    "where(a == 0, where(b >= 0, 0, d * y * log(a)), d * y * log(a))", NULL)
MAP(EXP, "exp", 1, "nn_exp_$($a)", exp(a), "d * y", NULL, NULL)
MAP(LOG, "log", 1, "nn_log_$($a)", log(a), "d / a", NULL, NULL)
/* a log(b), and 0 with gradient 0 where a is 0, whatever b is: so a class of probability 0 adds
   nothing to a cross entropy. Before differentiation it becomes a product with the stable form of
   the logarithm (fold_build.c); where there is none, this operator stays, since the infinite slope
   of log must not be multiplied with 0, and is emitted as a choice. */
MAP(XLOGY, "xlogy", 2, "nn_where_$($a, $a * nn_log_$($b), $a)", a == 0 ? 0 : a * log(b),
    "where(a == 0, where(b == 0, 0, d * log(b)), d * log(b))", "where(a == 0, 0, d * a / b)", NULL)
MAP(SQRT, "sqrt", 1, "nn_sqrt_$($a)", sqrt(a), "d / (2 * y)", NULL, NULL)
MAP(ABS, "abs", 1, "nn_abs_$($a)", fabs(a), "where(a > 0, d, where(a < 0, -d, 0))", NULL, NULL)
MAP(MAXIMUM, "max", 2, "nn_max_$($a, $b)", a > b || a != a ? a : b,
    "where(a > b, d, where(a == b, 0.5 * d, 0))", "where(b > a, d, where(a == b, 0.5 * d, 0))",
    NULL)
MAP(MINIMUM, "min", 2, "nn_min_$($a, $b)", a < b || a != a ? a : b,
    "where(a < b, d, where(a == b, 0.5 * d, 0))", "where(b < a, d, where(a == b, 0.5 * d, 0))",
    NULL)
MAP(SIN, "sin", 1, "nn_sin_$($a)", sin(a), "d * cos(a)", NULL, NULL)
MAP(COS, "cos", 1, "nn_cos_$($a)", cos(a), "-(d * sin(a))", NULL, NULL)
MAP(ATAN, "atan", 1, "nn_atan_$($a)", atan(a), "d / (1 + a * a)", NULL, NULL)
MAP(ERF, "erf", 1, "nn_erf_$($a)", erf(a), "d * (1.1283791670955126 * exp(-(a * a)))", NULL, NULL)
MAP(FLOOR, "floor", 1, "nn_floor_$($a)", floor(a), NULL, NULL, NULL)
MAP(LESS, "less", 2, "nn_less_$($a, $b)", a < b, NULL, NULL, NULL)
MAP(LESS_EQUAL, "less_equal", 2, "nn_less_equal_$($a, $b)", a <= b, NULL, NULL, NULL)
MAP(EQUAL, "equal", 2, "nn_equal_$($a, $b)", a == b, NULL, NULL, NULL)
MAP(NOT_EQUAL, "not_equal", 2, "nn_not_equal_$($a, $b)", a != b, NULL, NULL, NULL)
MAP(WHERE, "where", 3, "nn_where_$($a, $b, $c)", a != 0 ? b : c, NULL, "where(a, d, 0)",
    "where(a, 0, d)")
MAP(DETACH, "detach", 1, "$a", a, NULL, NULL, NULL)
/* a, whose derivative by b is c: a function of b with a derivative by hand. Gone after grad. */
MAP(SLOPE, "slope", 3, "$a", a, NULL, "d * c", NULL)
/* Not in the language: forms that rewriting finds. 1 / (1 + exp(-a)); the hyperbolic tangent;
   log(1 + exp(a)); log(a + sqrt(a * a + 1)), which in the end is made of other operators. */
MAP(LOGISTIC, "logistic", 1, "nn_logistic_$($a)", 1 / (1 + exp(-a)), "d * (y * (1 - y))", NULL,
    NULL)
MAP(HYPERBOLIC, "hyperbolic", 1, "nn_tanh_$($a)", tanh(a), "d * (1 - y * y)", NULL, NULL)
MAP(LOG1P_EXP, "log1p_exp", 1, "nn_log1p_exp_$($a)", a > 0 ? a + log1p(exp(-a)) : log1p(exp(a)),
    "d * logistic(a)", NULL, NULL)
MAP(ASINH, "asinh", 1, "nn_log_$($a + nn_sqrt_$($a * $a + 1))", asinh(a),
    "d / where(abs(a) < 1e17, sqrt(a * a + 1), abs(a))", NULL, NULL)
/* Likewise, when derivatives are done: a * b + c and c - a * b, rounded once where the target
   does so; exp(a) - 1;
   log(1 + a). */
MAP(FMA, "fma", 3, "nn_fma_$($a, $b, $c)", a *b + c, NULL, NULL, NULL)
MAP(FNMA, "fnma", 3, "nn_fnma_$($a, $b, $c)", c - a * b, NULL, NULL, NULL)
MAP(EXPM1, "expm1", 1, "nn_expm1_$($a)", expm1(a), NULL, NULL, NULL)
MAP(LOG1P, "log1p", 1, "nn_log1p_$($a)", log1p(a), NULL, NULL, NULL)

OTHER(SUM, "sum")
OTHER(MAX, "maximum")
OTHER(WINDOW_SUM, "window_sum")
OTHER(WINDOW_MAX, "window_max")
OTHER(WINDOW_FIRST, "window_first")
OTHER(RESHAPE, "reshape")
OTHER(TRANSPOSE, "transpose")
OTHER(SLICE, "slice")
OTHER(PAD, "pad")
OTHER(CONCAT, "concat")
OTHER(EXPAND, "expand")
OTHER(UNIFORM, "uniform")
OTHER(NORMAL, "normal")
