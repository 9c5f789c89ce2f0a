"""The pages about where runs wait and where they run: queues and workers."""
