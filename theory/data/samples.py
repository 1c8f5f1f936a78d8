"""Which samples a source has: the identity by which fits to the same samples are known.

Two sources have the same inputs if they were made of each other: copies, ``replace`` of the weight,
``relabelled`` and, for a part of them, ``split``. It is hidden, survives copies and pickling, and is no
part of a value: digests and equality see only which sources of a problem share samples.
"""

import dataclasses
import uuid
from typing import Any, Self

from ..base.frozen_value import same

__all__ = ["Samples"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Samples:
    """Rows start, ..., start + n − 1 of a set of inputs, with the labels of one labelling.

    inputs, noise, truth : names of the inputs, of the noise of their labels, and of the truth that the
    labels are of, each drawn once for a name. content : n, covariance, noise variance, shift, gain and
    labeller of the source, since with other ones its samples are others; None after pickling.
    """

    inputs: str
    noise: str
    truth: str
    start: int
    content: tuple[Any, ...] | None

    @classmethod
    def new(cls, content: tuple[Any, ...]) -> Self:
        """Samples that no other source has."""
        name = uuid.uuid4().hex
        return cls(name, name, name, 0, content)

    def part(self, offset: int, content: tuple[Any, ...]) -> Self:
        """Rows of these samples from the offset on."""
        return dataclasses.replace(self, start=self.start + offset, content=content)

    def relabelled(self, content: tuple[Any, ...], same_truth: bool) -> Self:
        """The same inputs with labels drawn anew."""
        name = uuid.uuid4().hex
        truth = self.truth if same_truth else name
        return dataclasses.replace(self, noise=name, truth=truth, content=content)

    def resized(self, factor: int) -> Self:
        """The samples of an enlarged problem, connected as these are."""
        return dataclasses.replace(self, start=self.start * factor, content=None)

    def are_of(self, content: tuple[Any, ...]) -> bool:
        """Whether a source of this content has these samples."""
        return self.content is None or all(map(same, self.content, content))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.inputs, self.noise, self.truth, self.start, None)
