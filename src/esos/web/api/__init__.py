"""The interface for programs: one module a resource, gathered under ``/api/v1``."""
