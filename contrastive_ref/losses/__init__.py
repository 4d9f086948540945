"""Contrastive losses as functions: one family per file, in the order the course teaches them."""

from contrastive_ref.losses.margin import (
    batch_hard_triplet_loss,
    contrastive_margin_loss,
    make_pairs,
    triplet_loss,
)

__all__ = ["batch_hard_triplet_loss", "contrastive_margin_loss", "make_pairs", "triplet_loss"]
