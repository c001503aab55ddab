"""Diff-BGM (Li et al., CVPR 2024): the network that takes noise out of piano rolls."""
