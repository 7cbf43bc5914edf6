"""The desk's addresses."""

from django.urls import path

from degreetrack.web.desk import (
    contacts,
    documents,
    notices,
    payments,
    questions,
    seeing,
    sign_in_urls,
    views,
    wishes,
)

app_name = "desk"
urlpatterns = [
    *sign_in_urls.urlpatterns,
    path("", views.home, name="home"),
    path("work/<str:state>/", views.worklist, name="worklist"),
    path("next/<str:state>/", views.next_file, name="next"),
    path("receive/", views.receive, name="receive"),
    path("payments/", payments.home, name="payments"),
    path("payments/<int:pk>/<slug:decision>/", payments.decide, name="payment-decide"),
    path("notices/", notices.home, name="notices"),
    path("notices/wording/", notices.wordings, name="wordings"),
    path("figures/", seeing.home, name="figures"),
    path("figures/<slug:name>.<slug:form>", seeing.download, name="figures-file"),
    path("search/", views.search, name="search"),
    path("documents/<int:page_pk>/", documents.document_page, name="document_page"),
    path("case/<str:tracking_id>/", views.case, name="case"),
    path("case/<str:tracking_id>/slip/", views.slip, name="slip"),
    path("case/<str:tracking_id>/notice/<int:pk>/again/", notices.again, name="notice-again"),
    path("case/<str:tracking_id>/wish/<str:name>/", wishes.wish, name="wish"),
    path("case/<str:tracking_id>/hand-back/", views.hand_back, name="hand-back"),
    path("contacts/", contacts.waiting, name="contacts"),
    path("contacts/<int:pk>/", contacts.decide, name="contact-decide"),
    path("questions/", questions.waiting, name="questions"),
    path("questions/<str:tracking_id>/reply/", questions.reply, name="reply"),
    path("case/<str:tracking_id>/<str:verb>/", views.move, name="move"),
]
