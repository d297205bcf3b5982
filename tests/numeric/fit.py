"""Fits the polynomials of runtime/nn_coefficients.h: minimax by the Remez exchange, in decimals.

In: nothing, or the path of the header. Out: the header's text, or, given the path, exit 1 where
the file differs. Standard library only: python3 tests/numeric/fit.py > runtime/nn_coefficients.h
"""

import functools
import math
import struct
import sys
from decimal import Decimal, getcontext

getcontext().prec = 70
ONE = Decimal(1)


def series(term, following):
    """Sum of a power series: a first term and, from a term and its number, the next one."""
    total, number = Decimal(0), 0
    while abs(term) > abs(total) * Decimal("1e-68") and number < 400:
        total += term
        number += 1
        term = following(term, number)
    return total


def exp(x):
    return x.exp()


def sin(x):
    return series(x, lambda term, n: -term * x * x / (2 * n * (2 * n + 1)))


def cos(x):
    return series(ONE, lambda term, n: -term * x * x / (2 * n * (2 * n - 1)))


@functools.lru_cache(maxsize=None)
def tanh(x):
    power = (2 * x).exp()
    return (power - 1) / (power + 1)


def atanh(x):
    return ((1 + x) / (1 - x)).ln() / 2


@functools.lru_cache(maxsize=None)
def atan(x):
    """Euler's series, which converges for every x."""
    square = x * x / (1 + x * x)
    return series(x / (1 + x * x), lambda term, n: term * square * 2 * n / (2 * n + 1))


@functools.lru_cache(maxsize=None)
def erf(x):
    """2 / sqrt(pi) exp(-x^2) times a series of positive terms."""
    scale = 2 / (4 * atan(ONE)).sqrt() * exp(-x * x)
    return series(scale * x, lambda term, n: term * 2 * x * x / (2 * n + 1))


def scaled_erfc(x):
    """exp(x^2) (1 - erf(x))."""
    return exp(x * x) * (1 - erf(x))


def folded(t):
    """The x whose (x - 2) / (x + 2) is t."""
    return 2 * (1 + t) / (1 - t)


def root_form(function):
    """From f(x) to (f(x) / x - 1) / x^2 as a function of z = x^2."""

    def fitted(z):
        x = z.sqrt()
        return (function(x) / x - 1) / z

    return fitted


