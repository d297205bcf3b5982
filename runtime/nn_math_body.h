/* The functions of nn_math.h, which alone includes this, once per suffix: for one number (_1) and
   for each vector width.

   In: X(name), which appends the suffix; types V (a number or a vector), W (its bits) and K (a
   condition); the features of nn_targets.h. Out: the functions, each under its formula. */

#define C(constant) X(nn_splat)((nn_real)(constant))
#define F(a, b, c) X(nn_fma)(a, b, c)
#define N(a, b, c) X(nn_fnma)(a, b, c)
#define LESS(a, b) X(nn_is_less)(a, b)
#define LESS_EQUAL(a, b) X(nn_is_less_equal)(a, b)
#define EQUAL(a, b) X(nn_is_equal)(a, b)
#define UNEQUAL(a, b) X(nn_is_not_equal)(a, b)

/* p * 2^k, k whole, where shifted = NN_ROUND + k. A denormal result is rounded once. */
#if NN_HAS_EXPONENTS
NN_INLINE V X(nn_scaled)(V p, V shifted) { return X(nn_scale)(p, shifted - C(NN_ROUND)); }
#else
NN_INLINE V X(nn_scaled)(V p, V shifted)
{
    W exponents = X(nn_bits)(shifted) - (NN_ROUND_BITS - 2 * NN_BIAS); /* k plus twice the bias */
    W half = exponents >> 1;
    return p * X(nn_from_bits)(half << NN_MANTISSA_BITS) *
           X(nn_from_bits)((exponents - half) << NN_MANTISSA_BITS);
}
#endif

/* exp(high - low), for |high| <= log(2) / 2 and a small low: 1 + r + r^2 P(r). */
NN_INLINE V X(nn_exp_near)(V high, V low)
{
    V r = high - low;
    return C(1) + (high - N(r * r, NN_EXP_POLYNOMIAL(r), low));
}

/* exp(x) = 2^k exp(r), x = k log(2) + r, for x within the limits of exp. */
NN_INLINE V X(nn_exp_within)(V x)
{
    V shifted = F(x, C(NN_LOG2E), C(NN_ROUND));
    V k = shifted - C(NN_ROUND);
#if NN_HAS_FMA
    V r = N(k, C(NN_LN2_LESS), N(k, C(NN_LN2), x));
    V p = F(F(NN_EXP_POLYNOMIAL(r), r, C(1)), r, C(1));
#else
    V p = X(nn_exp_near)(x - k * C(NN_LN2_HIGH), k * C(NN_LN2_LOW));
#endif
    return X(nn_scaled)(p, shifted);
}

NN_INLINE V X(nn_exp)(V x)
{
    return X(nn_exp_within)(X(nn_clamp)(x, C(NN_EXP_LOW), C(NN_EXP_HIGH)));
}

/* exp(-|x|) */
NN_INLINE V X(nn_exp_fall)(V x)
{
    V below = X(nn_from_bits)(X(nn_bits)(x) | NN_SIGN_BIT);
    return X(nn_exp_within)(X(nn_greater)(C(NN_EXP_LOW), below));
}

/* exp(x) - 1 = 2^k ((1 - 2^-k) + (exp(r) - 1)), x = k log(2) + r: results near 0 keep their
   digits. */
NN_INLINE V X(nn_expm1)(V x)
{
    V within = X(nn_clamp)(x, C(NN_EXPM1_LOW), C(NN_EXP_HIGH));
    V shifted = F(within, C(NN_LOG2E), C(NN_ROUND));
    V k = shifted - C(NN_ROUND);
    V high = N(k, C(NN_LN2_HIGH), within), low = k * C(NN_LN2_LOW);
    V r = high - low;
    W inverse = X(nn_bits)(C(NN_ROUND) - X(nn_clamp)(k, C(-NN_BIAS / 2), C(NN_BIAS / 2)));
    V power = X(nn_from_bits)((inverse - (NN_ROUND_BITS - NN_BIAS)) << NN_MANTISSA_BITS); /* 2^-k */
    V p = ((C(1) - power) + high) - N(r * r, NN_EXP_POLYNOMIAL(r), low);
    return X(nn_copysign)(X(nn_scaled)(p, shifted), x);
}

