"""One module for each panel; each draws itself and returns intents."""
