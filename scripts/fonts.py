#!/usr/bin/env python3
"""Makes assets/fonts/ from Inter's own files: digits of equal width by default, and only what text needs.

    scripts/fonts.py FOLDER   # with Inter-Regular.otf and Inter-SemiBold.otf; needs fonttools
    scripts/fonts.py FOLDER NOTO_EMOJI   # also Noto Emoji, from its own file

egui offers no OpenType features, so that the tabular digits (feature `tnum`) have to be the ones that the
characters map to.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "assets" / "fonts"


def tabular(font: TTFont) -> dict[str, str]:
    """The single substitutions of the feature `tnum`."""
    gsub = font["GSUB"].table
    lookups = {index for record in gsub.FeatureList.FeatureRecord if record.FeatureTag == "tnum"
               for index in record.Feature.LookupListIndex}
    mapping: dict[str, str] = {}
    for index in lookups:
        for table in gsub.LookupList.Lookup[index].SubTable:
            mapping.update(getattr(table, "ExtSubTable", table).mapping)
    return mapping


def emoji(noto_emoji: Path) -> None:
    """Writes the characters of Noto Emoji (monochrome), without sequences, digits and Latin-1."""
    font = TTFont(noto_emoji)
    font.flavor = None
    subsetter = subset.Subsetter(subset.Options(layout_features=[], name_IDs=["*"], notdef_outline=True))
    subsetter.populate(unicodes={code for code in font.getBestCmap() if code > 0xFF})
    subsetter.subset(font)
    font.save(TARGET / "NotoEmoji.ttf")


def main() -> None:
    for name in ("Inter-Regular", "Inter-SemiBold"):
        font = TTFont(Path(sys.argv[1]) / f"{name}.otf")
        mapping = tabular(font)
        digits = set(range(0x30, 0x3A))
        for table in font["cmap"].tables:
            for code, glyph in table.cmap.items():
                if code in digits:
                    table.cmap[code] = mapping.get(glyph, glyph)
        options = subset.Options(layout_features=["kern", "ccmp", "locl", "mark", "mkmk"], name_IDs=["*"], notdef_outline=True)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=list(font.getBestCmap()))
        subsetter.subset(font)
        font.save(TARGET / f"{name}.otf")
    if len(sys.argv) > 2:
        emoji(Path(sys.argv[2]))


main()
