"""The desk's addresses."""

from django.urls import path, re_path

from degreetrack.web.desk import (
    bulk,
    contacts,
    documents,
    keys,
    notices,
    payments,
    questions,
    sign_in_urls,
    views,
    wishes,
    work,
)

app_name = "desk"
urlpatterns = [
    *sign_in_urls.urlpatterns,
    path("", work.home, name="home"),
    path("work/<str:state>/", work.worklist, name="worklist"),
    path("work/<str:state>/view/", work.save_view, name="save-view"),
    path("work/<str:state>/bulk/", bulk.ask, name="bulk"),
    re_path("^work/(?P<state>[a-z]+)/assign/(?P<which>chosen|next)/$", bulk.assign, name="assign"),
    path("view/<int:pk>/delete/", work.delete_view, name="delete-view"),
    path("next/<str:state>/", work.next_file, name="next"),
    path("batches/", bulk.home, name="batches"),
    path("batches/<int:pk>/", bulk.batch, name="batch"),
    path("batches/<int:pk>/refused.csv", bulk.refused_csv, name="batch-refused"),
    re_path("^batches/(?P<pk>[0-9]+)/(?P<how>stop|resume)/$", bulk.steer, name="batch-steer"),
    path("keys/", keys.keys, name="keys"),
    path("receive/", views.receive, name="receive"),
    path("payments/", payments.home, name="payments"),
    path("payments/<int:pk>/<slug:decision>/", payments.decide, name="payment-decide"),
    path("notices/", notices.home, name="notices"),
    path("notices/wording/", notices.wordings, name="wordings"),
    path("search/", views.search, name="search"),
    path("documents/<int:page_pk>/", documents.document_page, name="document_page"),
    path("case/<str:tracking_id>/", views.case, name="case"),
    path("case/<str:tracking_id>/slip/", views.slip, name="slip"),
    path("case/<str:tracking_id>/notice/<int:pk>/again/", notices.again, name="notice-again"),
    path("case/<str:tracking_id>/wish/<str:name>/", wishes.wish, name="wish"),
    path("case/<str:tracking_id>/hand-back/", work.hand_back, name="hand-back"),
    path("contacts/", contacts.waiting, name="contacts"),
    path("contacts/<int:pk>/", contacts.decide, name="contact-decide"),
    path("questions/", questions.waiting, name="questions"),
    path("questions/<str:tracking_id>/reply/", questions.reply, name="reply"),
    path("case/<str:tracking_id>/<str:verb>/", views.move, name="move"),
]
