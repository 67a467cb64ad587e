from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from django.views.static import serve

from . import settings

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("events/", include("events.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    # A small site serves what collectstatic has gathered by itself.
    re_path("^static/(?P<path>.*)$", serve, {"document_root": settings.STATIC_ROOT}),
]
