"""Every metric of music, room by room: what tables call them, and what the reference page lists."""

from __future__ import annotations

from symmv_tools.evaluation.alignment import catalogue as alignment
from symmv_tools.evaluation.quality import definitions as quality
from symmv_tools.evaluation.retrieval import definitions as retrieval
from symmv_tools.evaluation.structure import indicators as structure

ROOMS = {
    "quality": (*quality.METRICS, *structure.METRICS),
    "retrieval": retrieval.METRICS,
    "vmcp": retrieval.VMCP_METRICS,
    "alignment": alignment.OF_SYSTEMS,
}
"""The metrics of each `symmv eval` command."""

TITLES = {metric.name: metric.title for room in ROOMS.values() for metric in room}
"""What tables call a metric."""
