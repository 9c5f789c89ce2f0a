"""The pages about where runs wait and where they run: queues, pools and workers."""
