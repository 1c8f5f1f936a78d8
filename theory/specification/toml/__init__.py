"""Problems as TOML files: read, and written so that they are equal when read again."""

from .reading import Reader as Reader
from .reading import read as read
from .writing import as_toml as as_toml
