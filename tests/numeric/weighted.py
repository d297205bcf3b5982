"""Writes weighted.txt: losses and metrics of examples with weights, as scikit-learn has them with `sample_weight`.

In: nothing. Out: the text, on standard output: python3 tests/numeric/weighted.py > tests/numeric/weighted.txt
Needs scikit-learn and PyTorch; the tests need only the text. `weighted N` begins a data set: how many values an example has (0 is
a number, not a row), then p, y and w of all examples. `loss EXPRESSION` is followed by the loss of all examples together, q being
p; each `metric CALL` by its figures.
"""

import numpy as np
import torch
from sklearn import metrics
from sklearn.utils.class_weight import compute_sample_weight

EXAMPLES = 23
draws = np.random.default_rng(14)


def show(numbers):
    print(" ".join(f"{x:.17g}" for x in np.asarray(numbers, dtype=float).reshape(-1)))


def weighted(width, p, y, w):
    print(f"weighted {width}")
    show(p)
    show(y)
    show(w)


def loss(expression, value):
    print(f"loss {expression}")
    show(value)


def metric(call, figures):
    print(f"metric {call}")
    show(figures)


def of_classes(predicted, true, w, labels, **options):
    options |= {"labels": labels, "sample_weight": w, "zero_division": 0}
    metric("accuracy(p, y, weights = w)", metrics.accuracy_score(true, predicted, sample_weight=w))
    counts = metrics.confusion_matrix(true, predicted, labels=range(max(2, len(labels))), sample_weight=w)
    metric("confusion_matrix(p, y, weights = w)", counts)
    metric("precision(p, y, weights = w)", metrics.precision_score(true, predicted, **options))
    metric("recall(p, y, weights = w)", metrics.recall_score(true, predicted, **options))
    metric("f1(p, y, weights = w)", metrics.f1_score(true, predicted, **options))


def several(p, true, w, expression, value):
    classes = p.shape[1]
    weighted(classes, p, np.eye(classes)[true], w)
    loss(expression, value)
    of_classes(p.argmax(axis=1), true, w, range(classes), average="macro")
    for k in 1, 2:
        figure = metrics.top_k_accuracy_score(true, p, k=k, labels=range(classes), sample_weight=w)
        metric(f"top_k(p, y, k = {k}, weights = w)", figure)


def two(p, true, w):
    weighted(0, p, true, w)
    loss("weighted(binary_cross_entropy(q, y), w)", metrics.log_loss(true, p, sample_weight=w))
    of_classes((p >= 0.5).astype(int), true, w, [1], average="binary")


def labels(p, y, w):
    weighted(p.shape[1], p, y, w)
    each = [metrics.log_loss(y[:, i], p[:, i], labels=[0, 1], sample_weight=w) for i in range(p.shape[1])]
    loss("weighted(summed_binary_cross_entropy(q, y), w)", sum(each))
    guess = p >= 0.5
    parts = [metrics.accuracy_score(y[:, i], guess[:, i], sample_weight=w) for i in range(p.shape[1])]
    metric("label_accuracy(p, y, weights = w)", np.mean(parts))
    metric("label_accuracies(p, y, weights = w)", parts)
    metric("exact_match(p, y, weights = w)", metrics.accuracy_score(y, guess, sample_weight=w))


def numbers(width, p, y, w, expression=None, value=None):
    weighted(width, p, y, w)
    squares = metrics.mean_squared_error(y, p, sample_weight=w)
    loss(expression or "weighted(mean_squared_error(q, y), w)", value or squares)
    metric("r2(p, y, weights = w)", metrics.r2_score(y, p, sample_weight=w))
    metric("mean_absolute_error(p, y, weights = w)", metrics.mean_absolute_error(y, p, sample_weight=w))
    metric("root_mean_squared_error(p, y, weights = w)", np.sqrt(squares))


def pairs(p, y, w):
    """scikit-learn has none: by NumPy's weighted mean. The first of y tells whether a pair is the same."""
    weighted(4, p, y, w)
    distances, same = np.sqrt(((p[:, :2] - p[:, 2:] + 1e-6) ** 2).sum(axis=1)), y[:, 0] == 1
    loss("weighted(contrastive(q[:2], q[2:], y[0]), w)",
         np.average(0.5 * np.where(same, distances**2, np.maximum(1 - distances, 0) ** 2), weights=w))
    call = "(p[:2], p[2:], y[0], weights = w)"
    metric("pair_accuracy" + call, np.average((distances <= 0.5) == same, weights=w))
    metric("pair_distances" + call, [np.average(distances[some], weights=w[some]) for some in (same, ~same)])


