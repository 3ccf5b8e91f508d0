"""What scripts/choosing, scripts/aa-check and scripts/race-check share."""
