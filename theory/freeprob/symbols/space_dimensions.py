"""The spaces that matrices act between, named by their dimensions."""

from typing import Any

import sympy

from ...base.errors import SpecError
from ...base.wording import short_repr

__all__ = ["SpaceDimension", "dimensions"]


class SpaceDimension(sympy.Symbol):  # type: ignore[misc]  # sympy has no types
    """The dimension of a space: a positive symbol, which may appear in a variance, as in ``1 / n``.

    Two dimensions denote the same space only if they have the same name, whatever their values.

    Attributes
    ----------
    name : str
        Its name.
    commuting : bool
        Whether the deterministic matrices on the space commute; they are then given by their eigenvalues
        in a common basis.

    See Also
    --------
    dimensions : creates them, with an example.
    """

    __slots__ = ("commuting",)

    def __new__(cls, name: str, *, commuting: bool = True) -> "SpaceDimension":
        self = sympy.Symbol.__xnew__(cls, name, positive=True)
        self.commuting = commuting
        return self  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> Any:
        return (self.name,), {"commuting": self.commuting}

    def _hashable_content(self) -> Any:
        return (*super()._hashable_content(), self.commuting)


def dimensions(names: str, *, commuting: bool = True) -> Any:
    """The dimensions with these names.

    Parameters
    ----------
    names : str
        Names separated by blanks or commas.
    commuting : bool
        Whether the deterministic matrices on these spaces commute with each other. If so, their values
        are eigenvalues in the common basis; otherwise they are matrices, and their order in products is
        kept.

    Returns
    -------
    SpaceDimension or tuple of SpaceDimension
        A tuple if there are several names.

    Raises
    ------
    SpecError
        A name that is missing, repeated or not an identifier.

    Examples
    --------
    >>> n, d = dimensions("n d")
    >>> 1 / n
    1/n
    """
    words = _words(names)
    if not words:
        raise SpecError(f'dimensions takes names, as in dimensions("n d"); got {short_repr(names)}.')
    if not isinstance(commuting, bool):
        raise SpecError(f"commuting must be True or False; got {short_repr(commuting)}.")
    for word in words:
        if not word.isidentifier():
            raise SpecError(f"the name of a dimension must be an identifier; got {word!r}.")
    if len(set(words)) < len(words):
        raise SpecError(f"every dimension needs a name of its own; got {names!r}.")
    made = tuple(SpaceDimension(word, commuting=commuting) for word in words)
    return made[0] if len(made) == 1 else made


def _words(names: object) -> list[str]:
    return names.replace(",", " ").split() if isinstance(names, str) else []
