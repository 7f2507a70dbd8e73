"""What a watch station does: its ports, and one use case a file."""
