"""BLAS pinned to one thread: the same bits whatever else runs, and faster where workers share."""

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
    """Pin BLAS to one thread, so that the same bits come out however many cores there are.

    Sums in BLAS and LAPACK are ordered by the number of threads, so predictions of problems with
    matrices differ in their last bits between 1 and 2 threads, by far less than their
    ``estimated_error``. Simulations always run on one thread. Everything that is computed inside
    has the bits of one thread, whatever was computed of the same problem before; arrays that you
    computed outside, such as ``Covariance.from_data(X)``, keep theirs. Another processor or another
    version of numpy or scipy may still round differently.

    The setting belongs to the process. Blocks may be nested and overlap between threads: the last
    one out restores what the first one in found.

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
    """Whether some block of :func:`one_thread` is open."""
    return _users > 0


def _limited() -> Any:
    """The limits. scipy brings a BLAS of its own, which must be there to be limited."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")
