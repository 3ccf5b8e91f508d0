"""Writes pictures in all eight EXIF orientations, with COCO labels for the picture as it is shown.

Each shows a green rectangle on black, and the labels are where the green is: a box, an outline, a mask, keypoints.
"""

import json
import sys
from pathlib import Path

import numpy
from PIL import Image
from pycocotools import mask

WIDTH, HEIGHT = 120, 80
# Of the shown picture: x, y, width, height.
BOX = [16, 24, 40, 32]


def shown():
    picture = numpy.zeros((HEIGHT, WIDTH, 3), dtype=numpy.uint8)
    x, y, width, height = BOX
    picture[y : y + height, x : x + width] = (0, 255, 0)
    return Image.fromarray(picture)


# What turns the shown picture into the stored one, by orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def annotations(image):
    x, y, width, height = BOX
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    pixels = numpy.zeros((HEIGHT, WIDTH), dtype=numpy.uint8, order="F")
    pixels[y : y + height, x : x + width] = 1
    run_lengths = mask.encode(pixels)
    forms = [
        {"segmentation": []},
        {"segmentation": [corners]},
        {"segmentation": {"size": run_lengths["size"], "counts": run_lengths["counts"].decode()}, "iscrowd": 1},
        {"keypoints": [x + 1, y + 1, 2, x + width - 1, y + height - 1, 1, 0, 0, 0], "num_keypoints": 2, "category_id": 2},
    ]
    for number, form in enumerate(forms):
        base = {"id": image * 10 + number, "image_id": image, "category_id": 1, "bbox": BOX, "area": width * height, "iscrowd": 0}
        yield {**base, **form}


def main(folder):
    folder.mkdir()
    images, labels = [], []
    for orientation, turn in STORED.items():
        picture = shown() if turn is None else shown().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"turned {orientation}.jpg"
        picture.save(folder / name, quality=95, exif=exif)
        images.append({"id": orientation, "file_name": name, "width": WIDTH, "height": HEIGHT})
        labels.extend(annotations(orientation))
    categories = [{"id": 1, "name": "green: \"thing\""}, {"id": 2, "name": "posed", "keypoints": ["a", "b", "c"], "skeleton": []}]
    text = json.dumps({"images": images, "annotations": labels, "categories": categories})
    (folder / "labels.json").write_text(text)


main(Path(sys.argv[1]))
