"""All that a reworded notice may use of Django's templates: no file, no address, no raw HTML."""

from django import template
from django.template import defaultfilters, defaulttags

register = template.Library()
register.tag("if", defaulttags.do_if)
register.tag("for", defaulttags.do_for)
for name in ("default", "first", "join", "length"):
    register.filter(name, getattr(defaultfilters, name))
