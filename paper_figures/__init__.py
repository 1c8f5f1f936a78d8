"""What we show: the paper's figures, regenerated from theory and simulation."""
