"""What a responder's program does: see what is asked, answer it, do the work, and keep the register true."""
