"""Who can and must help: register, nearness, duty, ranking, waves and cover, each with its reasons."""
