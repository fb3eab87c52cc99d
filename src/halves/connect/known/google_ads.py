"""What Google Ads writes: a title, the dates, a header in the account's language, then totals."""

from dataclasses import replace

from halves.connect.headers import Field as Known
from halves.connect.headers import Match, plain
from halves.connect.known.export import (
    CURRENCY,
    Draft,
    Export,
    Sheet,
    column,
    day_of,
    given,
    spend,
)
from halves.connect.recipe import Condition, Field
from halves.ledger import Channel
from halves.ledger.settings import Settings

FIELDS = (
    Known("day", ("Day", "Tag", "Jour", "Día", "Dia", "Giorno", "Date")),
    Known(
        "campaign",
        ("Campaign", "Kampagne", "Campagne", "Campaña", "Campanha", "Campagna"),
        needed=True,
    ),
    Known(
        "campaign_id",
        (
            "Campaign ID",
            "Kampagnen-ID",
            "ID de la campagne",
            "ID de campagne",
            "ID de la campaña",
            "ID de campaña",
            "ID da campanha",
            "Código da campanha",
            "ID campagna",
        ),
        tells=True,
    ),
    Known(
        "currency",
        (
            "Currency code",
            "Währungscode",
            "Code de devise",
            "Code de la devise",
            "Code devise",
            "Código de moneda",
            "Código de la moneda",
            "Código de divisa",
            "Código da moeda",
            "Código de moeda",
            "Codice valuta",
            "Currency",
            "Währung",
            "Devise",
            "Moneda",
            "Divisa",
            "Moeda",
            "Valuta",
        ),
    ),
    Known(
        "currency_code",
        (
            "Currency code",
            "Währungscode",
            "Code de devise",
            "Code de la devise",
            "Code devise",
            "Código de moneda",
            "Código de la moneda",
            "Código de divisa",
            "Código da moeda",
            "Código de moeda",
            "Codice valuta",
        ),
        tells=True,
        usual=False,
    ),
    Known("cost", ("Cost", "Kosten", "Coût", "Coste", "Costo", "Custo"), needed=True),
    Known(
        "impressions",
        ("Impr.", "Impressions", "Impressionen", "Impresiones", "Impressões", "Impressioni"),
    ),
    Known("impr", ("Impr.",), tells=True, usual=False),
    Known("clicks", ("Clicks", "Klicks", "Clics", "Cliques", "Clic")),
    Known(
        "conversions",
        ("Conversions", "Conv.", "Conversiones", "Conversões", "Conversioni"),
    ),
    Known(
        "conversion_value",
        (
            "Conv. value",
            "Conv.-Wert",
            "Conversion-Wert",
            "Valeur de conv.",
            "Valor de conv.",
            "Valor conv.",
            "Valore conv.",
        ),
        tells=True,
    ),
    Known(
        "campaign_type",
        (
            "Campaign type",
            "Kampagnentyp",
            "Type de campagne",
            "Tipo de campaña",
            "Tipo de campanha",
            "Tipo di campagna",
        ),
        tells=True,
        usual=False,
    ),
    Known(
        "average_click",
        ("Avg. CPC", "Durchschn. CPC", "CPC moy.", "CPC medio", "Prom. CPC", "CPC méd."),
        tells=True,
        usual=False,
    ),
)

# Columns that cut time into pieces longer than a day.
LONGER_THAN_A_DAY = (
    ("Week", "Woche", "Semaine", "Semana", "Settimana"),
    ("Month", "Monat", "Mois", "Mes", "Mês", "Mese"),
    ("Quarter", "Quartal", "Trimestre"),
    ("Year", "Jahr", "Année", "Año", "Ano", "Anno"),
)

# How a line of sums begins: "Total: Account", "Total : compte", "Gesamt: Konto", "Totale: …".
# Old reports say only "Total".
SUMS = ("Total", "Gesamt", "Insgesamt", "Totale")
FOOTERS = tuple(word + colon for word in SUMS for colon in (":", " :", "\u00a0:"))
NULLS = ("--",)

CHANNEL = Channel("paid_search", path="many", meets="reactive")
ASK = (
    "and how the money fell on the days cannot be known; "
    "segment the report by Day (Segment > Time > Day) and export it again"
)
_COMMA_LANGUAGES = ("Kosten", "Coût", "Coste", "Costo", "Custo")


def _draft(sheet: Sheet, matched: Match) -> Draft:
    found = matched.found
    first = next(iter(sheet.samples))
    unit = "campaign_id" if "campaign_id" in found else "campaign"
    like = "," if plain(found["cost"]) in map(plain, _COMMA_LANGUAGES) else "."
    spec = replace(sheet.spec, nulls=NULLS, footers=FOOTERS)
    spec = replace(sheet, spec=spec).numbered(
        found["cost"], found.get("impressions"), found.get("clicks"), like=like
    )
    parameters = {} if "currency" in found else {"currency": CURRENCY}
    rows = spend(
        about="what a campaign cost on a day, whatever the report is split by besides",
        keep=(Condition(column=first, none_of=SUMS),),
        fields=given(
            spend_id=Field(template=f"google_ads:{{field.day}}:{{{found[unit]}}}"),
            day=day_of(sheet, found["day"]),
            channel=Field(constant=CHANNEL.name),
            path=Field(constant=CHANNEL.path),
            campaign=Field(column=found["campaign"]),
            amount=Field(column=found["cost"]),
            currency=column(found, "currency") or Field(parameter="currency"),
            impressions=column(found, "impressions"),
            clicks=column(found, "clicks"),
        ),
    )
    return Draft(
        rows=(rows,),
        spec=spec,
        about="Google Ads: spend by campaign and day. A day exported again replaces itself.",
        parameters=parameters,
        settings=Settings(channels=(CHANNEL,)),
        notes=_notes(matched),
    )


def _notes(matched: Match) -> tuple[str, ...]:
    notes = [f"all of it goes to the channel {CHANNEL.name!r}, which meets people reactively"]
    if "campaign_id" not in matched.found:
        notes.append("no campaign id: a campaign that is renamed counts as another one")
    return tuple(notes)


def _why_not(sheet: Sheet, matched: Match) -> str | None:
    if "day" in matched.found:
        return None
    words = {plain(header): header for header in sheet.samples}
    for names in LONGER_THAN_A_DAY:
        for name in names:
            if plain(name) in words:
                return f"its lines are of a {names[0].lower()} each ({words[plain(name)]!r}), {ASK}"
    return f"it has no column of days, {ASK}"


EXPORTS = (
    Export("google_ads", "campaigns", "Google Ads report", FIELDS, _draft, why_not=_why_not),
)
