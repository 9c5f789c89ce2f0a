"""Jobs: which ones, in what order, and what surrounds one."""
