"""Writes newton.txt: ten steps of Newton's method by damped conjugate gradients on a small logistic regression, in double; the
Hessian is made whole by PyTorch and multiplied here.

    python3 newton.py > newton.txt

Rows of numbers with a word before them: x, twelve examples of four numbers; y, their labels; start, four weights and the bias;
then for each setting its call, and what each of the ten steps leaves, one behind the other.
"""

import torch

torch.manual_seed(2)
x = torch.randn(12, 4, dtype=torch.float64).float().double()
y = (x @ torch.tensor([1.0, -2.0, 0.5, 0.0], dtype=torch.float64) + 0.7 * torch.randn(12, dtype=torch.float64) > 0).double()
start = torch.tensor([0.5, -0.25, 0.125, 1.0, -0.5], dtype=torch.float64)


def cost(v):
    p = torch.sigmoid(x @ v[:4] + v[4])
    return torch.nn.functional.binary_cross_entropy(p, y) + 0.01 * (v[:4] ** 2).sum()


def solve(h, g, iterations, tolerance):
    """h s = -g, as Nocedal and Wright's algorithm 7.1 has it, from s = 0."""
    s, r = torch.zeros_like(g), g.clone()
    d = -r
    for j in range(iterations):
        if d @ h @ d <= 0:
            return -g if j == 0 else s
        alpha = (r @ r) / (d @ h @ d)
        s = s + alpha * d
        after = r + alpha * (h @ d)
        if after.norm() <= tolerance * g.norm():
            return s
        d = -after + (after @ after) / (r @ r) * d
        r = after
    return s


def show(word, numbers):
    print(word, *(f"{float(number):.17g}" for number in numbers.reshape(-1)))


def newton(call, lr=1.0, damping=0.0, iterations=10, tolerance=1e-6):
    v, path = start.clone(), []
    for _ in range(10):
        g = torch.func.grad(cost)(v)
        h = torch.autograd.functional.hessian(cost, v) + damping * torch.eye(5, dtype=torch.float64)
        v = v + lr * solve(h, g, iterations, tolerance)
        path.append(v)
    print(call)
    show("steps", torch.stack(path))


show("x", x)
show("y", y)
show("start", start)
newton("newton()")
newton("newton(iterations = 2)", iterations=2)
newton("newton(lr = 0.3, damping = 0.2)", lr=0.3, damping=0.2)
newton("newton(tolerance = 0.3)", tolerance=0.3)