/* m in [sqrt(1/2), sqrt(2)) and *exponent = k of x = 2^k m, for finite x > 0. The result for
   other x has no meaning. */
NN_INLINE V X(nn_fraction)(V x, V *exponent)
{
    K tiny = LESS(x, C(NN_LEAST_NORMAL));
    V normal = X(nn_choose)(tiny, x * C(NN_WHOLE), x);
    W bits = X(nn_bits)(normal) + (NN_ONE_BITS - NN_SQRT_HALF_BITS);
    V biased = X(nn_from_bits)((bits >> NN_MANTISSA_BITS) | NN_WHOLE_BITS);
    *exponent = biased - X(nn_choose)(tiny, C(NN_WHOLE + (NN_BIAS + NN_MANTISSA_BITS)),
                                      C(NN_WHOLE + NN_BIAS));
    return X(nn_from_bits)((bits & (((nn_word)1 << NN_MANTISSA_BITS) - 1)) + NN_SQRT_HALF_BITS);
}

/* The same for logarithms. With NN_DIRECT_SPLIT m is in [3/4, 3/2), and 0, infinity, NaN and
   negative numbers give such an m and k that log_near returns the right logarithm: -infinity,
   infinity, NaN and NaN. */
#if NN_DIRECT_SPLIT
NN_INLINE V X(nn_apart)(V x, V *exponent)
{
    V m = X(nn_mantissa)(x);
    *exponent = X(nn_exponent)(x) - X(nn_exponent)(m);
    return m;
}
#else
NN_INLINE V X(nn_apart)(V x, V *exponent) { return X(nn_fraction)(x, exponent); }
#endif

/* k log(2) + log(1 + f), 1 + f in [sqrt(1/2), 3/2], = k log(2) + f + f^2 P(f), or in fewer terms,
   with s = f / (2 + f): log(1 + f) = 2 s + s R(s^2) = f - f^2/2 + s (f^2/2 + R(s^2)). */
NN_INLINE V X(nn_log_near)(V f, V k)
{
#if NN_DIRECT_LOG
    return F(k, C(NN_LN2), F(f * f, NN_DIRECT_LOG_POLYNOMIAL(f), f));
#else
    V s = f / (C(2) + f);
    V z = s * s;
    V half = C(0.5) * f * f;
    V rest = F(s, F(z, NN_LOG_POLYNOMIAL(z), half), k * C(NN_LN2_LOW));
    return F(k, C(NN_LN2_HIGH), f - (half - rest));
#endif
}

NN_INLINE V X(nn_log)(V x)
{
    V k;
    V m = X(nn_apart)(x, &k);
    V y = X(nn_log_near)(m - C(1), k);
#if NN_DIRECT_SPLIT
    return y;
#else
    V special = X(nn_choose)(EQUAL(x, C(0)), C(-NN_INFINITY),
                             X(nn_choose)(LESS(x, C(0)), C(NN_NAN), x));
    return X(nn_choose)(LESS(C(0), x) & LESS(x, C(NN_INFINITY)), y, special);
#endif
}

/* log(u) + (x - (u - 1)) / u, where u is 1 + x rounded. Where u is near 1 (k = 0), log_near takes x
   itself. */
NN_INLINE V X(nn_log1p)(V x)
{
    V k, u = C(1) + x;
    V m = X(nn_apart)(u, &k);
    K near = EQUAL(k, C(0));
    V rest = X(nn_choose)(near, C(0), (x - (u - C(1))) / u);
    V y = X(nn_log_near)(X(nn_choose)(near, x, m - C(1)), k) + rest;
    V special = X(nn_choose)(EQUAL(u, C(0)), C(-NN_INFINITY),
                             X(nn_choose)(LESS(u, C(0)), C(NN_NAN), x));
    y = X(nn_choose)(LESS(C(0), u) & LESS(u, C(NN_INFINITY)), y, special);
    return X(nn_copysign)(y, x);
}

