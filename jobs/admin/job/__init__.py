"""The pages about jobs: list, detail, form with its preview, and the buttons."""
