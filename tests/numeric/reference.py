"""Writes reference.txt: values, gradients and optimizer steps as PyTorch has them, in double.

In: nothing. Out: the text, on standard output: python3 tests/numeric/reference.py > tests/numeric/reference.txt
Needs PyTorch; the tests need only the text. Kinds of entries, numbers separated by blanks:

    values EXPRESSION     x, then the results, then the gradient of sum(results * w) by x, w = 1, 2, 3, ...
    special EXPRESSION    x, then the results: zeros of both signs, infinities, NaN
    loss EXPRESSION       p, y, then the loss, then its gradient by p
    optimizer CALL        the start of x, gradients of ten steps one after the other, then what ten steps make of x, and
                          of z [1, 2], which starts at 1, 1 and has three times the first two gradients
    point CALL            the same, with -sin(x) and -sin(z) added to the gradients, where they are taken
    schedule EXPRESSION   steps, then epochs of 20, then the values
"""

import math

import numpy as np
import torch

INFINITY = math.inf
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def show(*tensors):
    for tensor in tensors:
        print(" ".join(f"{x:.17g}" for x in tensor.detach().reshape(-1).tolist()))


def values(expression, function, x):
    x = torch.tensor(x, requires_grad=True)
    y = function(x)
    (y * torch.arange(1.0, 1 + y.numel())).sum().backward()
    print(f"values {expression}")
    show(x, y, x.grad)


def special(expression, function, x=None):
    x = torch.tensor(x or [0.0, -0.0, 1.0, -1.0, 1e4, -1e4, INFINITY, -INFINITY, math.nan])
    print(f"special {expression}")
    show(x, function(x))


def loss(expression, function, p, y):
    p = torch.tensor(p, requires_grad=True)
    y = torch.tensor(y)
    result = function(p, y)
    result.backward()
    print(f"loss {expression}")
    show(p, y, result, p.grad)


START = [0.5, -1.25, 2.0, 0.0, 1e4, 1e-6, -3e-3]
SCALES = [1.0, 0.01, 10.0, 0.0, 1e3, 1e-6, 1.0]
OTHER = [[1.0, 1.0]]  # a second parameter, which has three times the first two gradients


def steps(kind, call, make):
    """make(weights) gives what is called before each gradient and what takes a step, with the gradients in place."""
    weights = [torch.tensor(START, requires_grad=True), torch.tensor(OTHER, requires_grad=True)]
    gradients = torch.randn(10, len(START)) * torch.tensor(SCALES)
    gradients[3:5, 0] = 0
    prepare, step, result = make(weights)
    for gradient in gradients:
        for weight in weights:
            weight.grad = None
        prepare()
        cost = (weights[0] * gradient).sum() + 3 * (weights[1] * gradient[:2]).sum()
        if kind == "point":
            cost = cost + torch.cos(weights[0]).sum() + torch.cos(weights[1]).sum()
        cost.backward()
        step()
    print(f"{kind} {call}")
    show(torch.tensor(START), gradients, torch.cat([weight.detach().reshape(-1) for weight in result()]))


def optimizer(call, make, kind="optimizer", clip=lambda weights: None, after=lambda weights: None):
    """make(weights): an optimizer of PyTorch; clip and after: before and after its step."""

    def parts(weights):
        stepper = make(weights)

        def step():
            clip(weights)
            stepper.step()
            with torch.no_grad():
                after(weights)

        return lambda: None, step, lambda: weights

    steps(kind, call, parts)


def formula(call, rule):
    """rule(w, g, state, t): the new w in NumPy; state: a dict that is its own for every parameter."""

    def parts(weights):
        states, count = [{}, {}], [0]

        def step():
            count[0] += 1
            for weight, state in zip(weights, states):
                moved = rule(weight.detach().numpy().copy(), weight.grad.numpy(), state, count[0])
                weight.data = torch.from_numpy(moved)

        return lambda: None, step, lambda: weights

    steps("optimizer", call, parts)


def mean(state, name, g, beta):
    state[name] = beta * state.get(name, np.zeros_like(g)) + (1 - beta) * g
    return state[name]


def lion(lr=1e-4, beta1=0.9, beta2=0.99, decay=0.0):
    def rule(w, g, state, t):
        before = state.get("m", np.zeros_like(g))
        sign = np.sign(before * beta1 + g * (1 - beta1))
        mean(state, "m", g, beta2)
        return w - lr * (sign + decay * w)

    return rule


