"""Who asks in words to be called, in three languages, and who only speaks of calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules.call_words import call_wish_in

ASKED = {
    "en": (
        "Great service, but please call me back about my claim.",
        "Please could you phone me tomorrow?",
        "The invoice is wrong. Call me on 555 0199.",
        "Can someone call me this week?",
        "Could somebody please contact us about the renewal",
        "I would like a call before Friday",
        "I'd like to be called by a person, not a machine",
        "Give me a ring when you know more",
        "We need you to call about the broken heating",
        "I am still waiting for your call",
        "PLEASE CALL US!!!",
        "Nobody answers your line. Please ring me.",
        "Please call me if there is any news",
        "The app does not work, please call me",
        "I didn't get an answer, please call me",
        "Don't write to me, please call me",
        "Please don't email, call me instead",
        "You never call back, please call me",
        "Look at it and call me",
        "Please call",
        "I'd appreciate a call",
        "Would love a call back",
        "Callback please",
        "Please get back to me by phone",
        "Could somebody get in touch with me about the contract?",
        "All fine, but please get in touch.",
        "You can reach me on 555 0199",
        "I would like to talk to somebody about this over the phone",
        "Please reach out to us",
    ),
    "es": (
        "Llámenme, por favor.",
        "Todo bien, pero llámeme para hablar del seguro",
        "¿Podrían llamarme mañana?",
        "Quiero que me llamen cuanto antes",
        "Necesito una llamada de su gestor",
        "Quedo a la espera de su llamada",
        "Por favor, me pueden llamar por la tarde",
        "Póngase en contacto conmigo, gracias",
        "Agradecería que nos llamasen",
        "Devuélvanme la llamada",
        "Contáctenme por teléfono",
        "No me han resuelto nada, por favor llámenme",
        "No funciona la web, llámenme",
        "Solicito llamada",
        "Quisiera que me llamen",
        "Que me llame alguien",
        "Que alguien me llame, por favor",
        "Me gustaría hablar con mi gestor por teléfono",
    ),
    "ru": (
        "Позвоните мне, пожалуйста.",
        "Перезвоните завтра после обеда",
        "Все хорошо, но свяжитесь со мной по поводу счёта",
        "Жду вашего звонка",
        "Прошу мне перезвонить",
        "Не могли бы вы мне позвонить?",
        "Хочу, чтобы мне позвонили из отдела",
        "Наберите меня вечером",
        "ПОЗВОНИТЕ!",
        "Просьба перезвонить по полису",
        "Ничего не работает, позвоните мне",
        "Вы никогда не перезваниваете, позвоните мне",
        "Не пишите, лучше позвоните",
        "Мне нужен звонок менеджера",
        "Пусть мне кто-нибудь перезвонит",
        "Пусть позвонят после шести",
        "Хотелось бы обсудить это по телефону",
        "Можно поговорить с вами по телефону?",
    ),
}
NOT_ASKED = {
    "en": (
        "No need to call me, it is solved.",
        "Please do not call me again",
        "Please don't call us, write instead",
        "I called you three times and nobody answered",
        "Your call center is slow",
        "Call it what you like, it is too expensive",
        "They call me every week to sell something",
        "Stop calling me",
        "I would rather not be called",
        "You never call us back",
        "I had to call again and again",
        "Call me old-fashioned, but I want letters",
        "Would like a callback option in the app",
        "They call us every month, and call us on time",
        "Please don't ever call me again",
        "I don't want a call",
        "Please, no calls",
        "Nobody got back to me",
        "It took weeks until you got back to me",
        "I could never get in touch with anyone",
        "I can't reach you by phone",
        "Please do not get in touch",
        "The team is out of reach and out of touch",
        "Your people get back to us quickly, as always",
        "I don't want to talk about it on the phone",
    ),
    "es": (
        "No hace falta que me llamen.",
        "No me llamen más, por favor",
        "No quiero que me llamen",
        "Les llamé tres veces y nadie contestó",
        "Tengo una llamada perdida suya",
        "El centro de llamadas es lento",
        "Dejen de llamarme",
        "Nunca me llaman cuando lo prometen",
        "Es necesario llamar varias veces",
        "Se llama Ana y es muy amable",
        "Llámame loco pero me gusta",
        "Me gustaría que me llamaran menos",
        "La espera de una llamada es larga",
        "Por favor, no me llamen",
        "Espero que no me llamen",
        "Que me llamen tanto es molesto",
        "Que no me llame nadie",
        "Nadie contesta por teléfono",
        "No quiero hablar por teléfono",
    ),
    "ru": (
        "Не надо мне звонить.",
        "Не звоните мне больше",
        "Я звонил вам три раза, никто не ответил",
        "Пропущенный звонок от вас",
        "Ваш колл-центр не отвечает",
        "Перестаньте мне звонить",
        "Не нужно перезванивать, всё решено",
        "Мне позвонили и всё объяснили",
        "Когда позвоните в офис, никто не берёт трубку",
        "Звонить приходится по часу",
        "Нужно было три раза позвонить вам",
        "Пожалуйста, не звоните",
        "Хочу чтобы мне не звонили",
        "Просьба не звонить",
        "Можете не звонить",
        "Пусть мне больше не звонят",
        "По телефону никто не отвечает",
        "Не хочу обсуждать это по телефону",
        "Поговорили по телефону, всё решили",
    ),
}


def _table(sentences: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, sentence) for language, said in sentences.items() for sentence in said]


@pytest.mark.parametrize(("language", "sentence"), _table(ASKED))
def test_who_asks_to_be_called_is_heard(language: str, sentence: str) -> None:
    assert call_wish_in(sentence, language)
    assert call_wish_in(sentence), "also where nobody knows the language"


@pytest.mark.parametrize(("language", "sentence"), _table(NOT_ASKED))
def test_who_only_speaks_of_calls_is_not_called(language: str, sentence: str) -> None:
    assert call_wish_in(sentence, language) is None
    assert call_wish_in(sentence) is None


def test_the_sentence_that_asks_is_what_is_shown() -> None:
    assert call_wish_in("It took weeks. Please call me back! Thanks.", "en") == "Please call me back"


def test_one_sentence_takes_back_only_itself() -> None:
    assert call_wish_in("Don't write letters. Please call me.", "en")


@given(st.text(), st.sampled_from([None, "en", "es", "ru", "fi", "en-GB"]))
def test_any_text_can_be_looked_at_and_what_is_found_stands_in_it(comment: str, language: str | None) -> None:
    found = call_wish_in(comment, language)
    assert found is None or found in comment


@given(st.sampled_from(_table(ASKED)), st.text(alphabet="abc \n", max_size=30))
def test_words_around_it_in_other_sentences_change_nothing(said: tuple[str, str], around: str) -> None:
    language, sentence = said
    assert call_wish_in(f"{around}. {sentence}. {around}", language)
