"""Reads exported sets with other people's tools, and compares what they find with what was put in.

  check.py FOLDER     with the sets `samples-FORMAT` and `pictures-FORMAT`
"""

import json
import sys
from pathlib import Path

import datasets
import numpy
import supervision
import webdataset
from PIL import Image, ImageOps
from pycocotools.coco import COCO

SPLITS = ["train", "val", "test"]
# As in pictures.py.
BOX = [16, 24, 40, 32]
TURNED = 8


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"FAILED: {what}: {found}, not {expected}")


def upright(path):
    return ImageOps.exif_transpose(Image.open(path))


def sizes(report):
    splits = {split["name"]: split["images"] for split in json.loads(report.read_text())["export"]["splits"]}
    return [splits.get(name, 0) for name in SPLITS]


def is_green(picture, box, what):
    """Whether the green of the picture, and nothing else, is in the box; JPEG blurs the edge."""
    x, y, width, height = (round(number) for number in box)
    pixels = numpy.asarray(picture.convert("RGB"))
    green = (pixels[:, :, 1] > 128) & (pixels[:, :, 0] < 128)
    rows, columns = numpy.nonzero(green)
    expect([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], [x, y, x + width, y + height], f"{what}: the green")


def coco(folder, name):
    images = annotations = 0
    for split in SPLITS:
        file = folder / "annotations" / f"instances_{split}.json"
        if not file.exists():
            continue
        data = COCO(str(file))
        for image in data.loadImgs(data.getImgIds()):
            picture = upright(folder / split / image["file_name"])
            expect(picture.size, (image["width"], image["height"]), f"{name}: the size of {image['file_name']}")
            images += 1
            for annotation in data.loadAnns(data.getAnnIds(imgIds=image["id"])):
                annotations += 1
                expect(annotation["area"] > 0, True, f"{name}: the area of {annotation['id']}")
                if name == "pictures":
                    is_green(picture, annotation["bbox"], f"COCO, {image['file_name']}")
                    if annotation.get("segmentation"):
                        expect(int(data.annToMask(annotation).sum()), BOX[2] * BOX[3], f"the mask of {image['file_name']}")
    return images, annotations


def yolo(folder, name, is_obb=False, splits=SPLITS):
    images = objects = 0
    for split in splits:
        if not (folder / "images" / split).is_dir():
            continue
        data = supervision.DetectionDataset.from_yolo(
            images_directory_path=str(folder / "images" / split),
            annotations_directory_path=str(folder / "labels" / split),
            data_yaml_path=str(folder / "data.yaml"),
            is_obb=is_obb,
        )
        for path, _, found in data:
            images += 1
            objects += len(found)
            if name == "pictures":
                # It takes fractions of the stored picture; Ultralytics takes those of the shown one (`exif_size`).
                scale = numpy.array(upright(path).size) / numpy.array(Image.open(path).size)
                for left, top, right, bottom in found.xyxy * numpy.tile(scale, 2):
                    is_green(upright(path), [left, top, right - left, bottom - top], f"YOLO, {path}")
    return images, objects


def voc(folder, name):
    data = supervision.DetectionDataset.from_pascal_voc(
        images_directory_path=str(folder / "JPEGImages"), annotations_directory_path=str(folder / "Annotations")
    )
    listed = [len((folder / "ImageSets/Main" / f"{split}.txt").read_text().split("\n")) - 1 for split in SPLITS
              if (folder / "ImageSets/Main" / f"{split}.txt").exists()]
    expect(sum(listed), len(data), f"{name}: images in ImageSets")
    objects = 0
    for path, _, found in data:
        objects += len(found)
        if name == "pictures":
            # It takes edges for numbers from 1; ours, as those of most tools, are numbers from 0.
            for left, top, right, bottom in found.xyxy + 1:
                is_green(upright(path), [left, top, right - left, bottom - top], f"VOC, {path}")
    return len(data), objects


