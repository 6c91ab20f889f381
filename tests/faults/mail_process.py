"""A process that delivers the outbox until it is killed: `python -m tests.faults.mail_process`."""

import time

from feedback.app import create_app
from jobs import deliver_outbox

if __name__ == "__main__":
    with create_app().app_context():
        while True:
            deliver_outbox.run()
            time.sleep(0.05)
