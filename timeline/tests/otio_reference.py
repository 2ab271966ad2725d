"""What the reference library makes of .otio files: a line of JSON for each file named.

For each track its kind and, item by item, the schema and its range in the track, in frames of the first clip's rate.
"""

import json
import sys

import opentimelineio as otio


def described(path):
    timeline = otio.adapters.read_from_file(path)
    if not isinstance(timeline, otio.schema.Timeline):
        return {"refused": f"a {timeline.schema_name()}, not a Timeline"}
    tracks = []
    for track in timeline.tracks:
        if not isinstance(track, otio.schema.Track):
            continue
        items = []
        for child in track:
            if isinstance(child, otio.schema.Transition):
                items.append(["Transition", child.in_offset.value, child.out_offset.value])
                continue
            place = track.range_of_child(child)
            kind = "Gap" if isinstance(child, otio.schema.Gap) else "Clip"
            # A nested sequence of Kinora's is a stack with a range of its own.
            is_nested = isinstance(child, otio.schema.Stack) and "kinora" in child.metadata
            has_source = is_nested or isinstance(child, otio.schema.Clip)
            source = child.trimmed_range() if has_source else None
            items.append([kind, place.start_time.to_seconds(), place.duration.to_seconds(), source and source.start_time.to_seconds()])
        tracks.append({"kind": track.kind, "items": items})
    return {"tracks": tracks}


for path in sys.argv[1:]:
    try:
        print(json.dumps(described(path)))
    except Exception as error:  # whatever it is, it is the reference's answer
        print(json.dumps({"refused": str(error)[:200]}))
