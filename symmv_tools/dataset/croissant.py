"""`croissant.json`: what the tables of an export are, in MLCommons' Croissant vocabulary (version 1.1).

Written by hand, as Hugging Face writes it for Parquet, so that an export does not need `mlcroissant`; a test
has that library read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools import row

NAME = "croissant.json"

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(folder: Path, about: Mapping[str, Any], tables: Mapping[str, Path]) -> Path:
    """Write `folder/croissant.json` and return its path.

    `about` are properties of a schema.org Dataset, such as name, description, license and citeAs.
    `tables` maps the name of each config to the folder of its Parquet files, below `folder`; one that has no
    file yet is left out.
    """
    tables = {name: path for name, path in tables.items() if any(path.glob("*.parquet"))}
    text = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        **about,
        "distribution": [_files(name, path.relative_to(folder)) for name, path in tables.items()],
        "recordSet": [_records(name, _schema(path)) for name, path in tables.items()],
    }
    path = folder / NAME
    path.write_text(f"{json.dumps(text, ensure_ascii=False, indent=1)}\n", encoding="utf-8", newline="\n")
    return path


def _schema(table: Path) -> pa.Schema:
    return pq.read_schema(min(table.glob("*.parquet")))


def _files(name: str, place: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{name}-files",
        "encodingFormat": "application/x-parquet",
        "includes": f"{place.as_posix()}/*.parquet",
    }


def _records(name: str, schema: pa.Schema) -> dict[str, Any]:
    meanings = {column.name: column.meaning for column in row.ROW} if name == "default" else {}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "field": [_field(name, field, meanings.get(field.name, "")) for field in schema],
    }


def _field(table: str, field: pa.Field[Any], meaning: str) -> dict[str, Any]:
    place = f"{table}/{field.name}"
    about = {"description": meaning} if meaning else {}
    is_list = pa.types.is_list(field.type)
    kind = field.type.value_type if is_list else field.type
    if not pa.types.is_struct(kind):
        return _leaf(place, field.type, _source(table, field.name)) | about
    parts = [
        _leaf(f"{place}/{part.name}", part.type, _source(table, field.name, part.name, is_list))
        for part in kind.fields
    ]
    repeated = {"repeated": True} if is_list else {}
    return {"@type": "cr:Field", "@id": place, **about, **repeated, "subField": parts}


def _source(table: str, column: str, part: str = "", is_list: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": column}}
    return found | ({"transform": {"jsonPath": f"[*].{part}" if is_list else part}} if part else {})


def _leaf(place: str, kind: pa.DataType, source: Mapping[str, Any]) -> dict[str, Any]:
    depth = len(list(_nested(kind)))
    array = {"isArray": True, "arrayShape": ",".join(["-1"] * depth)} if depth else {}
    innermost = [kind, *_nested(kind)][-1]
    return {"@type": "cr:Field", "@id": place, "dataType": _type(innermost), **array, "source": source}


def _nested(kind: pa.DataType) -> Iterator[pa.DataType]:
    while pa.types.is_list(kind):
        kind = kind.value_type
        yield kind


def _type(kind: pa.DataType) -> str:
    if pa.types.is_floating(kind):
        return {16: "cr:Float16", 32: "cr:Float32"}.get(kind.bit_width, "cr:Float64")
    if pa.types.is_integer(kind):
        return f"cr:{'U' if pa.types.is_unsigned_integer(kind) else ''}Int{kind.bit_width}"
    return "sc:Boolean" if pa.types.is_boolean(kind) else "sc:Text"
