"""The resources of a job."""
