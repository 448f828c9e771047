"""What a server does by itself: one shape for all of it (``service.py``), one thread for all of it (``running.py``).

**States.** A service is led by at most one server: by whoever's row in ``service_lease`` it is, until the row's term
is over. All servers ask for all services every quarter of a term (``leading.py``); who holds a row goes on holding it,
and a row whose term is over goes to whoever asks first, under the next epoch. Who ends in order gives its rows back at
once; the rows of a process of this machine that is gone are free, too.

**Guarantees.** What a pass writes, it writes by ``Pass.write``, which makes sure in the same transaction that the
service is still led under the epoch of the pass. (Journals of this machine have locks of their own: who holds one of
those may bring it into the store.) So a leader that slept through its term, and does not know it, changes
nothing. What a service does is right to do twice besides: each pass looks at what is there, and a run is moved only
from the state in which it was found. So two leaders would waste work, and do no harm.

**Time.** A pass is given the time and looks at no clock. A lead begins anew after each time in which nobody led: after
the server was away, or stood still. What is judged by silence (leases, heartbeats) is judged only by the silence that
the present leader could have heard: see ``Pass.led_since``.

**Failures.** A pass that fails is tried again, each time a little later, up to a minute; the log says so once for each
outage, and says when it is over. ``service_lease`` has the last error of each service, for whoever asks any server.
"""
