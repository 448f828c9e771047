from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.liveness import MISSED_BEATS, Claim, Lapse, has_gone_silent, lapse, patience_with

moments = st.integers(0, 10**15)
claims = st.builds(
    Claim,
    since=moments,
    deployed=st.booleans(),
    started=st.booleans(),
    pooled=st.booleans(),
    attended=st.booleans(),
    within_a_live_run=st.booleans(),
)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


@given(claims, moments)
def test_what_was_started_is_never_offered_again(claim, now):
    if claim.started or not claim.deployed:
        assert lapse(claim, now) is not Lapse.OFFERED_AGAIN


@given(claims)
def test_no_claim_lasts_for_ever_but_that_of_a_run_within_a_live_one(claim):
    fate = lapse(claim, claim.since + DAY)

    assert (fate is Lapse.NOT_YET) == (claim.within_a_live_run and not claim.deployed)


@given(claims, st.integers(0, DAY), st.integers(0, DAY))
def test_a_lapsed_claim_stays_lapsed(claim, sooner, later):
    before, after = sorted((claim.since + sooner, claim.since + later))

    assert lapse(claim, before) is Lapse.NOT_YET or lapse(claim, after) is lapse(claim, before)


@given(st.lists(moments, max_size=6), st.integers(1, DAY))
def test_patience_covers_the_longest_gap_so_far(beats, usual):
    ordered = sorted(beats)
    patience = patience_with(beats, usual)

    assert patience >= MISSED_BEATS * usual
    assert all(patience >= MISSED_BEATS * (ordered[at + 1] - ordered[at]) for at in range(len(ordered) - 1))


@given(st.lists(moments, min_size=1, max_size=6), st.lists(st.none() | moments, max_size=3), moments, moments)
def test_who_was_just_heard_of_is_not_silent(beats, others, listening, now):
    signs = [max(beats), listening, *(sign for sign in others if sign is not None and sign <= now + HOUR)]
    if now - max(signs) < MISSED_BEATS:
        assert not has_gone_silent(beats, others, listening_since=listening, usual_us=1, now=now)


def test_a_sign_from_the_far_future_proves_no_life():
    heard = {"listening_since": 0, "usual_us": SECOND, "now": DAY}

    assert has_gone_silent([SECOND], [2 * DAY], **heard)
    assert not has_gone_silent([SECOND], [DAY + 600 * SECOND], **heard)


def test_who_never_said_anything_is_not_called_silent():
    assert not has_gone_silent([], [], listening_since=0, usual_us=1, now=10**15)
