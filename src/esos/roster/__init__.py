"""Who is on watch when: the roster's rules, and the people whom they name at any instant."""
