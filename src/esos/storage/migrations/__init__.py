"""The history of the schema, one step a file; run by ``esos.storage.migrate``."""
