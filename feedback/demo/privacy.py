"""What a privacy officer finds: notices in each language, a proposal that waits, people who asked by right."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.closed_loop.subject_requests import note_request
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.countries import PolicyDraft, propose_policy
from feedback.permission.notices import publish_notice
from feedback.permission.rights import RequestKind
from feedback.permission.rules import Channel, Coverage, LawfulStance, Purpose, SuppressionReason
from feedback.permission.suppressions import Reach, add_entry
from feedback.uow import transaction

NOTICES = {
    Purpose.OFFERS: {
        "en": "We use your details to tell you about our products and services that may suit you. You can say no at any time.",
        "es": "Usamos sus datos para informarle de productos y servicios que pueden convenirle. Puede decir que no siempre.",
        "ru": "Мы используем ваши данные, чтобы рассказывать о наших товарах и услугах. Вы можете отказаться в любое время.",
    },
    Purpose.FEEDBACK: {
        "en": "We ask you now and then how satisfied you are with us. Your answer is read by the people who look after you.",
        "es": "De vez en cuando le preguntamos si está satisfecho. Su respuesta la leen las personas que le atienden.",
        "ru": "Иногда мы спрашиваем, насколько вы нами довольны. Ваш ответ читают те, кто с вами работает.",
    },
}
# how many days ago it came, and what is wanted
ASKED = ((27, RequestKind.ACCESS, "E-mail"), (12, RequestKind.RECTIFICATION, "Letter"))


def play_privacy(end: datetime) -> None:
    """Write it down, by the people of the company."""
    with clock.frozen(end), transaction():
        officer, admin = (f"user:{_person(role)}" for role in (Role.PRIVACY_OFFICER, Role.ADMIN))
        notices = {
            (purpose, locale): publish_notice(purpose, locale, text, actor=officer)
            for purpose, texts in NOTICES.items()
            for locale, text in texts.items()
        }
        known = notices[Purpose.FEEDBACK, "en"].id
        reason = "Existing customers may be asked about what they bought; they are told so and can say no."
        draft = PolicyDraft("ES", Purpose.FEEDBACK, LawfulStance.LEGITIMATE_INTEREST, reason, Channel.EMAIL, notice_id=known)
        propose_policy(draft, actor=admin)
        people = db.session.scalars(sa.select(Contact.id).order_by(Contact.id.desc()).limit(len(ASKED) + 1)).all()
        for contact, (days, kind, note) in zip(people, ASKED, strict=False):
            note_request(contact, kind, actor=officer, received_on=(end - timedelta(days=days)).date(), note=note)
        add_entry(SuppressionReason.OBJECTION, Reach(contact_id=people[-1], covers=Coverage.OFFERS), actor=officer)


def _person(role: Role) -> int:
    query = sa.select(User.id).where(User.role == role, User.active).order_by(User.id).limit(1)
    return db.session.scalars(query).one()
