"""Writes layers.txt: layers that know the batch or keep a state, as PyTorch has them, in double.

In: nothing. Out: the text, on standard output: python3 tests/numeric/layers.py > tests/numeric/layers.txt
Needs PyTorch; the tests need only the text. An entry is lines, each a word and what belongs to it, up to an empty line:

    layer EXPRESSION      of x, which is u + b u^2 for an input u and a parameter b
    shape SHAPE           of x
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

    def __init__(self, layer, shape):
        self.layer = layer
        self.u = torch.randn(ROWS, *shape)
        self.w = torch.randn(ROWS, *shape)
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


def layer(expression, module, shape, names, state_names=()):
    trial = Trial(module, shape)
    parameters = {"b": trial.b}
    with torch.no_grad():
        for mine, parameter in named(module, names):
            parameter.copy_(torch.randn(parameter.shape))
            parameters[mine] = parameter
    states = dict(named(module, state_names))
    print(f"layer {expression}")
    print(f"shape {list(shape)}")
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
