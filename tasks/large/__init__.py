"""Pictures of any size, in constant memory: read from top to bottom, painted strip by strip, written as they come."""