def lamb(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, decay=0.0):
    def rule(w, g, state, t):
        m, v = mean(state, "m", g, beta1) / (1 - beta1**t), mean(state, "v", g * g, beta2) / (1 - beta2**t)
        r = m / (np.sqrt(v) + eps) + decay * w
        norms = np.linalg.norm(w), np.linalg.norm(r)
        return w - lr * (norms[0] / norms[1] if norms[0] > 0 and norms[1] > 0 else 1) * r

    return rule


def course_adagrad(lr=1e-2, eps=1e-8):
    def rule(w, g, state, t):
        state["S"] = state.get("S", np.zeros_like(g)) + g**2
        return w - lr * g / np.sqrt(state["S"] + eps)

    return rule


def course_rmsprop(lr=1e-2, beta=0.9, eps=1e-8):
    return lambda w, g, state, t: w - lr * g / np.sqrt(mean(state, "S", g**2, beta) + eps)


def course_adam(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    return lambda w, g, state, t: w - lr * mean(state, "V", g, beta1) / np.sqrt(mean(state, "S", g**2, beta2) + eps)


def course_adadelta(beta=0.9, eps=1e-6):
    def rule(w, g, state, t):
        step = np.sqrt(state.get("D", np.zeros_like(g)) + eps) / np.sqrt(mean(state, "S", g**2, beta) + eps) * g
        mean(state, "D", step**2, beta)
        return w - step

    return rule


def course_nesterov(lr, beta):
    """V = beta V + (1 - beta) dJ(W - lr beta V); W = W - lr V."""

    def parts(weights):
        averages = [torch.zeros_like(weight) for weight in weights]
        here = [None] * len(weights)

        def prepare():
            for i, weight in enumerate(weights):
                here[i] = weight.detach().clone()
                weight.data = here[i] - lr * beta * averages[i]

        def step():
            for i, weight in enumerate(weights):
                averages[i] = beta * averages[i] + (1 - beta) * weight.grad
                weight.data = here[i] - lr * averages[i]

        return prepare, step, lambda: weights

    return parts


def look_ahead(lr, beta):
    """Sutskever's form: the velocity has the factor -lr in it."""

    def parts(weights):
        velocities = [torch.zeros_like(weight) for weight in weights]

        def move(sign):
            with torch.no_grad():
                for weight, velocity in zip(weights, velocities):
                    weight += sign * beta * velocity

        def step():
            move(-1)
            with torch.no_grad():
                for weight, velocity in zip(weights, velocities):
                    velocity.mul_(beta).sub_(lr * weight.grad)
                    weight += velocity

        return lambda: move(1), step, lambda: weights

    return parts


def mean_weights(make, average, clip=lambda weights: None):
    """What AveragedModel keeps of the weights that an optimizer moves."""

    def parts(weights):
        stepper, module = make(weights), torch.nn.Module()
        module.weights = torch.nn.ParameterList(weights)
        kept = torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=average)

        def step():
            clip(weights)
            stepper.step()
            # ParameterList holds the tensors themselves only if they are parameters
            for inside, weight in zip(module.weights, weights):
                inside.data = weight.data
            kept.update_parameters(module)

        return lambda: None, step, lambda: list(kept.module.weights)

    return parts


def averaged_gradient(weights, lr, beta):
    """PyTorch's SGD starts its average at the first gradient; here it starts at 0."""
    stepper = torch.optim.SGD(weights, lr=lr, momentum=beta, dampening=beta)
    for weight in weights:
        stepper.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
    return stepper


def renorm(limit):
    def after(weights):
        for weight in weights:
            if weight.dim() > 1:
                weight.copy_(torch.renorm(weight, 2, 0, limit))

    return after


EPOCHS = 20
TIMES = [(0, 0), (1, 0), (5, 0), (29, 2), (30, 3), (60, 6), (99, 9), (150, 15), (190, 19)]  # steps and epochs


def schedule(expression, make, time=lambda step, epoch: epoch):
    """make(optimizer): a scheduler of PyTorch, or a function of the time; the rate is that of 0.1 changed."""
    values = []
    for at in TIMES:
        weight = torch.nn.Parameter(torch.zeros(1))
        stepper = torch.optim.SGD([weight], lr=0.1)
        scheduler = make(stepper)
        if callable(scheduler):
            values.append(scheduler(time(*at)))
            continue
        stepper.step()
        for _ in range(time(*at)):
            scheduler.step()
        values.append(stepper.param_groups[0]["lr"])
    print(f"schedule {expression}")
    print(" ".join(str(step) for step, epoch in TIMES))
    print(" ".join(str(epoch) for step, epoch in TIMES))
    show(torch.tensor(values))


def prelu(sizes):
    slope = torch.full(sizes, 0.25)
    return lambda x: torch.nn.functional.prelu(x.unsqueeze(0), slope).squeeze(0)


