"""Reduces Phosphor's font to the icons that Kinora uses: the code points in app/src/ui/fonts.rs.

python assets/fonts/subset.py Phosphor.ttf    the whole font, of phosphor-icons/web 2; needs fonttools
"""

import re
import sys
from pathlib import Path

from fontTools import subset

HERE = Path(__file__).parent
ICONS = HERE.parent.parent / "app/src/ui/fonts.rs"

used = {int(code, 16) for code in re.findall(r"\\u\{(e[0-9a-f]{3})\}", ICONS.read_text())}
options = subset.Options(layout_features=[], name_IDs=["*"], notdef_outline=True, recommended_glyphs=False)
font = subset.load_font(sys.argv[1], options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=used)
subsetter.subset(font)
subset.save_font(font, HERE / "Phosphor.ttf", options)
print(f"{len(used)} icons")
