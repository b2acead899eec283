"""Where everything lives: one place, every value settable by an `ATELIER_*` variable or a `.env` file."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder upwards from `start` that holds `dvc.yaml`, else `start` itself."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "dvc.yaml").is_file()), here)


class Settings(BaseSettings):
    """Every setting of the house. Relative paths are taken from `root`."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore")

    root: Path = Field(default_factory=find_root, description="The project: the folder of dvc.yaml and data.dvc.")
    home: Path = Field(Path(".atelier"), description="Scratch of this machine: runs, locks, the local registry.")
    # It may hold a password, which a printed object must not show.
    tracking_uri: str = Field("", repr=False, description="MLflow's store; empty: SQLite in `home`.")
    artifact_root: str = Field(
        "", description="Where a new MLflow experiment keeps files; empty: where MLflow's server does, else in `home`."
    )
    dvc_remote: str = Field("", description="DVC remote to pull from and push to; empty: pull the default, push none.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where models run.")

    min_side: int = Field(64, ge=1, description="Artworks with a shorter side than this many pixels are refused.")
    max_pixels: int = Field(100_000_000, ge=1, description="Pictures with more pixels than this are refused.")
    tile_above: int = Field(
        16_000_000, ge=1, description="Contents with more pixels are painted strip by strip, in constant memory."
    )
    # libvips holds the smaller copies of a pyramid in memory, compressed: at this size more than a gigabyte.
    max_large_pixels: int = Field(2_000_000_000, ge=1, description="So painted pictures with more are refused.")
    allowed_licences: tuple[str, ...] = Field(
        ("CC0-1.0", "public domain", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "own work"),
        description="Licences that may enter the catalog, compared without case.",
    )
    opt_out: Path = Field(Path("opt-out.txt"), description="Artists who may not enter the catalog, one name a line.")
    near_duplicate_bits: int = Field(4, ge=0, le=32, description="Largest distance of perceptual hashes (64 bits).")
    allow_private_urls: bool = Field(False, description="Allow downloads from private and loopback addresses.")
    max_download_bytes: int = Field(200_000_000, ge=1, description="Downloads longer than this are refused.")
    price_per_hour: float | None = Field(None, ge=0, description="What an hour of training costs, in any currency.")
    lock_seconds: float = Field(3600, ge=0, description="How long to wait for another process that holds the data.")
    orders: str = Field("orders", description="Where orders of pictures are dropped: a folder, or s3://BUCKET/PREFIX.")
    order_roots: tuple[str, ...] = Field(
        (".",),
        description="Folders and s3:// prefixes that orders may take pictures from, beside where they are dropped.",
    )
    order_out: str = Field(
        "out/orders", description="Folder, or s3:// prefix, that the results of orders are put in, each in its own."
    )

    host: str = Field("127.0.0.1", description="The address that the servers of `atelier up` listen on.")
    prefect_port: int = Field(4200, ge=1, le=65535, description="The port of the Prefect server of `atelier up`.")
    mlflow_port: int = Field(5000, ge=1, le=65535, description="The port of the MLflow server of `atelier up`.")
    prefect_database: SecretStr = Field(
        SecretStr(""), description="Database of the Prefect server, postgresql+asyncpg://...; empty: SQLite in `home`."
    )
    mlflow_backend: SecretStr = Field(
        SecretStr(""), description="Database of the MLflow server, postgresql://...; empty: SQLite in `home`."
    )
    services_auth: SecretStr = Field(
        SecretStr(""), description="`user:password` that both servers demand, 12 characters or more; empty: none."
    )
    cpu_runs: int = Field(2, ge=1, description="Flow runs that this machine's worker of the pool `cpu` does at once.")
    gpu_runs: int = Field(1, ge=1, description="The same of the pool `gpu`: as many as there are GPUs.")
    ready_seconds: float = Field(180, ge=1, description="How long `atelier up` waits for a service to be healthy.")

    credentials: bool = Field(True, description="Sign every picture with what it was made of, by the C2PA standard.")
    signing_certificate: Path | None = Field(
        None, description="Certificate chain (PEM) that pictures are signed with; None: one of this machine's own."
    )
    signing_key: Path | None = Field(None, description="Private key (PEM) of the signing certificate.")
    signing_key_password: SecretStr | None = Field(None, description="Password of the private key, where it has one.")
    trusted_certificates: Path | None = Field(
        None, description="Certificates (PEM) of others whose signatures `atelier verify` knows, such as C2PA's list."
    )

    train_processes: int = Field(
        1, ge=1, le=64, description="Processes that train one model together, a GPU each where there are GPUs."
    )
    fanout: Literal["threads", "dask", "ray", "pool"] = Field(
        "threads", description="Where a batch job runs: here, on a Dask or Ray cluster, or on a work pool."
    )
    fanout_address: str = Field("", description="The cluster's address; empty: a new one on this machine.")
    fanout_workers: int = Field(
        2, ge=1, le=1000, description="Workers of a new cluster; of a work pool, shards asked for at a time."
    )
    shard_items: int = Field(200, ge=1, description="Pictures a shard, where a batch job runs elsewhere.")
    gpu: int | None = Field(None, ge=0, description="Number of the CUDA device to use; None: one that is free.")
    model_licence: str = Field(
        "other", min_length=1, description="Licence of the models on their cards, by Hugging Face's name for it."
    )
    copies: Literal["flag", "withhold", "off"] = Field(
        "flag", description="What becomes of generated pictures that copy a training work; off: none is compared."
    )

    @field_validator("root")
    @classmethod
    def _absolute(cls, root: Path) -> Path:
        return root.absolute()

    @property
    def scratch(self) -> Path:
        """The absolute `home` folder."""
        return self.root / self.home

    @property
    def data(self) -> Path:
        """The folder that `data.dvc` tracks."""
        return self.root / "data"

    @property
    def catalog(self) -> Path:
        """The catalog, one row an artwork."""
        return self.data / "catalog.parquet"

    @property
    def prepared(self) -> Path:
        """What `dvc.yaml` derives from `data`."""
        return self.root / "prepared"

    @property
    def weights(self) -> Path:
        """The folder that `weights.dvc` tracks: pretrained weights that ship with the sample."""
        return self.root / "weights"

    @property
    def torch_device(self) -> str:
        """The torch device that `device` means on this machine."""
        if self.device in ("cpu", "mps"):
            return self.device
        import torch

        if self.device == "auto" and not torch.cuda.is_available():
            return "cpu"
        return "cuda" if self.gpu is None else f"cuda:{self.gpu}"

    @property
    def mlflow_uri(self) -> str:
        """MLflow's tracking and registry URI."""
        return self.tracking_uri or f"sqlite:///{self.scratch / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> str:
        """Where files are kept unless MLflow's server decides."""
        return self.artifact_root or (self.scratch / "artifacts").as_uri()

    def artifacts_of(self, family: str) -> str | None:
        """Return where a new experiment of a family keeps its files; None: MLflow's server decides."""
        if not self.artifact_root and self.tracking_uri.startswith(("http://", "https://")):
            return None
        return f"{self.mlflow_artifacts}/{family}"


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment.

    Raises:
        AtelierError: a variable has a value that is not accepted.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        field, value, reason = first_fault(error)
        name = "ATELIER_" + field.replace(".", "_").upper()
        raise AtelierError(f"{name}={value!r} is not accepted: {reason}.") from error
    except SettingsError as error:
        field = str(error).split('"')[1]
        raise AtelierError(f'ATELIER_{field.upper()} is not accepted: write a list, ["...", "..."].') from error
