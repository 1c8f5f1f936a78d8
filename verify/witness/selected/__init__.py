"""Statements about samples that were selected before training, and their witnesses."""
