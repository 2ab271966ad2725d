"""Random inputs of the models in `fun_models.py`: a camera path, a control clip, references, a first and a last frame.
They are files, with the options of `kinora generate` that name them."""

from dataclasses import dataclass, field

import numpy as np
import torch

from tiny import noise_picture

# Models that were never trained without a path get a camera at rest, with the lens of VideoX-Fun's sample paths.
AT_REST = "at rest\n0 0.532139961 0.946026558 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0\n"


@dataclass
class Inputs:
    """What a clip is made from, beside its request."""

    kept: dict = field(default_factory=dict)  # frame: picture
    control: list = field(default_factory=list)
    references: list = field(default_factory=list)
    camera: str | None = None  # the text of the file
    guidance_low: float = 1.0
    options: list = field(default_factory=list)

    def __str__(self):
        views = self.camera and self.camera.count("\n") - 1
        given = dict(
            camera=views, control=len(self.control), given=sorted(self.kept), references=len(self.references),
        )
        return ", ".join(f"{name} {value}" for name, value in given.items() if value)


def rotation(vector):
    """About this axis, by its length."""
    x, y, z = vector
    return torch.linalg.matrix_exp(torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=torch.float64)).numpy()


def camera_file(draw, views):
    """A path from a random place, with changing lenses whose pixels need not be square."""
    generator = np.random.default_rng(draw.randrange(2**31))
    turn, place = generator.normal(0, 1, 3), generator.normal(0, 2, 3)
    lines = ["a random path"]
    for view in range(views):
        turn, place = turn + generator.normal(0, 0.1, 3), place + generator.normal(0, 0.3, 3)
        matrix = np.concatenate([rotation(turn), place[:, None]], 1).flatten()
        numbers = [view, *generator.uniform(0.4, 1.2, 2), *generator.uniform(0.45, 0.55, 2), 0, 0, *matrix]
        lines.append(" ".join(repr(float(number)) for number in numbers))
    return "\n".join(lines) + "\n"


def pictures(count, seed, size, folder):
    """A folder of random pictures."""
    folder.mkdir()
    return [noise_picture(seed + at, size, folder / f"{at:03}.png") for at in range(count)]


def drawn(draw, kind, request, folder):
    """Inputs that this kind of model takes, each of them mostly; all that it needs."""
    inputs, size = Inputs(guidance_low=request.guidance), (request.width, request.height)
    if kind.order and (kind.needs_first() or draw.random() < 0.6):
        inputs.kept[0] = noise_picture(request.seed, size, folder / "first.png")
        inputs.options += ["--first-frame", folder / "first.png"]
        if "given" in kind.order and request.frames > 1 and draw.random() < 0.4:
            inputs.kept[request.frames - 1] = noise_picture(request.seed + 1, size, folder / "last.png")
            inputs.options += ["--last-frame", folder / "last.png"]
    if "control" in kind.order:
        inputs.options += ["--no-stage"]
        if draw.random() < 0.75:
            inputs.control = pictures(request.frames + draw.randint(0, 2), request.seed + 2, size, folder / "control")
            inputs.options += ["--control", folder / "control"]
    if "camera" in kind.has:
        draw_camera(draw, kind, request, folder, inputs)
    if "reference" in kind.has and draw.random() < 0.6:
        draw_references(draw, [size], request.seed + 20, folder, inputs)
    if "subjects" in kind.has:
        sizes = [(draw.randint(9, 90), draw.randint(9, 90)) for _ in range(draw.randint(0, 4))]
        draw_references(draw, sizes, request.seed + 20, folder, inputs)
    if "experts" in kind.has and request.guidance > 1:
        inputs.guidance_low = draw.choice([2.0, 5.0])
        inputs.options += ["--guidance-low", inputs.guidance_low]
    return inputs


def draw_camera(draw, kind, request, folder, inputs):
    """A path, shorter or longer than the clip, or none."""
    if draw.random() < 0.75:
        inputs.camera = camera_file(draw, max(1, request.frames + draw.randint(-3, 3)))
        (folder / "path.txt").write_text(inputs.camera)
        inputs.options += ["--camera", folder / "path.txt"]
    elif kind.order:
        inputs.camera = AT_REST


def draw_references(draw, sizes, seed, folder, inputs):
    """Pictures of these sizes, of several characters."""
    characters = {}
    for at, size in enumerate(sizes):
        path = folder / f"reference{at}.png"
        inputs.references.append(noise_picture(seed + at, size, path))
        name = draw.choice([*list(characters)[-1:], f"character{at}"])  # another picture of the last one, or a new one
        characters.setdefault(name, []).append(str(path))
    for name, files in characters.items():
        inputs.options += ["--character", f"{name}={','.join(files)}"]


def on_white(picture, request):
    """The whole picture in the middle of a white frame, scaled to fit (bilinear): 3 h w in [-1, 1]."""
    width, height = picture.size
    scale = min(request.width / width, request.height / height)
    inside = [max(1, int(height * scale)), max(1, int(width * scale))]
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float()[None] / 127.5 - 1
    pixels = torch.nn.functional.interpolate(pixels, inside, mode="bilinear", align_corners=False)
    frame = torch.ones(3, request.height, request.width)
    top, left = (request.height - inside[0]) // 2, (request.width - inside[1]) // 2
    frame[:, top : top + inside[0], left : left + inside[1]] = pixels[0]
    return frame
