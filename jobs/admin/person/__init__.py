"""The pages about people: who is there, what they may do, and the link that lets somebody in."""
