"""Telling people: in the app, by mail and in chat, at once or collected, and what became of it."""
