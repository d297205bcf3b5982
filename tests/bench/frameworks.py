#!/usr/bin/env python3
"""The benchmark's nets in PyTorch, eager and compiled, and in JAX with the loop inside jit, on one core.

    frameworks.py ROUNDS CSV [NET...]

Prints a table per net in Markdown and appends `framework,net,operation,contender,...` to CSV, as bench does. What is not
installed is skipped by name. A net is a name such as 784-128-10; all of the benchmark's without one.
"""

import csv
import os
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
# OpenBLAS, where a framework computes with it, takes CPUs that are newer than itself for very old ones.
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo", encoding="utf-8") as information:
        features = information.read().split()
    if "avx512bw" in features:
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    elif "avx2" in features:
        os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# Sizes, batch, whether hidden layers are tanh under mean squared error (else relu, softmax with cross-entropy), whether
# the update is adam(1e-3) (else sgd(0.01)): as in tests/bench/nets.
NETS = {
    "2-4-2": (4, False, False),
    "4-32-16-4": (100, True, True),
    "8-32-32-4": (32, False, True),
    "64-32-10": (32, False, True),
    "784-128-10": (64, False, True),
    "784-512-256-10": (128, False, True),
    "1024-1024-1024-1024-10": (256, False, True),
}
OPERATIONS = ("train step", "predict 1", "predict batch")
LEAST_SECONDS = 0.05
STEPS_INSIDE = 50  # steps of one call of JAX's loop


def sizes_of(net):
    return [int(size) for size in net.split("-")]


def flops_of(net, operation):
    """Of the products alone."""
    sizes, batch = sizes_of(net), NETS[net][0]
    products = [2 * k * n for k, n in zip(sizes, sizes[1:])]
    if operation == "train step":
        return batch * (3 * sum(products) - products[0])
    return sum(products) * (1 if operation == "predict 1" else batch)


class Contender:
    """A name, and per operation a function that makes `calls` calls and gives how many it made."""

    def __init__(self, name, operations):
        self.name = name
        self.operations = operations


def torch_contenders(net):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(1)
    batch, is_tanh, is_adam = NETS[net]
    sizes = sizes_of(net)
    x = torch.rand(batch, sizes[0])
    y = torch.rand(batch, sizes[-1]) if is_tanh else torch.randint(sizes[-1], (batch,))

    def make(compiled):
        layers = []
        for k, n in zip(sizes, sizes[1:]):
            layers += [nn.Linear(k, n), nn.Tanh() if is_tanh else nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        loss_of = nn.MSELoss() if is_tanh else nn.CrossEntropyLoss()
        parameters = list(model.parameters())
        optimizer = torch.optim.Adam(parameters, lr=1e-3) if is_adam else torch.optim.SGD(parameters, lr=0.01)

        def cost():
            return loss_of(model(x), y)

        def prediction(rows):
            return model(rows) if is_tanh else torch.softmax(model(rows), 1)

        if compiled:
            cost, prediction = torch.compile(cost), torch.compile(prediction)

        def train(calls):
            for _ in range(calls):
                optimizer.zero_grad(set_to_none=True)
                cost().backward()
                optimizer.step()
            return calls

        def predict(rows):
            def run(calls):
                with torch.inference_mode():
                    for _ in range(calls):
                        prediction(rows)
                return calls

            return run

        return {"train step": train, "predict 1": predict(x[:1].clone()), "predict batch": predict(x)}

    yield Contender("PyTorch " + torch.__version__, make(False))
    if hasattr(torch, "compile"):
        yield Contender("PyTorch " + torch.__version__ + " compiled", make(True))
    else:
        print(f"skipped: PyTorch compiled: {torch.__version__} cannot")


def jax_contenders(net):
    import jax
    import jax.numpy as jnp

    batch, is_tanh, is_adam = NETS[net]
    sizes = sizes_of(net)
    keys = jax.random.split(jax.random.PRNGKey(1), len(sizes) + 1)
    x = jax.random.uniform(keys[0], (batch, sizes[0]))
    y = (
        jax.random.uniform(keys[1], (batch, sizes[-1]))
        if is_tanh
        else jax.random.randint(keys[1], (batch,), 0, sizes[-1])
    )
    weights = [
        (jax.random.normal(key, (k, n)) * (2 / k) ** 0.5, jnp.zeros(n))
        for key, k, n in zip(keys[2:], sizes, sizes[1:])
    ]
    activation = jnp.tanh if is_tanh else jax.nn.relu

    def outputs(weights, rows):
        for weight, bias in weights[:-1]:
            rows = activation(rows @ weight + bias)
        return rows @ weights[-1][0] + weights[-1][1]

    def cost(weights):
        z = outputs(weights, x)
        if is_tanh:
            return jnp.mean((z - y) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1))

    def adam(state, slopes):
        weights, m, v, t = state
        each = jax.tree_util.tree_map
        t = t + 1
        m = each(lambda m, g: 0.9 * m + 0.1 * g, m, slopes)
        v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, slopes)
        rate, fix = 1e-3 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        weights = each(lambda w, m, v: w - rate * m / (jnp.sqrt(v * fix) + 1e-8), weights, m, v)
        return weights, m, v, t

    def sgd(state, slopes):
        weights, m, v, t = state
        return jax.tree_util.tree_map(lambda w, g: w - 0.01 * g, weights, slopes), m, v, t

    def step(_, state):
        return (adam if is_adam else sgd)(state, jax.grad(cost)(state[0]))

    @jax.jit
    def steps(state):
        return jax.lax.fori_loop(0, STEPS_INSIDE, step, state)

    @jax.jit
    def prediction(weights, rows):
        z = outputs(weights, rows)
        return z if is_tanh else jax.nn.softmax(z)

    zeros = jax.tree_util.tree_map(jnp.zeros_like, weights)
    start = (weights, zeros, zeros, jnp.float32(0))

    def train(calls):
        state = start
        done = 0
        while done < calls:
            state = steps(state)
            done += STEPS_INSIDE
        jax.block_until_ready(state)
        return done

    def predict(rows):
        def run(calls):
            for _ in range(calls):
                result = prediction(weights, rows)
            result.block_until_ready()
            return calls

        return run

    yield Contender(
        "JAX " + jax.__version__ + " loop in jit",
        {"train step": train, "predict 1": predict(x[:1]), "predict batch": predict(x)},
    )


