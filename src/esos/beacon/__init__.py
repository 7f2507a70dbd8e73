"""When to send what: the schedules of a beacon, pure, and the port that every carrier stands behind."""
