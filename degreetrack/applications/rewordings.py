"""The Controller rewords a notice: checked before it is kept, so that no bad text ever goes out."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.template import TemplateSyntaxError
from django.template.loader import get_template
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications.lifecycle import MOVES
from degreetrack.applications.wordings import BY_MAIL, BY_SMS, BY_SMS_AND_MAIL, longest
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import rewordings
from degreetrack.notifications.models import Channel, Rewording
from degreetrack.notifications.services import Wording, filled
from degreetrack.notifications.sms_text import parts

LANGUAGES = ("en", "ur")
MOST_PARTS = {"en": 1, "ur": 2}
LONGEST_TEXT, LONGEST_SUBJECT = 4000, 200
# What news.send() gives to every notice of an application.
NEWS = frozenset({
    "tracking_id", "kind", "programme", "name", "institution", "help_phone", "status_url", "limit_on",
    "courier", "consignment_no", "objections", "reason",
})  # fmt: skip
SENT_AS_NEWS = {move.verb for move in MOVES.values() if move.tells} | {"reminder", "bearer", "reply"}
# A phone may be shared: an SMS says nothing of these unless the original does.
NOT_BY_SMS = frozenset({"name", "programme", "objections", "reason", "bearer"})
# Without these a notice is of no use to anybody.
NEEDED = frozenset({"code", "link"})


@dataclass(frozen=True)
class Notice:
    """Which text: of a notice, in a language, over a channel."""

    name: str
    language: str
    channel: Channel

    @property
    def original(self) -> str:
        """The text of the file, without the words that only files need."""
        source: str = get_template(f"notices/{self.name}.{self.language}.{self.channel}.txt").template.source  # type: ignore[attr-defined]
        return source.replace("{% autoescape off %}", "").replace("{% endautoescape %}", "").strip()

    @property
    def own(self) -> Rewording | None:
        """The Controller's own text, where there is one."""
        given = {"name": self.name, "language": self.language, "channel": self.channel}
        return Rewording.objects.filter(**given).first()

    @property
    def offered(self) -> list[str]:
        """The values that the text may use."""
        own = rewordings.variables(self.original)
        known = own | (NEWS if self.name in SENT_AS_NEWS else set())
        for language in LANGUAGES:
            for channel in channels(self.name):
                known |= rewordings.variables(Notice(self.name, language, channel).original)
        return sorted(known - (NOT_BY_SMS - own) if self.channel == Channel.SMS else known)


@dataclass(frozen=True)
class Checked:
    """A text as it would go out with the longest likely values; `parts` of an SMS."""

    words: Wording
    parts: int


def channels(name: str) -> list[Channel]:
    """By which channels a notice goes; none where there is no such notice."""
    sms = [Channel.SMS] if name in BY_SMS_AND_MAIL or name in BY_SMS else []
    return sms + ([Channel.EMAIL] if name in BY_SMS_AND_MAIL or name in BY_MAIL else [])


def notice(name: str, language: str, channel: str) -> Notice:
    """The text that these name; Refused where there is none."""
    if channel not in channels(name) or language not in LANGUAGES:
        raise Refused(_("There is no such notice."))
    return Notice(name, language, Channel(channel))


def may_reword(by: User | Actor) -> bool:
    """Whether somebody may change what notices say."""
    return Role.CONTROLLER in by.roles


def check(which: Notice, text: str) -> Checked:
    """Try a text with the longest likely values; Refused with the reason where it may not go out."""
    if len(text) > LONGEST_TEXT:
        raise Refused(_("The text is too long: at most %(most)s letters.") % {"most": LONGEST_TEXT})
    _values(which, text)
    words = filled(text, which.channel, which.language, longest(which.language))
    if not words.body:
        raise Refused(_("The text is empty."))
    if which.channel == Channel.SMS:
        return Checked(words, _parts(which, words.body))
    if not 0 < len(words.subject) <= LONGEST_SUBJECT:
        raise Refused(
            _("The first line is the subject: 1 to %(most)s letters, not %(letters)s.")
            % {"most": LONGEST_SUBJECT, "letters": len(words.subject)}
        )
    return Checked(words, 0)


def _values(which: Notice, text: str) -> None:
    """Refuse what cannot be read, asks for what there is not, or leaves out what is needed."""
    try:
        asked = rewordings.variables(text)
    except TemplateSyntaxError as error:
        raise Refused(
            _("The text cannot be read: %(why)s. Only {{ value }}, if and for may be used.") % {"why": error}
        ) from error
    if text.count("{{") != text.count("}}") or text.count("{%") != text.count("%}"):
        raise Refused(_("A brace is not closed: each value stands between {{ and }}."))
    unknown = sorted(asked - {*which.offered})
    if unknown:
        raise Refused(
            _("This notice knows no %(names)s. It knows: %(known)s.")
            % {"names": ", ".join(unknown), "known": ", ".join(which.offered)}
        )
    wanting = sorted(NEEDED & rewordings.variables(which.original) - asked)
    if wanting:
        raise Refused(
            _("%(names)s must stand in the text: without it the notice is of no use.")
            % {"names": ", ".join(wanting)}
        )


def _parts(which: Notice, body: str) -> int:
    most, taken = MOST_PARTS[which.language], parts(body)
    if taken > most:
        raise Refused(
            _(
                "With the longest likely values the SMS is of %(letters)s letters in %(parts)s parts; "
                "at most %(most)s are allowed. Make it shorter, and use plain letters."
            )
            % {"letters": len(body), "parts": taken, "most": most}
        )
    return taken


def reword(which: Notice, text: str, *, by: User | Actor) -> Rewording:
    """Let a text go out in place of the original from now on."""
    _must_be_controller(by)
    text = text.replace("\r\n", "\n").strip()
    check(which, text)
    with transaction.atomic():
        own = which.own
        before = own.text if own else which.original
        return rewordings.keep(which.name, which.language, which.channel, text, by=by, before=before)


def back_to_original(which: Notice, *, by: User | Actor) -> None:
    """Let the original go out again."""
    _must_be_controller(by)
    own = which.own
    if own is None:
        raise Refused(_("The original goes out already."))
    rewordings.drop(own, by=by, original=which.original)


def _must_be_controller(by: Any) -> None:
    if not may_reword(by):
        raise Refused(_("Only the Controller changes what notices say."))
