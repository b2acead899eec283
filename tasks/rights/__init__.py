"""Whose works a model learnt from, and what becomes of it when an artist opts out."""
