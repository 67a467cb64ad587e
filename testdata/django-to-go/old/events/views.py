from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from .forms import SignupForm
from .models import Event


def event_list(request):
    events = Event.objects.filter(starts__gte=timezone.now())
    return render(request, "events/list.html", {"events": events})


def event_detail(request, pk):
    event = get_object_or_404(Event, pk=pk)
    signups = event.signups.select_related("user")
    joined = any(signup.user == request.user for signup in signups)
    return render(request, "events/detail.html", {"event": event, "signups": signups, "joined": joined, "form": SignupForm()})


@login_required
def event_signup(request, pk):
    event = get_object_or_404(Event, pk=pk)
    form = SignupForm(request.POST)
    if request.method == "POST" and form.is_valid():
        event.signups.get_or_create(user=request.user, defaults={"note": form.cleaned_data["note"]})
    return redirect("event", pk=pk)
