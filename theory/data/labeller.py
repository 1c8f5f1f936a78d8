"""A trained model that labels samples."""

from typing import ClassVar

from ..base.frozen_value import Value

__all__ = ["Labeller"]


class Labeller(Value):
    """The base class of what may label a source: a problem, by the model that is trained in it."""

    by_digest: ClassVar[bool] = True
