"""What servers do by themselves, as any of them tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import services as operations
from tidemill.domain.states import from_us
from tidemill.server.services.leading import shown
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.store.access.services import ServiceLease

routes: Final = Routes()


@routes.serves(operations.LIST_SERVICES)
def list_services(call: Call) -> list[operations.ServiceStatus]:
    """Every service that a server of this store ever ran, by name."""
    return [_told(lease, call.now) for lease in call.store.read_services()]


def _told(lease: ServiceLease, now: int) -> operations.ServiceStatus:
    return operations.ServiceStatus(
        name=lease.name,
        led_by=shown(lease.holder),
        led_since=from_us(lease.led_since),
        led_until=from_us(lease.term_until),
        is_led=lease.term_until > now,
        last_pass=None if lease.last_pass is None else from_us(lease.last_pass),
        last_duration_seconds=None if lease.last_duration is None else lease.last_duration / 1_000_000,
        last_error=lease.last_error,
    )
