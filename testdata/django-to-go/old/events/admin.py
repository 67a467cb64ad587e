from django.contrib import admin

from .models import Event, Signup


class SignupInline(admin.TabularInline):
    model = Signup
    extra = 0


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ["title", "place", "starts"]
    inlines = [SignupInline]