/* 1 / (1 + exp(-x)) by t = exp(-|x|), so that nothing overflows and small results keep their
   digits: 1 - t / (1 + t) for x >= 0, and for x < 0 t - t t / (1 + t), which is t / (1 + t) with
   a smaller rounding error. */
NN_INLINE V X(nn_logistic)(V x)
{
    V t = X(nn_exp_fall)(x);
    V above = X(nn_choose)(LESS(x, C(0)), t, C(1));
    return N(above, t / (C(1) + t), above);
}

/* max(x, 0) + log(1 + t), t = exp(-|x|); for the greater t,
   log(1 + t) = log(2) + log(1 + (t - 1) / 2). */
NN_INLINE V X(nn_log1p_exp)(V x)
{
    V t = X(nn_exp_fall)(x);
    K great = LESS(C(NN_TAN_LOW), t); /* sqrt(2) - 1 */
    V f = X(nn_choose)(great, (t - C(1)) * C(0.5), t);
    V k = X(nn_choose)(great, C(1), C(0));
    return X(nn_choose)(LESS(C(0), x), x, C(0)) + X(nn_log_near)(f, k);
}

#if !NN_TANH_BY_TABLES
/* a + a^3 P(a^2) for a = |x| up to 0.625, beyond 1 - 2 / (exp(2 a) + 1), with the sign of x. */
NN_INLINE V X(nn_tanh)(V x)
{
    V a = X(nn_abs)(x);
    V z = a * a;
    V small = F(a, z * NN_TANH_POLYNOMIAL(z), a);
    V great = C(1) - C(2) / (X(nn_exp)(a + a) + C(1));
    return X(nn_copysign)(X(nn_choose)(LESS(a, C(0.625)), small, great), x);
}
#endif

/* a + a P(a^2) for a = |x| up to 1, beyond 1 - exp(-a^2) Q((a - 2) / (a + 2)), with the sign
   of x. */
static inline V X(nn_erf)(V x)
{
    V a = X(nn_clamp)(X(nn_abs)(x), C(0), C(NN_ERF_HIGH));
    V z = a * a;
    V small = F(a, NN_ERF_POLYNOMIAL(z), a);
    V t = (a - C(2)) / (a + C(2));
    V great = N(X(nn_exp)(-z), NN_ERFC_POLYNOMIAL(t), C(1));
    return X(nn_copysign)(X(nn_choose)(LESS(a, C(1)), small, great), x);
}

/* The greatest whole number that is not above x. */
NN_INLINE V X(nn_floor)(V x)
{
    V a = X(nn_abs)(x);
    V near = X(nn_copysign)((a + C(NN_WHOLE)) - C(NN_WHOLE), x);
    V below = near - X(nn_choose)(LESS(x, near), C(1), C(0));
    return X(nn_choose)(LESS(a, C(NN_WHOLE)), below, x);
}

/* *high -= t; the rounding error of that goes to *low. Exact where |t| <= |*high| or both are
   small. */
NN_INLINE void X(nn_subtract)(V *high, V *low, V t)
{
    V difference = *high - t;
    *low = *low - ((*high - difference) - t);
    *high = difference;
}

/* sin(r - rest + quarter pi / 2), |r| <= pi / 4: r + r^3 S(r^2) or 1 - r^2/2 + r^4 C(r^2). */
NN_INLINE V X(nn_sine_near)(V r, V rest, W quarter)
{
    V z = r * r;
    V half = C(0.5) * z;
    V sine = r - (rest - r * z * NN_SIN_POLYNOMIAL(z));
    V one_less = C(1) - half;
    V cosine = one_less + (((C(1) - one_less) - half) + (z * z * NN_COS_POLYNOMIAL(z) + r * rest));
    V y = X(nn_choose)(X(nn_has_bit)(quarter, 1), cosine, sine);
    return X(nn_from_bits)(X(nn_bits)(y) ^ ((quarter & 2) << (sizeof(nn_real) * 8 - 2)));
}

