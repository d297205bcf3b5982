"""Writes reference.txt: values, gradients and optimizer steps as PyTorch has them, in double.

In: nothing. Out: the text, on standard output: python3 tests/numeric/reference.py > tests/numeric/reference.txt
Needs PyTorch; the tests need only the text. Kinds of entries, numbers separated by blanks:

    values EXPRESSION     x, then the results, then the gradient of sum(results * w) by x, w = 1, 2, 3, ...
    special EXPRESSION    x, then the results: zeros of both signs, infinities, NaN
    loss EXPRESSION       p, y, then the loss, then its gradient by p
    optimizer CALL        the start, the gradients of ten steps one after the other, then what ten steps make of it
"""

import math

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


def optimizer(call, make, start=(0.5, -1.25, 2.0)):
    weight = torch.tensor(start, requires_grad=True)
    stepper = make(weight)
    gradients = torch.randn(10, len(start)) * torch.tensor([1.0, 0.01, 10.0])
    for gradient in gradients:
        weight.grad = gradient.clone()
        stepper.step()
    print(f"optimizer {call}")
    show(torch.tensor(start), gradients, weight)


def averaged(weight, lr, beta):
    """PyTorch's SGD starts its average at the first gradient; here it starts at 0."""
    stepper = torch.optim.SGD([weight], lr=lr, momentum=beta, dampening=beta)
    stepper.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
    return stepper


def one_hot_loss(p, y):
    return torch.nn.functional.cross_entropy(p.unsqueeze(0), y.unsqueeze(0))


SPREAD = [-30.0, -4.5, -1.0, -0.3, 0.2, 1.0, 3.75, 12.0]
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
    optimizer("sgd(0.05)", lambda w: torch.optim.SGD([w], lr=0.05))
    optimizer("momentum(0.05)", lambda w: averaged(w, 0.05, 0.9))
    optimizer("momentum(0.05, beta = 0.5)", lambda w: averaged(w, 0.05, 0.5))
    optimizer("adam()", lambda w: torch.optim.Adam([w]))
    optimizer("adam(lr = 0.1, beta1 = 0.8, beta2 = 0.9, eps = 1e-4)",
              lambda w: torch.optim.Adam([w], lr=0.1, betas=(0.8, 0.9), eps=1e-4))
