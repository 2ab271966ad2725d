"""Goldens of camera rays: a plain numpy implementation of VideoX-Fun's `process_pose_file`, `get_relative_pose` and
`ray_condition`, written from their description."""

import numpy as np
import torch

PATH = """made up for this test
0 0.532139961 0.946026558 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0
1 0.532139961 0.946026558 0.5 0.5 0 0 0.995004165 0 -0.099833417 0.1 0 1 0 -0.05 0.099833417 0 0.995004165 -0.4
2 0.55 0.977777778 0.5 0.5 0 0 0.980066578 0 -0.198669331 0.2 0 1 0 -0.1 0.198669331 0 0.980066578 -0.8
3 0.56 0.995555556 0.5 0.5 0 0 0.955336489 0.295520207 0 0.3 -0.295520207 0.955336489 0 -0.15 0 0 1 -1.2
4 0.57 1.013333333 0.5 0.5 0 0 0.921060994 0.389418342 0 0.3 -0.389418342 0.921060994 0 -0.15 0 0 1 -1.6
"""

# The lenses of an old 4:3 file: the format knows no aspect ratio, so that its pixels are not square in 16:9.
TWO_LENSES = """0 0.75 1 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0
1 0.75 1 0.5 0.48 0 0 0.995004165 0 -0.099833417 0.1 0 1 0 -0.05 0.099833417 0 0.995004165 -0.4
2 0.8 1 0.5 0.48 0 0 0.980066578 0 -0.198669331 0.2 0 1 0 -0.1 0.198669331 0 0.980066578 -0.8
3 0.8 0.8 0.5 0.5 0 0 1 0 0 0.3 0 1 0 -0.15 0 0 1 -1.2
4 1 1 0.5 0.5 0 0 1 0 0 0.3 0 1 0 -0.15 0 0 1 -1.6
"""

PATHS = {"usual": PATH, "two_lenses": "old\n" + TWO_LENSES}

# The path does not start at the origin, to test that it is made relative to its first frame.
MOVED = [0.6, 0.0, 0.8, 1.0, 0.0, 1.0, 0.0, 2.0, -0.8, 0.0, 0.6, 3.0]

CASES = {
    "wide": dict(height=16, width=32),
    "square": dict(height=24, width=24),
    "two_lenses_wide": dict(height=16, width=32, path="two_lenses"),
    "two_lenses_upright": dict(height=32, width=16, path="two_lenses"),
}


def matrices(path):
    rows = [list(map(float, line.split())) for line in PATHS[path].splitlines()[1:]]
    moved = np.vstack([np.array(MOVED).reshape(3, 4), [0, 0, 0, 1]])
    world_to_camera = [np.vstack([np.array(row[7:]).reshape(3, 4), [0, 0, 0, 1]]) @ moved for row in rows]
    return rows, world_to_camera


def text(path):
    rows, world_to_camera = matrices(path)
    lines = ["moved"]
    for row, matrix in zip(rows, world_to_camera):
        lines.append(" ".join(repr(float(x)) for x in row[:7] + list(matrix[:3].flatten())))
    return "\n".join(lines) + "\n"


def plucker(height, width, file):
    """The rays of the path in a file's text: 6 f h w."""
    rows = [list(map(float, line.split())) for line in file.splitlines()[1:]]
    world_to_camera = [np.vstack([np.array(row[7:]).reshape(3, 4), [0, 0, 0, 1]]) for row in rows]
    across, down = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    frames = []
    for row, matrix in zip(rows, world_to_camera):
        camera_to_start = world_to_camera[0] @ np.linalg.inv(matrix)
        fx, fy, cx, cy = row[1] * width, row[2] * height, row[3] * width, row[4] * height
        # The path is for 16:9. A narrower frame is cropped at the sides, a wider one at top and bottom.
        if 16 / 9 > width / height:
            fx = row[1] * height * 16 / 9
        else:
            fy = row[2] * width * 9 / 16
        directions = np.stack([(across - cx) / fx, (down - cy) / fy, np.ones_like(across)], 2)
        directions /= np.linalg.norm(directions, axis=2, keepdims=True)
        directions = directions @ camera_to_start[:3, :3].T
        moments = np.cross(camera_to_start[:3, 3], directions)
        frames.append(np.concatenate([moments, directions], 2).transpose(2, 0, 1))
    return np.stack(frames, 1)


def folded(rays):
    rays = np.concatenate([np.repeat(rays[:, :1], 4, 1), rays[:, 1:]], 1)
    six, frames, height, width = rays.shape
    grouped = rays.reshape(six, frames // 4, 4, height, width).transpose(0, 2, 1, 3, 4)
    return grouped.reshape(six * 4, frames // 4, height, width)  # channel = coordinate * 4 + frame


def make():
    tensors = {}
    for name, case in CASES.items():
        rays = folded(plucker(case["height"], case["width"], text(case.get("path", "usual"))))
        tensors[name] = torch.from_numpy(rays).float().unsqueeze(0)
    return tensors, dict(cases=CASES, texts={path: text(path) for path in PATHS})
