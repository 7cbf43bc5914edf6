"""The rows of oversight, each kind in a module of its own."""

from degreetrack.oversight.escalation_models import Digest, Escalation, Level
from degreetrack.oversight.job_models import JobRun
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
    "JobRun",
    "Level",
    "MoveFigure",
    "ObjectionFigure",
    "StayFigure",
]
