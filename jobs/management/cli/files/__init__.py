"""Schedule files, read and followed on this machine."""
