"""Reports: a page for each training, evaluation and promotion, made of what MLflow has recorded, kept with the run."""
