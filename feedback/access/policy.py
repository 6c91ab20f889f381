"""The policy: which role may do what, and how far. Documentation and the test matrix are made from this table."""

from dataclasses import dataclass, replace

from feedback.access.rules import Role, Scope, Viewer

NONE, OWN, TEAM, ALL = Scope.NONE, Scope.OWN, Scope.TEAM, Scope.ALL
_REACH = [Scope.NONE, Scope.OWN, Scope.TEAM, Scope.REGION, Scope.ALL]


@dataclass(frozen=True)
class Rule:
    """One row: the scope of each role, and the token scopes that allow it for everything."""

    permission: str
    meaning: str
    account_manager: Scope
    frontline: Scope
    executive: Scope
    experience_manager: Scope
    tokens: frozenset[str]
    lead: Scope = Scope.NONE  # of whoever leads a team, beside what the role gives
    admin: Scope = Scope.ALL
    privacy_officer: Scope = Scope.NONE

    def scope_of(self, role: Role) -> Scope:
        """The scope this row gives to a role."""
        return {
            Role.ACCOUNT_MANAGER: self.account_manager,
            Role.FRONTLINE: self.frontline,
            Role.EXECUTIVE: self.executive,
            Role.EXPERIENCE_MANAGER: self.experience_manager,
            Role.PRIVACY_OFFICER: self.privacy_officer,
            Role.ADMIN: self.admin,
        }[role]


def _row(
    permission: str, meaning: str, scopes: tuple[Scope, Scope, Scope, Scope], *tokens: str, lead: Scope = Scope.NONE
) -> Rule:
    return Rule(permission, meaning, *scopes, tokens=frozenset(tokens), lead=lead)


