"""detequiv: deterministic equivalents of the test error under a mix of real and synthetic data.

>>> import detequiv as de
>>> s = de.power_law(600, 1.0, trace=1.0)
>>> real = de.Source(300, s, noise_variance=0.01)
>>> synthetic = de.Source(200, s, noise_variance=0.01, shift=de.label_shift(s, quality=1.0))
>>> mix = de.Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8,
...                  model=de.RandomProjection(width=100))
>>> round(de.predict(mix).error, 3)
0.642

Names load when they are first used: importing detequiv costs little. ``__init__.pyi`` lists them. The
paper's theorems and corollaries are in ``detequiv.paper``, the symbolic engine in ``detequiv.freeprob``.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import lazy_loader

# In a tree without symbolic links (an unpacked sdist, a checkout on Windows) there is no folder
# theory here: the layers are found where they lie, at the top of the tree.
_here = Path(__file__).parent
if not (_here / "theory").is_dir():
    __path__.append(str(_here.parents[1]))

_attribute, _, __all__ = lazy_loader.attach_stub(__name__, __file__)

for _name in __all__:
    globals().pop(_name, None)  # with EAGER_IMPORT they are there already, unchecked


def __getattr__(name: str) -> Any:
    """The name, loaded; a function refuses wrong arguments in one sentence."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name not in __all__:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__]
        )
    value = _attribute(name)
    if isinstance(value, FunctionType) and value.__module__ != f"{__name__}.paper":
        from .theory.base.argument_checks import checked_call

        value = checked_call(value, __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All but the aliases of what is in ``paper``."""
    paper = import_module(".paper", __name__)
    return [*(name for name in __all__ if name not in vars(paper)), "__version__"]
