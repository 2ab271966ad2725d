"""Goldens of the step cache: EasyCache (arXiv 2507.02860, H-EmbodVis/EasyCache) on a synthetic velocity field, with the
decision and the output of every step. Written from the paper: it keeps the whole history instead of running numbers."""

import math

import torch

from drawn import normal_like

FIRST = 7  # steps at the start that are always computed
SHAPE = (1, 4, 2, 3, 3)
BASE = dict(steps=40, threshold=0.06, scale=4.0)
CASES = {
    "usual": BASE,
    "eager": BASE | dict(threshold=0.3),
    "zero": BASE | dict(threshold=0.0),
    "unguided": BASE | dict(scale=1.0),
    "short": BASE | dict(steps=8, threshold=1.0),
    "shortest": BASE | dict(steps=9, threshold=1.0),
}


def field(x, time, prompt):
    """The velocity at x of a branch: its strength changes quickly at first, and slowly later."""
    wave = math.sin(6 * time) + 0.5 * math.exp(-8 * (1 - time))
    return 0.4 * x * (1 + 0.3 * wave) + prompt * (0.6 + wave) + 0.1 * x.flip(-1)


def mean(tensor):
    return tensor.abs().double().mean().item()


def run(case):
    """Euler steps from sigma 1 to 0. Returns the decisions (1: computed), and x after each step."""
    steps, threshold, scale = case["steps"], case["threshold"], case["scale"]
    prompts = [normal_like("with", SHAPE)] + [normal_like("without", SHAPE)] * (scale > 1)
    xs = [normal_like("x", SHAPE)]
    computed = []  # step, and the velocities of the branches
    decisions, margins = [], []
    error = 0.0
    for step in range(steps):
        x, time = xs[-1], 1 - step / steps
        skips = False
        if FIRST <= step < steps - 1:
            (last, (v_last, *_)), (before, (v_before, *_)) = computed[-1], computed[-2]
            rate = mean(v_last - v_before) / mean(xs[last] - xs[before])
            error += rate * mean(x - xs[-2]) / mean(v_last)
            margins.append(abs(error - threshold))
            skips = error < threshold
        if skips:
            last, velocities = computed[-1]
            velocities = [x + (velocity - xs[last]) for velocity in velocities]
        else:
            error = 0.0
            velocities = [field(x, time, prompt) for prompt in prompts]
            computed.append((step, velocities))
        decisions.append(not skips)
        guided = velocities[0]
        if scale > 1:
            guided = velocities[1] + scale * (velocities[0] - velocities[1])
        xs.append(x - guided / steps)
    assert not margins or min(margins) > 1e-4, "a decision that rounding could turn"
    return torch.tensor(decisions).float(), torch.stack(xs[1:])


def make():
    tensors = {}
    for name, case in CASES.items():
        decisions, xs = run(case)
        tensors[name + ".decisions"], tensors[name + ".x"] = decisions, xs[-1]
        tensors[name + ".path"] = torch.tensor([mean(x) for x in xs])
    return tensors, CASES
