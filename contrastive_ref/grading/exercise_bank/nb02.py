"""Notebook 02: pairs, margins and triplets."""

from contrastive_ref.grading.exercise_bank.nb02_losses import BATCH_HARD, MARGIN_LOSS, TRIPLET_LOSS
from contrastive_ref.grading.exercise_bank.nb02_pairs import MAKE_PAIRS

EXERCISES = (MAKE_PAIRS, MARGIN_LOSS, TRIPLET_LOSS, BATCH_HARD)
