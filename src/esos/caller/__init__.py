"""What a caller's program does: make one signed call, keep it, and send it until somebody has it."""
