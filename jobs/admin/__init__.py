"""The console: Django admin on django-unfold, with pages of its own for jobs and runs.

A view is three steps: read the input, call one action or one read model, answer. What a template
prints was prepared here; templates neither query nor decide.
"""
