"""THE TABLE: every move, who may make it, from which state, to which, and what follows."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from degreetrack.accounts.models import Role
from degreetrack.applications.states import AT_THE_UNIVERSITY as AT_THE_UNIVERSITY
from degreetrack.applications.states import BEFORE_APPROVAL as BEFORE_APPROVAL
from degreetrack.applications.states import DESKS as DESKS
from degreetrack.applications.states import ENDED as ENDED
from degreetrack.applications.states import GROUPS as GROUPS
from degreetrack.applications.states import WAITS_ON_APPLICANT as WAITS_ON_APPLICANT
from degreetrack.applications.states import Group as Group
from degreetrack.applications.states import State as State


class Condition(StrEnum):
    """What must hold beyond state and role; `services` knows how to check each."""

    FOUR_EYES = "four_eyes"
    FIRST_OR_SUPERVISOR = "first_or_supervisor"
    NAMES_SETTLED = "names_settled"
    LIMIT_PASSED = "limit_passed"
    REVIVABLE = "revivable"
    IN_TIME = "in_time"
    ONCE = "once"
    TO_BE_SENT = "to_be_sent"


class Effect(StrEnum):
    """What follows inside the same transaction; `effects` has a handler for each."""

    MARK_CHECKED = "mark_checked"
    MARK_VERIFIER = "mark_verifier"
    RAISE_OBJECTIONS = "raise_objections"
    TAKE_ANSWERS = "take_answers"
    CLEAR_ANSWERED = "clear_answered"
    CLEAR_FEE = "clear_fee"
    EXTEND = "extend"
    USE_STOCK = "use_stock"
    VOID_STOCK = "void_stock"
    SEND = "send"
    HAND_OVER = "hand_over"


@dataclass(frozen=True)
class Move:
    """One line of the table."""

    verb: str
    label: str | Promise
    roles: frozenset[str]
    from_: tuple[State, ...]
    to: State
    conditions: tuple[Condition, ...] = ()
    effects: tuple[Effect, ...] = ()
    needs: tuple[str, ...] = ()
    reason: bool = False
    tells: bool = False
    bulk: bool = False  # of many files at once

    @property
    def key(self) -> str:
        """The letter on the keyboard that goes to its button."""
        return _KEYS.get(self.verb, "")


# g, j, k, n and x mean the same on every page of the desk.
_KEYS = {"check": "c", "verify": "v", "object": "o", "answer": "t", "extend": "e", "revive": "i"}
_KEYS |= {"send_back": "b", "approve": "a", "reject": "r", "print": "p", "spoil": "u", "sign": "s"}
_KEYS |= {"dispatch": "d", "hand_over": "h", "deliver": "l", "come_back": "m", "withdraw": "w"}


def _move(
    verb: str, label: str | Promise, roles: set[Role], from_: tuple[State, ...], to: State, **more
) -> Move:
    return Move(verb, label, frozenset(roles), from_, to, **more)


R, S = Role, State
_CHECKING = (S.RECEIVED, S.ANSWERED)
_DESK_OR_APPLICANT = {R.RECEIPT, R.REGIONAL, R.APPLICANT}

MOVES: dict[str, Move] = {
    move.verb: move
    for move in (
        _move("submit", _("Receive"), _DESK_OR_APPLICANT, (), S.RECEIVED, tells=True),
        _move(
            "check",
            _("Papers complete"),
            {R.SCRUTINY},
            _CHECKING,
            S.CHECKED,
            effects=(Effect.MARK_CHECKED, Effect.CLEAR_ANSWERED),
            bulk=True,
        ),
        _move(
            "verify",
            pgettext_lazy("verb", "Verify"),
            {R.VERIFICATION},
            (S.CHECKED,),
            S.VERIFIED,
            effects=(Effect.MARK_VERIFIER,),
            bulk=True,
        ),
        _move(
            "object",
            _("Raise objections"),
            {R.SCRUTINY, R.VERIFICATION, R.APPROVAL, R.LEDGER},
            (*_CHECKING, S.CHECKED, S.VERIFIED),
            S.OBJECTED,
            conditions=(Condition.FIRST_OR_SUPERVISOR,),
            effects=(Effect.RAISE_OBJECTIONS,),
            needs=("objections",),
            tells=True,
        ),
        _move(
            "answer",
            _("Take in the answer"),
            _DESK_OR_APPLICANT,
            (S.OBJECTED,),
            S.ANSWERED,
            effects=(Effect.TAKE_ANSWERS,),
            needs=("answers",),
            tells=True,
        ),
        _move(
            "settle",
            _("Fee settled"),
            {R.LEDGER},
            (S.OBJECTED, S.RETURNED),
            S.ANSWERED,
            effects=(Effect.CLEAR_FEE,),
            tells=True,
        ),
        _move(
            "extend",
            _("Give more time"),
            _DESK_OR_APPLICANT,
            (S.OBJECTED,),
            S.OBJECTED,
            conditions=(Condition.IN_TIME, Condition.ONCE),
            effects=(Effect.EXTEND,),
            tells=True,
        ),
        _move(
            "return",
            _("Return incomplete"),
            {R.CLOCK},
            (S.OBJECTED,),
            S.RETURNED,
            conditions=(Condition.LIMIT_PASSED,),
            tells=True,
        ),
        _move(
            "revive",
            _("Revive"),
            _DESK_OR_APPLICANT,
            (S.RETURNED,),
            S.ANSWERED,
            conditions=(Condition.REVIVABLE,),
            effects=(Effect.TAKE_ANSWERS,),
            needs=("answers",),
            tells=True,
        ),
        _move(
            "send_back",
            _("Send back to checking"),
            {R.VERIFICATION, R.APPROVAL},
            (S.CHECKED, S.VERIFIED),
            S.RECEIVED,
            reason=True,
            bulk=True,
        ),
        _move(
            "approve",
            _("Approve"),
            {R.APPROVAL},
            (S.VERIFIED,),
            S.APPROVED,
            conditions=(Condition.FOUR_EYES, Condition.NAMES_SETTLED),
            tells=True,
            bulk=True,
        ),
        _move(
            "reject",
            _("Reject"),
            {R.APPROVAL},
            (S.RECEIVED, S.CHECKED, S.VERIFIED, S.ANSWERED, S.RETURNED),
            S.REJECTED,
            reason=True,
            tells=True,
            bulk=True,
        ),
        _move(
            "print",
            pgettext_lazy("verb", "Print"),
            {R.PRINTING},
            (S.APPROVED,),
            S.PRINTED,
            effects=(Effect.USE_STOCK,),
            needs=("stock_no",),
        ),
        _move(
            "spoil",
            _("Spoilt: print again"),
            {R.PRINTING},
            (S.PRINTED,),
            S.APPROVED,
            effects=(Effect.VOID_STOCK,),
            reason=True,
        ),
        _move("sign", pgettext_lazy("verb", "Sign"), {R.SIGNATURE}, (S.PRINTED,), S.SIGNED, bulk=True),
        _move(
            "dispatch",
            pgettext_lazy("verb", "Dispatch"),
            {R.DISPATCH},
            (S.SIGNED, S.UNDELIVERED),
            S.DISPATCHED,
            conditions=(Condition.TO_BE_SENT,),
            effects=(Effect.SEND,),
            needs=("courier", "consignment_no"),
            tells=True,
        ),
        _move(
            "hand_over",
            _("Hand over"),
            {R.RECEIPT, R.REGIONAL, R.DISPATCH},
            (S.SIGNED, S.UNDELIVERED),
            S.DELIVERED,
            effects=(Effect.HAND_OVER,),
            needs=("handed_to",),
            tells=True,
        ),
        _move(
            "deliver", _("Mark delivered"), {R.DISPATCH}, (S.DISPATCHED,), S.DELIVERED, tells=True, bulk=True
        ),
        _move(
            "come_back",
            _("Came back undelivered"),
            {R.DISPATCH},
            (S.DISPATCHED,),
            S.UNDELIVERED,
            reason=True,
            tells=True,
        ),
        _move(
            "withdraw",
            _("Withdraw"),
            _DESK_OR_APPLICANT,
            BEFORE_APPROVAL,
            S.WITHDRAWN,
            reason=True,
            tells=True,
        ),
    )
}


# Moves by the way, which make no list the daily work of whoever may make them.
_BY_THE_WAY = ("object", "send_back", "reject", "withdraw")


def works_at(state: State, roles: frozenset[str]) -> bool:
    """Whether the files in a state are the daily work of these roles."""
    mine = DESKS.get(state) in roles
    return any(mine or move.verb not in _BY_THE_WAY for move in moves_from(state, roles))


def moves_from(state: State, roles: frozenset[str]) -> list[Move]:
    """The moves that somebody with these roles may try from a state, in the table's order."""
    return [move for move in MOVES.values() if state in move.from_ and move.roles & roles]
