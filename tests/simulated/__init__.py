"""A world to try stations in: virtual time, and a network, stores, clocks and people that go wrong by a seed."""
