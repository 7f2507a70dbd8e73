"""``wannacry-2017``: its facts, its teams, its own acts, and its model of what was lost."""
