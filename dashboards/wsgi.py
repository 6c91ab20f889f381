"""The WSGI application that servers import: everything, dashboards included."""

import gc

from dashboards.app import create_dash
from dashboards.warm_up import warm_up
from feedback.app import create_app

app = create_app()
warm_up(app, create_dash(app).program)
# What was imported stays until the process ends: looking through it again and again in each collection costs requests a third.
gc.collect()
gc.freeze()
# What a page of thousands of accounts makes and drops again is not worth looking through five times meanwhile.
gc.set_threshold(100_000, 20, 50)
