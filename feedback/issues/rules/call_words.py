"""A wish to be called that somebody wrote instead of ticking it, in the languages of the product.

Looked for sentence by sentence, without case and accents, as a request in so many words; what takes it back in the same clause,
as "no need to call me", makes it none. What is asked of somebody else, or told of the past, is not meant: better one wish that is
read by a person than ten calls that nobody asked for.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from feedback.issues.rules.keywords import fold

_SENTENCE = re.compile(r"[^.!?;…\n]+")
_EDGE = re.compile(r"[,;:()–—]|\b(?:but|so|pero|porque|но|поэтому)\b")
_US = r"(?:me|us)"
# one of these is in everything that is asked, with or without its accent
_STEMS = ("call", "phone", "ring", "contact", "contáct", "llam", "llám", "lla\u0301m", "telefon", "teléfon", "телефон",
          "звон", "свяж", "набер", "get back", "in touch", "reach")  # fmt: skip
_ASKED: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"(?:please|pls|kindly)\W+(?:\w+\s+){{0,3}}?(?:call|phone|ring|contact|telephone)\W+{_US}\b",
        rf"(?:^|\b(?:so|just|but)\W+|[,;:]\W*)(?:call|phone|ring|telephone)\W+{_US}\b(?!\W+(?:a|an|old|crazy|names|when you))",
        r"\band\W+(?:call|phone|ring|telephone)\W+me\b",
        r"(?:please|pls|kindly)\W+call(?:\W+back)?\W*$",
        r"(?:^|[,;:]\W*)call\W?back\W+(?:please|pls)\b",
        rf"(?:can|could|would|will)\W+(?:you|someone|somebody|anyone|anybody)\W+(?:\w+\W+){{0,3}}?(?:call|phone|ring|contact)\W+{_US}\b",
        rf"\bgive\W+{_US}\W+a\W+(?:call|ring)\b",
        r"\b(?:want|need|like|love|appreciate|welcome|expect|request|ask)\W+(?:for\W+)?a\W+(?:call|callback|phone\W+call)\b"
        r"(?!\W+(?:option|button|feature|function|service|form|cent))",
        r"\b(?:want|need|like|wish|expect)\W+to\W+be\W+(?:called|phoned|rung|contacted)\b",
        r"\b(?:want|need|like|expect)\W+(?:you|someone|somebody)\W+to\W+(?:call|phone|ring|contact)\b",
        r"\b(?:waiting|wait)\W+for\W+(?:your|a)\W+call\b",
        r"\blook(?:ing)?\W+forward\W+to\W+your\W+call\b",
        rf"(?:please|pls|kindly|(?:can|could|would|will)\W+(?:you|someone|somebody|anyone|anybody))\W+(?:\w+\W+){{0,4}}?"
        rf"(?:get\W+back\W+to|get\W+in\W+touch\W+with|reach\W+out\W+to)\W+{_US}\b",
        r"(?:please|pls|kindly)\W+(?:\w+\W+){0,2}?get\W+in\W+touch\b(?!\W+with)",
        rf"\breach\W+{_US}\W+(?:by|on|at|over)\W+(?:my\W+|the\W+)?(?:phone|mobile|cell|telephone|\+?\d)",
        r"\b(?:want|like|need|prefer)\W+to\W+(?:talk|speak)\W+(?:\w+\W+){0,5}?(?:on|by|over)\W+(?:the\W+)?(?:phone|telephone)\b",
    ),
    "es": (
        r"\b(?:llamen|llame|llama|llamad)(?:me|nos)\b(?!\W+loc[oa])",
        r"\b(?:telefoneen|telefonee|contacten|contacte)(?:me|nos)\b",
        r"\b(?:favor|pueden|puede|podrian|podria|podeis|quiero|queremos|necesito|necesitamos|gustaria|quisiera|quisieramos|espero|esperamos|ruego|rogamos"
        r"|agradeceria|agradecemos|agradezco)\W+(?:\w+\W+){0,4}?"
        r"(?:(?:me|nos)\W+(?:llam|contact|telefone|devuelv)\w*|(?:llamar|contactar|telefonear)(?:me|nos))\b",
        r"\b(?:me|nos)\W+(?:pueden|puede|podrian|podria|podeis)\W+(?:llamar|contactar|telefonear)\b",
        r"\b(?:quiero|necesito|solicito|pido|espero|esperando|a\W+la\W+espera\W+de)\W+(?:una|su|vuestra|tu|la)\W+llamada\b",
        r"\b(?:solicito|solicitamos|pido|pedimos)\W+llamada\b",
        r"\bpongan?se\W+en\W+contacto\W+con(?:migo|\W+nosotros)\b",
        r"\bdevuelvan?(?:me|nos)\W+la\W+llamada\b",
        r"^(?:(?:y|pero|por\W+favor)\W+)?que\W+(?:alguien\W+)?(?:me|nos)\W+(?:llame|llamen|contacte|contacten)\b"
        r"(?!\W+(?:tanto|tantas|cada|siempre|solo|a\W+todas|para\W+vender))",
        r"\b(?:quiero|queremos|quisiera|gustaria|necesito|prefiero)\W+hablar\W+(?:\w+\W+){0,5}?por\W+telefono\b",
    ),
    "ru": (
        r"\b(?:позвоните|перезвоните|позвони|перезвони)\b",
        r"\b(?:свяжитесь|свяжись)\W+(?:\w+\W+){0,2}?(?:со\W+мнои|с\W+нами|по\W+телефону)\b",
        r"\bпусть\W+(?:\w+\W+){0,4}?(?:по|пере)звон(?:ит|ят)\b",
        r"\b(?:хочу|хотим|хотел\w*|хотелось|можно|нужно|надо|прошу)\W+(?:\w+\W+){0,3}?(?:поговорить|обсудить)\W+(?:\w+\W+){0,4}?по\W+телефону\b",
        r"\bнаберите\W+(?:меня|мне|нас)\b",
        r"\b(?:нужен|нужны|необходим)\W+(?:\w+\W+){0,2}?звонок\b",
        r"\b(?:жду|ждем|ожидаю|ожидаем)\W+(?:\w+\W+){0,2}?(?:звонка|звонок)\b",
        r"\b(?:прошу|просим|просьба|можете|могли\W+бы|хочу|хотим|хотелось\W+бы|нужно|надо)\W+(?:\w+\W+){0,4}?(?:пере|по)звон(?:ить|или)\b",
    ),
}
_TAKEN_BACK: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"\bno\W+need\b",
        r"\b(?:do\W+not|don\W?t|never|need\W+not|needn\W?t|not\W+necessary|rather\W+not|stop|no\W+longer|without)\b",
        r"\b(?:did|does|would|will|could|can)(?:n\W?t|\W+not)\b(?!\W+(?:you|someone|somebody|anyone)\W+(?:please\W+)?(?:call|phone|ring|contact))",
    ),
    "es": (
        r"\bno\W+(?:hace\W+falta|es\W+necesario|necesit\w*|quiero|queremos|me|nos|hay\W+que|llam\w*|vuelvan)\b",
        r"\b(?:dejen|deje|dejad)\W+de\b",
        r"\b(?:sin\W+que|nunca|jamas|tampoco|menos)\b",
    ),
    "ru": (
        r"\bне\W+(?:надо|нужно|стоит|требуется|обязательно|звоните|звони|перезванивайте|перезваниваите|хочу|хотим|прошу)\b",
        r"\bне\W+(?:пере)?зв(?:он|ан)\w*",
        r"\b(?:незачем|перестаньте|хватит|никогда)\b",
        r"\b(?:нужно|надо)\W+было\b",
        r"\b(?:когда|если|пока)\W+(?:\w+\W+){0,2}?(?:позвоните|перезвоните)\b",
    ),
}


def call_wish_in(comment: str, language: str | None = None) -> str | None:
    """The sentence in which somebody asks to be called; None where nobody does.

    Args:
        language: of the comment, as far as it is known; a comment in another than ours is searched for all of them.
    """
    plain = comment.lower()
    if not any(stem in plain for stem in _STEMS):  # most comments end here: the patterns take a hundred times as long
        return None
    asked, taken_back = _patterns((language or "").lower().partition("-")[0])
    for sentence in _SENTENCE.findall(comment):
        folded = fold(sentence).strip()
        if any(taken_back.search(_clause(folded, found)) is None for found in asked.finditer(folded)):
            return str(sentence).strip()
    return None


def _clause(sentence: str, found: re.Match[str]) -> str:
    """The part of a sentence in which a request stands: "it does not work, please call me" asks, whatever does not work."""
    start = max((edge.end() for edge in _EDGE.finditer(sentence, 0, found.start() + 1)), default=0)
    end = _EDGE.search(sentence, found.end())
    return sentence[start : end.start() if end else None]


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = (language,) if language in _ASKED else tuple(_ASKED)
    return _one_of(_ASKED, known), _one_of(_TAKEN_BACK, known)


def _one_of(patterns: Mapping[str, tuple[str, ...]], languages: tuple[str, ...]) -> re.Pattern[str]:
    # a request may begin a sentence anywhere in the comment
    return re.compile("|".join(f"(?:{pattern})" for language in languages for pattern in patterns[language]), re.MULTILINE)
