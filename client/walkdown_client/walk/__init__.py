"""Walking on models, as pure geometry: what is solid, where one can stand, and one person on foot."""
