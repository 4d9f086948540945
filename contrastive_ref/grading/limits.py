"""A time limit for code that may never return, in the same process, on every operating system."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTime(BaseException):
    """Raised inside code that runs too long; not an Exception, so few handlers catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the body after `seconds`, and again every 50 ms if the body swallows it.

    A single call into C that never returns cannot be interrupted this way.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if hasattr(signal, "setitimer") and in_main_thread:
        with _alarm(seconds):
            yield
    else:
        with _watcher(seconds):
            yield


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def stop(signum: int, frame: object) -> None:
        raise OutOfTime

    previous = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
        yield
    finally:
        _disarm()
        signal.signal(signal.SIGALRM, previous)


def _disarm() -> None:
    while True:  # the alarm may go off between the two: try until it is off
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            return
        except OutOfTime:
            continue


@contextmanager
def _watcher(seconds: float) -> Iterator[None]:
    """For Windows and worker threads: another thread asks the interpreter to raise in this one."""
    done = threading.Event()
    target = ctypes.c_ulong(threading.get_ident())

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(OutOfTime))
            wait = 0.05

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(target, None)  # one that is still on its way
