"""Videos: read frame by frame, repainted, and written with their sound."""
