"""Why not? One call answers, for a job or a run, why it is not running now."""
