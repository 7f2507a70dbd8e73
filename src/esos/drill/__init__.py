"""Exercises and replays of real incidents, played through a real station and its real doors."""
