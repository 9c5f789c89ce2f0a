"""How each kind of channel is reached: ``sending.send`` is the one way in."""