def first_largest(x):
    return torch.nn.functional.one_hot(x.argmax(-1), x.shape[-1]).double()


def activations(functional):
    values("step(x) + x", lambda x: torch.heaviside(x, torch.tensor(1.0)).detach() + x, ANY)
    values("arctan(x)", torch.arctan, ANY)
    values("leaky_relu(x)", functional.leaky_relu, ANY)
    values("leaky_relu(x, 0.2)", lambda x: functional.leaky_relu(x, 0.2), ANY)
    values("prelu(x)", prelu([1]), ANY)
    values("prelu(x, shape(x))", prelu([len(ANY)]), ANY)
    values("relu(x)", torch.relu, ANY)
    values("elu(x)", functional.elu, ANY)
    values("elu(x, 0.7)", lambda x: functional.elu(x, 0.7), ANY)
    values("selu(x)", functional.selu, ANY)
    values("celu(x)", functional.celu, ANY)
    values("celu(x, 0.5)", lambda x: functional.celu(x, 0.5), ANY)
    values("softplus(x)", functional.softplus, ANY)
    values("softplus(x, 3)", lambda x: functional.softplus(x, 3), ANY)
    values("softsign(x)", functional.softsign, ANY)
    values("gelu(x)", functional.gelu, ANY)
    values("gelu_tanh(x)", lambda x: functional.gelu(x, approximate="tanh"), ANY)
    values("swish(x)", functional.silu, ANY)
    values("swish(x, 1.5)", lambda x: x * torch.sigmoid(1.5 * x), ANY)
    values("mish(x)", functional.mish, ANY)
    values("relu6(x)", functional.relu6, ANY + [6.0, 6.5])
    values("hard_sigmoid(x)", functional.hardsigmoid, ANY + [-3.0, 3.0])
    values("hard_tanh(x)", functional.hardtanh, ANY + [-1.0, 1.0])
    values("hard_tanh(x, 0.1, 3)", lambda x: functional.hardtanh(x, 0.1, 3), ANY)
    values("hard_swish(x)", functional.hardswish, ANY + [-3.0, 3.0])
    values("log_sigmoid(x)", functional.logsigmoid, ANY)
    values("log_softmax(x)", lambda x: torch.log_softmax(x, -1), ANY)
    values("log_softmax(x)", lambda x: torch.log_softmax(x, -1), ANY[1:-1])
    values("softmax(x)", lambda x: torch.softmax(x, -1), ANY[1:-1])
    values("hardmax(x) + x", lambda x: first_largest(x) + x, ANY)
    values("hardmax(x) + x", lambda x: first_largest(x) + x, [1.0, 3.0, -2.0, 3.0, 3.0])
    values("erf(x)", torch.erf, ANY)
    values("exp(x / 1000) - 1", lambda x: torch.expm1(x / 1000), ANY)
    values("log(1 + x)", torch.log1p, POSITIVE)
    for name, function in [("erf", torch.erf), ("floor", torch.floor), ("leaky_relu", functional.leaky_relu),
                           ("elu", functional.elu), ("selu", functional.selu), ("celu", functional.celu),
                           ("softplus", functional.softplus), ("softsign", functional.softsign),
                           ("gelu", functional.gelu), ("swish", functional.silu), ("mish", functional.mish),
                           ("relu6", functional.relu6), ("hard_sigmoid", functional.hardsigmoid),
                           ("hard_tanh", functional.hardtanh),
                           ("log_sigmoid", functional.logsigmoid)]:
        special(f"{name}(x)", function)
    special("hard_swish(x)", functional.hardswish, [-0.0, 1e4, -1e4, INFINITY, math.nan])  # there NaN at -infinity


def one_hot_loss(p, y):
    return torch.nn.functional.cross_entropy(p.unsqueeze(0), y.unsqueeze(0))


def far_log_cosh(p, y):
    e = (p - y).abs()
    return (e + torch.log1p(torch.exp(-2 * e)) - math.log(2)).mean()


def focal(p, y, gamma, alpha):
    """As torchvision has it: of logits p."""
    each = torch.nn.functional.binary_cross_entropy_with_logits(p, y, reduction="none")
    right = torch.exp(-each)
    return ((alpha * y + (1 - alpha) * (1 - y)) * (1 - right) ** gamma * each).mean()


def of_classes(**options):
    """PyTorch's cross-entropy of one example, whose class weight is not divided out again."""
    if "weight" in options:
        options["weight"] = torch.tensor(options["weight"])
    return lambda p, y: torch.nn.functional.cross_entropy(p[None], y[None], reduction="sum", **options)


