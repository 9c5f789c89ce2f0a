"""How values look on every page: times, states, texts and the links between pages of a list."""
