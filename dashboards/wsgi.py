"""The WSGI application that servers import."""

from feedback.app import create_app

app = create_app(with_dash=True)
