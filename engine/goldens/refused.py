"""Wrong inputs of the models in `fun_models.py`: `kinora generate` must refuse each in plain words."""

import torch
from safetensors.torch import save_file

import fun_inputs
import tiny

# Of a camera file: what its last line is replaced by, and a word of the refusal.
BROKEN_PATHS = {
    "0 0.5 0.9 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1": "19 numbers",
    "0 0.5 0 0.5 0.5 0 0 1 0 0 0 0 1 0 0 0 0 1 0": "focal length",
    "0 0.5 0.9 0.5 0.5 0 0 1 0 0 0 0 nan 0 0 0 0 1 0": "nan is not a number",
    "0 0.5 0.9 0.5 0.5 0 0 2 0 0 0 0 1 0 0 0 0 1 0": "rotation",
}


def wrong_inputs(draw, kind, request, folder):
    """Options that are wrong for this kind of model, each with a word of the refusal."""
    picture, path, clip, text = (folder / name for name in ["wrong.png", "wrong.txt", "short", "text.png"])
    tiny.noise_picture(request.seed, (request.width, request.height), picture)
    fun_inputs.pictures(max(1, request.frames - 1), request.seed, (request.width, request.height), clip)
    text.write_text("no picture")
    save_file({"diffusion_model.nothing.lora_A.weight": torch.zeros(1, 1)}, folder / "nothing.safetensors")
    line, word = draw.choice(list(BROKEN_PATHS.items()))
    sound = fun_inputs.camera_file(draw, 3)
    start = kind.order[-1] if kind.order else None
    takes_references = kind.has & {"reference", "subjects"}
    has_camera = "camera" in kind.has
    path.write_text(sound + line + "\n" if has_camera else sound)
    yield ["--camera", path], word if has_camera else "cannot be given a camera"
    yield ["--size", f"{request.width + 8}x{request.height}"], "multiples of"
    yield ["--frames", "7"], "7 frames cannot be made"
    yield ["--lora", folder / "nothing.safetensors"], "nothing"
    yield ["--source", clip], "cannot be given a clip"
    yield ["--character", f"a={folder / 'absent.png'}"], "absent.png" if takes_references else "cannot be given"
    if "control" not in kind.order:
        yield ["--control", clip], "control"
    elif request.frames > 1:
        yield ["--control", clip], "the control clip has"
    if start != "given":
        yield ["--first-frame", picture, "--last-frame", picture, "--frames", "5"], "cannot be given"
    if start is None:
        yield ["--first-frame", picture], "cannot be given"
    else:
        yield ["--first-frame", text], "cannot be used as a picture"
        yield ["--first-frame", picture, "--keyframe", f"2={picture}", "--frames", "5"], "cannot be given"
    if kind.needs_first():
        yield [], "there is no first frame"
    if "reference" in kind.has:
        yield ["--character", f"a={picture},{picture}"], "one reference picture"
    if "experts" not in kind.has:
        yield ["--guidance-low", "2"], "one transformer"


def plainly(name, draw, kind, request, command, folder):
    """Whether some of them are refused with these words, and no word of a bug. `command` makes a clip without them."""
    folder.mkdir()
    all_plain = True
    for options, word in draw.sample(list(wrong_inputs(draw, kind, request, folder)), k=6):
        if kind.needs_first() and word != "there is no first frame" and "--first-frame" not in options:
            options = ["--first-frame", folder / "wrong.png", *options]
        kept = [word for word in zip(command[2::2], command[3::2]) if word[0] not in options]
        ran = tiny.run([*command[:2], *(word for pair in kept for word in pair), *options])
        said = ran.stderr.strip()
        is_plain = ran.returncode not in (0, 101) and word in said and "panicked" not in said and len(said) < 1000
        if not is_plain:
            shown = " ".join(str(option) for option in options)
            print(f"{name}: {shown} is not refused plainly ({word}), {ran.returncode}: {said[-600:]}", flush=True)
        all_plain &= is_plain
    return all_plain
