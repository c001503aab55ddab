"""How Hugging Face `datasets` learns from a Parquet file what its columns are.

It reads the JSON under the key `huggingface` of the schema's metadata. We write that JSON
ourselves, as `datasets` 4 and 5 do, so that an export does not need the library; a test compares.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

# `decode: false`: the media are mostly not there, and a reader who wants samples can cast.
_MEDIA = {
    "audio": {"decode": False, "_type": "Audio"},
    "video": {"decode": False, "_type": "Video"},
}
_NAMES = {"double": "float64", "float": "float32", "halffloat": "float16"}


def with_features(schema: pa.Schema) -> pa.Schema:
    """Return `schema` with the metadata that makes `audio` and `video` Audio and Video features."""
    features = {field.name: _MEDIA.get(field.name) or _feature(field.type) for field in schema}
    text = json.dumps({"info": {"features": features}})
    return schema.with_metadata({**(schema.metadata or {}), b"huggingface": text.encode()})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": _NAMES.get(str(kind), str(kind)), "_type": "Value"}
