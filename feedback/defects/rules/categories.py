"""Categories of defects and the sources of citations."""

from enum import StrEnum


class DefectCategory(StrEnum):
    """Exactly three."""

    PRODUCT = "product"
    PRICE = "price"
    SERVICE = "service"


class CitationSource(StrEnum):
    """Who said that the response cites the defect."""

    CUSTOMER = "customer"
    STAFF = "staff"
    MODEL = "model"
