"""``esos drill load``: calls at a steady rate against one's own exercise station, each of them proved afterwards."""