def hugging_face(folder, name):
    data = datasets.load_dataset("imagefolder", data_dir=str(folder))
    images = objects = 0
    for rows in data.values():
        for row in rows:
            images += 1
            # `datasets` turns pictures by their EXIF orientation.
            expect(row["image"].size, (row["width"], row["height"]), f"{name}: the size of a picture")
            boxes = row["objects"]["bbox"]
            objects += len(boxes)
            expect(len(row["objects"]["category"]), len(boxes), f"{name}: categories")
            if name == "pictures":
                for box in boxes:
                    is_green(row["image"], box, "Hugging Face")
    return images, objects


def shards(folder, name):
    images = objects = 0
    for split in SPLITS:
        tars = sorted(str(path) for path in (folder / split).glob("*.tar"))
        if not tars:
            continue
        data = webdataset.WebDataset(tars, shardshuffle=False).decode("pil").to_tuple("png;jpg", "json")
        for picture, described in data:
            images += 1
            frame = described["frame"]
            # It does not turn pictures: boxes are in the stored frame.
            expect(picture.size, (frame["width"], frame["height"]), f"{name}: the size of {described['file_name']}")
            objects += len(described["objects"])
            if name == "pictures":
                for found in described["objects"]:
                    is_green(picture, found["bbox"], f"WebDataset, {described['file_name']}")
    return images, objects


def class_folders(folder, labels):
    data = datasets.load_dataset("imagefolder", data_dir=str(folder), drop_labels=False)
    expect(len(data["train"].features["label"].names) <= labels, True, "class folders")
    return sum(rows.num_rows for rows in data.values())


def labelme(folder):
    images = objects = 0
    for path in sorted(folder.glob("*/*.json")):
        described = json.loads(path.read_text())
        picture = upright(path.parent / described["imagePath"])
        expect(picture.size, (described["imageWidth"], described["imageHeight"]), f"LabelMe: the size of {path}")
        images += 1
        objects += len(described["shapes"])
    return images, objects


def main(work):
    source = json.loads(Path("Labeled_Images/_annotations.coco.json").read_text())
    samples = (len(source["images"]), len(source["annotations"]))
    pictures = (TURNED, TURNED * 4)
    for name, expected in [("samples", samples), ("pictures", pictures)]:
        folder = {format: work / f"{name}-{format}" for format in ["coco", "yolo", "voc", "labelme", "hf", "webdataset", "imagefolder"]}
        splits = sizes(work / f"{name}-coco.json")
        expect(sum(splits), expected[0], f"{name}: images of the splits")
        if name == "samples":
            expect(splits, [154, 19, 19], "the sizes of the splits")
        expect(coco(folder["coco"], name), expected, f"{name}: pycocotools")
        expect(yolo(folder["yolo"], name), expected, f"{name}: supervision, YOLO")
        expect(voc(folder["voc"], name), expected, f"{name}: supervision, Pascal VOC")
        expect(hugging_face(folder["hf"], name), expected, f"{name}: datasets")
        expect(shards(folder["webdataset"], name), expected, f"{name}: webdataset")
        expect(class_folders(folder["imagefolder"], expected[0]), expected[0], f"{name}: class folders")
        expect(labelme(folder["labelme"])[0], expected[0], f"{name}: LabelMe")
        print(f"ok: {name}: {expected[0]} images and {expected[1]} objects in seven formats")
    for task in ["detect", "segment", "obb"]:
        found = yolo(work / f"pictures-{task}", "pictures", is_obb=task == "obb", splits=["train"])
        expect(found, pictures, f"YOLO for {task}")
    counts = {len(line.split()) for path in (work / "pictures-pose/labels/train").iterdir() for line in path.read_text().splitlines()}
    expect(counts, {1 + 4 + 3 * 3}, "numbers on a line of a pose")
    print("ok: in all eight orientations boxes, outlines and masks are where the picture shows the thing")


main(Path(sys.argv[1]))
