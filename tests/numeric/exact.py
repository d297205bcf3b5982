"""Writes exact.txt: what formulas are worth where plain arithmetic loses their digits or has 0 log 0.

In: nothing. Out: the text, on standard output: python3 tests/numeric/exact.py > tests/numeric/exact.txt
Needs mpmath, which works in 60 digits here; the test needs only the text. All x and p are numbers in float, but those
of `double`. Kinds of entries, numbers separated by blanks:

    values EXPRESSION     x, then the results, then their derivatives
    double EXPRESSION     the same, of x that only a double holds
    loss EXPRESSION       p, y, then the loss, then its gradient by p
"""

import struct

import mpmath
from mpmath import asinh, atanh, cosh, exp, log, mp, mpf, sinh, sqrt

mp.dps = 60
INFINITY, NAN = mpf("inf"), mpf("nan")
SIZES = [1e-30, 1e-20, 1e-12, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
LARGE = [1.0, 1.5, 2.0, 3.5, 5.0, 7.0, 9.0, 10.0]


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def show(numbers):
    print(" ".join(f"{float(x):.17g}" for x in numbers))


def values(expressions, sizes, function, slope):
    x = [sign * single(size) for sign in (-1, 1) for size in sizes]
    for expression in expressions:
        print(f"values {expression}")
        show(x)
        show(function(mpf(v)) for v in x)
        show(slope(mpf(v)) for v in x)


values(["(exp(x) - exp(-x)) / 2", "0.5 * (exp(x) - 1 / exp(x))", "0.5 * exp(x) - exp(-x) / 2",
        "(exp(-2 * (-0.5 * x)) - exp(2 * (-0.5 * x))) / 2", "0.5 * exp(x) - 0.5 / exp(x)",
        "-((1 / exp(x) - exp(x)) / 2)"],
       SIZES + LARGE, sinh, cosh)
values(["log(x + sqrt(x^2 + 1))", "log(sqrt(1 + x * x) + x)", "-log((x^2 + 1)^0.5 - x)",
        "-log(-x + sqrt((-x)^2 + 1))", "where(x < 0, -1, 1) * log(abs(x) + sqrt(x^2 + 1))"],
       SIZES + LARGE, asinh, lambda x: 1 / sqrt(x * x + 1))
values(["0.5 * log((1 + x) / (1 - x))", "log((x + 1) / (1 - x)) / 2", "-0.5 * log((1 - x) / (1 + x))",
        "log(sqrt((1 + x) / (1 - x)))", "(log(1 + x) - log(1 - x)) / 2", "log(((1 + x) / (1 - x))^0.5)"],
       SIZES, atanh, lambda x: 1 / (1 - x * x))


# The functions of elementary.def


def real(function, x, outside):
    """The function at x; infinite at a pole; NaN where `outside` says so or a sine has no limit."""
    if outside(x) or not mpmath.isfinite(x) and mpmath.isnan(function(x)):
        return NAN
    try:
        return function(x)
    except ZeroDivisionError:
        return INFINITY


def elementary(name, function, slope, points, fine, outside=lambda x: False):
    """points: numbers in float, fine: doubles; both with either sign. slope: of x, not at a pole."""
    for kind, sizes in ("values", [single(point) for point in points]), ("double", fine):
        x = [sign * size for sign in (-1, 1) for size in sizes]
        print(f"{kind} {name}(x)")
        show(x)
        show(real(function, mpf(v), outside) for v in x)
        show(real(slope, mpf(v), outside) for v in x)


def at_zero(name):
    """1 / x there, which has the slope -1 / x^2."""
    print(f"values {name}(x)")
    show([0])
    show([INFINITY])
    show([-INFINITY])


def angle(function):
    """Of an infinite angle nothing is known."""
    return lambda x: function(x) if mpmath.isfinite(x) else NAN


def pole(function, at, below, above):
    """The limits at the points -at and at."""
    return lambda x: (below if x < 0 else above) if abs(x) == at else function(x)


SMALL = [1e-30, 1e-12, 1e-5, 1e-3, 0.1, 0.5, 1.0]
INF = float("inf")
angles = SMALL + [1.5, 1.57079, 1.5707963, 2.0, 3.1415, 3.1415927, 4.712389, 10.0, 100.0, 1e4, 1e5, INF]
angles_fine = [1e-300, 1.5707963267948963, 1.5707963267948966, 1.5707963267948968, 3.141592653589793,
               4.71238898038469, 1e6, 3e11]
elementary("tan", angle(mpmath.tan), angle(lambda x: mpmath.sec(x) ** 2), angles, angles_fine)
elementary("cot", angle(mpmath.cot), angle(lambda x: -mpmath.csc(x) ** 2), angles, angles_fine)
elementary("sec", angle(mpmath.sec), angle(lambda x: mpmath.sec(x) * mpmath.tan(x)), angles, angles_fine)
elementary("csc", angle(mpmath.csc), angle(lambda x: -mpmath.csc(x) * mpmath.cot(x)), angles, angles_fine)

for name in "cot", "csc", "coth", "csch":
    at_zero(name)

within = SMALL + [0.25, 0.7, 0.8, 0.9, 0.99, 0.999, 0.99999, 1 - 2**-24, 1 + 2**-23, 2.0, 1e30, INF]
within_fine = [1e-300, 0.3, 1 - 1e-9, 1 - 2**-53, 1 + 2**-52]
elementary("asin", mpmath.asin, pole(lambda x: 1 / sqrt(1 - x * x), 1, INFINITY, INFINITY), within, within_fine,
           lambda x: abs(x) > 1)
elementary("acos", mpmath.acos, pole(lambda x: -1 / sqrt(1 - x * x), 1, -INFINITY, -INFINITY), within, within_fine,
           lambda x: abs(x) > 1)
elementary("atanh", pole(atanh, 1, -INFINITY, INFINITY), pole(lambda x: 1 / (1 - x * x), 1, INFINITY, INFINITY),
           within, within_fine, lambda x: abs(x) > 1)

far = [0.99, 2.0, 3.0, 9.0, 30.0, 80.0, 88.5, 89.25, 89.5, 95.0, 120.0]
far_fine = [1e-300, 0.3, 50.0, 350.0, 709.5, 710.25, 710.5, 730.0, 745.0]
elementary("sinh", sinh, cosh, SMALL + far + [INF], far_fine)
elementary("cosh", cosh, sinh, SMALL + far + [INF], far_fine)
elementary("sech", mpmath.sech, lambda x: -mpmath.sech(x) * mpmath.tanh(x), SMALL + far, far_fine)
elementary("csch", mpmath.csch, lambda x: -mpmath.csch(x) * mpmath.coth(x), SMALL + far, far_fine)
elementary("coth", mpmath.coth, lambda x: -mpmath.csch(x) ** 2, SMALL + far, far_fine)

great = [1.5, 2.0, 10.0, 1e3, 1e8, 1e12, 1e16, 1e17, 1e18, 1.5e19, 2e19, 1e25, 1e38, 3e38, INF]
great_fine = [1e-300, 0.3, 1e9, 1e17, 1e60, 1e154, 1e200, 1.7e308]
elementary("asinh", asinh, lambda x: 1 / sqrt(x * x + 1), SMALL + great, great_fine)
edge = [1 + 2**-23, 1.0001, 1.1]
edge_fine = [1 + 2**-52, 1 + 1e-9]
elementary("acosh", mpmath.acosh, pole(lambda x: 1 / sqrt(x * x - 1), 1, NAN, INFINITY), SMALL + edge + great,
           edge_fine + great_fine, lambda x: x < 1)
elementary("acoth", pole(lambda x: 0 if mpmath.isinf(x) else mpmath.acoth(x), 1, -INFINITY, INFINITY),
           pole(lambda x: 0 if mpmath.isinf(x) else 1 / (1 - x * x), 1, -INFINITY, -INFINITY),
           SMALL + edge + great, edge_fine + great_fine, lambda x: abs(x) < 1)


def term(y, p):
    """y log p and its slope by p; 0 log 0 is 0."""
    if y == 0:
        return mpf(0), mpf(0)
    if p == 0:
        return -mpf("inf"), mpf("inf")
    return y * log(p), y / p


def loss(expression, p, y, each):
    """each(p, y) of one element: the loss and its slope by p; together their sum."""
    p = [single(v) for v in p]
    parts = [each(mpf(a), mpf(b), i) for i, (a, b) in enumerate(zip(p, y))]
    print(f"loss {expression}")
    show(p)
    show(y)
    show([sum(part[0] for part in parts)])
    show(part[1] for part in parts)


def cross_entropy(weights=None, smoothing=mpf(0), classes=3):
    def each(p, y, i):
        share = ((1 - smoothing) * y + smoothing / classes) * (weights[i] if weights else 1)
        value, slope = term(share, p)
        return -value, -slope

    return each


def binary(p, y, scale):
    right, wrong = term(y, p), term(1 - y, 1 - p)
    return -(right[0] + wrong[0]) * scale, -(right[1] - wrong[1]) * scale


def divergence(p, y, i):
    value, slope = term(y, p)
    return term(y, y)[0] - value, -slope


def poisson(p, y, scale):
    value, slope = term(y, p)
    return (p - value) * scale, (1 - slope) * scale


def focal_half(p, y, gamma):
    """y (1 - p)^gamma log p and its slope: nothing that is 0 counts, however large what it meets."""
    value, slope = term(y, p)
    if value == 0 or gamma == 0:
        return value, slope * (1 - p) ** gamma
    return (1 - p) ** gamma * value, (1 - p) ** gamma * slope - gamma * (1 - p) ** (gamma - 1) * value


def focal(gamma, alpha, count):
    def each(p, y, i):
        right, wrong = focal_half(p, y, gamma), focal_half(1 - p, 1 - y, gamma)
        return (-(alpha * right[0] + (1 - alpha) * wrong[0]) / count,
                -(alpha * right[1] - (1 - alpha) * wrong[1]) / count)

    return each


CLASSES = [([1.0, 0.0, 0.0], [1, 0, 0]), ([0.0, 0.0, 1.0], [0, 0, 1]), ([0.5, 0.0, 0.5], [0, 0, 1]),
           ([0.25, 0.75, 0.0], [0.5, 0.5, 0]), ([0.0, 1.0, 0.0], [1, 0, 0]), ([1e-8, 1.0, 0.0], [0, 0, 0])]
for p, y in CLASSES:
    loss("cross_entropy(x, y)", p, y, cross_entropy())
    loss("cross_entropy(x, y, weights = [0.5, 2, 0])", p, y, cross_entropy([mpf(1) / 2, 2, 0]))
    loss("kl_divergence(x, y)", p, y, divergence)
    loss("poisson_of_rate(x, y, eps = 0)", p, y, lambda p, y, i: poisson(p, y, mpf(1) / 3))
loss("negative_log_likelihood(x, y)", [-0.25, float("-inf"), -2.0, float("-inf")], [1, 0, 0, 0],
     lambda l, y, i: (-y * l if y else mpf(0), -y))
# Logits, of which one is ruled out: its probability is 0.
masked = [exp(mpf(v)) for v in (0.5, -1.0)]
for expression in ["cross_entropy(softmax(x + [0, 0, -infinity]), y)",
                   "negative_log_likelihood(log_softmax(where([1, 1, 0], x, -infinity)), y)"]:
    loss(expression, [0.5, -1.0, 2.0], [1, 0, 0],
         lambda z, y, i: (-y * (z - log(sum(masked))), (masked + [mpf(0)])[i] / sum(masked) - y))
loss("summed_binary_cross_entropy(sigmoid(x + [0, -infinity]), y)", [0.5, 1.0], [1, 0],
     lambda z, y, i: (y * log(1 + exp(-z)), -y / (1 + exp(z))))
loss("cross_entropy(x, y, smoothing = 0.25)", [1.0, 0.0, 0.0], [1, 0, 0], cross_entropy(None, mpf(1) / 4))
loss("cross_entropy(x, y, [1, 1, 0], 0.25)", [0.75, 0.25, 0.0], [1, 0, 0], cross_entropy([1, 1, 0], mpf(1) / 4))
LABELS = [([1.0, 0.0, 1.0, 0.0], [1, 0, 1, 0]), ([1.0, 0.25, 1e-8, 0.0], [1, 0, 0, 0]),
          ([0.0, 0.5, 1.0, 0.0], [1, 0.5, 1, 0]), ([1.0, 0.5, 0.5, 0.0], [0, 0.5, 1, 0])]
for p, y in LABELS:
    loss("binary_cross_entropy(x, y)", p, y, lambda p, y, i: binary(p, y, mpf(1) / 4))
    loss("summed_binary_cross_entropy(x, y)", p, y, lambda p, y, i: binary(p, y, 1))
    loss("focal(x, y)", p, y, focal(2, mpf(1) / 4, 4))
    loss("focal(x, y, gamma = 1, alpha = 0.5)", p, y, focal(1, mpf(1) / 2, 4))
    loss("focal(x, y, gamma = 0, alpha = 0.5)", p, y, focal(0, mpf(1) / 2, 4))
