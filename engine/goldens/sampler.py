"""Goldens of samplers and guidance: outputs of diffusers for synthetic velocities."""

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler
from diffusers.guiders.classifier_free_zero_star_guidance import cfg_zero_star_scale

from drawn import normal_like

CASES = {
    f"{name}_{steps}_{shift:g}": dict(sampler=name, steps=steps, shift=shift)
    for name in ["unipc", "unipc-diffusers", "euler"]
    for steps, shift in [(1, 3.0), (2, 5.0), (4, 8.0), (20, 12.0), (50, 3.0)]
}


def scheduler(case):
    steps, shift = case["steps"], case["shift"]
    if case["sampler"] == "euler":
        made = FlowMatchEulerDiscreteScheduler(shift=shift)
        made.set_timesteps(steps)
        return made
    made = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)
    made.set_timesteps(steps)
    if case["sampler"] == "unipc":
        # Wan's own copy of this scheduler goes from 0.999 to 0 instead; the steps are the same.
        linear = np.linspace(0.999, 0.0, steps + 1)[:-1]
        sigmas = shift * linear / (1 + (shift - 1) * linear)
        made.timesteps = torch.from_numpy(sigmas * 1000).to(torch.int64)
        made.sigmas = torch.from_numpy(np.concatenate([sigmas, [0.0]]).astype(np.float32))
    return made


def velocity(x, timestep):
    return 0.3 * x + torch.sin(timestep.double() / 100).float() + 0.1 * x.flip(-1)


def make():
    tensors = {}
    for name, case in CASES.items():
        made = scheduler(case)
        x = normal_like("sampled", (1, 4, 2, 2, 3))
        for timestep in made.timesteps:
            x = made.step(velocity(x, timestep), timestep, x, return_dict=False)[0]
        tensors[name + ".sigmas"] = made.sigmas.float()
        tensors[name + ".timesteps"] = made.timesteps.float()
        tensors[name + ".sample"] = x
    shape = (2, 4, 2, 3, 3)
    with_prompt, without = normal_like("with", shape), normal_like("without", shape)
    tensors["guidance.classifier"] = without + 6.0 * (with_prompt - without)
    scaled = without * cfg_zero_star_scale(with_prompt.flatten(1), without.flatten(1)).view(-1, 1, 1, 1, 1)
    tensors["guidance.zero_star"] = scaled + 5.0 * (with_prompt - scaled)
    return tensors, CASES
