"""Draws the interface: reads the world, holds no truth, returns intents."""
