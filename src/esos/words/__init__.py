"""The shared codes of the project: one closed table an idea, with the words a person reads."""
