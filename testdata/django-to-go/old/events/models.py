from django.conf import settings
from django.db import models


class Event(models.Model):
    title = models.CharField(max_length=100)
    place = models.CharField(max_length=100)
    starts = models.DateTimeField()

    class Meta:
        ordering = ["starts"]

    def __str__(self):
        return self.title


class Signup(models.Model):
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="signups")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    note = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created"]
        unique_together = [("event", "user")]

    def __str__(self):
        return f"{self.user} for {self.event}"
