"""The rows of oversight, each kind in a module of its own."""

from degreetrack.oversight.escalation_models import Digest, Escalation, Level
from degreetrack.oversight.rollup_models import (
    BacklogFigure,
    Counted,
    MoveFigure,
    ObjectionFigure,
    StayFigure,
)

__all__ = [
    "BacklogFigure",
    "Counted",
    "Digest",
    "Escalation",
    "Level",
    "MoveFigure",
    "ObjectionFigure",
    "StayFigure",
]