def solve(rows):
    """Gaussian elimination with pivots; each row ends with its right side."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column])]
    result = [Decimal(0)] * size
    for row in reversed(range(size)):
        known = sum(rows[row][i] * result[i] for i in range(row + 1, size))
        result[row] = (rows[row][size] - known) / rows[row][row]
    return result


def value(coefficients, x):
    total = Decimal(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


# Of the interval [-1, 1], from its end to its beginning.
CHEBYSHEV_POINTS = [cos(4 * atan(ONE) * i / 599) for i in range(600)]


def remez(function, weight, low, high, count):
    """The coefficients with the smallest largest |weight * (polynomial - function)|."""
    middle, half = (low + high) / 2, (high - low) / 2
    grid = [middle - half * point for point in CHEBYSHEV_POINTS]
    targets = [function(x) for x in grid]
    weights = [weight(x) for x in grid]
    chosen = [round(599 * i / count) for i in range(count + 1)]
    for _ in range(20):
        rows = [[grid[p] ** i for i in range(count)] + [(-1) ** n / weights[p], targets[p]]
                for n, p in enumerate(chosen)]
        coefficients = solve(rows)[:count]
        errors = [w * (value(coefficients, x) - t) for x, t, w in zip(grid, targets, weights)]
        runs = []
        for p, error in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[runs[-1]]):
                    runs[-1] = p
            else:
                runs.append(p)
        while len(runs) > count + 1:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        if len(runs) < count + 1 or runs == chosen:
            break
        chosen = runs
    return coefficients, max(abs(error) for error in errors)


TINY = Decimal("1e-14")
LOG_RANGE = (Decimal(2).sqrt() - 1) ** 4  # s^2 at the end of [sqrt(1/2), sqrt(2)]
HALF_LN2 = Decimal(2).ln() / 2 + Decimal("1e-4")
EIGHTH_TURN = atan(ONE) + Decimal("1e-4")

# name, argument, what is fitted, the function, its weight, the ends, coefficients in float, double
FITS = [
    ("EXP", "r", "(exp(r) - 1 - r) / r^2",
     lambda r: (exp(r) - 1 - r) / r ** 2, lambda r: r ** 2 + Decimal("0.02"),
     -HALF_LN2, HALF_LN2, 5, 10),
    ("LOG", "z", "(log((1 + s) / (1 - s)) / s - 2) / z, z = s^2",
     lambda z: (2 * atanh(z.sqrt()) / z.sqrt() - 2) / z, lambda z: z / 2, TINY, LOG_RANGE, 3, 7),
    ("LOG_TAIL", "z", "(3 atanh(s) / s - 3 - z) / z^2, z = s^2",
     lambda z: (3 * atanh(z.sqrt()) / z.sqrt() - 3 - z) / z ** 2, lambda z: z ** 2 / 3,
     TINY, LOG_RANGE, 3, 7),
    ("TANH", "z", "(tanh(x) / x - 1) / z, z = x^2, |x| <= 0.625",
     root_form(tanh), lambda z: z, TINY, Decimal("0.3907"), 5, 12),
    ("SIN", "z", "(sin(x) / x - 1) / z, z = x^2, |x| <= pi / 4",
     root_form(sin), lambda z: z, TINY, EIGHTH_TURN ** 2, 3, 6),
    ("COS", "z", "(cos(x) - 1 + z / 2) / z^2, z = x^2, |x| <= pi / 4",
     lambda z: (cos(z.sqrt()) - 1 + z / 2) / z ** 2, lambda z: z ** 2,
     TINY, EIGHTH_TURN ** 2, 3, 6),
    ("ATAN", "z", "(atan(q) / q - 1) / z, z = q^2, |q| <= tan(pi / 8)",
     root_form(atan), lambda z: z, TINY, (Decimal(2).sqrt() - 1) ** 2, 5, 11),
    ("ERF", "z", "erf(x) / x - 1, z = x^2, |x| <= 1",
     lambda z: erf(z.sqrt()) / z.sqrt() - 1, lambda z: ONE, TINY, ONE, 7, 13),
    ("ERFC", "t", "exp(x^2) erfc(x), t = (x - 2) / (x + 2), 1 <= x <= 6",
     lambda t: scaled_erfc(folded(t)), lambda t: exp(-folded(t) ** 2),
     -ONE / 3, ONE / 2, 6, 13),
]


def rounded(number, is_double):
    number = float(number)
    return Decimal(number if is_double else struct.unpack("f", struct.pack("f", number))[0])


def literal(number, is_double):
    mantissa, exponent = float(rounded(number, is_double)).hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + str(int(exponent)) + ("" if is_double else "F")


def wrapped(head, items):
    """A macro definition with its items, at most 100 columns wide."""
    lines, line = [], head
    for i, item in enumerate(items):
        piece = item + (", " if i + 1 < len(items) else ")")
        if len(line) + len(piece) > 97:
            lines.append(line.rstrip().ljust(97) + " \\")
            line = "    "
        line += piece
    return "\n".join(lines + [line])


def parts(number, count, bits):
    """Splits a number into positive terms of so many bits; the last one rounds the rest."""
    for _ in range(count - 1):
        unit = Decimal(2) ** (math.floor(math.log2(abs(number))) + 1 - bits)
        part = math.floor(number / unit) * unit
        yield part
        number -= part
    yield number


def constants(is_double):
    """The split ones are so short that nn_math.h multiplies them by whole numbers exactly."""
    ln2, root2, quarter_turn = Decimal(2).ln(), Decimal(2).sqrt(), 2 * atan(ONE)
    turn_rest = quarter_turn - rounded(quarter_turn, is_double)
    for text, names, values in [
        ("log2(e)", ["LOG2E"], [1 / ln2]),
        ("log(2)", ["LN2"], [ln2]),
        ("log(2) as a sum of two", ["LN2_HIGH", "LN2_LOW"], parts(ln2, 2, 40 if is_double else 15)),
        ("log(2) as a sum of two, the first with half of the bits", ["LN2_HALF", "LN2_REST"],
         parts(ln2, 2, 26 if is_double else 12)),
        ("log(2) minus the nearest number", ["LN2_LESS"], [ln2 - rounded(ln2, is_double)]),
        ("2 / (3 log(2)), and as a sum of two", ["LOG2"], [2 / (3 * ln2)]),
        ("", ["LOG2_HALF", "LOG2_REST"],
         parts(2 / (3 * ln2), 2, 26 if is_double else 12)),
        ("2 / pi", ["QUARTERS"], [1 / quarter_turn]),
        ("pi / 2", ["QUARTER_TURN"], [quarter_turn]),
        ("pi / 2 as a sum of four", ["TURN_1", "TURN_2", "TURN_3", "TURN_4"],
         parts(quarter_turn, 4, 33 if is_double else 15)),
        ("pi / 2 and pi / 4 minus the nearest numbers", ["HALF_PI_REST", "QUARTER_PI_REST"],
         [turn_rest, turn_rest / 2]),
        ("tan(pi / 8), tan(3 pi / 8)", ["TAN_LOW", "TAN_HIGH"], [root2 - 1, root2 + 1]),
    ]:
        if text:
            yield "/* %s */" % text
        for name, number in zip(names, values):
            yield "#define NN_%s %s" % (name, literal(number, is_double))


def log_near_one(f):
    """(log(1 + f) - f) / f^2."""
    return ((1 + f).ln() - f) / f ** 2


# Where numbers are broken into exponent and mantissa anywhere: [sqrt(1/2), sqrt(2)], [3/4, 3/2].
DIRECT_LOG_RANGE = (Decimal("0.5").sqrt() - 1, Decimal("0.5"))


def direct_log():
    """Of floats alone: in double it has too many terms."""
    coefficients, error = remez(
        log_near_one, lambda f: f ** 2 / abs((1 + f).ln()), *DIRECT_LOG_RANGE, 9)
    yield "/* (log(1 + f) - f) / f^2, sqrt(1/2) - 1 <= f <= 1/2; error of the function 2^%.1f */" % (
        float(error.ln() / Decimal(2).ln()))
    yield wrapped("#define NN_DIRECT_LOG_POLYNOMIAL(f) NN_POLYNOMIAL_9(f, ",
                  [literal(c, False) for c in coefficients])


# tanh by tables: 32 intervals that widen with x, found by bits 20 .. 24 of the float x + TANH_SHIFT.
# In the last one, from TANH_HIGH on, all floats are 1.
TANH_SHIFT, TANH_HIGH, TANH_TERMS = Decimal("0.625"), Decimal("9.37"), 5


def float_bits(number):
    return struct.unpack("I", struct.pack("f", float(number)))[0]


def float_of_bits(bits):
    return Decimal(struct.unpack("f", struct.pack("I", bits))[0])


def round_point(low, high):
    """The float near the middle whose tanh is nearest to a float."""
    middle = float_bits(atanh(rounded(tanh((low + high) / 2), False)))
    points = [float_of_bits(middle + i) for i in range(-60, 60)]
    return min(points, key=lambda x: abs(tanh(x) / rounded(tanh(x), False) - 1))


def tanh_interval(low, high):
    """tanh(x) = v + t P(t), t = x - p: p, v and the coefficients; and the relative error."""
    point = round_point(low, high) if low else Decimal(0)
    value_there = rounded(tanh(point), False)
    coefficients, error = remez(
        lambda t: (tanh(point + t) - value_there) / t, lambda t: abs(t) / tanh(point + t),
        (low or TINY) - point, high - point, TANH_TERMS)
    if not low:
        coefficients[0] = ONE  # a small number is its own tanh
    return [point, value_there] + coefficients, error


def tanh_tables():
    columns, worst = {}, Decimal(0)
    for bits in range(float_bits(TANH_SHIFT), float_bits(TANH_HIGH + TANH_SHIFT), 1 << 20):
        low = float_of_bits(bits) - TANH_SHIFT
        high = float_of_bits(bits + (1 << 20)) - TANH_SHIFT
        columns[bits >> 20 & 31], error = tanh_interval(low, min(high, TANH_HIGH))
        worst = max(worst, error)
    yield "/* tanh(x) = v + t P(t), t = x - p. Rows: p, v, the coefficients of P. Column s is for those x for"
    yield "   which bits 20 .. 24 of x + NN_TANH_SHIFT are s. Error of the function 2^%.1f. */" % (
        float(worst.ln() / Decimal(2).ln()))
    yield "#define NN_TANH_SHIFT %s" % literal(TANH_SHIFT, False)
    yield "#define NN_TANH_HIGH %s" % literal(TANH_HIGH, False)
    rows = [[literal(columns[slot][row], False) for slot in range(32)]
            for row in range(TANH_TERMS + 2)]
    yield "#define NN_TANH_TABLES".ljust(97) + " \\"
    for row, numbers in enumerate(rows):
        for start in range(0, 32, 4):
            line = ("    { " if start == 0 else "      ") + ", ".join(numbers[start:start + 4])
            line += (" }," if row + 1 < len(rows) else " }") if start == 28 else ","
            yield line if line.endswith(" }") else line.ljust(97) + " \\"


def precision(is_double):
    yield from constants(is_double)
    for name, argument, text, function, weight, low, high, count_float, count_double in FITS:
        count = count_double if is_double else count_float
        coefficients, error = remez(function, weight, low, high, count)
        yield "/* %s; error of the function 2^%.1f */" % (text, float(error.ln() / Decimal(2).ln()))
        head = "#define NN_%s_POLYNOMIAL(%s) " % (name, argument)
        head += "NN_POLYNOMIAL_%d(%s, " % (count, argument)
        yield wrapped(head, [literal(c, is_double) for c in coefficients])


def header():
    yield "/* Written by tests/numeric/fit.py: the constants and minimax polynomials (lowest power first) of"
    yield "   nn_math.h. In: NN_DOUBLE, and NN_POLYNOMIAL_<count> of nn_math.h. Out: one macro per function and"
    yield "   constant. The errors given are those of the functions that the polynomials are used for. */"
    yield ""
    yield "#ifndef NN_COEFFICIENTS_H"
    yield "#define NN_COEFFICIENTS_H"
    yield ""
    yield "#if NN_DOUBLE"
    yield from precision(True)
    yield "#else"
    yield from precision(False)
    yield from direct_log()
    yield from tanh_tables()
    yield "#endif"
    yield ""
    yield "#endif"


def main():
    text = "\n".join(header()) + "\n"
    if len(sys.argv) < 2:
        sys.stdout.write(text)
        return 0
    with open(sys.argv[1]) as file:
        same = file.read() == text
    if not same:
        sys.stderr.write(sys.argv[1] + " is not what fit.py writes\n")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