def losses_of_one_prediction(functional):
    near, far = [0.5, -1.0, 2.0, 1e-5, 0.0], [30.0, -1e4, 1.25, 0.0, 700.0]
    zeros, some = [0.0] * 5, [0.25, 1.5, -2.0, 0.0, 700.5]
    loss("summed_squared_error(x, y)", lambda p, y: functional.mse_loss(p, y, reduction="sum"), near, some)
    loss("absolute_error(x, y)", functional.l1_loss, near, some)
    loss("huber(x, y)", functional.huber_loss, near, some)
    loss("huber(x, y, delta = 0.3)", lambda p, y: functional.huber_loss(p, y, delta=0.3), far, some)
    loss("log_cosh(x, y)", lambda p, y: torch.log(torch.cosh(p - y)).mean(), [0.5, -1.0, 2.0, 0.1, 0.0], zeros)
    loss("log_cosh(x, y)", lambda p, y: ((p - y) ** 2 / 2).mean(), [1e-5, -2e-6, 0.0], [0.0, 1e-5, 0.0])
    loss("log_cosh(x, y)", far_log_cosh, far, zeros)
    for q in 0.5, 0.9:
        loss(f"quantile(x, y, q = {q})",
             lambda p, y: torch.where(y > p, q * (y - p), (1 - q) * (p - y)).mean(), near, some)
    loss("poisson(x, y)", functional.poisson_nll_loss, [0.5, -3.0, 2.0], [0.0, 1.0, 7.0])
    loss("poisson_of_rate(x, y)", lambda p, y: functional.poisson_nll_loss(p, y, log_input=False),
         [0.5, 3.0, 1e-6], [0.0, 1.0, 7.0])
    labels, logits, edges = [0.0, 1.0, 0.25, 1.0], [-20.0, 0.3, 12.0, -2.0], [-1e4, 1e4, 1e4, -1e4]
    of_logits = functional.binary_cross_entropy_with_logits
    for z in logits, edges:
        loss("binary_cross_entropy_of_logits(x, y)", of_logits, z, labels)
        loss("summed_binary_cross_entropy_of_logits(x, y)", lambda p, y: of_logits(p, y, reduction="sum"), z, labels)
        loss("summed_binary_cross_entropy(sigmoid(x), y)", lambda p, y: of_logits(p, y, reduction="sum"), z, labels)
        loss("focal(sigmoid(x), y)", lambda p, y: focal(p, y, 2, 0.25), z, labels[:2] + [0.0, 1.0])
        loss("focal(sigmoid(x), y, gamma = 1.5, alpha = 0.6)", lambda p, y: focal(p, y, 1.5, 0.6), z,
             labels[:2] + [0.0, 1.0])
    loss("summed_binary_cross_entropy(x, y)", lambda p, y: functional.binary_cross_entropy(p, y, reduction="sum"),
         [0.1, 0.7, 0.999], [0.0, 1.0, 0.25])
    one_hot, spread = [0.0, 0.0, 1.0, 0.0], [0.1, 0.2, 0.3, 0.4]
    weights = [0.5, 2.0, 3.0, 0.0]
    for z in [0.3, -1.0, 2.0, 0.7], [1e4, -1e4, 0.0, 5.0]:
        for y in one_hot, spread:
            loss("cross_entropy_of_logits(x, y)", of_classes(), z, y)
            loss("cross_entropy_of_logits(x, y, weights = [0.5, 2, 3, 0])", of_classes(weight=weights), z, y)
            loss("cross_entropy_of_logits(x, y, smoothing = 0.1)", of_classes(label_smoothing=0.1), z, y)
            loss("cross_entropy(softmax(x), y, [0.5, 2, 3, 0], 0.2)",
                 of_classes(weight=weights, label_smoothing=0.2), z, y)
    loss("cross_entropy(x, y, weights = [0.5, 2, 3, 0])",
         lambda p, y: functional.nll_loss(p.log()[None], y.argmax()[None], torch.tensor(weights), reduction="sum"),
         [0.1, 0.2, 0.3, 0.4], one_hot)
    loss("negative_log_likelihood(x, y)", lambda p, y: functional.nll_loss(p[None], y.argmax()[None]),
         [-0.1, -2.0, -3.0, -40.0], one_hot)
    loss("kl_divergence(x, y)", lambda p, y: functional.kl_div(p.log(), y, reduction="sum"), spread, [0.4, 0.0, 0.5, 0.1])
    loss("kl_divergence(softmax(x), y)",
         lambda p, y: functional.kl_div(torch.log_softmax(p, -1), y, reduction="sum"), [1e4, -1e4, 0.0, 5.0], spread)
    signs, margins = [1.0, -1.0, -1.0, 1.0], [0.5, -3.0, 2.0, -0.25]
    loss("hinge(x, y)", lambda p, y: torch.relu(1 - y * p).mean(), margins, signs)
    loss("squared_hinge(x, y)", lambda p, y: (torch.relu(1 - y * p) ** 2).mean(), margins, signs)
    loss("perceptron(x, y)", lambda p, y: torch.where(y * p <= 0, -y * p, 0.0).mean(), [0.5, -3.0, 2.0, 0.0], signs)


