"""Addresses of stock, print runs and manifests."""

from django.urls import path

from degreetrack.web.desk import dispatching, printing, stock

urlpatterns = [
    path("stock/", stock.home, name="stock"),
    path("stock/receive/", stock.receive, name="stock-receive"),
    path("stock/<int:pk>/", stock.lot, name="stock-lot"),
    path("stock/<int:pk>/void/", stock.void, name="stock-void"),
    path("runs/", printing.home, name="runs"),
    path("runs/start/", printing.start, name="run-start"),
    path("runs/<int:pk>/", printing.run, name="run"),
    path("runs/<int:pk>/printed/", printing.printed, name="run-printed"),
    path("runs/<int:pk>/spoil/<int:line_pk>/", printing.spoil, name="run-spoil"),
    path("runs/<int:pk>/blank/<int:line_pk>/", printing.next_blank, name="run-blank"),
    path("runs/<int:pk>/close/", printing.close, name="run-close"),
    path("runs/<int:pk>/signatures/", printing.signatures, name="run-signatures"),
    path("runs/<int:pk>/sign/", printing.sign, name="run-sign"),
    path("manifests/", dispatching.home, name="manifests"),
    path("manifests/start/", dispatching.start, name="manifest-start"),
    path("manifests/deliveries/", dispatching.deliveries, name="manifest-deliveries"),
    path("manifests/files/<int:pk>/rejected.csv", dispatching.rejected, name="post-file-rejected"),
    path("manifests/<int:pk>/", dispatching.manifest, name="manifest"),
    path("manifests/<int:pk>/list.csv", dispatching.as_csv, name="manifest-csv"),
    path("manifests/<int:pk>/list.pdf", dispatching.as_pdf, name="manifest-pdf"),
    path("manifests/<int:pk>/number/", dispatching.number, name="manifest-number"),
    path("manifests/<int:pk>/numbers/", dispatching.numbers, name="manifest-numbers"),
    path("manifests/<int:pk>/off/<int:line_pk>/", dispatching.take_off, name="manifest-off"),
    path("manifests/<int:pk>/close/", dispatching.close, name="manifest-close"),
]
