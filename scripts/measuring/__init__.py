"""What scripts/choosing and scripts/aa-check share."""