/* sin(x + quarters pi / 2), with x = k pi/2 + r. For r, k is split into a multiple of a power of
   two and a small rest, and pi/2 into terms of so few bits that their products are exact. An
   angle beyond NN_TURN_LIMIT counts as 0. */
static inline V X(nn_sine)(V x, nn_word quarters)
{
    V angle = X(nn_choose)(LESS(C(NN_TURN_LIMIT), X(nn_abs)(x)), x * C(0), x);
    V shifted = angle * C(NN_QUARTERS) + C(NN_ROUND);
    V k = shifted - C(NN_ROUND);
    V k_high = (k + C(NN_ROUND_TURNS)) - C(NN_ROUND_TURNS);
    V k_low = k - k_high;
    V high = ((angle - k_high * C(NN_TURN_1)) - k_low * C(NN_TURN_1)) - k_high * C(NN_TURN_2);
    V low = k * C(NN_TURN_4);
    X(nn_subtract)(&high, &low, k_low * C(NN_TURN_2));
    X(nn_subtract)(&high, &low, k_high * C(NN_TURN_3));
    X(nn_subtract)(&high, &low, k_low * C(NN_TURN_3));
    V r = high - low;
    return X(nn_sine_near)(r, (r - high) + low, X(nn_bits)(shifted) + quarters);
}

/* sin(2 pi u + quarters pi / 2) for 0 <= u <= 1 with at most NN_MANTISSA_BITS + 1 bits after the
   binary point: the reduction is exact. */
NN_INLINE V X(nn_sine_turn)(V u, W quarters)
{
    V shifted = C(4) * u + C(NN_ROUND);
    V r = C(4) * u - (shifted - C(NN_ROUND));
    return X(nn_sine_near)(r * C(NN_QUARTER_TURN), C(0), X(nn_bits)(shifted) + quarters);
}

static inline V X(nn_sin)(V x) { return X(nn_sine)(x, 0); }
static inline V X(nn_cos)(V x) { return X(nn_sine)(x, 1); }

/* atan(|x|) is atan(q), pi/4 + atan(q) or pi/2 + atan(q), where q is |x|, (|x| - 1) / (|x| + 1) or
   -1 / |x|, within tan(pi/8). */
static inline V X(nn_atan)(V x)
{
    V a = X(nn_abs)(x);
    K middle = LESS(C(NN_TAN_LOW), a), great = LESS(C(NN_TAN_HIGH), a);
    V upper = X(nn_choose)(great, C(-1), X(nn_choose)(middle, a - C(1), a));
    V lower = X(nn_choose)(great, a, X(nn_choose)(middle, a + C(1), C(1)));
    V base = X(nn_choose)(great, C(NN_QUARTER_TURN),
                          X(nn_choose)(middle, C(NN_QUARTER_TURN / 2), C(0)));
    V base_rest =
        X(nn_choose)(great, C(NN_HALF_PI_REST), X(nn_choose)(middle, C(NN_QUARTER_PI_REST), C(0)));
    V q = upper / lower;
    V z = q * q;
    V y = base + (q + (q * (z * NN_ATAN_POLYNOMIAL(z)) + base_rest));
    return X(nn_copysign)(y, x);
}

/* x with the upper half of its mantissa bits only: the product of two such numbers is exact. */
NN_INLINE V X(nn_head)(V x) { return X(nn_from_bits)(X(nn_bits)(x) & NN_HEAD_BITS); }

/* log2(a) for finite a > 0 in two terms, the returned one and *rest: k + 2 / (3 log(2)) s (3 +
   s^2 + s^4 P(s^2)), s = (m - 1) / (m + 1). The larger terms of the sum are each kept as a head
   and a rest too. */
