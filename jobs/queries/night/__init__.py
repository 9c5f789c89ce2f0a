"""The night: when jobs start, how many of them at a time, and how to spread them."""
