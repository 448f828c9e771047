"""The shape of a rule: where it applies, what it must know, and its answer."""

from __future__ import annotations

from typing import ClassVar, Final, Generic

from tidemill.domain.orchestration.facts import Fact, Facts, FlowRunFacts, ProposedState, TaskRunFacts
from tidemill.domain.orchestration.verdicts import Accept, Followed, Run, Verdict
from tidemill.domain.states import StateType

ALL: Final[frozenset[StateType]] = frozenset(StateType)
#: Also runs that have no state yet.
ANY: Final[frozenset[StateType | None]] = ALL | {None}


class Rule(Generic[Run]):
    """A question about one subject, asked where a run in a state of ``comes_from`` is to go to one of ``leads_to``.

    ``always`` marks a transform: it is asked whatever the types, also when an earlier rule changed them. A rule that is
    not is passed over then, and what it answered before that is dropped.
    """

    comes_from: ClassVar[frozenset[StateType | None]] = ANY
    leads_to: ClassVar[frozenset[StateType]] = ALL
    needs: ClassVar[frozenset[Fact]] = frozenset()
    always: ClassVar[bool] = False
    #: Whether it has an answer of its own to give; most have one of the two.
    judges: ClassVar[bool] = False
    follows: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls.judges = cls.judge is not Rule.judge
        cls.follows = cls.follow is not Rule.follow

    @property
    def name(self) -> str:
        """As the contract calls the rule."""
        return type(self).__name__

    def applies(self, present: StateType | None, proposed: StateType) -> bool:
        """Whether the rule has a say in this step."""
        return present in self.comes_from and proposed in self.leads_to

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The answer to a proposal; called in the policy's order."""
        return Accept()

    def follow(self, before: Run, after: Run, written: ProposedState, facts: Facts) -> Followed[Run]:
        """What comes of the state that will be written; called in the reverse of the policy's order."""
        return Followed()


FlowRule = Rule[FlowRunFacts]
TaskRule = Rule[TaskRunFacts]
