"""Labels and selection rules of generated samples, and what selection does to their moments."""
