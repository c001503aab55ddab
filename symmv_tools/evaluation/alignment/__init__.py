"""How music and picture go together in time: scores, and beside each what chance would score."""
