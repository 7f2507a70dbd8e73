"""That it was said: the public tree of hiding commitments, its checkpoints, tiles, proofs and receipts."""
