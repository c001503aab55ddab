"""The metrics of music against music with their definitions and sources."""

from __future__ import annotations

from symmv_tools.evaluation.metric import Metric
from symmv_tools.evaluation.retrieval.pools import DIFFBGM, VMCP

_SOURCE = "Diff-BGM, section 5.2; ties count against, other segments of the song are no distractors"

METRICS = (
    *(
        Metric(
            f"p@{k}_diffbgm",
            f"P@{k}",
            "share",
            f"Share of generated pieces whose true music is among the first {k} of a pool, by cosine.",
            _SOURCE,
        )
        for k in DIFFBGM.ks
    ),
    Metric(
        "average_rank_diffbgm", "average rank", "rank", "Mean rank of the true music in its pool.", "ours"
    ),
    Metric(
        "median_rank_diffbgm", "median rank", "rank", "Median rank of the true music in its pool.", "ours"
    ),
    Metric("mrr_diffbgm", "MRR", "share", "Mean of 1 / rank of the true music in its pool.", "ours"),
    Metric(
        "diversity_diffbgm",
        "diversity",
        "distance",
        "Mean L2 distance, not squared, between paired features of two random halves, over 100 halvings.",
        "Diff-BGM, Eq. 11; size of the halves and their number chosen by us",
    ),
    Metric(
        "fad_musicnn",
        "FAD, Musicnn",
        "distance",
        "Frechet distance between the features of the system's segments and of real music, which grows where "
        "segments are few; chance: random halves of real music.",
        "Kilgour et al. 2019, with Musicnn in place of VGGish",
    ),
    Metric(
        "fad_corrected_musicnn",
        "FAD, Musicnn, corrected",
        "distance",
        "fad_musicnn without what small samples add to it; songs are resampled.",
        "ours",
    ),
    Metric(
        "kl_tags_musicnn",
        "KL of tags, Musicnn",
        "nats",
        "Mean divergence of a segment's 50 tags, each a coin, from those of its true segment; chance: wrong "
        "pairs.",
        "KL of AudioCraft and audioldm_eval, on Musicnn's tags",
    ),
    Metric(
        "fad_checkpoint",
        "FAD",
        "distance",
        "Frechet distance between the embeddings of all windows, by the network of --embedder; chance: "
        "random halves of real music.",
        "Kilgour et al. 2019; the network is part of the figure",
    ),
    Metric(
        "fad_corrected_checkpoint",
        "FAD, corrected",
        "distance",
        "fad_checkpoint without what small samples add to it; songs are resampled.",
        "ours",
    ),
    Metric(
        "kl_checkpoint",
        "KL",
        "nats",
        "Mean divergence of the classes of a window from those of the true music at that time, by the "
        "network of --classifier; chance: wrong pairs.",
        "KL of AudioCraft and audioldm_eval; the network is part of the figure",
    ),
)

_OF_VMCP = "V-MusProd, section 5.2; ties count against, a video that two songs share is no distractor"

VMCP_METRICS = (
    *(
        Metric(
            f"p@{k}_vmcp",
            f"P@{k}",
            "share",
            f"Share of pieces whose own video is among the first {k} of a pool of {VMCP.pool_size}, by the "
            "cosine of a video-music CLIP.",
            _OF_VMCP,
        )
        for k in VMCP.ks
    ),
    Metric("average_rank_vmcp", "AR", "rank", "Mean rank of a piece's own video in its pool.", _OF_VMCP),
    Metric("median_rank_vmcp", "median rank", "rank", "Median rank of a piece's own video.", "ours"),
    Metric("mrr_vmcp", "MRR", "share", "Mean of 1 / rank of a piece's own video in its pool.", "ours"),
    Metric(
        "agreement_with_people",
        "agreement with people",
        "share",
        "Share of the answers of a listening study, ties left out, in which people prefer the piece that the "
        "CLIP finds nearer to the video; equally near counts half; songs are resampled.",
        "ours; the paper claims a high correlation and prints none",
    ),
    Metric(
        "spearman_with_people",
        "Spearman with people",
        "correlation",
        "Rank correlation, over the pairs of pieces that were compared, between the difference of their "
        "cosines with the video and the mean answer; songs are resampled.",
        "ours; the paper claims a high correlation and prints none",
    ),
)
