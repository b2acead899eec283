"""The registry's model, as MLflow loads it: code that reads a bundle, so that nothing is unpickled.

This file is logged with each version ("models from code"); it needs no room of the house but this one.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel

from artmodels.bundle import load_bundle
from artmodels.family import get_family


class BundleModel(PythonModel):
    """Serves any family's bundle."""

    def load_context(self, context: Any) -> None:
        """Load the bundle that was logged with the version."""
        bundle = load_bundle(Path(context.artifacts["bundle"]))
        self.model = get_family(bundle.family).load(bundle)

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> list[bytes]:
        """Answer each row; columns and parameters are those of the version's signature."""
        return self.model.predict(model_input, params or {})


mlflow.models.set_model(BundleModel())
