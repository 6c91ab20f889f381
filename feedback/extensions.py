"""Flask extensions, unbound and without logic; `app.create_app` binds them."""

from flask_babel import Babel
from flask_compress import Compress
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from feedback.kernel.db import Model

db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})
migrate = Migrate()
babel = Babel()
compress = Compress()
