"""Files as they come from the world: the same headers, quirks and holes, with made-up content."""

import csv
import io
import random

TELCO_HEADER = ["ID", "Market", "Region", "Customer Feedback", "NPS", "ROUTERID"]
AIRLINE_HEADER = [
    "", "Destination.City", "Origin.City", "Airline.Status", "Age", "Gender", "Price.Sensitivity", "Year.of.First.Flight",
    "Flights.Per.Year", "Loyalty", "Type.of.Travel", "Total.Freq.Flyer.Accts", "Shopping.Amount.at.Airport",
    "Eating.and.Drinking.at.Airport", "Class", "Day.of.Month", "Flight.date", "Partner.Code", "Partner.Name", "Origin.State",
    "Destination.State", "Scheduled.Departure.Hour", "Departure.Delay.in.Minutes", "Arrival.Delay.in.Minutes",
    "Flight.cancelled", "Flight.time.in.minutes", "Flight.Distance", "Likelihood.to.recommend", "olong", "olat", "dlong",
    "dlat", "freeText",
]  # fmt: skip
CUSTOMERS_HEADER = [
    "customer_id", "segment", "industry", "city", "employee_count_band", "signup_date", "churn_date", "contract_type",
    "acquisition_channel",
]  # fmt: skip
ANSWERS_HEADER = ["response_id", "customer_id", "product_line_id", "response_date", "score", "category", "comment_tag"]
TAGS = ("ai_competitor", "churn_intent", "nps_growth", "price", "quality", "support")


def written(header: list[str], rows: list[list[object]], *, quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The table as CSV text."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, quoting=quoting, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return output.getvalue()


def telco(rows: int, seed: int = 1) -> str:
    """Consumer broadband: no dates, customers that answer twice, comments with commas, quotes and line ends."""
    chance = random.Random(seed)
    comments = ["Fine, mostly", 'They said "soon"', "Drops\nevery evening", "", "ok ", "价格 太贵"]
    body: list[list[object]] = [
        [10_000_000 + chance.randrange(rows), "Singapore", chance.choice(["North", "North-East", "West"]),
         chance.choice(comments), chance.randrange(11), number]
        for number in range(1, rows + 1)
    ]  # fmt: skip
    return written(TELCO_HEADER, body)


def airline(rows: int, seed: int = 1) -> str:
    """Quoted text, a nameless id column, dates like 1/5/14, literal NA, one row without a score."""
    chance = random.Random(seed)
    lines = [",".join(f'"{name}"' for name in AIRLINE_HEADER)]
    for number in range(1, rows + 1):
        partner = chance.choice([("OO", "Northwest Business Airlines Inc."), ("WN", "Cheapseats Airlines Inc.")])
        cancelled = number % 20 == 0
        delay = "NA" if cancelled else str(chance.choice([0, 3, 45, 46, 167]))
        score = "NA" if number == 7 else str(chance.randrange(1, 11))
        date = f"{chance.randrange(1, 4)}/{chance.randrange(1, 29)}/14"
        text = '"Seat was wet, crew ""busy"""' if number % 30 == 0 else "NA"
        lines.append(
            f'"{number}","Fargo, ND","Denver, CO","Blue",42,"Male",1,2006,4,0.4286,"Business travel",2,0,10,"Eco",5,"{date}",'
            f'"{partner[0]}","{partner[1]}","Colorado","North Dakota",22,{delay},{delay},"{"Yes" if cancelled else "No"}",'
            f"{'NA' if cancelled else 93},627,{score},-104.9551,39.7108,-96.8207,46.8625,{text}"
        )
    return "\n".join(lines) + "\n"


def customers(rows: int, seed: int = 1) -> str:
    """Business customers without a name column; Cyrillic text."""
    chance = random.Random(seed)
    body: list[list[object]] = [
        [number, chance.choice(["SMB", "Mid", "Large"]), "Медиа", "Казань", "<50", "2023-10-30",
         chance.choice(["", "2024-05-01"]), "annual", "direct"]
        for number in range(1, rows + 1)
    ]  # fmt: skip
    return written(CUSTOMERS_HEADER, body)


def answers(rows: int, accounts: int, seed: int = 1) -> str:
    """Scores with one tag each, of which one praises; some rows have none."""
    chance = random.Random(seed)
    body: list[list[object]] = [
        [number, chance.randrange(1, accounts + 1), chance.randrange(1, 10), f"2023-{number % 12 + 1:02}-{number % 28 + 1:02}",
         chance.randrange(11), "passive", chance.choice((*TAGS, ""))]
        for number in range(1, rows + 1)
    ]  # fmt: skip
    return written(ANSWERS_HEADER, body)
