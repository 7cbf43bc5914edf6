"""Django's sessions in the database; ours of the staff follow when one gets a new key."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from degreetrack.accounts.models import StaffSession


class SessionStore(DatabaseStore):
    """A new key comes with sign-in, and with the first page after SECRET_KEY was replaced."""

    def cycle_key(self) -> None:
        """Take a new key along to where the person sees and ends their sessions."""
        before = self.session_key
        super().cycle_key()
        if before:
            StaffSession.objects.filter(session_key=before).update(session_key=self.session_key)
