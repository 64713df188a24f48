"""One thread for BLAS and LAPACK: matrix products depend on the number of threads, in round-off."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any, cast


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Within it, matrix products and decompositions run on one thread."""
    return cast("AbstractContextManager[Any]", _libraries().limit(limits=1, user_api="blas"))
