/* One row per rewriting rule. In: a macro RULE(time, pattern, result, condition), which whoever
   includes this defines. Out: one RULE for each rule, in the order in which they are tried.

   Patterns and results are expressions of the language. A letter stands for any node, the same
   letter for the same node; sums and products match either way round. `sum(a)` is a sum over any
   axes or over the examples; in a result it is one over the same axes, `drop(a)` is a without those
   axes, `largest(a)` the maximum along them, which stay with size 1, `count` how many elements they
   have. In a pattern `a * a` and `sqrt(a)` are a ^ 2 and a ^ 0.5, too. Rows are tried from the top;
   what comes out has the shape of what went in. Conditions look at the match alone, never at who
   else uses a node, so that an expression becomes the same in every function: train_step gives the
   bits of gradient and update.

   Values stay what they are up to rounding and the sign of zero. Infinities and NaN that a user's
   expression makes stay, too: 0 * a is 0 only for an a that is finite. Rows of the time FINITE take
   all numbers for finite, and divisors for other than 0. */

/* Operations without effect. */
RULE(ALWAYS, "a + 0", "a", always)
RULE(ALWAYS, "a - 0", "a", always)
RULE(ALWAYS, "0 - a", "-a", always)
RULE(ALWAYS, "a * 1", "a", always)
RULE(ALWAYS, "a / 1", "a", always)
RULE(ALWAYS, "a * -1", "-a", always)
RULE(ALWAYS, "a / -1", "-a", always)
RULE(ALWAYS, "a * 0", "0", a_finite)
RULE(ALWAYS, "max(a, a)", "a", always)
RULE(ALWAYS, "min(a, a)", "a", always)
RULE(ALWAYS, "a * (b * c)", "(a * b) * c", a_and_b_constant)
RULE(ALWAYS, "sum(a)", "count * drop(a)", a_invariant)
RULE(ALWAYS, "a == 0", "0", a_count_of_examples)

/* Signs move outwards, where they cancel; at last a constant factor absorbs the one that is left.
   */
RULE(ALWAYS, "-(-a)", "a", always)
RULE(ALWAYS, "-(a - b)", "b - a", always)
RULE(LAST, "-(a * b)", "(-a) * b", a_constant)
RULE(LAST, "-(a / b)", "(-a) / b", a_constant)
RULE(ALWAYS, "a * b", "-((-a) * b)", a_negative)
RULE(ALWAYS, "a / b", "-((-a) / b)", a_negative)
RULE(ALWAYS, "(-a) * b", "-(a * b)", always)
RULE(ALWAYS, "(-a) / b", "-(a / b)", always)
RULE(ALWAYS, "a / (-b)", "-(a / b)", always)
RULE(ALWAYS, "a + (-b)", "a - b", always)
RULE(ALWAYS, "a - (-b)", "a + b", always)
RULE(ALWAYS, "(-a) - b", "-(a + b)", always)
RULE(ALWAYS, "sum(-a)", "-sum(a)", always)

/* The logistic function, the hyperbolic tangent, and logarithms that stay finite. */
RULE(ALWAYS, "exp(a) / (1 + exp(a))", "logistic(a)", always)
RULE(ALWAYS, "(exp(a) - exp(b)) / (exp(a) + exp(b))", "hyperbolic(a)", b_opposite_of_a)
RULE(ALWAYS, "(exp(a) - 1) / (exp(a) + 1)", "hyperbolic(0.5 * a)", always)
RULE(ALWAYS, "(1 - exp(a)) / (1 + exp(a))", "hyperbolic(-0.5 * a)", always)
RULE(ALWAYS, "a / (1 + exp(b))", "a * logistic(-b)", always)
RULE(ALWAYS, "2 * logistic(a) - 1", "hyperbolic(0.5 * a)", always)
RULE(STABLE, "exp(a) / sum(exp(a))",
     "exp(a - detach(largest(a))) / sum(exp(a - detach(largest(a))))", a_not_shifted)