NN_INLINE V X(nn_log2)(V a, V *rest)
{
    V k;
    V m = X(nn_fraction)(a, &k);
    V f = m - C(1);
    V s = f / (m + C(1));
    V s_head = X(nn_head)(s);
    V sum_head = X(nn_head)(m + C(1));
    V sum_rest = m - (sum_head - C(1));
    V s_rest = ((f - s_head * sum_head) - s_head * sum_rest) / (m + C(1));

    V z = s * s;
    V z_head = s_head * s_head;
    V z_rest = s_rest * (s_head + s) + z * z * NN_LOG_TAIL_POLYNOMIAL(z);
    V t_head = X(nn_head)(C(3) + z_head + z_rest);
    V t_rest = z_rest - ((t_head - C(3)) - z_head);

    V product = s_head * t_head;
    V product_rest = s_rest * t_head + t_rest * s;
    V p_head = X(nn_head)(product + product_rest);
    V p_rest = product_rest - (p_head - product);

    V y = C(NN_LOG2_HALF) * p_head;
    V y_rest = C(NN_LOG2_REST) * p_head + p_rest * C(NN_LOG2);
    V head = X(nn_head)((y + y_rest) + k);
    *rest = y_rest - ((head - k) - y);
    return head;
}

/* 2^(x + rest), for |rest| far below 1. */
NN_INLINE V X(nn_exp2)(V x, V rest)
{
    V sum = x + rest;
    V shifted = X(nn_clamp)(sum, C(NN_EXP2_LOW), C(NN_EXP2_HIGH)) + C(NN_ROUND);
    V r = x - (shifted - C(NN_ROUND));
    V r_head = X(nn_head)(r + rest);
    V low = (rest - (r_head - r)) * C(NN_LN2) + r_head * C(NN_LN2_REST);
    V y = X(nn_scaled)(X(nn_exp_near)(r_head * C(NN_LN2_HALF), -low), shifted);
    y = X(nn_choose)(LESS(C(NN_EXP2_HIGH), sum), C(NN_INFINITY), y);
    return X(nn_choose)(LESS(sum, C(NN_EXP2_LOW)), C(0), y);
}

/* x^y = 2^(y log2 |x|), with the sign and the special cases of IEEE 754. */
NN_INLINE V X(nn_power)(V x, V y)
{
    V a = X(nn_abs)(x), b = X(nn_abs)(y), half = C(0.5) * b;
    V log2_rest;
    V log2_head = X(nn_log2)(a, &log2_rest);
    V power = X(nn_clamp)(y, C(-NN_POWER_LIMIT), C(NN_POWER_LIMIT)); /* no difference */
    V power_head = X(nn_head)(power);
    V result =
        X(nn_exp2)(power_head * log2_head, (power - power_head) * log2_head + power * log2_rest);

    K is_zero = EQUAL(a, C(0)), is_endless = EQUAL(a, C(NN_INFINITY));
    result = X(nn_choose)(is_zero | is_endless,
                          X(nn_choose)(is_zero ^ LESS(y, C(0)), C(0), C(NN_INFINITY)), result);

    K is_whole = LESS_EQUAL(C(NN_WHOLE), b) | EQUAL((b + C(NN_WHOLE)) - C(NN_WHOLE), b);
    K is_half = LESS(half, C(NN_WHOLE)) & UNEQUAL((half + C(NN_WHOLE)) - C(NN_WHOLE), half);
    result = X(nn_copysign)(result, X(nn_choose)(is_whole & is_half, x, C(1)));
    V outside = X(nn_choose)(is_whole, result, C(NN_NAN));
    result = X(nn_choose)(LESS(x, C(0)) & LESS(C(-NN_INFINITY), x), outside, result);
    result = X(nn_choose)(UNEQUAL(x, x) | UNEQUAL(y, y), x + y, result);
    return X(nn_choose)(EQUAL(x, C(1)) | EQUAL(y, C(0)), C(1), result);
}

static inline V X(nn_powers)(V x, V y) { return X(nn_power)(x, y); }

#undef C
#undef F
#undef N
#undef LESS
#undef LESS_EQUAL
#undef EQUAL
#undef UNEQUAL
