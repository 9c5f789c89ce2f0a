"""What is counted: roll-ups, histograms and the health of jobs."""