RULE(ALWAYS, "log(exp(a))", "a", always)
RULE(ALWAYS, "log(exp(a) / b)", "a - log(b)", always)
RULE(ALWAYS, "log(logistic(a))", "-log1p_exp(-a)", always)
RULE(ALWAYS, "log(1 - logistic(a))", "-log1p_exp(a)", always)
RULE(ALWAYS, "log(1 + exp(a))", "log1p_exp(a)", always)
RULE(ALWAYS, "log(sqrt(a))", "0.5 * log(a)", always)
RULE(ALWAYS, "where(a == 0, 0, a * b)", "a * b", b_log_of_logits)
RULE(ALWAYS, "where(a == 0, 0, -(a * b))", "-(a * b)", b_log_of_logits)
RULE(ALWAYS, "(1 - logistic(a)) ^ b", "logistic(-a) ^ b", always)
RULE(ALWAYS, "logistic(a) ^ b", "exp(-(b * log1p_exp(-a)))", b_not_whole)
RULE(ALWAYS, "b * log1p_exp(c) + (1 - b) * log1p_exp(a)", "log1p_exp(a) - a * b", c_opposite_of_a)

/* The form above has the shorter derivative; the one below is exact near 0, where a and a * b do
   not cancel. */
RULE(FIRST, "log1p_exp(a) - a * b", "log1p_exp(-abs(a)) + (max(a, 0) - a * b)", always)
RULE(FIRST, "a * b - log1p_exp(a)", "-(log1p_exp(-abs(a)) + (max(a, 0) - a * b))", always)

/* Inverse hyperbolic functions written as formulas: near 0 their sums with 1 lose digits, and far
   below 0 two terms nearly cancel. */
RULE(ALWAYS, "(-a) ^ 2", "a ^ 2", always)
RULE(ALWAYS, "log(a + sqrt(a * a + 1))", "asinh(a)", always)
RULE(ALWAYS, "log(abs(a) + sqrt(a * a + 1))", "asinh(abs(a))", always)
RULE(ALWAYS, "log(sqrt(a * a + 1) - a)", "-asinh(a)", always)
RULE(ALWAYS, "log((1 + a) / (1 - a))", "log(1 + a) - log(1 - a)", always)
RULE(ALWAYS, "log((1 - a) / (1 + a))", "log(1 - a) - log(1 + a)", always)

/* Exact near 0, and finite where the square would overflow: for so large an a, asinh(a) is log(2
   a). LAST, since the patterns above need the sums as they are written. */
RULE(LAST, "asinh(a)",
     "where(a < 0, -1, 1) * (log(1 + where(abs(a) < 1e17, abs(a) + where(abs(a) < 1, "
     "a * a / (1 + sqrt(a * a + 1)), sqrt(a * a + 1) - 1), abs(a))) + "
     "where(abs(a) < 1e17, 0, 0.69314718055994531))",
     always)
RULE(LAST, "exp(a) - exp(b)", "expm1(a) - expm1(b)", b_opposite_of_a)
RULE(LAST, "exp(a) - 1 / exp(a)", "expm1(a) - expm1(-a)", always)
RULE(LAST, "1 / exp(a) - exp(a)", "expm1(-a) - expm1(a)", always)
RULE(LAST, "b * exp(a) - b / exp(a)", "b * (expm1(a) - expm1(-a))", always)
RULE(LAST, "exp(a) - 1", "expm1(a)", always)
RULE(LAST, "exp(a) + -1", "expm1(a)", always)
RULE(LAST, "1 - exp(a)", "-expm1(a)", always)
RULE(LAST, "xlogy(a, b)", "where(a == 0, 0, a * log(b))", always)
RULE(LAST, "log(1 + a)", "log1p(a)", always)
RULE(LAST, "log(1 - a)", "log1p(-a)", always)

/* One reciprocal for many quotients. */
RULE(QUICK, "a / b", "a * (1 / b)", b_steady)

/* Multiply-adds. Which product of two is fused depends on the expression alone. */
RULE(FUSED, "a * b + c", "fma(a, b, c)", always)
RULE(FUSED, "a * b - c", "fma(a, b, -c)", always)
RULE(FUSED, "c - a * b", "fnma(a, b, c)", always)

/* Masks. */
RULE(ALWAYS, "where(0, a, b)", "b", always)
RULE(ALWAYS, "where(a, b, c)", "b", a_constant)
RULE(ALWAYS, "where(a, b, b)", "b", always)
RULE(ALWAYS, "where(a, where(a, b, c), d)", "where(a, b, d)", always)
RULE(ALWAYS, "where(a, b, where(a, c, d))", "where(a, b, d)", always)
RULE(ALGEBRA, "-where(a, b, 0)", "where(a, -b, 0)", always)
RULE(ALGEBRA, "-where(a, 0, b)", "where(a, 0, -b)", always)
RULE(ALGEBRA, "where(a, b, 0) * c", "where(a, b * c, 0)", c_finite)
RULE(ALGEBRA, "where(a, 0, b) * c", "where(a, 0, b * c)", c_finite)
RULE(ALGEBRA, "where(a, b, 0) + where(a, 0, c)", "where(a, b, c)", always)
RULE(ALGEBRA, "where(a, b, 0) + where(a, c, 0)", "where(a, b + c, 0)", always)
RULE(ALGEBRA, "where(a, 0, b) + where(a, 0, c)", "where(a, 0, b + c)", always)

