"""The names of the three recipes in `studio/src/take/identity/tests.rs`, computed from the format that the first lines
of `identity.rs` describe and from nothing else of Kinora. Needs the package blake3. Prints the names of the plain
recipe, of the full one, and of the plain one with LoRAs.
"""

import struct

import blake3


def length(number):
    return struct.pack("<Q", number)


def text(value):
    return b"s" + length(len(value.encode())) + value.encode()


def unsigned(number):
    return b"u" + struct.pack("<Q", number)


def signed(number):
    return b"i" + struct.pack("<q", number)


def double(number):
    return b"f" + struct.pack("<d", number)


def boolean(value):
    return b"b" + bytes([int(value)])


def values(items):
    return b"l" + length(len(items)) + b"".join(items)


def vector(x, y, z):
    return values([double(x), double(y), double(z)])


def record(**fields):
    content = b"".join(length(len(name)) + name.encode() + fields[name] for name in sorted(fields))
    return b"r" + length(len(fields)) + content


def hash_of(data):
    return text(blake3.blake3(data).hexdigest())


def still_key(x, y, z):
    return record(frame=signed(0), position=vector(x, y, z), turn_degrees=double(180.0))


HEADER = b"kinora recipe 2\n"
weights = record(name=text("model.safetensors"), sha256=text("5e1f"))
shared = dict(
    model=record(id=text("starter"), files=values([weights])),
    made_with=record(
        engine=text("0.1.0"), libtorch=text("2.11.0"), device=text("cpu"), device_name=text("Processor")
    ),
    prompt=text('a red fox "runs"'),
    negative=text(""),
    size=values([unsigned(96), unsigned(64)]),
    frames=unsigned(17),
    rate=unsigned(16),
    seed=unsigned(7),
    steps=unsigned(12),
    shift=double(3.0),
)
plain = HEADER + record(
    **shared, guidance=record(kind=text("classifier"), scale=double(2.5)), sampler=text("euler")
)
view = record(
    centre=values([double(0.5), double(0.5)]),
    focal=values([double(1.25), double(0.75)]),
    world_from_camera=values([vector(1, 0, 0), vector(0, 1, 0), vector(0, 0, 1), vector(0.5, -1.5, 2)]),
)
mia = record(
    form=record(kind=text("mannequin"), character=unsigned(3)),
    keys=values([still_key(0, 0, 0)]),
    name=text("mia"),
    size=vector(0.95, 1.65, 0.6),
)
tree = record(
    form=record(kind=text("column")),
    keys=values([still_key(0, 0, 1)]),
    name=text("tree"),
    size=vector(0.4, 3.0, 0.4),
)
of_take = record(kind=text("frame-of-take"), take=hash_of(b"take"), frame=unsigned(7))
of_file = record(kind=text("file"), content=hash_of(b"first"))
full = HEADER + record(
    **shared,
    guidance=record(kind=text("zero-star"), scale=double(5.0), zero_steps=unsigned(1)),
    sampler=text("unipc-diffusers"),
    keyframes=values(
        [record(frame=signed(0), picture=of_file), record(frame=signed(16), picture=of_take)]
    ),
    references=values([record(name=text("mia"), pictures=values([hash_of(b"portrait")]))]),
    camera=values([view]),
    has_rays=boolean(True),
    stage=record(ground=boolean(True), stand_ins=values([mia, tree]), strength=double(0.5)),
    source=record(at=signed(-8), take=hash_of(b"take"), retake=values([unsigned(3), unsigned(9)])),
)
style = record(name=text("style.safetensors"), sha256=text("10fa"), strength=double(0.75))
light = record(
    name=text("light.safetensors"),
    sha256=text("10fa"),
    strength=double(1.0),
    expert=text("high-noise"),
)
with_loras = HEADER + record(
    **shared,
    guidance=record(kind=text("classifier"), scale=double(2.5)),
    sampler=text("euler"),
    loras=values([style, light]),
)
for recipe in (plain, full, with_loras):
    print(blake3.blake3(recipe).hexdigest())
