"""Writes the sample film "First light.kinora": its project file and its music. Both come out the same each time.

    pip install blake3
    python3 assets/sample/make.py

The two portraits are drawn by `kinora-trainer portrait` and are left as they are. The project file carries the blake3 hash
of its text, as every project that Kinora writes.
"""

import math
import pathlib
import struct
import wave

import blake3

FOLDER = pathlib.Path(__file__).resolve().parent / "First light.kinora"
ADA, BO = 3, 4
CAST = {
    ADA: ("Ada", "ada", "2de96762aae1fb7d8783132a8a4d99b7144aeeb62515f7b17031e3f4604a1dd7", (250, 222, 41), "Robot"),
    BO: ("Bo", "bo", "9efcfd7c959a0fb1d3c9b227b0eb24e30757db9099482bfee735c079cb8e7432", (41, 92, 235), "Bear"),
}
RATE = 24
MODEL_RATE = 16
# Frames of a clip that a cut leaves out at each end, at the rate of the film.
HANDLE = 2

# Where titles stand, above the heads: right and down, as shares of the picture.
ABOVE = (0.0, -0.3)

START = (0.0, -1.5, -4.0)
AHEAD = (0.0, 0.0, 0.0, 1.0)


def turned(degrees):
    """The orientation of a camera that is turned to the right, as x, y, z, w."""
    half = math.radians(degrees) / 2
    return (0.0, math.sin(half), 0.0, math.cos(half))


def push(metres):
    return [(0.0, START, AHEAD), (1.0, (0.0, -1.5, -4.0 + metres), AHEAD)]


def truck(metres):
    return [(0.0, START, AHEAD), (1.0, (metres, -1.5, -4.0), AHEAD)]


def crane(metres):
    return [(0.0, START, AHEAD), (1.0, (0.0, -1.5 - metres, -4.0), AHEAD)]


def pan(degrees):
    return [(0.0, START, AHEAD), (1.0, START, turned(degrees))]


def orbit(degrees):
    """Around the subjects, half a metre behind the middle of the stage."""
    keys = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        angle = degrees * part
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        keys.append((part, (4.5 * sine, -1.5, 0.5 - 4.5 * cosine), turned(-angle)))
    return keys


# Name, cast, prompt, frames, seed, camera.
SHOTS = [
    ("Morning", [ADA], "@ada, a yellow robot, stands in the desert at dawn", 25, 1, push(0.9)),
    ("On the way", [ADA], "@ada, a yellow robot, walks left in the desert at dawn", 33, 2, truck(-0.8)),
    ("A stranger", [BO], "@bo, a blue bear, waves in a meadow at noon", 33, 3, orbit(24.0)),
    ("Hello", [ADA], "@ada, a yellow robot, jumps in a meadow at noon", 25, 4, crane(0.5)),
    ("Friends", [ADA, BO], "@ada and @bo wave in a meadow at noon", 25, 5, push(-0.8)),
    ("Town", [BO], "@bo, a blue bear, walks right in the city at sunset", 33, 6, pan(12.0)),
    ("Night", [ADA], "@ada, a yellow robot, spins in the snow at night", 25, 7, push(-0.9)),
    ("Good night", [ADA, BO], "@ada and @bo wave in the snow at night", 33, 8, crane(0.4)),
]
# The shots that begin with a dissolve.
DISSOLVES = {2, 5, 6}


def at_film_rate(frames):
    return frames * RATE // MODEL_RATE


def vector(numbers):
    return "(" + ", ".join(repr(float(number)) for number in numbers) + ")"


def camera(keys, frames):
    rows = []
    for at, (part, position, orientation) in enumerate(keys):
        easing = ", easing: InOut" if at == 0 and len(keys) == 2 else ""
        rows.append(
            f"(frame: {round(part * (frames - 1))}, position: {vector(position)}, "
            f"orientation: {vector(orientation)}, focal_mm: 35.0{easing})"
        )
    return ", ".join(rows)


def look(gain_db=0.0, fade_in=0, fade_out=0, position=(0.0, 0.0)):
    return (
        f"look: (opacity: 1.0, transform: (position: {vector(position)}, scale: 1.0, rotation_degrees: 0.0, "
        f"crop: (0.0, 0.0, 0.0, 0.0)), gain_db: {gain_db}, fade_in: {fade_in}, fade_out: {fade_out})"
    )


def cast_ron():
    for number, (name, tag, portrait, colour, figure) in CAST.items():
        yield f"""      (
        id: {number},
        name: "{name}",
        tag: "{tag}",
        references: [
          "{portrait}",
        ],
        colours: ({colour}, {colour}),
        figure: {figure},
        consent: "Drawn by Kinora\\'s own world.",
      ),
"""


def shot_ron(number, shot):
    name, cast, prompt, frames, seed, keys = shot
    members = "".join(f"          (character: {one}, strength: 1.0),\n" for one in cast)
    return f"""      (
        id: {number},
        name: "{name}",
        prompt: "{prompt}",
        model: "starter",
        seed: Fixed({seed}),
        length: (
          frames: {frames},
          rate: ({MODEL_RATE}, 1),
        ),
        cast: [
{members}        ],
        camera: Some((
          keys: [{camera(keys, frames)}],
        )),
      ),
"""


