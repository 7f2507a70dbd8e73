"""How Alembic reaches the journal: over the connection and inside the transaction it was handed."""

from alembic import context

from esos.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
