"""The rows of oversight, each kind in a module of its own."""

from degreetrack.oversight.rollup_models import (  # noqa: F401
    BacklogFigure,
    Counted,
    MoveFigure,
    ObjectionFigure,
    StayFigure,
)
