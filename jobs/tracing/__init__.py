"""One OpenTelemetry trace per run, from its plan to its finish, over all processes that had a hand
in it.

The run's id is the trace's id, so every process can add its spans without being told anything:
messages carry nothing, and whoever has a run's id can look its trace up. This room listens to
events; where no endpoint is set it is not even loaded.
"""

from jobs.tracing.setup import trace_runs

__all__ = ["trace_runs"]
