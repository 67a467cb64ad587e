import hashlib
import os

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def index(request):
    return JsonResponse(
        {
            "user": request.user.get_username(),
            "scheme": request.scheme,
            "host": request.get_host(),
            "client": request.META.get("HTTP_X_FORWARDED_FOR"),
            "path": request.META["RAW_URI"],
        }
    )


@csrf_exempt
def upload(request):
    return HttpResponse(hashlib.sha256(request.FILES["file"].read()).hexdigest())


def stream(request):
    """Sends a line, and the second one when the test has seen the first."""

    def lines():
        yield "first\n"
        with open(os.environ["DJANGO_GATE"]) as gate:  # a named pipe
            yield gate.read()

    return StreamingHttpResponse(lines())


def cookies(request):
    response = HttpResponse("cookies")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


urlpatterns = [
    path("admin/", admin.site.urls),
    path("old/a/b", index),
    path("old/", index),
    path("old/upload", upload),
    path("old/stream", stream),
    path("old/cookies", cookies),
] + staticfiles_urlpatterns()
