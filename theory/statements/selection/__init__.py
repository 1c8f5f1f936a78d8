"""Samples that are selected before training: filtered by a verifier, or kept where an oracle agrees."""
