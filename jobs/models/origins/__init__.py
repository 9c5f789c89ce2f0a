"""Where jobs come from: files that were imported, and plans that code declares."""
