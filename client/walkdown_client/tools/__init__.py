"""What a person does with the twin: the wishes (intents) that tools and panels produce."""
