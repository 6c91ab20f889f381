"""The limit: a Flask route that answers without doing anything."""

from flask import Flask

app = Flask(__name__)


@app.post("/api/v1/responses")
def answer() -> tuple[dict[str, int], int]:
    """Say that something was created."""
    return {"id": 1}, 201