def losses_of_pairs(functional):
    """Of x, cut in parts, and what y begins with."""
    a, b = [0.5, -1.0, 2.0], [0.25, -1.5, 1.0]
    one, other = [1.0] + [0.0] * 5, [0.0] * 6

    def pair(function):
        return lambda p, y: function(p[:3], p[3:6], y[0])

    def contrast(margin):
        def function(a, b, same):
            d = functional.pairwise_distance(a, b)
            return 0.5 * (same * d**2 + (1 - same) * torch.relu(margin - d) ** 2)
        return pair(function)

    for x in a + b, a + a:
        for y in one, other:
            loss("contrastive(x[:3], x[3:], y[0])", contrast(1), x, y)
            loss("contrastive(x[:3], x[3:], y[0], margin = 2)", contrast(2), x, y)
    for y, margin in (one, 0), ([-1.0] + [0.0] * 5, 0), ([-1.0] + [0.0] * 5, 0.5), (one, 0.5):
        loss(f"cosine_embedding(x[:3], x[3:], y[0], margin = {margin})",
             pair(lambda a, b, s: functional.cosine_embedding_loss(a[None], b[None], s[None], margin=margin)), a + b, y)
    for margin in 0, 0.4:
        loss(f"margin_ranking(x[:3], x[3:], y[:3], margin = {margin})",
             lambda p, y: functional.margin_ranking_loss(p[:3], p[3:], y[:3], margin=margin),
             a + [0.75, -1.5, 1.0], [1.0, -1.0, 1.0, 0.0, 0.0, 0.0])
    for margin in 1, 2.5:
        loss(f"triplet(x[:3], x[3:6], x[6:], margin = {margin})",
             lambda p, y: functional.triplet_margin_loss(p[:3], p[3:6], p[6:], margin=margin),
             a + b + [-1.0, 0.0, 1.5], [0.0] * 9)
    far, same = [0.25, 1.0, 2.5, 0.0, 0.75], [1.0, 1.0, 0.0, 0.0, 0.5]
    for margin in 1, 2.5:
        loss(f"pairwise(x, y, margin = {margin})",
             lambda d, y: (y * d + (1 - y) * torch.relu(margin - d)).mean(), far, same)
    loss("pairwise(distance(x[:3], x[3:]), y[0])",
         pair(lambda a, b, same: same * functional.pairwise_distance(a, b)), a + b, one)
    loss("distance(x[:3], x[3:])", pair(lambda a, b, s: functional.pairwise_distance(a, b)), a + b, other)
    loss("cosine_similarity(x[:3], x[3:])", pair(lambda a, b, s: functional.cosine_similarity(a, b, 0)), a + b, other)


SPREAD = [-30.0, -4.5, -1.0, -0.3, 0.2, 1.0, 3.75, 12.0]
# Odd in number, with zeros, large and tiny ones; for all activations but those of a whole row.
ANY = [-1e4, -30.0, -3.7, -1.5, -1e-10, -0.0, 0.0, 1e-10, 1e-5, 0.4, 2.5, 7.0, 1e4]
POSITIVE = [1e-8, 0.01, 0.5, 1.0, 2.5, 100.0]

