/* The elementwise operators, once more and by hand: value, then the slopes by a, b and c, in terms
   of a, b, c, the result y and the slope d of the result. Whoever includes this defines
   OPERATOR(id, value, by a, by b, by c). */

OPERATOR(ADD, a + b, d, d, NO)
OPERATOR(SUB, a - b, d, -d, NO)
OPERATOR(MUL, a *b, d *b, d *a, NO)
OPERATOR(DIV, a / b, d / b, -d *a / (b * b), NO)
OPERATOR(NEG, -a, -d, NO, NO)
OPERATOR(POW, pow(a, b), b == 0 ? 0 : d * b * pow(a, b - 1),
         a == 0 && b >= 0 ? 0 : d * pow(a, b) * log(a), NO)
OPERATOR(EXP, exp(a), d *y, NO, NO)
OPERATOR(LOG, log(a), d / a, NO, NO)
OPERATOR(XLOGY, a == 0 ? 0 : a * log(b), a == 0 && b == 0 ? 0 : d * log(b), a == 0 ? 0 : d * a / b,
         NO)
OPERATOR(SQRT, sqrt(a), d / sqrt(a) / 2, NO, NO)
OPERATOR(ABS, fabs(a), a > 0 ? d : a < 0 ? -d : 0, NO, NO)
OPERATOR(MAXIMUM, a > b || a != a ? a : b,
         a > b    ? d
         : a == b ? d / 2
                  : 0,
         a < b    ? d
         : a == b ? d / 2
                  : 0,
         NO)
OPERATOR(MINIMUM, a < b || a != a ? a : b,
         a<b          ? d
             : a == b ? d / 2
                      : 0,
             a>
                 b
             ? d
         : a == b ? d / 2
                  : 0,
         NO)
OPERATOR(SIN, sin(a), d *cos(a), NO, NO)
OPERATOR(COS, cos(a), -d *sin(a), NO, NO)
OPERATOR(ATAN, atan(a), d / (1 + a * a), NO, NO)
OPERATOR(ERF, erf(a), d * 2 / sqrt(acos(-1.0)) * exp(-a * a), NO, NO)
OPERATOR(FLOOR, floor(a), NO, NO, NO)
OPERATOR(LESS, a < b ? 1 : 0, NO, NO, NO)
OPERATOR(LESS_EQUAL, a <= b ? 1 : 0, NO, NO, NO)
OPERATOR(EQUAL, a == b ? 1 : 0, NO, NO, NO)
OPERATOR(NOT_EQUAL, a != b ? 1 : 0, NO, NO, NO)
OPERATOR(WHERE, a != 0 ? b : c, NO, a != 0 ? d : 0, a != 0 ? 0 : d)
OPERATOR(DETACH, a, NO, NO, NO)
OPERATOR(SLOPE, a, NO, d *c, NO)
OPERATOR(LOGISTIC, 1 / (1 + exp(-a)), d *y *(1 - y), NO, NO)
OPERATOR(HYPERBOLIC, tanh(a), d *(1 - y * y), NO, NO)
OPERATOR(LOG1P_EXP, a > 0 ? a + log1p(exp(-a)) : log1p(exp(a)), d / (1 + exp(-a)), NO, NO)
OPERATOR(ASINH, asinh(a), d / sqrt(a * a + 1), NO, NO)
OPERATOR(FMA, a * b + c, d * b, d * a, d)
OPERATOR(FNMA, c - a * b, -(d * b), -(d * a), d)
OPERATOR(EXPM1, expm1(a), d *exp(a), NO, NO)
OPERATOR(LOG1P, log1p(a), d / (1 + a), NO, NO)
