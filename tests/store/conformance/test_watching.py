"""Noticing that somebody wrote."""

from __future__ import annotations

from threading import Thread

from .story import Story


def test_a_write_is_noticed_and_each_only_once(store):
    watch = store.watch()
    watch.wait(1)  # a watch may begin with a word that looking may pay
    Story(store).running()

    noticed = watch.wait(10)
    again = watch.wait(0.3)

    watch.close()
    assert noticed
    assert not again


def test_who_waits_is_let_go(store):
    watch = store.watch()
    thread = Thread(target=watch.wait, args=(600,))
    thread.start()

    watch.stop()
    thread.join(30)

    watch.close()
    assert not thread.is_alive()
