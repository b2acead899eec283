"""The batch engine: a list of items becomes a folder of pictures and a ledger that says where each came from.

plan → bounded queues of decode threads → model batches → encode threads → atomic rename → ledger
"""

from tasks.batch.encode import Written
from tasks.batch.engine import run_job
from tasks.batch.history import find_damaged, read_ledger
from tasks.batch.job import Job, do_job
from tasks.batch.plan import JSON, Item, item_key
from tasks.batch.progress import JobReport, Progress
from tasks.batch.renderer import Renderer
from tasks.batch.withheld import Withheld

__all__ = [
    "JSON",
    "Item",
    "Job",
    "JobReport",
    "Progress",
    "Renderer",
    "Withheld",
    "Written",
    "do_job",
    "find_damaged",
    "item_key",
    "read_ledger",
    "run_job",
]