/* The masked value has the same mask as the value, which then need not be kept for the backward
   pass. */
RULE(LAST, "where(a <= 0, 0, b)", "where(where(a <= 0, 0, a) <= 0, 0, b)", b_masked_by_other)

/* Powers, as PyTorch computes them. */
RULE(ALGEBRA, "a ^ 0", "1", always)
RULE(ALGEBRA, "a ^ 1", "a", always)
RULE(ALGEBRA, "a ^ 2", "a * a", always)
RULE(ALGEBRA, "a ^ 3", "a * a * a", always)
RULE(ALGEBRA, "a ^ 4", "(a * a) * (a * a)", always)
RULE(ALGEBRA, "a ^ 0.5", "sqrt(a)", always)
RULE(ALGEBRA, "a ^ -0.5", "1 / sqrt(a)", always)
RULE(ALGEBRA, "a ^ -1", "1 / a", always)
RULE(ALGEBRA, "a ^ -2", "1 / (a * a)", always)
RULE(ALGEBRA, "a / b", "a * (1 / b)", b_power_of_two)

/* Gradients of softmax and the like use the quotient of the forward pass, and become a - y. */
RULE(ALGEBRA, "a * (b / c)", "b * (a / c)", c_sums_a)
RULE(ALGEBRA, "(a * sum(b)) * c - a * b", "(a * sum(b)) * (c - b)", b_onehot)
RULE(ALGEBRA, "a * b - (a * sum(b)) * c", "(a * sum(b)) * (b - c)", b_onehot)
RULE(ALGEBRA, "sum(b) * c - b", "sum(b) * (c - b)", b_onehot)
RULE(ALGEBRA, "b - sum(b) * c", "sum(b) * (b - c)", b_onehot)
RULE(ALGEBRA, "a * b - a * c", "a * (b - c)", always)
RULE(ALGEBRA, "a * b + a * c", "a * (b + c)", always)
RULE(ALGEBRA, "a + a", "2 * a", always)

/* Cheap factors are multiplied with each other, and move out of sums. */
RULE(ALGEBRA, "a * (b * c)", "(a * b) * c", a_and_b_cheap)
RULE(ALGEBRA, "a * (b * c)", "b * (a * c)", b_floats)
RULE(ALGEBRA, "sum(a * b)", "drop(b) * sum(a)", b_invariant)
RULE(ALGEBRA, "sum(a / b)", "sum(a) / drop(b)", b_invariant)

/* Terms and factors that cancel. The mean over the examples of a per-batch value is that value. */
RULE(FINITE, "a * 0", "0", always)
RULE(FINITE, "0 / a", "0", always)
RULE(FINITE, "a / a", "1", always)
RULE(FINITE, "a - a", "0", always)
RULE(FINITE, "(a * b) / a", "b", always)
RULE(FINITE, "(a + b) - a", "b", always)
RULE(FINITE, "a - (a + b)", "-b", always)
RULE(FINITE, "(a - b) - a", "-b", always)
RULE(FINITE, "a - (a - b)", "b", always)
RULE(FINITE, "(a - b) + b", "a", always)
RULE(FINITE, "(a + b) - (a + c)", "b - c", always)
RULE(FINITE, "(a - b) - (a - c)", "c - b", always)
RULE(FINITE, "(a - b) - (c - b)", "a - c", always)
RULE(FINITE, "sum(a)", "0", a_zero)
RULE(FINITE, "sum(a)", "1", a_share)
RULE(FINITE, "sum(a * (b + c))", "sum(a * b) + c", a_share_c_steady)
RULE(FINITE, "sum(a * (b - c))", "sum(a * b) - c", a_share_c_steady)
RULE(FINITE, "a <= 0", "1", a_never_positive)
RULE(FINITE, "0 < a", "0", a_never_positive)
RULE(FINITE, "max(a, 0)", "0", a_never_positive)
RULE(FINITE, "where(a <= 0, -a, b)", "where(a <= 0, 0, b)", a_never_negative)
RULE(FINITE, "a < 0", "0", a_never_negative)
RULE(FINITE, "0 <= a", "1", a_never_negative)
RULE(FINITE, "min(a, 0)", "0", a_never_negative)
