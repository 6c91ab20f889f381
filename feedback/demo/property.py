"""A property company and its tenants: the matrix of advocacy and share of spend shows three groups to treat differently."""

from feedback.demo.scenario import (
    Ability,
    Absence,
    EventSurvey,
    OuterLoop,
    Person,
    Region,
    Scenario,
    Skill,
    Team,
    load_texts,
    planted_defects,
)

_TEXTS = load_texts("property")

# probability per answer, score points lost when it happened, drift over the period
_EFFECTS = {
    "repairs_slow": (0.160, 3.0, 0.00),
    "climate": (0.110, 2.2, 0.00),
    "unreachable": (0.070, 1.6, -0.20),
    "lift_outage": (0.050, 1.4, 0.30),
    "cleaning": (0.090, 0.7, 0.00),
    "billing_errors": (0.050, 1.1, -0.40),
    "access_cards": (0.045, 0.7, 0.00),
    "works_noise": (0.040, 1.5, 0.00),
    "parking": (0.070, 0.6, 0.00),
    "security_gaps": (0.012, 3.8, 0.00),
    "service_charge": (0.060, 1.3, 0.20),
    "rent_level": (0.070, 0.5, 0.00),
}

PROPERTY = Scenario(
    code="property",
    company="Plaza Property Management",
    segments={"Office": 0.6, "Retail": 0.4},
    segment_mood={"Office": 0.1, "Retail": -0.2},
    industries=("Professional services", "Fashion", "Food", "Technology", "Health"),
    regions=(
        Region("Riverside", "GB", "Europe/London", "en", ("Wharf", "Quay", "Mill", "Bridge", "Lock", "Dock")),
        Region("Centro", "ES", "Europe/Madrid", "es", ("Sol", "Prado", "Retiro", "Atocha", "Goya", "Olivar")),
        Region("Парк", "KZ", "Asia/Almaty", "ru", ("Арбат", "Медеу", "Достык", "Абай", "Думан", "Сайран")),
    ),
    name_parts=(
        ("Fox", "Ola", "Nova", "Lupa", "Orbit", "Mira", "Vega", "Terra", "Cobalt", "Nido", "Rowan", "Alma", "Juno", "Kite"),
        ("Legal", "Fashion", "Coffee", "Studio", "Clinic", "Software", "Books", "Architects"),
    ),
    products=("offices", "shops", "storage"),
    wallet_category={"en": "real estate spend", "es": "gasto inmobiliario", "ru": "расходы на недвижимость"},
    event_survey=EventSurvey("repair_done", "After a repair", {"es": "Tras una reparación", "ru": "После ремонта"}),
    people=(
        Person("ines.mora@demo.example", "Inés Mora", "account_manager", "es", "Europe/Madrid", "Centro"),
        Person("will.hart@demo.example", "Will Hart", "account_manager", "en", "Europe/London", "Riverside"),
        Person("aigul.omarova@demo.example", "Айгуль Омарова", "account_manager", "ru", "Asia/Almaty", "Парк"),
        Person("rosa.diaz@demo.example", "Rosa Díaz", "frontline", "es", "Europe/Madrid", team="building"),
        Person("ken.obi@demo.example", "Ken Obi", "frontline", "en", "Europe/London", team="building"),
        Person("denis.li@demo.example", "Денис Ли", "frontline", "ru", "Asia/Almaty", team="tenant_service"),
        Person("clara.nunez@demo.example", "Clara Núñez", "frontline", "es", "Europe/Madrid", team="tenant_service"),
        Person("helen.shaw@demo.example", "Helen Shaw", "executive", "en", "Europe/London"),
        Person("amy.stone@demo.example", "Amy Stone", "experience_manager", "en", "Europe/London"),
        Person("paula.reyes@demo.example", "Paula Reyes", "privacy_officer", "es", "Europe/Madrid"),
        Person("admin@demo.example", "Sam Admin", "admin", "en", "UTC"),
    ),
    teams=(
        Team(
            "building",
            "Building operations",
            {"es": "Operación de edificios", "ru": "Эксплуатация зданий"},
            defects=("repairs_slow", "climate", "lift_outage", "works_noise", "access_cards"),
            skill="building_technology",
        ),
        Team("tenant_service", "Tenant service", {"es": "Atención a inquilinos", "ru": "Обслуживание арендаторов"}),
    ),
    defects=planted_defects(_TEXTS, _EFFECTS),
    outer=OuterLoop(
        fixed="cleaning",
        tried="parking",
        running="repairs_slow",
        titles={
            "fixed": "Cleaning is checked every morning",
            "tried": "Parking spaces are shared by day",
            "running": "A fitter in every building",
        },
        news={
            "en": "You said that cleaning is not reliable. Now somebody checks it every morning.",
            "es": "Nos dijo que la limpieza no es fiable. Ahora alguien la revisa cada mañana.",
            "ru": "Вы говорили, что уборка ненадёжна. Теперь её проверяют каждое утро.",
        },
        events={
            "going_on": {
                "en": "Cooling works at half power",
                "es": "El aire acondicionado funciona a media potencia",
                "ru": "Охлаждение работает вполсилы",
            },
            "over": {
                "en": "Main entrance was closed",
                "es": "La entrada principal estuvo cerrada",
                "ru": "Главный вход был закрыт",
            },
        },
        messages={
            "going_on": {
                "en": "A compressor is being replaced. Mobile units stand in the corridors.",
                "es": "Se está sustituyendo un compresor. En los pasillos hay equipos móviles.",
                "ru": "Меняют компрессор. В коридорах стоят передвижные установки.",
            },
            "over": {
                "en": "The main entrance is open again.",
                "es": "La entrada principal vuelve a estar abierta.",
                "ru": "Главный вход снова открыт.",
            },
        },
    ),
    praise=_TEXTS["praise"],
    neutral=_TEXTS["neutral"],
    skills=(
        Skill("building_technology", "Building technology", {"es": "Instalaciones", "ru": "Инженерные системы"}),
        Skill("leases", "Leases", {"es": "Contratos de alquiler", "ru": "Договоры аренды"}),
    ),
    abilities={
        "rosa.diaz@demo.example": Ability(("building_technology",), ("es", "en"), 24),
        "ken.obi@demo.example": Ability(("building_technology",), ("en", "es"), 24, leads_team=True),
        "denis.li@demo.example": Ability((), ("ru", "en"), 24),
        "clara.nunez@demo.example": Ability(("leases",), ("es", "en"), 24, leads_team=True),
    },
    absence=Absence("denis.li@demo.example", 6, "clara.nunez@demo.example"),
    base_score=8.7,
    account_spread=1.2,
)