def nothing(p, true, w):
    """All weights are 0, of which scikit-learn makes an error or NaN: the loss is what is beside it, the figures are 0."""
    weighted(2, p, np.eye(2)[true], w)
    loss("weighted(cross_entropy(q, y), w) + 0.25", 0.25)
    for name, count in (("accuracy", 1), ("confusion_matrix", 4), ("precision", 1), ("recall", 1), ("f1", 1),
                        ("top_k", 1), ("label_accuracy", 1), ("label_accuracies", 2), ("exact_match", 1), ("r2", 1),
                        ("mean_absolute_error", 1), ("root_mean_squared_error", 1)):
        metric(f"{name}(p, y{', 1' if name == 'top_k' else ''}, weights = w)", [0] * count)
    metric("pair_accuracy(p, y, y[0], weights = w)", 0)
    metric("pair_distances(p, y, y[0], weights = w)", [0, 0])


def probabilities(classes):
    p = draws.dirichlet(np.ones(classes), EXAMPLES).round(4)
    p[:, -1] = 1 - p[:, :-1].sum(axis=1)
    return p.clip(1e-4) / p.clip(1e-4).sum(axis=1, keepdims=True)


if __name__ == "__main__":
    classes, w = draws.integers(0, 4, EXAMPLES), draws.random(EXAMPLES).round(3)
    w[3:11] = 0  # a whole batch and more
    p = probabilities(4)
    several(p, classes, w, "weighted(cross_entropy(q, y), w)",
            metrics.log_loss(classes, p, labels=range(4), sample_weight=w))

    # Whole weights are repeated examples.
    w = draws.integers(0, 4, EXAMPLES)
    again = np.repeat(np.arange(EXAMPLES), w)
    several(p, classes, w, "weighted(cross_entropy(q, y), w)", metrics.log_loss(classes[again], p[again], labels=range(4)))

    # Weights of classes: PyTorch's mean, and scikit-learn's of both kinds.
    p, classes, of_class = probabilities(3), draws.integers(0, 3, EXAMPLES), [1, 2, 0.5]
    mean = torch.nn.functional.nll_loss(torch.tensor(np.log(p)), torch.tensor(classes),
                                        weight=torch.tensor(of_class, dtype=torch.float64))
    w = 10.0 ** draws.integers(-3, 3, EXAMPLES)
    several(p, classes, w, "weighted(cross_entropy(q, y), sum([1, 2, 0.5] * y))", mean.item())
    both = w * compute_sample_weight(dict(enumerate(of_class)), classes)
    several(p, classes, w, "weighted(cross_entropy(q, y), w * sum([1, 2, 0.5] * y))",
            metrics.log_loss(classes, p, labels=range(3), sample_weight=both))
    several(p, classes, w, "weighted(cross_entropy(q, y, weights = [1, 2, 0.5]), w)",
            metrics.log_loss(classes, p, labels=range(3), sample_weight=both) * both.sum() / w.sum())

    two(draws.random(EXAMPLES).round(3), draws.integers(0, 2, EXAMPLES), draws.random(EXAMPLES).round(2) * 1e-3)
    labels(draws.random((EXAMPLES, 3)).round(3), draws.integers(0, 2, (EXAMPLES, 3)), draws.random(EXAMPLES).round(2))

    y, w = draws.normal(3, 2, EXAMPLES).round(2), draws.random(EXAMPLES).round(2) * 50
    numbers(0, y + draws.normal(0, 1, EXAMPLES).round(2), y, w)
    y = draws.normal([0, 100, -5], [1, 10, 0.1], (EXAMPLES, 3)).round(2)
    p = (y * 0.9).round(2)
    plain = metrics.mean_absolute_error(y, p)
    both = 3 * metrics.mean_squared_error(y, p, sample_weight=w) - metrics.mean_absolute_error(y, p, sample_weight=w)
    numbers(3, p, y, w, "3 * weighted(mean_squared_error(q, y), w) - weighted(absolute_error(q, y), w) + absolute_error(q, y)"
            " + 0.25", both + plain + 0.25)
    # Some are negative: the formulas are followed.
    numbers(0, y[:, 0] + 0.5, y[:, 0], np.where(np.arange(EXAMPLES) % 5 == 2, -0.25, w))

    same = draws.integers(0, 2, (EXAMPLES, 4))
    pairs(draws.random((EXAMPLES, 4)).round(3), same, draws.random(EXAMPLES).round(2))
    nothing(probabilities(2), draws.integers(0, 2, EXAMPLES), np.zeros(EXAMPLES))
