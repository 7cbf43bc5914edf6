"""Digits drawn and spoken; apart from the rest, as few requests need its libraries."""

from functools import cache

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha


class LegibleImage(ImageCaptcha):
    """Digits that a person reads at once: strong contrast, little slant, side by side."""

    character_rotate = (-18, 18)
    character_warp_dx = character_warp_dy = (0.05, 0.15)
    word_offset_dx = 0.05
    word_space_probability = 1.0
    lookup_table = [min(255, shade * 5) for shade in range(256)]


@cache
def voice() -> AudioCaptcha:
    """Who speaks the digits."""
    return AudioCaptcha()
