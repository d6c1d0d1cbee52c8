"""Run by alembic inside the transaction that `catalog.engine` hands over."""

from alembic import context

from catalog.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
