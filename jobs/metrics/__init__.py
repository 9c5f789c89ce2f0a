"""What is measured, in Prometheus's text form: read from the database at each scrape, never from a
process's memory.

So the numbers are those of the whole installation, whichever web process is asked, and survive
every restart. Counters come from totals that only grow; gauges from bounded looks at what is open
now.
"""

from jobs.metrics.exposition import CONTENT_TYPE, exposition

__all__ = ["CONTENT_TYPE", "exposition"]
