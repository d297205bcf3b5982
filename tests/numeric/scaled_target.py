"""Writes scaled_target.txt: a net with a scaled input and a scaled target, as scikit-learn scales them, in numpy.

In: nothing. Out: the text, on standard output: python3 tests/numeric/scaled_target.py > tests/numeric/scaled_target.txt
Needs numpy and scikit-learn; the tests need only the text. The net is p = V tanh(W s + a) + b of the scaled input s, the cost of
an example half the sum of (p - t)^2 for the scaled target t, of which one column is always the same. Lines, each a word and what
belongs to it:

    x, y NUMBERS          of all examples, as the caller passes them
    set NAME NUMBERS      a parameter's value
    scaling WORD          minmax or standard: what follows is of a target of that word
    get NAME NUMBERS      what `fit` makes of the examples
    cost NUMBER           of all examples
    gradient NAME NUMBERS
    predict NUMBERS       of all examples, in the caller's units
    p_by_x NUMBERS        of the first example, both in the caller's units
    c_by_p NUMBERS        of the first example's cost by its prediction in the caller's units
    figure NUMBER         r2, then mean absolute error, then root mean squared error, in the caller's units
"""

import numpy
from sklearn import metrics, preprocessing

EXAMPLES = 7
draws = numpy.random.default_rng(5)


def rounded(low, high, shape, steps):
    """Numbers that a float holds."""
    return numpy.round(draws.uniform(low, high, shape) * steps) / steps


def show(word, numbers):
    print(word, " ".join(f"{x:.17g}" for x in numpy.asarray(numbers, dtype=float).reshape(-1)))


x = rounded(20, 260, (EXAMPLES, 3), 8) * [1, 0.0625, 8]
y = numpy.hstack([rounded(90000, 400000, (EXAMPLES, 1), 1), numpy.full((EXAMPLES, 1), 7.5), rounded(-2, 1, (EXAMPLES, 1), 64)])
W, a = rounded(-0.75, 0.75, (4, 3), 64), rounded(-0.5, 0.5, 4, 64)
V, b = rounded(-0.75, 0.75, (3, 4), 64), rounded(-0.5, 0.5, 3, 64)
for name, numbers in [("x", x), ("y", y), ("set h.weight", W), ("set h.bias", a), ("set p.weight", V), ("set p.bias", b)]:
    show(name, numbers)

input_scaler = preprocessing.StandardScaler().fit(x)
s = input_scaler.transform(x)
h = numpy.tanh(s @ W.T + a)
p = h @ V.T + b
for word, scaler in [("minmax", preprocessing.MinMaxScaler()), ("standard", preprocessing.StandardScaler())]:
    t = scaler.fit_transform(y)
    low, scale = (scaler.data_min_, scaler.scale_) if word == "minmax" else (scaler.mean_, 1 / scaler.scale_)
    shown = scaler.inverse_transform(p)
    d_p = (p - t) / EXAMPLES
    d_h = d_p @ V * (1 - h**2)
    print("scaling", word)
    show("get y.low", low)
    show("get y.scale", scale)
    show("cost", 0.5 * numpy.sum((p - t) ** 2) / EXAMPLES)
    show("gradient h.weight", d_h.T @ s)
    show("gradient h.bias", d_h.sum(axis=0))
    show("gradient p.weight", d_p.T @ h)
    show("gradient p.bias", d_p.sum(axis=0))
    show("predict", shown)
    show("p_by_x", (V * (1 - h[0] ** 2) @ W) / input_scaler.scale_ / scale[:, None])
    show("c_by_p", (p - t)[0] * scale)
    show("figure", metrics.r2_score(y, shown))
    show("figure", metrics.mean_absolute_error(y, shown))
    show("figure", numpy.sqrt(metrics.mean_squared_error(y, shown)))
