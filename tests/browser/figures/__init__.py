"""What the console's pages say in figures, each worked out once more from the rows, without the
product's code.
"""
