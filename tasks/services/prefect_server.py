"""`prefect server start` on SQLite, with transactions that queue.

    python -m tasks.services.prefect_server --host 127.0.0.1 --port 4200

Prefect begins its transactions as readers and lets them turn into writers. Where another has written meanwhile, SQLite
cannot make them wait and says "database is locked" at once: of fifty runs asked for together, some were refused. Begun
as writers they wait for one another, a minute if need be.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from prefect.cli import app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


class QueuingSqlite(AioSqliteConfiguration):
    """Prefect's own configuration of SQLite; every transaction is begun as Prefect begins those that write first."""

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        """Begin a transaction that holds the right to write."""
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    """Start the server as its command does."""
    set_database_config(QueuingSqlite(connection_url=PREFECT_API_DATABASE_CONNECTION_URL.value()))
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