def music(seconds):
    """A slow tune over four chords, 16 kHz, mono: plucked notes over soft low ones."""
    rate, beat = 16000, 0.5
    chords = [(0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)]
    tune = [12, 16, 19, 16, 21, 19, 16, 12, 17, 21, 24, 21, 19, 23, 19, 14]
    count = int(seconds * rate)
    samples = [0.0] * count
    hertz = lambda half_tones: 130.81 * 2 ** (half_tones / 12)

    def note(begin, length, pitch, loudness, decay, overtones):
        first = int(begin * rate)
        for at in range(int(length * rate)):
            if first + at >= count:
                return
            time = at / rate
            rises = min(1.0, time / 0.02)
            falls = min(1.0, (length - time) / 0.08)
            wave = sum(share * math.sin(2 * math.pi * hertz(pitch) * k * time) for k, share in overtones)
            samples[first + at] += loudness * rises * falls * math.exp(-decay * time) * wave

    at = 0
    while at * beat < seconds:
        if at % 4 == 0:
            for pitch in chords[at // 4 % 4]:
                note(at * beat, 4 * beat, pitch, 0.07, 0.3, [(1, 1.0), (2, 0.25)])
        note(at * beat, 2 * beat, tune[at % 16] + 12, 0.11, 3.0, [(1, 1.0), (2, 0.4), (3, 0.15)])
        at += 1
    return rate, b"".join(struct.pack("<h", round(32767 * max(-1.0, min(1.0, one)))) for one in samples)


def write_music(seconds):
    rate, samples = music(seconds)
    folder = FOLDER / "media"
    for old in folder.glob("*.wav"):
        old.unlink()
    path = folder / "music.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    name = blake3.blake3(path.read_bytes()).hexdigest()
    path.rename(folder / f"{name}.wav")
    return name, rate, len(samples) // 2




def main():
    first_shot = 5
    first_clip = first_shot + len(SHOTS)
    number = first_clip + len(SHOTS)
    titles_track, title, end, title_clip, end_clip, medium, *music_clips = range(number, number + 8)
    lengths = [at_film_rate(shot[3]) - 2 * HANDLE for shot in SHOTS]
    whole = sum(lengths)
    loop_seconds = 8.0
    loop = int(loop_seconds * RATE)
    name, rate, samples = write_music(loop_seconds)
    clips = []
    for at, length in enumerate(lengths):
        extra = ""
        if at in DISSOLVES:
            extra += f", transition: Some((kind: Dissolve, from: {first_clip + at - 1}, before: 2, after: 2))"
        if at == len(SHOTS) - 1:
            extra += ", " + look(fade_out=16)
        clips.append(
            f"          Clip((id: {first_clip + at}, source: Shot({first_shot + at}), source_start: {HANDLE}, "
            f"length: {length}{extra})),\n"
        )
    last_title = whole - lengths[-1]
    sounds = []
    begin = 0
    while begin < whole:
        length = min(loop, whole - begin)
        fade_out = 36 if begin + length == whole else 0
        clip = music_clips[len(sounds)]
        sounds.append(
            f"          Clip((id: {clip}, source: Medium({medium}), source_start: 0, length: {length}, "
            f"{look(-6.0, 0, fade_out)})),\n"
        )
        begin += length
    shots = "".join(shot_ron(first_shot + at, shot) for at, shot in enumerate(SHOTS))
    text = f"""(
  version: 1,
  project: (
    rate: ({RATE}, 1),
    size: (768, 512),
    cast: [
{"".join(cast_ron())}    ],
    shots: [
{shots}    ],
    media: [
      (
        id: {medium},
        name: "First light.wav",
        content: "{name}",
        path: "media/{name}.wav",
        extent: Sound(
          rate_hz: {rate},
          samples: {samples},
        ),
        has_picture: false,
        has_sound: true,
      ),
    ],
    titles: [
      (
        id: {title},
        text: "First light",
        role: Title,
        size: 0.14,
        colour: (255, 255, 255),
        align: Middle,
      ),
      (
        id: {end},
        text: "Good night",
        role: Title,
        size: 0.1,
        colour: (255, 255, 255),
        align: Middle,
      ),
    ],
    tracks: [
      (
        id: 1,
        kind: Video,
        name: "V1",
        sync_locked: true,
        items: [
{"".join(clips)}        ],
      ),
      (
        id: {titles_track},
        kind: Video,
        name: "V2",
        sync_locked: true,
        items: [
          Clip((id: {title_clip}, source: Title({title}), source_start: 0, length: 30, {look(0.0, 6, 10, ABOVE)})),
          Gap({last_title - 30}),
          Clip((id: {end_clip}, source: Title({end}), source_start: 0, length: {lengths[-1]}, {look(0.0, 12, 16, ABOVE)})),
        ],
      ),
      (
        id: 2,
        kind: Audio,
        name: "A1",
        sync_locked: true,
        items: [
{"".join(sounds)}        ],
      ),
    ],
    next_id: {music_clips[-1] + 1},
  ),
)
"""
    seal = blake3.blake3(text.encode()).hexdigest()
    (FOLDER / "project.ron").write_text(f"// blake3 {seal}\n{text}")


main()
