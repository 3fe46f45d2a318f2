from django.urls import path

from . import views

app_name = "notes"
urlpatterns = [
    path("", views.index, name="index"),
    path("notes/<int:number>/", views.note, name="note"),
    path("clear/", views.clear, name="clear"),
    path("api/notes/", views.api, name="api"),
    path("export/", views.export, name="export"),
    path("broken/", views.broken, name="broken"),
]
