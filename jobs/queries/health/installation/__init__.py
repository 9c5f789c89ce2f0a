"""What an installation stands on: its database, broker and disks, and the files it reads."""
