"""What the journal's verbs mean, in words for the desk."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.lifecycle import MOVES

HAPPENINGS: dict[str, str | Promise] = {move.verb: move.label for move in MOVES.values()} | {
    "notice": _("Notice queued"),
    "sent": _("Notice sent"),
    "failed": _("Notice failed"),
    "delivered": _("Notice delivered"),
    "expired": _("Notice too late to send"),
    "dropped": _("Notice not needed any more"),
    "correction_settled": _("Correction of the names settled"),
    "view": _("Looked at"),
    "taken": _("Taken in hand"),
    "handed_back": _("Handed back to the list"),
    "language": _("Language of the messages chosen"),
    "remind": _("Reminded of the objections"),
    "address": _("Address changed or confirmed"),
    "delivery": _("Way of delivery chosen"),
    "bearer": _("Bearer authorised"),
    "wrong_code": _("A wrong code was told for the bearer"),
    "ask": _("The applicant asked"),
    "reply": _("Reply to the applicant"),
    "adopt": _("Taken over from the old register"),
    "escalated": _("Late: escalated to"),
    "escalation_answered": _("What is done about the lateness"),
    "redue": _("Days on which files are due follow new targets or holidays"),
    "challan_made": _("Challan made"),
    "challan_cancelled": _("Challan cancelled, another took its place"),
    "challan_settled": _("Challan paid in full"),
    "challan_opened": _("Challan open again"),
    "payment_taken": _("Payment taken in"),
    "payment_reversed": _("Payment taken back by the bank"),
    "payment_assigned": _("Payment assigned to a challan"),
    "payment_refunded": _("Payment marked to be refunded"),
    "payment_attended": _("Payment looked at by a person"),
    "reversal_kept": _("Payment taken back by the bank: a person must look"),
    "view_document": _("Looked at a paper"),
    "search": _("Searched for people"),
    "export": _("Took an export of the journal"),
    "code_asked": _("Asked for a code to sign in"),
    "contact_given": _("Gave a new mobile or e-mail"),
    "contact_confirmed": _("New mobile or e-mail confirmed"),
    "contact_refused": _("New mobile or e-mail refused"),
    "sign_in": _("Signed in"),
    "sign_out": _("Signed out"),
    "session_ended": _("Session ended"),
    "locked": _("Sign-in locked after wrong passwords"),
    "password_reset_asked": _("Asked for a new password"),
    "password_reset": _("Password set anew"),
    "begin": _("Online application begun"),
    "send": _("Online application sent"),
    "discard": _("Online application thrown away"),
    "give_document": _("Paper handed in"),
    "remove_document": _("Paper removed"),
    "refuse_virus": _("Paper refused: it carried a virus"),
    "update": _("Record changed by the examination system"),
    "news_stopped": _("News stopped by the owner of the address"),
    "news_resumed": _("News wanted again by the owner of the address"),
    "added": _("Added in the administration"),
    "changed": _("Changed in the administration"),
    "deleted": _("Deleted in the administration"),
    "loaded": _("Institution’s files loaded"),
    "reworded": _("Wording of a notice changed"),
    "original_wording": _("Wording of a notice set back to the original"),
}


def words(verb: str) -> str | Promise:
    """What a verb means; the verb itself where a later version wrote it."""
    return HAPPENINGS.get(verb, verb)
