"""Figures on pictures: how well a model does."""