def contenders_of(net, makers):
    found = []
    for name, maker in list(makers.items()):
        try:
            found += maker(net)
        except ImportError:
            print(f"skipped: {name}: not installed")
            del makers[name]
    return found


def seconds_of(operation, calls):
    """Of one call: the time that all threads of this process had a core, as on a core of its own."""
    begin = time.process_time()
    done = operation(calls)
    return (time.process_time() - begin) / done


def calls_needed(operation):
    operation(1)  # compiles
    calls = 1
    while seconds_of(operation, calls) * calls < LEAST_SECONDS:
        calls *= 2
    return calls


def measure(contenders, rounds):
    """{(contender, operation): microseconds of each round}, the contenders in turns."""
    times = {}
    for operation in OPERATIONS:
        calls = {}
        for contender in list(contenders):
            try:
                calls[contender] = calls_needed(contender.operations[operation])
            except Exception as problem:  # such as no compiler that torch.compile can use
                print(f"skipped: {contender.name}: {operation}: {type(problem).__name__}")
        for _ in range(rounds):
            for contender in calls:
                took = seconds_of(contender.operations[operation], calls[contender])
                times.setdefault((contender, operation), []).append(1e6 * took)
    return times


def report(net, contenders, times, writer):
    print(f"\n{net}, batch {NETS[net][0]}, us, minimum (median)\n")
    print("| contender | " + " | ".join(OPERATIONS) + " |\n|---|" + "--:|" * len(OPERATIONS))
    for contender in contenders:
        cells = []
        for operation in OPERATIONS:
            taken = times.get((contender, operation))
            if not taken:
                cells.append("-")
                continue
            least, middle = min(taken), statistics.median(taken)
            cells.append(f"{least:.4g} ({middle:.4g})")
            rate = 1e-3 * flops_of(net, operation) / least
            writer.writerow(
                ["frameworks", net, operation, contender.name, f"{least:.6g}", f"{middle:.6g}", len(taken),
                 f"{rate:.4g}", "", ""]
            )
        print(f"| {contender.name} | " + " | ".join(cells) + " |", flush=True)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    rounds, path, wanted = int(arguments[0]), arguments[1], arguments[2:]
    makers = {"PyTorch": torch_contenders, "JAX": jax_contenders}
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for net in NETS:
            if wanted and not any(part in net for part in wanted):
                continue
            contenders = contenders_of(net, makers)
            if contenders:
                report(net, contenders, measure(contenders, rounds), writer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
