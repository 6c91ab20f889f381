"""The WSGI application that servers import: everything, dashboards included."""

from dashboards.app import create_dash
from feedback.app import create_app

app = create_app()
create_dash(app)
