"""The house keeps its shape."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from django.template.loader import get_template

from degreetrack.accounts.models import Role
from degreetrack.applications.conditions import CHECKS
from degreetrack.applications.effects import HANDLERS, HANDLERS_OF_MANY
from degreetrack.applications.lifecycle import MOVES, Condition, Effect

ROOT = Path(__file__).parent.parent
CODE = sorted(path for path in (ROOT / "degreetrack").rglob("*.py") if "migrations" not in path.parts)


def _assigns_state(path: Path) -> bool:
    targets = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign):
            targets += [leaf for target in node.targets for leaf in ast.walk(target)]
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets.append(node.target)
    return any(isinstance(leaf, ast.Attribute) and leaf.attr == "state" for leaf in targets)


def test_only_the_services_of_applications_assign_a_state():
    writers = [path.relative_to(ROOT).as_posix() for path in CODE if _assigns_state(path)]

    assert writers == ["degreetrack/applications/services.py"]


def test_every_notifying_move_has_its_templates_in_both_languages():
    for move in MOVES.values():
        if move.tells:
            for language in ("en", "ur"):
                for channel in ("sms", "email"):
                    assert get_template(f"notices/{move.verb}.{language}.{channel}.txt").template.source


def test_every_effect_and_condition_has_its_handler():
    assert set(HANDLERS) == set(Effect)
    assert set(CHECKS) == set(Condition)


def test_a_move_of_many_files_needs_nothing_of_each_and_has_its_own_handlers():
    for move in MOVES.values():
        if move.bulk:
            assert move.needs == ()
            assert set(move.effects) <= set(HANDLERS_OF_MANY)


def test_every_move_at_the_desk_has_a_letter_of_its_own():
    letters = [move.key for move in MOVES.values() if move.from_ and move.roles - {Role.LEDGER, Role.CLOCK}]

    assert len(set(letters)) == len(letters)
    # Those that mean something on every page or list: go, next row, row before, next file, tick, hand back.
    assert set(letters) <= set("abcdefghijklmnopqrstuvwxyz") - set("gjknxy")


def test_no_module_grows_past_three_hundred_lines():
    long = [path.name for path in CODE if len(path.read_text(encoding="utf-8").splitlines()) > 300]

    assert long == []


def test_a_web_worker_loads_no_large_library_before_somebody_needs_it():
    serve = "import sys; from degreetrack.config import wsgi, urls"
    large = {"reportlab", "pypdf", "xlsxwriter", "PIL", "segno", "captcha", "boto3", "requests", "redis"}
    large |= {"webauthn", "cryptography", "zxcvbn"}
    code = f"{serve}; print({large} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "set()"


def test_templates_carry_no_style_or_script_of_their_own():
    of_static_file = re.compile(r"""<script defer src="\{% static '[a-z/_-]+\.js' %\}"></script>""")

    for path in (ROOT / "templates").rglob("*.html"):
        text = of_static_file.sub("", path.read_text(encoding="utf-8"))
        assert "<script" not in text, path
        assert "style=" not in text, path


def test_nothing_of_one_university_stands_in_the_code():
    named = [path.name for path in CODE if "aiou" in path.read_text(encoding="utf-8").lower()]

    # The demo names the folder of its sample university.
    assert named == ["load_demo.py"]
