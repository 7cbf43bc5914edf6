"""The ways out of the machine: each takes a notice and returns the provider's id for it."""


class Temporary(Exception):
    """It did not go now; it may later."""


class Permanent(Exception):
    """It will never go to this address."""
