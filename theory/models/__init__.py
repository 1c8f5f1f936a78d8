"""The models, one file for each: ``model`` is the interface, ``model_table`` the list."""
