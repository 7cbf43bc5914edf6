"""The addresses of what an applicant hands in, below "my/documents/"."""

from django.urls import path

from degreetrack.web.portal import documents

app_name = "documents"
urlpatterns = [
    path("", documents.give, name="give"),
    path("uploads/", documents.begin_upload, name="begin_upload"),
    path("uploads/finish/", documents.finish_upload, name="finish_upload"),
    path("uploads/<str:token>/", documents.upload, name="upload"),
    path("<int:page_pk>/", documents.page, name="page"),
    path("<int:document_pk>/remove/", documents.remove, name="remove"),
]
