"""The pages of the administration: each change is journalled, and checked before it can hurt.

They stand here because their checks look at applications, which the rooms below know nothing of.
"""

from degreetrack.web.admin import catalogue, desks, fees, institution, people

__all__ = ["catalogue", "desks", "fees", "institution", "people"]
