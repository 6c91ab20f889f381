"""Flask extensions, unbound and without logic; `app.create_app` binds them."""

from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from feedback.kernel.db import Model

db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})
migrate = Migrate()
api = Api()
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
compress = Compress()