POLICY: dict[str, Rule] = {
    rule.permission: rule
    for rule in (
        #    permission           what it allows                                    manager frontline executive experience  tokens
        _row("account.read", "See accounts, contacts and their timeline", (OWN, TEAM, ALL, ALL), "read"),
        _row("account.write", "Change accounts, contacts, wallets and spend", (OWN, NONE, NONE, NONE), "write"),
        _row(
            "identity.write",
            "Choose the ids of customers, ours and other systems'",
            (NONE, NONE, NONE, NONE),
            "write",
        ),
        _row("response.read", "See answers and their comments", (OWN, TEAM, ALL, ALL), "read"),
        _row("response.write", "Hand in, correct and delete answers", (NONE, NONE, NONE, NONE), "write"),
        _row("response.correct", "Correct, exclude and put back single answers", (NONE, NONE, NONE, ALL), "write"),
        _row("invitation.write", "Make a personal survey link", (OWN, TEAM, NONE, ALL), "write"),
        _row("survey.read", "See survey programs, waves and who was asked", (NONE, NONE, ALL, ALL), "read"),
        _row("survey.write", "Change survey programs, plan and start waves", (NONE, NONE, NONE, ALL), "write"),
        _row("honesty.read", "See who was taken off waves by hand, and why", (OWN, NONE, ALL, ALL), "read"),
        _row("suppression.read", "See the list of those who get no surveys or no offers", (NONE, NONE, NONE, ALL), "read"),
        _row("suppression.write", "Change the list of those who get no survey mails", (NONE, NONE, NONE, ALL), "write"),
        _row("suppression.offers", "Change the list of those who get no offers", (NONE, NONE, NONE, NONE), "write"),
        _row("ground.read", "See notices, and what each country allows", (ALL, ALL, ALL, ALL), "read"),
        _row("ground.write", "Write notices, put forward and approve what a country allows", (NONE, NONE, NONE, NONE), "admin"),
        _row("interview.write", "Note answers that customers give by phone", (OWN, TEAM, NONE, ALL)),
        _row("connector.write", "Set up connectors and keys of embedded forms", (NONE, NONE, NONE, NONE), "admin"),
        _row("inbound.write", "See what connectors received, replay and discard it", (NONE, NONE, NONE, ALL), "admin"),
        _row("crm.write", "Connect a CRM, run it and decide what both sides say differently", (NONE, NONE, NONE, NONE), "admin"),
        _row("webhook.write", "Set up webhooks, see and repeat what they were sent", (NONE, NONE, NONE, NONE), "admin"),
        _row("defect.read", "See the defect catalogue", (ALL, ALL, ALL, ALL), "read"),
        _row("defect.write", "Change the defect catalogue", (NONE, NONE, NONE, ALL), "write"),
        _row("report.read", "See company figures: NPS and the ranking of defects", (NONE, NONE, ALL, ALL), "read"),
        _row("issue.read", "See issues", (OWN, TEAM, ALL, ALL), "read"),
        _row("issue.open", "Open an issue for a customer", (OWN, TEAM, NONE, NONE), "write"),
        _row("issue.work", "Take, assign and move on issues", (NONE, TEAM, NONE, NONE), "write"),
        _row("loop.read", "See how fast issues move and which clocks are kept", (NONE, NONE, ALL, ALL), "read", lead=TEAM),
        _row("issue.advocate", "Watch issues, remind their owners, take them to the lead", (OWN, TEAM, ALL, ALL)),
        _row("issue.note", "Write notes for colleagues on issues", (OWN, TEAM, ALL, ALL), "write"),
        _row("progress.write", "Keep the templates of mails about progress", (NONE, NONE, NONE, ALL), "write"),
        _row("concession.read", "See concessions to customers", (OWN, TEAM, ALL, ALL), "read"),
        _row("concession.request", "Ask for a concession to a customer", (OWN, TEAM, NONE, NONE)),
        _row("concession.approve", "Approve concessions that others asked for", (NONE, NONE, ALL, NONE), lead=TEAM),
        _row("mistake.claim", "Say that an issue was entered by mistake", (OWN, TEAM, NONE, NONE)),
        _row("mistake.confirm", "Confirm that an issue was entered by mistake", (NONE, NONE, ALL, NONE), lead=TEAM),
        _row("cause.read", "See the tree of root causes", (ALL, ALL, ALL, ALL), "read"),
        _row("cause.write", "Name, arrange and retire root causes", (NONE, NONE, NONE, ALL), "write", lead=ALL),
        _row("routing.write", "Change service levels", (NONE, NONE, NONE, NONE), "admin"),
        _row("rules.write", "Change routing rules and try them out", (NONE, NONE, NONE, NONE), "admin", lead=ALL),
        _row("staff.read", "See who works on issues: load, skills, absences", (NONE, TEAM, ALL, ALL), "read"),
        _row("staff.write", "Change skills, languages and room of people", (NONE, NONE, NONE, NONE), "admin", lead=TEAM),
        _row("absence.write", "Enter absences and hand over what is open", (NONE, OWN, NONE, NONE), "admin", lead=TEAM),
        _row("initiative.read", "See initiatives and their measured effect", (ALL, ALL, ALL, ALL), "read"),
        _row("initiative.write", "Propose, change and deliver initiatives", (NONE, NONE, ALL, ALL), "write"),
        _row("follow_up.read", "See whom follow-ups tell, and how far they are", (OWN, TEAM, ALL, ALL), "read"),
        _row("follow_up.work", "Tell customers of a follow-up, edit its letters", (NONE, TEAM, ALL, ALL), "write"),
        _row("disruption.read", "See disruptions and whom they affect", (OWN, TEAM, ALL, ALL), "read"),
        _row("disruption.write", "Declare, change and end disruptions", (NONE, NONE, ALL, ALL), "write"),
        _row(
            "opening.write",
            "Change what opens issues, and the words that rules listen for",
            (NONE, NONE, NONE, ALL),
            "admin",
        ),
        _row("gate.evaluate", "Ask whether we may sell", (OWN, TEAM, NONE, NONE), "gate"),
        _row("gate.read", "See decisions and their explanation", (OWN, TEAM, ALL, ALL), "gate", "read"),
        _row("policy.read", "See the policy of the gate, its drafts and what they would change", (NONE, NONE, ALL, ALL)),
        _row("policy.write", "Draft and simulate policies of the gate", (NONE, NONE, NONE, NONE)),
        _row("policy.approve", "Approve policies that others drafted", (NONE, NONE, ALL, NONE)),
        _row("override.read", "See exceptions from a hold, and who granted them", (OWN, TEAM, ALL, ALL), "read"),
        _row("override.request", "Ask for an exception from a hold", (OWN, TEAM, NONE, NONE)),
        _row("override.approve", "Grant exceptions that others asked for", (NONE, NONE, ALL, NONE), lead=TEAM),
        _row("sales.log", "Log calls and mails that sell", (OWN, TEAM, NONE, NONE), "write"),
        _row("sales.read", "See whom we approached to sell, and whether the gate had allowed it", (OWN, TEAM, ALL, ALL), "read"),
        _row("plan.read", "See account plans, their reviews, and whom to call today", (OWN, NONE, ALL, NONE), "read", lead=TEAM),
        _row("plan.write", "Make, change and close account plans", (OWN, NONE, NONE, NONE), "write", lead=TEAM),
        _row("play.read", "See sales plays, and whether they are right", (OWN, TEAM, ALL, ALL), "read", "gate"),
        _row("play.write", "Hand in suggestions to sell", (OWN, NONE, NONE, NONE), "gate", "write"),
        _row("play.work", "Answer, take and dismiss sales plays", (OWN, NONE, NONE, NONE), "write"),
        _row("consent.read", "See what a contact allowed", (OWN, TEAM, NONE, ALL), "read"),
        _row("consent.write", "Record what a contact allowed or refused", (OWN, TEAM, NONE, ALL), "write"),
        _row("request.read", "See what people ask by right: access, erasure, objection", (NONE, NONE, NONE, NONE), "admin"),
        _row("request.write", "Note, extend and fulfil what people ask by right", (NONE, NONE, NONE, NONE), "admin"),
        _row("person.erase", "Erase a customer's person, and see who was erased", (NONE, NONE, NONE, NONE), "admin"),
        _row("user.write", "Manage people, teams, grants and tokens", (NONE, NONE, NONE, NONE), "admin"),
        _row("telling.write", "See whom notices reached, set up chats", (NONE, NONE, NONE, NONE), "admin"),
        _row("audit.read", "See who did what, and the run log of jobs", (NONE, NONE, NONE, NONE), "admin"),
        _row("self", "Log out, change own language and password, read own notices", (OWN, OWN, OWN, OWN)),
    )
}


# The privacy officer sees what people said and what was decided from it, and sells nothing.
_PRIVACY = (
    *("account.read", "response.read", "gate.read", "sales.read", "consent.read", "consent.write", "person.erase"),
    *("suppression.read", "suppression.write", "suppression.offers", "ground.read", "ground.write"),
    *("request.read", "request.write", "survey.read", "honesty.read"),
)
POLICY |= {name: replace(POLICY[name], privacy_officer=ALL) for name in _PRIVACY}
POLICY["self"] = replace(POLICY["self"], privacy_officer=OWN)


def scope_of(viewer: Viewer | None, permission: str) -> Scope:
    """How far `viewer` may use `permission`; unknown permissions and anonymous people get nothing."""
    rule = POLICY.get(permission)
    if viewer is None or rule is None:
        return Scope.NONE
    if viewer.kind == "token":
        return Scope.ALL if viewer.token_scopes & rule.tokens else Scope.NONE
    if viewer.role is None:
        return Scope.NONE
    granted = [scope for name, scope in viewer.grants if name == permission]
    leading = [rule.lead] if viewer.leads_team else []
    return max([rule.scope_of(viewer.role), *leading, *granted], key=_REACH.index)
