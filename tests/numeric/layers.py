"""Writes layers.txt: layers that know the batch or keep a state, and windows, as PyTorch has them, in double.

In: nothing. Out: the text, on standard output: python3 tests/numeric/layers.py > tests/numeric/layers.txt
Needs PyTorch; the tests need only the text. An entry is lines, each a word and what belongs to it, up to an empty line:

    layer EXPRESSION      of x, which is u + b u^2 for an input u and a parameter b
    shape SHAPE           of x
    out SHAPE             of the layer's value, where that is another
    rows N NUMBERS        N examples of u
    weights NUMBERS       w: the loss of an example is sum(v * w) for the layer's value v
    set NAME NUMBERS      a parameter's value before all else
    cost NUMBER           of `gradient` with all rows
    gradient NAME NUMBERS
    step N                a training step of sgd(0.1) with the first N rows
    get NAME NUMBERS      what the net then holds
    predict NUMBERS       of all rows
"""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
ROWS = 4


def show(word, tensor):
    print(word, " ".join(f"{x:.17g}" for x in tensor.detach().reshape(-1).tolist()))


def named(layer, names):
    return [(mine, getattr(layer, theirs)) for mine, theirs in names]


class Trial:
    """One layer between x = u + b u^2 and sum(v * w)."""

    def __init__(self, layer, shape, out):
        self.layer = layer
        self.u = torch.randn(ROWS, *shape)
        self.w = torch.randn(ROWS, *out)
        self.b = (torch.rand(shape) - 0.5).requires_grad_()

    def value(self, n):
        return self.layer(self.u[:n] + self.b * self.u[:n] ** 2)

    def cost(self, n):
        return (self.value(n) * self.w[:n]).sum() / n


def show_gradients(trial, parameters):
    for parameter in parameters.values():
        parameter.grad = None
    kept = {name: buffer.clone() for name, buffer in trial.layer.named_buffers()}
    cost = trial.cost(ROWS)
    cost.backward()
    show("cost", cost)
    for name, parameter in parameters.items():
        show(f"gradient {name}", parameter.grad)
    for name, buffer in trial.layer.named_buffers():
        buffer.copy_(kept[name])


def show_step(trial, parameters, states, n):
    if n == 1 and states:
        trial.layer.eval()
    stepper = torch.optim.SGD(parameters.values(), lr=0.1)
    stepper.zero_grad()
    trial.cost(n).backward()
    stepper.step()
    trial.layer.train()
    print(f"step {n}")
    for name, tensor in {**parameters, **states}.items():
        show(f"get {name}", tensor)


def layer(expression, module, shape, names, state_names=(), out=None, has_ties=False):
    trial = Trial(module, shape, out or shape)
    parameters = {"b": trial.b}
    if has_ties:
        with torch.no_grad():
            trial.u.copy_(torch.round(trial.u))
            trial.b.zero_()
    with torch.no_grad():
        for mine, parameter in named(module, names):
            parameter.copy_(torch.randn(parameter.shape))
            parameters[mine] = parameter
    states = dict(named(module, state_names))
    print(f"layer {expression}")
    print(f"shape {list(shape)}")
    if out:
        print(f"out {list(out)}")
    show(f"rows {ROWS}", trial.u)
    show("weights", trial.w)
    for name, tensor in parameters.items():
        show(f"set {name}", tensor)
    show_gradients(trial, parameters)
    for n in (4, 3, 1, 2):
        show_step(trial, parameters, states, n)
    module.eval()
    show("predict", trial.value(ROWS))
    print()


GAMMA_BETA = [("v.gamma", "weight"), ("v.beta", "bias")]
RUNNING = [("v.running_mean", "running_mean"), ("v.running_variance", "running_var")]

layer("batch_norm(x)", nn.BatchNorm1d(3), (3,), GAMMA_BETA, RUNNING)
layer("batch_norm(x, momentum = 0.3, eps = 0.01)", nn.BatchNorm1d(2, eps=0.01, momentum=0.3), (2,), GAMMA_BETA, RUNNING)
layer("batch_norm(x)", nn.BatchNorm1d(2), (2, 5), GAMMA_BETA, RUNNING)
layer("batch_norm(x)", nn.BatchNorm2d(3), (3, 2, 2), GAMMA_BETA, RUNNING)
layer("layer_norm(x)", nn.LayerNorm(5), (5,), GAMMA_BETA)
layer("layer_norm(x, eps = 0.1)", nn.LayerNorm(3, eps=0.1), (2, 3), GAMMA_BETA)
layer("rms_norm(x)", nn.RMSNorm(5, eps=1e-5), (5,), [("v.gamma", "weight")])
layer("rms_norm(x, eps = 0.1)", nn.RMSNorm(3, eps=0.1), (2, 3), [("v.gamma", "weight")])


def window(expression, module, shape, has_ties=False):
    layer(expression, module, shape, [], (), tuple(module(torch.zeros(1, *shape)).shape[1:]), has_ties)


window("window_max(x[c, 2*i + k, 2*j + l], over(k = 2, l = 2), c = 2, i = 2, j = 2)", nn.MaxPool2d(2), (2, 4, 4))
window("window_max(x[c, 2*i + k, 2*j + l], over(k = 2, l = 2), c = 1, i = 2, j = 2)", nn.MaxPool2d(2), (1, 4, 4), True)
window("window_max(x[c, i + k - 1, 2*j + l - 1], over(k = 3, l = 3), c = 1, i = 4, j = 3)", nn.MaxPool2d(3, (1, 2), 1), (1, 4, 5), True)
window("window_max(x[c, 2*i + k, 3*j + l], over(k = 2, l = 2), c = 1, i = 3, j = 2)", nn.MaxPool2d(2, (2, 3), ceil_mode=True), (1, 5, 5))
window("window_max(x[c, i + 2*k - 1], over(k = 3), c = 2, i = 4)", nn.MaxPool1d(3, 1, 1, 2), (2, 6), True)
window("window_max(x[c, 2*h + m, i + k, 2*j + l], over(m = 2, k = 2, l = 2), c = 1, h = 1, i = 2, j = 2)", nn.MaxPool3d(2, (2, 1, 2)), (1, 3, 3, 4))
window("window_mean(x[c, 2*i + k, 2*j + l], over(k = 2, l = 2), c = 2, i = 2, j = 2)", nn.AvgPool2d(2), (2, 5, 4))
window("window_mean(x[c, 2*i + k - 1, j + l - 1], over(k = 3, l = 3), c = 1, i = 3, j = 4)", nn.AvgPool2d(3, (2, 1), 1, count_include_pad=False), (1, 5, 4))
window("window_mean(x[c, 2*i + k - 1, j + l - 1], over(k = 3, l = 3), c = 1, i = 3, j = 4, count_all = 1)", nn.AvgPool2d(3, (2, 1), 1), (1, 5, 4))
window("window_mean(x[c, 2*i + k, 3*j + l], over(k = 3, l = 2), c = 1, i = 2, j = 2)", nn.AvgPool2d((3, 2), (2, 3), ceil_mode=True, count_include_pad=False), (1, 4, 4))
window("window_mean(x[c, k, l], over(k = 3, l = 2), c = 3)", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (3, 3, 2))
