"""What the comparing benchmarks share: peers' environments, servers, an observer outside the
product, the table.
"""
