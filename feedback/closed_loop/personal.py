"""Which columns hold personal data: every column that can hold text is named here, so that nobody can forget one.

Numbers, times, dates and enumerations are `NONE` by their type, keys to a contact `PSEUDONYM`. `tests/architecture` fails for a
text column that is missing here, and for a `PERSON` column that no eraser names (`kernel.erasing`).
"""

from enum import StrEnum


class Personal(StrEnum):
    """What a column may tell about somebody."""

    PERSON = "pii"  # about a customer's person: cleared by an erasure
    STAFF = "staff"  # about somebody who works here
    PSEUDONYM = "pseudonym"  # a number or digest that leads to somebody only together with another table
    NONE = "none"


_PERSON = {
    "account_plan": ("note", "outcome"),
    "audit_event": ("data",),
    "call_wish": ("phone", "best_time"),
    "commitment": ("text",),
    "concession": ("reason", "decision"),
    "consent_event": ("basis", "evidence"),
    "contact": (
        "external_id", "name", "email", "phone", "language", "time_zone", "not_now_reason", "preferred_channel", "best_hours",
    ),
    "external_identity": ("external_id",),
    "follow_up_item": ("note", "address"),
    "gate_override": ("note", "decision"),
    "idempotency_record": ("body",),
    "interaction": ("summary",),
    "inbound_event": ("body", "detail", "event_id", "answer_id", "place"),
    "invitation": ("token_digest", "nonce", "address", "language"),
    "issue": ("title", "root_cause", "fix_summary", "fix_summaries", "why", "harm_note"),
    "issue_diagnosis": ("whys",),
    "issue_event": ("data",),
    "issue_mistake": ("reason", "decision"),
    "issue_voice": ("why", "said", "external_id", "content_digest", "waived_reason"),
    "job_run": ("detail",),
    "notification": ("params",),
    "outbox_message": ("payload", "last_error"),
    "plan_intent": ("product", "note"),
    "plan_objective": ("text",),
    "plan_promise": ("text",),
    "plan_review": ("place", "people", "agreed"),
    "progress_mail": ("subject", "text", "address"),
    "provisional_mark": ("client",),
    "response": ("external_id", "content_digest", "comment", "language"),
    "response_exclusion": ("external_id", "content", "note"),
    "response_version": ("content", "note"),
    "root_cause": ("name",),
    "sales_contact": ("note", "external_id"),
    "sales_play": ("payload", "answer_note"),
    "sales_play_step": ("note",),
    "scanner_sign": ("client",),
    "submission": ("view", "client", "digest", "content"),
    "subject_request": ("note", "extended_because", "result"),
    "suppression": ("address", "note"),
    "survey_mail": ("stopped_because", "bounce"),
    "verification": ("comment", "undo"),
    "wave_exclusion": ("note",),
    "crm_conflict": ("ours", "theirs"),
    "webhook_attempt": ("answer", "error"),
}  # fmt: skip
_STAFF = {
    "absence": ("note", "entered_by"),
    "audit_event": ("actor",),
    "connector": ("created_by",),
    "consent_event": ("recorded_by",),
    "country_policy": ("proposed_by", "approved_by", "declined_by"),
    "disruption": ("created_by",),
    "embed_key": ("created_by",),
    "erasure": ("erased_by",),
    "gate_decision": ("requested_by",),
    "initiative": ("created_by",),
    "invitation": ("created_by",),
    "issue_event": ("actor",),
    "notice": ("created_by",),
    "login_attempt": ("email", "address"),
    "notice_settings": ("quiet_from", "quiet_until"),
    "response_exclusion": ("excluded_by", "put_back_by"),
    "response_version": ("changed_by",),
    "sales_contact": ("logged_by",),
    "sales_play_step": ("actor",),
    "staff_profile": ("skills", "languages"),
    "subject_request": ("closed_by", "recorded_by"),
    "suppression": ("created_by", "lifted_by"),
    "survey_version": ("created_by",),
    "user": ("email", "name", "password_hash", "region", "locale", "time_zone", "theme"),
    "wave": ("created_by", "started_by"),
    "wave_exclusion": ("created_by",),
    "crm_conflict": ("decided_by",),
    "crm_connection": ("created_by",),
    "webhook": ("created_by",),
}
_PSEUDONYM = {
    "audit_event": ("object_id",),
    "calendar_feed": ("digest",),
    "erased_identity": ("digest",),
    "inbound_event": ("digest",),
    "gate_decision": ("inputs", "evidence", "invalidated_by", "seal", "marks_seal"),  # ids and enumerations
    "idempotency_record": ("principal", "key", "fingerprint"),
    "notification": ("message_key", "link"),
    "notice_delivery": ("message_key", "outbox_key"),
    "outbox_message": ("key",),
    "follow_up_item": ("message_id",),
    "plan_condition": ("key",),
    "progress_mail": ("message_id",),
    "mail_action_use": ("digest",),
    "survey_mail": ("message_id",),
    "crm_record": ("crm_id", "said"),  # keyed digests
    "told_standing": ("said",),  # ids and enumerations
    "webhook_event": ("public_id", "data"),  # the same
    "web_session": ("digest",),
}
_NONE = {
    "business_calendar": ("code", "name", "time_zone", "country", "subdivision", "openings", "closed_days", "open_days"),
    "account": (
        "external_id", "name", "segment", "industry", "region", "country", "time_zone", "language", "currency", "referred_by",
    ),
    "account_grain": ("segment", "region", "scores", "cube", "pairs"),
    "account_reach": ("packed",),
    "api_token": ("name", "digest", "scopes"),
    "audit_event": ("action", "object_type"),
    "connector": (
        "code", "name", "header", "api_key", "secret", "old_secret", "api_token", "api_address", "mapping", "versions", "survey",
    ),
    "defect": ("code", "name", "names", "wording"),
    "disruption": ("title", "titles", "message", "messages", "outcome", "outcomes", "reach"),
    "effect_check": ("figures",),
    "follow_up_batch": ("letters",),
    "follow_up_item": ("facts",),
    "initiative": ("title", "plan", "root_cause", "currency", "promise", "reach", "news"),
    "embed_key": ("public_id", "name", "origins", "secret"),
    "concession": ("currency",),
    "mail_action_use": ("action",),
    "plan_intent": ("currency",),
    "progress_mail": ("language",),
    "progress_template": ("name", "letters"),
    "verification_letter": ("language", "subject", "opening", "reminder", "closing"),
    "root_cause": ("names",),
    "erasure": ("counts",),
    "external_identity": ("system", "object_type"),
    "gate_decision": (
        "purpose", "channel", "initiation", "intent", "product_code", "outcome", "play", "reasons", "rows_hit", "policy_version",
    ),
    "inbound_event": ("content_type",),
    "gate_policy": ("version", "tables", "digest"),
    "policy_draft": ("title", "why", "content", "simulation", "decision"),
    "policy_activation": ("digest",),
    "gate_run": ("policy_version", "outcomes"),
    "gate_override": ("ended_because",),
    "grant": ("permission",),
    "idempotency_record": ("content_type",),
    "interaction": ("channel", "direction"),
    "consent_event": ("wording_hash", "captured_via"),
    "contract": ("external_id", "name", "currency"),
    "country_policy": ("country", "reason"),
    "notice": ("locale", "text", "wording_hash"),
    "issue": ("category", "cause_key", "clock_facts"),
    "issue_voice": ("external_system",),
    "keyword_rule": ("name", "phrases"),
    "opening_rule": ("name", "params"),
    "sales_contact": ("source", "play", "product_code"),
    "sales_play": ("source", "external_id", "reasons", "baseline"),
    "sales_play_step": ("kind", "reasons"),
    "site": ("external_id", "name", "kind", "address"),
    "issue_event": ("kind",),
    "job_run": ("job", "worker", "outcome"),
    "chat_hook": ("name", "address", "shown", "topics"),
    "notice_delivery": ("kind",),
    "notification": ("kind",),
    "outbox_message": ("kind",),
    "response": ("source", "segment", "region"),
    "response_exclusion": ("source",),
    "response_version": ("reason",),
    "routing_rule": ("category", "segment", "region", "language", "skills", "languages"),
    "saved_view": ("path", "name", "search"),
    "score_grain": ("segment", "region", "scores", "cube", "pairs"),
    "score_tail": ("packed",),
    "skill": ("code", "name", "names"),
    "spend": ("product_code", "currency"),
    "survey_program": ("code", "name", "names", "reminder_days", "fallbacks"),
    "survey_version": ("texts",),
    "team": ("code", "name", "names", "region"),
    "wallet_estimate": ("category", "method", "source"),
    "wave": ("name", "audience"),
    "crm_conflict": ("field",),
    "crm_connection": ("code", "address", "client_id", "secret", "owners", "leased_by"),
    "crm_cursor": ("position",),
    "crm_run": ("counts", "error"),
    "webhook": ("url", "description", "events", "secret", "old_secret"),
}  # fmt: skip

PERSONAL: dict[str, Personal] = {
    f"{table}.{column}": tag
    for tag, tables in (
        (Personal.PERSON, _PERSON),
        (Personal.STAFF, _STAFF),
        (Personal.PSEUDONYM, _PSEUDONYM),
        (Personal.NONE, _NONE),
    )
    for table, columns in tables.items()
    for column in columns
}
