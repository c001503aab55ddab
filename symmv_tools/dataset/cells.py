"""Arrow columns as the cells of rows: one numpy view for each list of numbers, no Python list of them.

A column is converted once, its songs are cut out of it by their offsets; so a group of a thousand
songs costs a thousand slices, not a number at a time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def cells(column: pa.ChunkedArray[Any] | pa.Array[Any]) -> list[Any]:
    """Return the cells of a column, as `row.value_at` gives each of them; but features as a matrix.

    Groups are dicts; lists of numbers are read-only numpy views, or lists where one holds a null;
    lists of equally long lists of numbers (features) are arrays (n, d), else lists of arrays.
    """
    if isinstance(column, pa.ChunkedArray):
        return [cell for chunk in column.chunks for cell in cells(chunk)]
    found = _cells_of(column)
    if column.null_count:
        found = [
            cell if good else None for cell, good in zip(found, column.is_valid().to_pylist(), strict=True)
        ]
    return found


def _cells_of(array: Any) -> list[Any]:
    """The cells of one chunk; what stands at a null is anything."""
    if pa.types.is_struct(array.type):
        names = [field.name for field in array.type.fields]
        parts = [cells(array.field(i)) for i in range(len(names))]
        return [dict(zip(names, values, strict=True)) for values in zip(*parts, strict=True)]
    if pa.types.is_list(array.type) and len(array):
        return _lists(array)
    if pa.types.is_string(array.type):
        return _texts(array)
    return list(array.to_pylist())


def _lists(array: Any) -> list[Any]:
    offsets = array.offsets.to_numpy()
    values = array.values.slice(offsets[0], offsets[-1] - offsets[0])
    bounds = (offsets - offsets[0]).tolist()
    spans = list(pairwise(bounds))
    if pa.types.is_primitive(values.type) and not values.null_count:
        numbers = values.to_numpy(zero_copy_only=False)
        return [numbers[a:b] for a, b in spans]
    if pa.types.is_primitive(values.type):
        return [_numbers(values.slice(a, b - a)) for a, b in spans]
    if pa.types.is_list(values.type) and pa.types.is_primitive(values.type.value_type):
        return [_matrix(values.slice(a, b - a)) for a, b in spans]
    found = cells(values)
    return [found[a:b] for a, b in spans]


def _numbers(values: Any) -> Any:
    # numpy has no null: it would come back as NaN, which says that somebody looked
    return values.to_pylist() if values.null_count else values.to_numpy(zero_copy_only=False)


def _matrix(lists: Any) -> NDArray[Any] | list[Any]:
    """Lists of numbers as the rows of one array (n, d), if they are equally long and without nulls."""
    widths = np.diff(lists.offsets.to_numpy()) if len(lists) else np.zeros(1, int)
    numbers = lists.flatten()
    if lists.null_count or numbers.null_count or (widths != widths[0]).any():
        return cells(lists)
    matrix: NDArray[Any] = numbers.to_numpy(zero_copy_only=False).reshape(len(lists), int(widths[0]))
    return matrix


def _texts(array: Any) -> list[str | None]:
    """Texts by way of a dictionary: labels and tracks are few words said often."""
    encoded = array.dictionary_encode(null_encoding="encode")
    words = np.array(encoded.dictionary.to_pylist(), object)
    found: list[str | None] = words[encoded.indices.to_numpy()].tolist()
    return found
