"""What a drill found beside what was meant, line by line."""


class Report:
    """What was meant and what was found, line by line."""

    def __init__(self) -> None:
        self.wrong = 0

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def say(self, what: str, found: object, *, fits: bool = True) -> None:
        """A figure, and whether it is what it must be."""
        self.wrong += not fits
        print(f"  {'ok   ' if fits else 'WRONG'}  {what:58} {found}", flush=True)

    def same(self, what: str, found: object, meant: object) -> None:
        """Two things that must be equal."""
        told = found if found == meant else f"{found!r}; meant {meant!r}"
        self.say(what, str(told)[:300], fits=found == meant)
