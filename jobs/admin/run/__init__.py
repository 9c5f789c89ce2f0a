"""The pages about runs: list, detail with its log, run again."""
