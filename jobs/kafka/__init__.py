"""Messages of Kafka topics as runs.

Needs the extra ``kafka``, and only where a topic is really read.
"""
