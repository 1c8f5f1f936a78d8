"""Several fits that share samples, or label each other's: their joint master equations."""
