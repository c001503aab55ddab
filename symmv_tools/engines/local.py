"""The local engine: worker processes on this machine, no service, no daemon.

Workers are spawned, not forked (a forked CUDA context or thread pool is broken), and every lane
has processes of its own: the GPU's one long-lived process, madmom's patched ones, the rest. pebble
kills a worker that overruns its time and replaces one that dies.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pebble import ProcessPool

_WEB = "web:"  # lanes that wait rather than compute: one process each, which takes no CPU worker's place
_JOBS_PER_WORKER = 200  # media libraries leak a little; a fresh process now and then costs less


class Died(Exception):
    """A worker was killed or crashed; `str(error)` says how."""


class Overran(Exception):
    """A job took longer than it was given and its worker was killed."""


class LocalEngine:
    """Runs functions of one argument in worker processes.

    `workers` processes share the CPU lanes; with `gpu` (a device index) the lane "gpu" is one
    process that sees only that device, else it is worked by the CPU's. `threads` is how many
    threads each CPU worker may use.
    """

    def __init__(self, workers: int, gpu: int | None = None) -> None:
        self.workers = workers
        self.gpu = gpu
        self.threads = max(1, (os.cpu_count() or 1) // workers)
        self._pools: dict[str, ProcessPool] = {}

    def lane(self, lane: str) -> str:
        """Return the lane that work of `lane` really goes to."""
        return "cpu" if lane == "gpu" and self.gpu is None else lane

    def slots(self, lane: str) -> int:
        """Return how many jobs of a lane's `queue` are worth having under way: one waits beside the GPU's."""
        queue = self.queue(lane)
        return 2 if queue == "gpu" else 1 if queue.startswith(_WEB) else self.workers

    def queue(self, lane: str) -> str:
        """Return with whom a lane shares its slots: the GPU and what waits for the web with nobody."""
        lane = self.lane(lane)
        return lane if lane == "gpu" or lane.startswith(_WEB) else "cpu"

    def device(self, lane: str) -> str:
        """Return the device name that work of `lane` sees."""
        return "cuda:0" if self.lane(lane) == "gpu" else "cpu"

    def submit(self, lane: str, function: Callable[[Any], Any], argument: Any, timeout: float) -> Future[Any]:
        """Start `function(argument)` in a worker of `lane`; see `result` for what comes back."""
        lane = self.lane(lane)
        if lane not in self._pools:
            self._pools[lane] = self._pool(lane)
        future: Future[Any] = self._pools[lane].schedule(function, args=[argument], timeout=timeout)
        return future

    def _pool(self, lane: str) -> ProcessPool:
        from pebble import ProcessPool  # here, because most runs find nothing to do

        on_gpu = lane == "gpu"
        return ProcessPool(
            max_workers=1 if self.queue(lane) != "cpu" else self.workers,
            max_tasks=0 if on_gpu else _JOBS_PER_WORKER,
            initializer=_prepare_worker,
            initargs=[os.getpid(), self.threads, str(self.gpu) if on_gpu else ""],
            context=get_context("spawn"),
        )

    def close(self, *, now: bool = False) -> None:
        """End all workers; `now` kills what they are doing."""
        for pool in self._pools.values():
            end: Callable[[], None] = pool.stop if now else pool.close
            end()
        for pool in self._pools.values():
            pool.join()


def first_done(futures: Mapping[Future[Any], Any]) -> set[Future[Any]]:
    """Wait until at least one job is over, and return all that are."""
    return wait(futures, return_when=FIRST_COMPLETED).done


def result(future: Future[Any]) -> Any:
    """Return what a job returned, or raise what it raised; Died and Overran are about its worker."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except ProcessExpired as why:
        raise Died(f"the worker process ended with exit code {why.exitcode}") from why
    except TimeoutError as why:
        raise Overran(str(why)) from why


_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


def _prepare_worker(driver: int, threads: int, gpu: str) -> None:
    """Make a spawned process a good worker, before it imports anything large."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's to handle
    for name in _THREADS:
        os.environ[name] = str(threads)
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    threading.Thread(target=_follow, args=(driver,), daemon=True).start()


def _follow(driver: int) -> None:
    """End this process when its driver is gone, however it went."""
    while os.getppid() == driver:
        time.sleep(0.5)
    os._exit(1)
