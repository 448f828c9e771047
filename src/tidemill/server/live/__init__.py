"""What lasts longer than a request: sockets, and streams of what happens.

**How what is new is noticed.** ``feeds.py`` wakes all who follow: at once when this server's writer has committed, and
when the store's watch says that another process did (``store/watching.py``). Whoever is woken reads on from its own
position (a ``seq``), so nothing depends on the waking but how soon it is seen.

**How slow readers are met.** Nobody has a queue. A follower reads a page from its position, sends it, waits until the
peer has taken it, and reads on; who reads the same page at the same time shares it. A slow reader is late, holds one
page in memory, and loses nothing.

**Who may.** The guard of all requests is asked. For sockets that is in ``sockets.py``, when they have said who they
are; streams are operations and pass where all requests do.
"""
