"""What goes in and out, field by field: pydantic models that check requests and are the OpenAPI
document's schemas.

Answers are plain dicts under the names of ``jobs.queries.fields``; their shapes here document them.
"""
