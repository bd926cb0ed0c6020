"""Device input: what was pressed, what it means, and where the camera goes."""
