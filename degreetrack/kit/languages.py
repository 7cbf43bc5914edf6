"""Two languages side by side: fields `name_en` and `name_ur` read as `name` in the active one."""

from typing import Any

from django.utils.translation import get_language


class InLanguage:
    """Read `<attribute>_ur` when the active language is Urdu and it is filled in, else `<attribute>_en`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> str:
        if instance is None:
            return self  # type: ignore[return-value]
        if get_language() == "ur":
            urdu: str = getattr(instance, f"{self.name}_ur")
            if urdu:
                return urdu
        english: str = getattr(instance, f"{self.name}_en")
        return english
