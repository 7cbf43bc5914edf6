"""The search by name: each distinct name is known once, by how its words sound, and leads to its students.

Ten million people share some hundred thousand names, and these some ten thousand sounds: a mistyped
word is looked for among the sounds, and only what is found there among the names.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import batched, islice

from django.db import connection, transaction
from django.db.models import Q

from degreetrack.kit.holding import hold
from degreetrack.kit.rows import read_with_told, with_told
from degreetrack.kit.sounds import forms, near, sound, sounds
from degreetrack.kit.urdu import search_key
from degreetrack.records.models import Name, NamePart, Sound, SoundForm, Student, UnlearntNames

# So many names that a word occurs in are looked at: a search is bounded, whatever is typed.
LOOKED_AT, MOST = 3000, 200


def learn(names: Iterable[str]) -> None:
    """Take in names, as keys of search_key(), that are not known yet, within the caller's transaction."""
    told = [{"key": key} for key in set(names) if key]
    if not told:
        return
    unknown = "SELECT key FROM told WHERE (SELECT id FROM records_name WHERE key = told.key) IS NULL"
    heard = {key: sounds(key) for (key,) in read_with_told(unknown, told, key="text")}
    if not heard:
        return
    with transaction.atomic(savepoint=False):
        hold(["names"])
        ids = _sound_ids({one for parts in heard.values() for one in parts})
        rows = [{"key": key, "sounds": " ".join(parts)[:100]} for key, parts in heard.items()]
        made = read_with_told(
            "INSERT INTO records_name (key, sounds) SELECT key, sounds FROM told WHERE true"
            " ON CONFLICT DO NOTHING RETURNING id, key",
            rows,
            key="text",
            sounds="text",
        )
        with_told(
            "INSERT INTO records_namepart (sound_id, name_id) SELECT sound, name FROM told",
            [{"sound": ids[one], "name": pk} for pk, key in made for one in heard[key]],
            sound="bigint",
            name="bigint",
        )


def learn_later(names: Iterable[str]) -> None:
    """Note names for the worker to learn, within the caller's transaction: an import does not wait for it."""
    told = sorted(set(names) - {""})
    if told:
        UnlearntNames.objects.create(keys=told)


def learn_noted() -> int:
    """Learn what imports have noted, note by note; tell how many notes there were."""
    done = 0
    while True:
        with transaction.atomic():
            note = UnlearntNames.objects.select_for_update(skip_locked=True).order_by("pk").first()
            if note is None:
                return done
            learn(note.keys)
            note.delete()
        done += 1


def _sound_ids(keys: set[str]) -> dict[str, int]:
    """The keys of these sounds' rows, made where they are new."""
    known = "SELECT key, (SELECT id FROM records_sound WHERE key = told.key) FROM told"
    ids = dict(read_with_told(known, [{"key": key} for key in keys], key="text"))
    new = [key for key, pk in ids.items() if pk is None]
    if new:
        made = "INSERT INTO records_sound (key) SELECT key FROM told RETURNING key, id"
        ids |= dict(read_with_told(made, [{"key": key} for key in new], key="text"))
        with_told(
            "INSERT INTO records_soundform (form, sound_id) SELECT form, sound FROM told",
            [{"form": form, "sound": ids[key]} for key in new for form in forms(key)],
            form="text",
            sound="bigint",
        )
    return ids


def learn_all(*, after: int = 0) -> Iterator[int]:
    """Take in the names of all students, chunk by chunk, each kept; gives how many were looked at."""
    rows = Student.objects.filter(pk__gt=after).order_by("pk").values_list("name_key", "name_ur_key")
    for chunk in batched(rows.iterator(10_000), 10_000):
        learn(key for pair in chunk for key in pair)
        yield len(chunk)


