"""Who answers for which desk: named people, chosen evenly."""

from collections import Counter, defaultdict
from functools import cached_property

from django.db.models import Count, Q

from degreetrack.accounts.models import Role, User
from degreetrack.applications.lifecycle import DESKS, State
from degreetrack.applications.models import Application, Delivery
from degreetrack.oversight.models import Escalation, Level

HEADQUARTERS = ""


def people() -> list[User]:
    """Everybody who heads a section, and every Controller, by name of account."""
    heads = Q(supervisor=True) | Q(section__rights__role=Role.CONTROLLER)
    found = User.objects.filter(heads, is_active=True).distinct().order_by("pk")
    return [user for user in found if user.roles & {Role.SUPERVISOR, Role.CONTROLLER}]


def desks_of(application: Application) -> list[tuple[Role, str]]:
    """The desks (role, office) that a file may lie at, the likeliest first."""
    role = DESKS[State(application.state)]
    if application.state == State.SIGNED and application.delivery == Delivery.COLLECT:
        office = application.collect_office
        return [(Role.REGIONAL if office else Role.RECEIPT, office), (role, HEADQUARTERS)]
    return [(role, application.office), (role, HEADQUARTERS)]


class Officers:
    """Who may be named, and for how many files each answers already; read when first asked for."""

    @cached_property
    def people(self) -> list[User]:
        """Everybody who may be named."""
        return people()

    @cached_property
    def heads(self) -> dict[tuple[str, str], list[User]]:
        """Who heads each desk (role, office)."""
        desks: defaultdict[tuple[str, str], list[User]] = defaultdict(list)
        for user in self.people:
            if Role.SUPERVISOR in user.roles:
                for role in user.roles:
                    desks[role, user.office].append(user)
        return desks

    @cached_property
    def controllers(self) -> list[User]:
        """Every Controller."""
        return [user for user in self.people if Role.CONTROLLER in user.roles]

    @cached_property
    def open(self) -> Counter[int]:
        """How many open escalations each answers for."""
        theirs = Escalation.objects.filter(closed_at=None).values_list("officer").annotate(n=Count("pk"))
        return Counter(dict(theirs))

    def name(self, application: Application, level: Level) -> tuple[User, Level] | None:
        """The officer for a file, and at which level: without a supervisor it is the Controller at once."""
        if level is Level.SUPERVISOR:
            for desk in desks_of(application):
                if desk in self.heads:
                    return self._least_busy(self.heads[desk]), level
        if self.controllers:
            return self._least_busy(self.controllers), Level.CONTROLLER
        return None

    def _least_busy(self, among: list[User]) -> User:
        chosen = min(among, key=lambda user: (self.open[user.pk], user.pk))
        self.open[chosen.pk] += 1
        return chosen
