"""The buttons for one job or for several."""
