"""Trials with generated samples: labelled by trained models, or selected; and fits with an intercept."""