def alike(typed: str, *, most: int = MOST) -> list[str]:
    """Keys of known names that sound like what was typed, or have words that do; the closest first."""
    key = search_key(typed)
    words, heard = key.split(), sounds(key)
    if not heard:
        return []
    close: dict[str, float] = {}

    def weigh(names: Iterable[str]) -> float:
        close.update((name, _closeness(words, name.split())) for name in names if name not in close)
        return max(close.values(), default=0.0) / len(words)

    with by_index():
        for in_full in (Q(key=key), Q(key__startswith=key), Q(sounds=_joined(heard))):
            best = weigh(Name.objects.filter(in_full).values_list("key", flat=True)[:most])
        if len(close) < most:
            best = weigh(_with_parts([{one} for one in heard], most))
        if best < 0.9:
            mistaken = _mistaken(words)
            best = weigh(_with_one_mistake(heard, mistaken))
            if best < 0.8:
                weigh(_with_parts([{one, *mistaken[one]} for one in heard], most))

    def place(name: str) -> tuple[bool, float, bool, float, str]:
        in_order = sum(map(_similar, words, name.split()))
        return name != key, -close[name], not name.startswith(key), -in_order, name

    return sorted(close, key=place)[:most]


def _joined(heard: Iterable[str]) -> str:
    return " ".join(sorted(set(heard)))[:100]


def _mistaken(words: list[str]) -> dict[str, set[str]]:
    """For each sound of the words the known ones that it may be: one letter wrong, or only begun."""
    # A wrong letter may change two of the sound: so what is left of a word without it counts as well.
    left = {word: {sound(form) for form in forms(word)} for word in words if sound(word)}
    sought = {form for some in left.values() for form in some} | {
        form for word in left for form in forms(sound(word))
    }
    known: dict[str, set[str]] = {}
    for form, key in SoundForm.objects.filter(form__in=sought).values_list("form", "sound__key"):
        known.setdefault(key, set()).add(form)
    found: dict[str, set[str]] = {sound(word): set() for word in left}
    for word, some in left.items():
        one = sound(word)
        found[one] |= {key for key, shared in known.items() if shared & some or near(one, key)}
        if len(one) > 1:
            found[one].update(Sound.objects.filter(key__startswith=one).values_list("key", flat=True)[:50])
    return found


def _with_one_mistake(heard: list[str], mistaken: dict[str, set[str]]) -> list[str]:
    """Names that sound like what was typed but for one word; each is one look into an index."""
    whole = {
        _joined([*heard[:at], key, *heard[at + 1 :]]) for at, one in enumerate(heard) for key in mistaken[one]
    }
    return list(Name.objects.filter(sounds__in=whole).values_list("key", flat=True)[:LOOKED_AT])


def _with_parts(choices: list[set[str]], most: int) -> list[str]:
    """Names that have one of each choice of sounds, sought among those of the rarest."""
    ids = dict(Sound.objects.filter(key__in=set().union(*choices)).values_list("key", "pk"))
    known = [{key: ids[key] for key in choice & ids.keys()} for choice in choices]
    if not all(known):
        return []
    rarest, *rest = sorted(known, key=_count) if len(known) > 1 else known
    parts = NamePart.objects.filter(sound_id__in=rarest.values()).values("name_id")
    looked_at = Name.objects.filter(pk__in=parts[: LOOKED_AT if rest else most])
    names = looked_at.values_list("key", "sounds")
    fit = (key for key, heard in names if all(sought.keys() & set(heard.split()) for sought in rest))
    return list(islice(fit, most))


@contextmanager
def by_index() -> Iterator[None]:
    """Have PostgreSQL follow indexes row by row, so that it stops at a LIMIT, and compile nothing.

    It would otherwise read whole tables, and all that bear a common name, before the first row.
    """
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                off = ("enable_seqscan", "enable_bitmapscan", "jit")
                cursor.execute("SELECT " + ", ".join(f"set_config('{one}', 'off', true)" for one in off))
        yield


def _count(choice: dict[str, int]) -> int:
    return NamePart.objects.filter(sound_id__in=choice.values())[:LOOKED_AT].count()


def _closeness(typed: list[str], words: list[str]) -> float:
    """How much of what was typed a name has, word by word; of two that have it all the shorter is closer."""
    return sum(max(_similar(one, word) for word in words) for one in typed) - 0.01 * len(words)


@lru_cache(maxsize=50_000)
def _similar(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one.isascii() != other.isascii():
        return 0.7 if sound(one) == sound(other) else 0.0
    return 0.95 * SequenceMatcher(None, one, other).ratio()
