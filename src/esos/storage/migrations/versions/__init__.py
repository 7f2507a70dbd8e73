"""Steps of the schema, in order: ``v<number>_<what changed>``; a released step is never edited."""
