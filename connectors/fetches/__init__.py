"""What workers fetch from repositories because somebody asks for it, and no request waits for."""
