"""The portal's addresses, below "my/"."""

from django.urls import path

from degreetrack.web.portal import apply, data, news, sign_in, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", sign_in.ask, name="sign-in"),
    path("code/", sign_in.code, name="code"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("new-mobile/", sign_in.prove, name="prove"),
    path("new-mobile/sent/", sign_in.proved, name="proved"),
    path("sessions/", sign_in.own_sessions, name="sessions"),
    path("sessions/<int:pk>/end/", sign_in.end_session, name="session-end"),
    path("data/", data.take, name="data"),
    path("news/", news.home, name="news"),
    path("news/choose/", news.choose, name="news-choose"),
    path("apply/", apply.begin, name="begin"),
    path("apply/<int:pk>/discard/", apply.discard, name="discard"),
    path("apply/<int:pk>/<slug:part>/", apply.step, name="step"),
    path("challan/<str:number>/", apply.challan, name="challan"),
    path("challan/<str:number>/print.pdf", apply.challan_pdf, name="challan-pdf"),
    path("case/<str:tracking_id>/", views.case, name="case"),
    path("case/<str:tracking_id>/answer/", views.answer, name="answer"),
    path("case/<str:tracking_id>/extend/", views.extend, name="extend"),
    path("case/<str:tracking_id>/withdraw/", views.withdraw, name="withdraw"),
    path("case/<str:tracking_id>/wish/<slug:name>/", views.wish, name="wish"),
    path("case/<str:tracking_id>/ask/", views.ask, name="ask"),
]
