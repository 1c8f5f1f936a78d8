"""BLAS pinned to one thread: bit-reproducible results, and no oversubscription by workers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["on_one_thread", "one_thread"]

_lock = threading.Lock()
_users = 0
_limits: Any = None


@contextmanager
def one_thread() -> Iterator[None]:
    """Context manager that pins BLAS to one thread, for results that do not depend on the number of cores.

    The order of summation in BLAS and LAPACK depends on the number of threads. Predictions of problems
    with matrices therefore differ in their last bits between 1 and 2 threads, by far less than their
    ``estimated_error``. Inside the block every result is bit-identical to that of one thread, even if
    the same problem was predicted outside before. Simulations always run on one thread.

    Notes
    -----
    Arrays computed outside the block, such as ``Covariance.from_data(X)``, keep their bits. Another
    processor or another version of numpy or scipy may still round differently.

    The setting is global to the process. Blocks may be nested and may overlap between threads: the last
    block to exit restores the setting that the first one found.

    Examples
    --------
    >>> import detequiv as de
    >>> source = de.Source(200, [[2.0, 0.5], [0.5, 1.0]], noise_variance=1.0)
    >>> with de.one_thread():
    ...     prediction = de.predict(de.Problem(signal=1.0, sources=[source], ridge=0.1))
    """
    global _users, _limits
    with _lock:
        if _users == 0:
            _limits = _limited()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limits.restore_original_limits()
                _limits = None


def on_one_thread() -> bool:
    """Whether a block of :func:`one_thread` is active."""
    return _users > 0


def _limited() -> Any:
    """Set the limits. scipy ships its own BLAS, which must be loaded first."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")