if __name__ == "__main__":
    functional = torch.nn.functional
    values("identity(x)", lambda x: x * 1, SPREAD)
    values("sigmoid(x)", torch.sigmoid, SPREAD)
    values("tanh(x)", torch.tanh, SPREAD)
    values("relu(x)", torch.relu, SPREAD)
    values("softmax(x)", lambda x: torch.softmax(x, -1), SPREAD)
    values("softmax(x)", lambda x: torch.softmax(x, -1), [1000.0, 1001.0, 999.5])
    values("log(softmax(x))", lambda x: torch.log_softmax(x, -1), SPREAD)
    values("log(sigmoid(x))", functional.logsigmoid, SPREAD)
    values("log(1 + exp(x))", functional.softplus, SPREAD)
    activations(functional)
    values("exp(x)", torch.exp, SPREAD)
    values("log(x)", torch.log, POSITIVE)
    values("sqrt(x)", torch.sqrt, POSITIVE)
    values("abs(x)", torch.abs, SPREAD)
    values("sin(x)", torch.sin, SPREAD)
    values("cos(x)", torch.cos, SPREAD)
    values("atan(x)", torch.atan, SPREAD)
    values("x^3", lambda x: x**3, SPREAD)
    values("x^1.5", lambda x: x**1.5, POSITIVE)
    values("2^x", lambda x: 2**x, SPREAD)
    values("max(x, 0.2)", lambda x: torch.maximum(x, torch.tensor(0.2)), SPREAD)
    values("min(x, 0.2)", lambda x: torch.minimum(x, torch.tensor(0.2)), SPREAD)
    special("identity(x)", lambda x: x)
    special("-x", lambda x: -x)
    special("abs(x)", torch.abs)
    special("exp(x)", torch.exp)
    special("log(x)", torch.log)
    special("sqrt(x)", torch.sqrt)
    special("sin(x)", torch.sin)
    special("cos(x)", torch.cos)
    special("atan(x)", torch.atan)
    special("sigmoid(x)", torch.sigmoid)
    special("tanh(x)", torch.tanh)
    special("relu(x)", torch.relu)
    special("log(sigmoid(x))", functional.logsigmoid)
    special("log(1 - sigmoid(x))", lambda x: functional.logsigmoid(-x))
    special("log(1 + exp(x))", lambda x: torch.logaddexp(x, torch.zeros_like(x)))
    special("1 / x", lambda x: 1 / x)
    special("x / 0", lambda x: x / 0)
    special("x - x", lambda x: x - x)
    special("x * 0", lambda x: x * 0)
    special("x^2", lambda x: x**2)
    special("x^3", lambda x: x**3)
    special("x^-1", lambda x: x**-1)
    special("x^0", lambda x: x**0)
    special("2^x", lambda x: 2**x)
    special("max(x, 0.5)", lambda x: torch.maximum(x, torch.tensor(0.5)))
    special("min(0.5, x)", lambda x: torch.minimum(x, torch.tensor(0.5)))
    special("where(x > 0, 1, 2)", lambda x: torch.where(x > 0, 1.0, 2.0))
    special("where(x <= 0, 1, 2)", lambda x: torch.where(x <= 0, 1.0, 2.0))
    special("where(x == 0, 1, 2)", lambda x: torch.where(x == 0, 1.0, 2.0))
    special("where(x != 0, 1, 2)", lambda x: torch.where(x != 0, 1.0, 2.0))
    special("where(x == x, 1, 2)", lambda x: torch.where(x == x, 1.0, 2.0))
    special("max(x)", torch.amax, [1.0, math.nan, 2.0])
    special("max(x)", torch.amax, [-INFINITY, -INFINITY, -INFINITY])
    special("min(x)", torch.amin, [1.0, 5.0, math.nan])
    special("sum(x)", torch.sum, [1.0, INFINITY, 2.0])
    special("sum(x)", torch.sum, [1.0, INFINITY, -INFINITY])
    special("softmax(x)", lambda x: torch.softmax(x, -1), [1e4, -1e4, 0.0])
    special("log(softmax(x))", lambda x: torch.log_softmax(x, -1), [1e4, -1e4, 0.0])
    loss("mean_squared_error(x, y)", functional.mse_loss, [0.5, -1.0, 2.0], [0.0, 1.0, 2.5])
    loss("half_squared_error(x, y)", lambda p, y: 0.5 * ((p - y) ** 2).sum(), [0.5, -1.0, 2.0], [0.0, 1.0, 2.5])
    loss("binary_cross_entropy(x, y)", functional.binary_cross_entropy, [0.1, 0.7, 0.999], [0.0, 1.0, 0.25])
    loss("binary_cross_entropy(sigmoid(x), y)", functional.binary_cross_entropy_with_logits,
         [-20.0, 0.3, 12.0], [0.0, 1.0, 0.25])
    loss("binary_cross_entropy(sigmoid(x), y)", functional.binary_cross_entropy_with_logits,
         [-1e4, 1e4, 1e4], [1.0, 1.0, 0.0])
    loss("cross_entropy(softmax(x), y)", one_hot_loss, [0.3, -1.0, 2.0, 0.7], [0.0, 0.0, 1.0, 0.0])
    loss("cross_entropy(softmax(x), y)", one_hot_loss, [0.3, -1.0, 2.0, 0.7], [0.1, 0.2, 0.3, 0.4])
    loss("cross_entropy(softmax(x), y)", one_hot_loss, [1e4, -1e4, 0.0, 5.0], [0.0, 1.0, 0.0, 0.0])
    losses_of_one_prediction(functional)
    losses_of_pairs(functional)
    optim, utils = torch.optim, torch.nn.utils
    optimizer("sgd(0.05)", lambda w: optim.SGD(w, lr=0.05))
    optimizer("perceptron_rule()", lambda w: optim.SGD(w, lr=1))
    optimizer("momentum(0.05)", lambda w: averaged_gradient(w, 0.05, 0.9))
    optimizer("momentum(0.05, beta = 0.5)", lambda w: averaged_gradient(w, 0.05, 0.5))
    optimizer("heavy_ball(0.05)", lambda w: optim.SGD(w, lr=0.05, momentum=0.9))
    optimizer("heavy_ball(0.05, beta = 0.5, dampening = 0.3)",
              lambda w: optim.SGD(w, lr=0.05, momentum=0.5, dampening=0.3))
    optimizer("nesterov_pytorch(0.05)", lambda w: optim.SGD(w, lr=0.05, momentum=0.9, nesterov=True))
    optimizer("nesterov_pytorch(0.01, beta = 0.3)", lambda w: optim.SGD(w, lr=0.01, momentum=0.3, nesterov=True))
    steps("point", "nesterov(0.05)", look_ahead(0.05, 0.9))
    steps("point", "nesterov(0.3, beta = 0.5)", look_ahead(0.3, 0.5))
    optimizer("adagrad()", lambda w: optim.Adagrad(w))
    optimizer("adagrad(0.5, decay = 0.2, first = 0.1, eps = 1e-3)",
              lambda w: optim.Adagrad(w, lr=0.5, lr_decay=0.2, initial_accumulator_value=0.1, eps=1e-3))
    optimizer("adadelta()", lambda w: optim.Adadelta(w))
    optimizer("adadelta(0.5, rho = 0.7, eps = 1e-3)", lambda w: optim.Adadelta(w, lr=0.5, rho=0.7, eps=1e-3))
    optimizer("rmsprop()", lambda w: optim.RMSprop(w))
    optimizer("rmsprop(0.1, alpha = 0.8, eps = 1e-3)", lambda w: optim.RMSprop(w, lr=0.1, alpha=0.8, eps=1e-3))
    optimizer("rmsprop(centred = 1)", lambda w: optim.RMSprop(w, centered=True))
    optimizer("rmsprop(0.1, beta = 0.9)", lambda w: optim.RMSprop(w, lr=0.1, momentum=0.9))
    optimizer("rmsprop(0.1, alpha = 0.8, beta = 0.5, centred = 1)",
              lambda w: optim.RMSprop(w, lr=0.1, alpha=0.8, momentum=0.5, centered=True))
    for name, kind, more in [("adam", optim.Adam, {}), ("amsgrad", optim.Adam, {"amsgrad": True}),
                             ("adamax", optim.Adamax, {}), ("nadam", optim.NAdam, {}), ("radam", optim.RAdam, {}),
                             ("adamw", optim.AdamW, {})]:
        optimizer(f"{name}()", lambda w: kind(w, **more))
        optimizer(f"{name}(lr = 0.1, beta1 = 0.8, beta2 = 0.9, eps = 1e-4)",
                  lambda w: kind(w, lr=0.1, betas=(0.8, 0.9), eps=1e-4, **more))
    optimizer("nadam(psi = 0.5)", lambda w: optim.NAdam(w, momentum_decay=0.5))
    optimizer("adamw(lr = 0.1, decay = 0.3)", lambda w: optim.AdamW(w, lr=0.1, weight_decay=0.3))
    formula("_running_mean(0.8)", lambda w, g, state, t: mean(state, "m", g, 0.8))
    formula("lion()", lion())
    formula("lion(0.1, beta1 = 0.5, beta2 = 0.7, decay = 0.2)", lion(0.1, 0.5, 0.7, 0.2))
    optimizer("rprop()", lambda w: optim.Rprop(w))
    optimizer("rprop(0.5, less = 0.3, more = 2, shortest = 0.2, longest = 1.5)",
              lambda w: optim.Rprop(w, lr=0.5, etas=(0.3, 2), step_sizes=(0.2, 1.5)))
    formula("lamb()", lamb())
    formula("lamb(0.1, beta1 = 0.5, beta2 = 0.7, eps = 1e-3, decay = 0.2)", lamb(0.1, 0.5, 0.7, 1e-3, 0.2))
    optimizer("weight_decay(adam(0.1), 0.03)", lambda w: optim.AdamW(w, lr=0.1, weight_decay=0.3))
    optimizer("clip_value(sgd(0.1), 0.5)", lambda w: optim.SGD(w, lr=0.1), clip=lambda w: utils.clip_grad_value_(w, 0.5))
    optimizer("clip_value(adam, 0)", lambda w: optim.Adam(w), clip=lambda w: utils.clip_grad_value_(w, 0))
    optimizer("clip_norm(sgd(0.1), 1.5)", lambda w: optim.SGD(w, lr=0.1), clip=lambda w: utils.clip_grad_norm_(w, 1.5))
    optimizer("clip_norm(adam(0.1), 1e9)", lambda w: optim.Adam(w, lr=0.1), clip=lambda w: utils.clip_grad_norm_(w, 1e9))
    optimizer("max_norm(sgd(0.1), 2)", lambda w: optim.SGD(w, lr=0.1), after=renorm(2))
    ema, swa = torch.optim.swa_utils.get_ema_multi_avg_fn, torch.optim.swa_utils.get_swa_multi_avg_fn
    steps("point", "averaged(sgd(0.1))", mean_weights(lambda w: optim.SGD(w, lr=0.1), ema(0.999)))
    steps("point", "averaged(adam(0.1), decay = 0.7)", mean_weights(lambda w: optim.Adam(w, lr=0.1), ema(0.7)))
    steps("point", "averaged(sgd(0.1), decay = step / (step + 1))",
          mean_weights(lambda w: optim.SGD(w, lr=0.1), swa()))
    steps("point", "averaged(clip_norm(heavy_ball(0.1), 2), decay = 0.5)",
          mean_weights(lambda w: optim.SGD(w, lr=0.1, momentum=0.9), ema(0.5), lambda w: utils.clip_grad_norm_(w, 2)))
    formula("course_adagrad()", course_adagrad())
    formula("course_adagrad(0.5, eps = 1e-3)", course_adagrad(0.5, 1e-3))
    formula("course_rmsprop()", course_rmsprop())
    formula("course_rmsprop(0.1, beta = 0.7, eps = 1e-3)", course_rmsprop(0.1, 0.7, 1e-3))
    formula("course_adam()", course_adam())
    formula("course_adam(0.1, beta1 = 0.5, beta2 = 0.7, eps = 1e-3)", course_adam(0.1, 0.5, 0.7, 1e-3))
    formula("course_adadelta()", course_adadelta())
    formula("course_adadelta(beta = 0.7, eps = 1e-3)", course_adadelta(0.7, 1e-3))
    steps("point", "course_nesterov(0.05)", course_nesterov(0.05, 0.9))
    steps("point", "course_nesterov(0.3, beta = 0.5)", course_nesterov(0.3, 0.5))
    rates = torch.optim.lr_scheduler

    def by_step(step, epoch):
        return step

    schedule("constant(0.1)", lambda o: rates.ConstantLR(o, factor=1))
    schedule("step_decay(0.1, every = 3)", lambda o: rates.StepLR(o, 3))
    schedule("step_decay(0.1, 10, factor = 0.7, time = step)", lambda o: rates.StepLR(o, 10, 0.7), by_step)
    schedule("exponential_decay(0.1, 0.97)", lambda o: rates.ExponentialLR(o, 0.97))
    schedule("exponential_decay(0.1, 0.9, time = step)", lambda o: rates.ExponentialLR(o, 0.9), by_step)
    schedule("inverse_time_decay(0.1)", lambda o: lambda time: 0.1 / (1 + time))
    schedule("inverse_time_decay(0.1, rate = 0.05, time = step)", lambda o: lambda time: 0.1 / (1 + 0.05 * time), by_step)
    schedule("cosine(0.1)", lambda o: rates.CosineAnnealingLR(o, EPOCHS))
    schedule("cosine(0.1, over = 200, low = 0.02, time = step)", lambda o: rates.CosineAnnealingLR(o, 200, 0.02), by_step)
    schedule("cosine(0.1, over = 5)", lambda o: lambda time: 0.05 * (1 + math.cos(math.pi * min(time, 5) / 5)))
    schedule("warm_up(0.1, over = 5)", lambda o: rates.LinearLR(o), by_step)
    schedule("warm_up(0.1, over = 10, first = 0.05, time = epoch)", lambda o: rates.LinearLR(o, 0.05, 1, 10))
    schedule("one_cycle(0.1, over = 200)", lambda o: rates.OneCycleLR(o, 0.1, total_steps=200, cycle_momentum=False), by_step)
    schedule("one_cycle(0.1, over = 20, rise = 0.5, first = 5, last = 100, time = epoch)",
             lambda o: rates.OneCycleLR(o, 0.1, total_steps=20, pct_start=0.5, div_factor=5, final_div_factor=100,
                                        cycle_momentum=False))
