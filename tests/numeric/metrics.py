"""Writes metrics.txt: the figures of metrics, computed example by example in numpy.

In: nothing. Out: the text, on standard output: python3 tests/numeric/metrics.py > tests/numeric/metrics.txt
Needs numpy; the tests need only the text. `values N` begins a data set: how many values an example has (0 is a number, not a
row), then p and y of all examples. Each `metric CALL` of it is followed by its figures.
"""

import numpy

EXAMPLES = 23
draws = numpy.random.default_rng(7)


def show(numbers):
    print(" ".join(f"{x:.17g}" for x in numpy.asarray(numbers, dtype=float).reshape(-1)))


def values(width, p, y):
    print(f"values {width}")
    show(p)
    show(y)


def metric(call, figures):
    print(f"metric {call}")
    show(figures)


def one_hot(classes, count):
    return numpy.eye(count)[classes]


def ratio(a, b):
    return a / b if b else 0.0


def counts_of(predicted, true, classes):
    """[true class][predicted class], counted one by one."""
    counts = [[0] * classes for _ in range(classes)]
    for guess, truth in zip(predicted, true):
        counts[truth][guess] += 1
    return counts


def precisions(counts):
    return [ratio(row[i], sum(other[i] for other in counts)) for i, row in enumerate(counts)]


def recalls(counts):
    return [ratio(row[i], sum(row)) for i, row in enumerate(counts)]


def harmonic(precision, recall):
    return ratio(2 * precision * recall, precision + recall)


def of_classes(counts, which):
    """The figures of each class in `which`, averaged: precision, recall, f1."""
    found, met = precisions(counts), recalls(counts)
    return [numpy.mean([f(i) for i in which]) for f in
            (lambda i: found[i], lambda i: met[i], lambda i: harmonic(found[i], met[i]))]


def of_counts(classes, predicted, true, which):
    counts = counts_of(predicted, true, classes)
    metric("confusion_matrix(p, y)", counts)
    for name, figure in zip(("precision", "recall", "f1"), of_classes(counts, which)):
        metric(f"{name}(p, y)", figure)


def multi_class(classes, p, true):
    values(classes, p, one_hot(true, classes))
    predicted = [max(range(classes), key=lambda i: row[i]) for row in p]  # the first of equal ones
    metric("accuracy(p, y)", numpy.mean([all(row[t] > x for i, x in enumerate(row) if i != t) for row, t in zip(p, true)]))
    of_counts(classes, predicted, true, range(classes))
    for k in (1, 2, classes):
        places = [sum(x >= row[t] for x in row) for row, t in zip(p, true)]
        metric(f"top_k(p, y, k = {k})", numpy.mean([place <= k for place in places]))


def strangers(classes, p, true):
    """Some examples are of no class, as those with an index out of range: no row of the matrix has them, but a prediction of
    one is a prediction all the same."""
    values(classes, p, [numpy.eye(classes)[t] if t >= 0 else numpy.zeros(classes) for t in true])
    predicted = p.argmax(axis=1)
    known = true >= 0
    counts = counts_of(predicted[known], true[known], classes)
    metric("confusion_matrix(p, y)", counts)
    found = [ratio(counts[i][i], (predicted == i).sum()) for i in range(classes)]
    metric("precision(p, y)", numpy.mean(found))
    metric("recall(p, y)", numpy.mean(recalls(counts)))
    metric("f1(p, y)", numpy.mean([harmonic(a, b) for a, b in zip(found, recalls(counts))]))
    metric("top_k(p, y, k = 4)", numpy.mean([t >= 0 and sum(row >= row[t]) <= 4 for row, t in zip(p, true)]))


def binary(width, p, y):
    values(width, p, y)
    predicted, true = (p >= 0.5).astype(int).reshape(-1), (y >= 0.5).astype(int).reshape(-1)
    metric("accuracy(p, y)", numpy.mean(predicted == true))
    of_counts(2, predicted, true, [1])


def multi_label(p, y):
    values(p.shape[1], p, y)
    right = (p >= 0.5) == (y >= 0.5)
    metric("label_accuracy(p, y)", right.mean())
    metric("label_accuracies(p, y)", right.mean(axis=0))
    metric("exact_match(p, y)", right.all(axis=1).mean())


def regression(width, p, y):
    values(width, p, y)
    rows, wanted = p.reshape(len(p), -1), y.reshape(len(y), -1)
    missed = ((rows - wanted) ** 2).sum(axis=0)
    spread = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
    parts = [1 - m / s if s > 0 else float(m == 0) for m, s in zip(missed, spread)]
    metric("r2(p, y)", numpy.mean(parts))
    metric("mean_absolute_error(p, y)", abs(rows - wanted).mean())
    metric("root_mean_squared_error(p, y)", numpy.sqrt(((rows - wanted) ** 2).mean()))


def pairs(p, y):
    """Of each example p, the first two values against the next two; the first of y tells whether they are the same."""
    values(p.shape[1], p, y)
    distances = numpy.sqrt(((p[:, :2] - p[:, 2:4] + 1e-6) ** 2).sum(axis=1))
    same = y[:, 0] == 1
    for threshold in 0.5, 0.9:
        metric(f"pair_accuracy(p[:2], p[2:4], y[0], threshold = {threshold})", ((distances <= threshold) == same).mean())
    metric("pair_distances(p[:2], p[2:4], y[0])", [d.mean() if d.size else 0 for d in (distances[same], distances[~same])])


if __name__ == "__main__":
    multi_class(5, draws.random((EXAMPLES, 5)).round(3), draws.integers(0, 5, EXAMPLES))
    multi_class(3, draws.integers(-1, 2, (EXAMPLES, 3)).astype(float), draws.integers(0, 3, EXAMPLES))
    multi_class(4, draws.normal(size=(EXAMPLES, 4)).round(2) - [0, 0, 9, 0], draws.integers(0, 2, EXAMPLES))
    strangers(4, draws.random((EXAMPLES, 4)).round(3), draws.integers(-1, 4, EXAMPLES))
    binary(0, draws.random(EXAMPLES).round(1), draws.integers(0, 2, EXAMPLES).astype(float))
    binary(1, draws.random((EXAMPLES, 1)).round(3), draws.integers(0, 2, (EXAMPLES, 1)).astype(float))
    binary(0, (draws.random(EXAMPLES) / 2.1).round(3), draws.integers(0, 2, EXAMPLES).astype(float))
    binary(0, draws.random(EXAMPLES).round(3), numpy.zeros(EXAMPLES))
    multi_label(draws.random((EXAMPLES, 4)).round(1), draws.integers(0, 2, (EXAMPLES, 4)).astype(float))
    truth = draws.normal(3, 2, EXAMPLES).round(2)
    regression(0, truth + draws.normal(0, 1, EXAMPLES).round(2), truth)
    truth = draws.normal([0, 100, -5], [1, 10, 0.1], (EXAMPLES, 3)).round(2)
    regression(3, (truth * 0.9).round(2), truth)
    regression(2, numpy.tile([0.25, 4.0], (EXAMPLES, 1)), numpy.tile([0.25, 3.0], (EXAMPLES, 1)))
    pairs(draws.random((EXAMPLES, 4)).round(3), draws.integers(0, 2, (EXAMPLES, 4)).astype(float))
    pairs(draws.random((EXAMPLES, 4)).round(3), numpy.ones((EXAMPLES, 4)))
