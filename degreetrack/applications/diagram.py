"""docs/lifecycle.md, drawn from the table."""

from degreetrack.applications.lifecycle import GROUPS, MOVES, State

HEAD = """# The lifecycle

Generated from `degreetrack/applications/lifecycle.py` by `degreetrack draw-lifecycle`; do not edit.
"""


def lifecycle_page() -> str:
    """The page as text: states, moves, and a diagram in Mermaid."""
    lines = [HEAD, "## States", "", "| state | the applicant reads | group |", "|---|---|---|"]
    lines += [f"| {state.name} | {state.label} | {GROUPS[state]} |" for state in State]
    lines += [
        "",
        "## Moves",
        "",
        "| move | who | from | to | conditions | needs | reason | tells | key | in bulk |",
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|---|"]
    for move in MOVES.values():
        cells = [
            move.verb,
            ", ".join(sorted(move.roles)),
            ", ".join(state.name for state in move.from_) or "(new)",
            move.to.name,
            ", ".join(move.conditions),
            ", ".join(move.needs),
            "yes" if move.reason else "",
            "yes" if move.tells else "",
            move.key,
            "yes" if move.bulk else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## Diagram", "", "```mermaid", "stateDiagram-v2"]
    for move in MOVES.values():
        sources = [state.name for state in move.from_] or ["[*]"]
        lines += [f"    {source} --> {move.to.name}: {move.verb}" for source in sources]
    return "\n".join([*lines, "```", ""])
