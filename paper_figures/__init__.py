"""The paper's figures, regenerated from theory and simulation."""
