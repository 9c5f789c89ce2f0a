"""Jobs as files again: our own form, and django-celery-beat's rows."""
