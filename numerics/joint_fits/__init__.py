"""Predictions where trained models label, or fits share samples."""
