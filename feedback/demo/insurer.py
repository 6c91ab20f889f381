"""An insurer that sells through brokers: a dozen service defects, two of them hurt most."""

from feedback.demo.scenario import EventSurvey, Person, Region, Scenario, Team, load_texts, planted_defects

_TEXTS = load_texts("insurer")

# probability per answer, score points lost when it happened, drift over the period
_EFFECTS = {
    "claims_delay": (0.150, 3.4, -0.10),
    "no_contact": (0.130, 2.7, 0.00),
    "claim_status": (0.060, 1.3, 0.00),
    "policy_errors": (0.050, 1.5, -0.40),
    "slow_quotes": (0.070, 1.0, 0.00),
    "portal_down": (0.080, 0.8, 0.60),
    "phone_wait": (0.060, 0.7, 0.00),
    "commission_late": (0.040, 0.9, 0.00),
    "complaint_ignored": (0.012, 4.0, 0.00),
    "renewal_late": (0.035, 1.4, 0.20),
    "handover": (0.045, 0.8, 0.00),
    "adjuster_late": (0.020, 1.6, 0.00),
    "coverage_gap": (0.030, 1.0, 0.00),
    "unclear_exclusions": (0.025, 0.9, 0.00),
    "premium_jump": (0.045, 1.7, 0.30),
    "dearer": (0.060, 0.4, 0.00),
}

INSURER = Scenario(
    code="insurer",
    company="Meridian Insurance",
    segments={"Independent": 0.55, "Regional": 0.30, "Network": 0.15},
    segment_mood={"Independent": -0.1, "Regional": 0.1, "Network": 0.2},
    industries=("Commercial lines", "Motor fleets", "Property", "Life and health"),
    regions=(
        Region("Central Europe", "DE", "Europe/Berlin", "en", ("Hamburg", "Leipzig", "Ulm", "Graz", "Basel", "Bremen")),
        Region("Iberia", "ES", "Europe/Madrid", "es", ("Sevilla", "Bilbao", "Valencia", "Vigo", "Zaragoza", "Oporto")),
        Region("Urals", "KZ", "Asia/Almaty", "ru", ("Алматы", "Астана", "Караганда", "Актобе", "Шымкент", "Костанай")),
        Region("Nordics", "SE", "Europe/Stockholm", "en", ("Malmö", "Turku", "Bergen", "Aarhus", "Uppsala", "Tampere")),
    ),
    name_parts=(
        (
            "Nordbau",
            "Iberia",
            "Steppe",
            "Harbour",
            "Alta",
            "Linden",
            "Faro",
            "Baltic",
            "Sierra",
            "Granit",
            "Delta",
            "Aurora",
            "Kontor",
            "Prado",
        ),
        ("Broker", "Risk Partners", "Insurance Brokers", "Seguros", "Consult", "Underwriting Agency"),
    ),
    wallet_category={"en": "premium placed", "es": "primas intermediadas", "ru": "размещённые премии"},
    event_survey=EventSurvey("claim_settled", "After a claim", {"es": "Tras un siniestro", "ru": "После убытка"}),
    people=(
        Person("ana.ruiz@demo.example", "Ana Ruiz", "account_manager", "es", "Europe/Madrid", "Iberia"),
        Person("tom.becker@demo.example", "Tom Becker", "account_manager", "en", "Europe/Berlin", "Central Europe"),
        Person("olga.kim@demo.example", "Ольга Ким", "account_manager", "ru", "Asia/Almaty", "Urals"),
        Person("maja.lind@demo.example", "Maja Lind", "account_manager", "en", "Europe/Stockholm", "Nordics"),
        Person("lucia.gomez@demo.example", "Lucía Gómez", "frontline", "es", "Europe/Madrid", team="claims"),
        Person("jonas.weber@demo.example", "Jonas Weber", "frontline", "en", "Europe/Berlin", team="claims"),
        Person("marat.aliev@demo.example", "Марат Алиев", "frontline", "ru", "Asia/Almaty", team="claims"),
        Person("kaisa.laine@demo.example", "Kaisa Laine", "frontline", "en", "Europe/Helsinki", team="broker_service"),
        Person("pedro.sanz@demo.example", "Pedro Sanz", "frontline", "es", "Europe/Madrid", team="broker_service"),
        Person("irina.petrova@demo.example", "Ирина Петрова", "frontline", "ru", "Asia/Almaty", team="underwriting"),
        Person("elena.vogt@demo.example", "Elena Vogt", "executive", "en", "Europe/Berlin"),
        Person("nora.haas@demo.example", "Nora Haas", "experience_manager", "en", "Europe/Berlin"),
        Person("admin@demo.example", "Sam Admin", "admin", "en", "UTC"),
    ),
    teams=(
        Team(
            "claims",
            "Claims",
            {"es": "Siniestros", "ru": "Убытки"},
            defects=("claims_delay", "claim_status", "adjuster_late"),
        ),
        Team(
            "underwriting",
            "Underwriting and pricing",
            {"es": "Suscripción y tarifas", "ru": "Андеррайтинг и тарифы"},
            defects=("slow_quotes", "coverage_gap", "unclear_exclusions"),
            category="price",
        ),
        Team("broker_service", "Broker service", {"es": "Atención a corredores", "ru": "Обслуживание брокеров"}),
    ),
    defects=planted_defects(_TEXTS, _EFFECTS),
    praise=_TEXTS["praise"],
    neutral=_TEXTS["neutral"],
)
