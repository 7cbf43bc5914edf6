"""The one way to say no: an exception whose text is fit to show to the person."""


class Refused(Exception):
    """Say why something may not be done, in the reader's language, and what to do instead."""
