"""What Meta Ads Manager writes: the currency in a header, and a row of sums with no campaign."""

from dataclasses import replace

from halves.connect.headers import Field as Known
from halves.connect.headers import Match
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
from halves.connect.recipe import Condition, Field, Parameter
from halves.ledger import Channel
from halves.ledger.settings import Settings

FIELDS = (
    Known("day", ("Day", "Tag", "Jour", "Día", "Dia", "Giorno"), usual=False),
    Known(
        "starts",
        (
            "Reporting starts",
            "Berichtsstart",
            "Anfang des Auswertungszeitraums",
            "Début des rapports",
            "Inicio del informe",
            "Início dos relatórios",
            "Inizio dei report",
        ),
        tells=True,
    ),
    Known(
        "ends",
        (
            "Reporting ends",
            "Berichtsende",
            "Ende des Auswertungszeitraums",
            "Fin des rapports",
            "Fin del informe",
            "Término dos relatórios",
            "Encerramento dos relatórios",
            "Fine dei report",
        ),
        tells=True,
    ),
    Known(
        "campaign",
        (
            "Campaign name",
            "Kampagnenname",
            "Name der Kampagne",
            "Nom de la campagne",
            "Nombre de la campaña",
            "Nome da campanha",
            "Nome della campagna",
        ),
        needed=True,
    ),
    Known(
        "campaign_id",
        (
            "Campaign ID",
            "Kampagnen-ID",
            "ID de la campagne",
            "Identifiant de la campagne",
            "Identificador de la campaña",
            "ID de la campaña",
            "Identificação da campanha",
            "ID campagna",
        ),
        usual=False,
    ),
    Known(
        "amount",
        (
            "Amount spent",
            "Ausgegebener Betrag",
            "Montant dépensé",
            "Importe gastado",
            "Valor gasto",
            "Valor usado",
            "Importo speso",
        ),
        needed=True,
        tells=True,
        has_currency=True,
    ),
    Known("currency", ("Currency", "Währung", "Devise", "Divisa", "Moneda", "Moeda"), usual=False),
    Known(
        "impressions",
        ("Impressions", "Impressionen", "Impresiones", "Impressões", "Impression"),
    ),
    Known(
        "link_clicks",
        (
            "Link clicks",
            "Link-Klicks",
            "Clics sur un lien",
            "Clics sur le lien",
            "Clics en el enlace",
            "Cliques no link",
            "Clic sul link",
        ),
    ),
    Known(
        "clicks",
        ("Clicks (all)", "Klicks (alle)", "Clics (tous)", "Clics (todos)", "Cliques (todos)"),
        usual=False,
    ),
    Known(
        "ad_set",
        (
            "Ad set name",
            "Anzeigengruppenname",
            "Name der Anzeigengruppe",
            "Nom de l'ensemble de publicités",
            "Nombre del conjunto de anuncios",
            "Nome do conjunto de anúncios",
        ),
    ),
    Known(
        "ad",
        (
            "Ad name",
            "Anzeigenname",
            "Nom de la publicité",
            "Nombre del anuncio",
            "Nome do anúncio",
        ),
    ),
    Known("reach", ("Reach", "Reichweite", "Couverture", "Portée", "Alcance")),
    Known("results", ("Results", "Ergebnisse", "Résultats", "Resultados", "Risultati")),
)

CHANNEL = Channel("social", path="many", meets="broadcast")
ASK = (
    "and how the money fell on the days cannot be known; "
    "break the report down by day (Breakdown > Time > Day) and export it again"
)


def _draft(sheet: Sheet, matched: Match) -> Draft:
    found = matched.found
    day = found.get("day", found.get("starts", ""))
    unit = "campaign_id" if "campaign_id" in found else "campaign"
    clicks = found.get("link_clicks", found.get("clicks"))
    spec = sheet.numbered(found["amount"], found.get("impressions"), clicks, like=".")
    currency, parameters = _currency(matched)
    rows = spend(
        about="what a campaign cost on a day, over its ad sets and ads",
        # The row of sums is the one without a campaign.
        keep=(Condition(column=found["campaign"], is_blank=False),),
        fields=given(
            spend_id=Field(template=f"meta_ads:{{field.day}}:{{{found[unit]}}}"),
            day=replace(
                day_of(sheet, day), same_as=found.get("ends") if "day" not in found else None
            ),
            channel=Field(constant=CHANNEL.name),
            path=Field(constant=CHANNEL.path),
            campaign=Field(column=found["campaign"]),
            amount=Field(column=found["amount"]),
            currency=currency,
            impressions=column(found, "impressions"),
            clicks=None if clicks is None else Field(column=clicks),
        ),
    )
    return Draft(
        rows=(rows,),
        spec=spec,
        about="Meta Ads: spend by campaign and day. A day exported again replaces itself.",
        parameters=parameters,
        settings=Settings(channels=(CHANNEL,)),
        notes=(
            f"all of it goes to the channel {CHANNEL.name!r}; whom the ads met is not in the file",
            "the row of sums, whose campaign is blank, is left out",
        ),
    )


def _currency(matched: Match) -> tuple[Field, dict[str, Parameter]]:
    if matched.currency is not None:
        return Field(constant=matched.currency), {}
    if "currency" in matched.found:
        return Field(column=matched.found["currency"]), {}
    return Field(parameter="currency"), {"currency": CURRENCY}


def _why_not(sheet: Sheet, matched: Match) -> str | None:
    found = matched.found
    if "day" in found:
        return None
    if not {"starts", "ends"} <= set(found):
        return f"it has no column of days, {ASK}"
    starts, ends, campaign = (sheet.samples[found[n]] for n in ("starts", "ends", "campaign"))
    for start, end, name in zip(starts.cells, ends.cells, campaign.cells, strict=True):
        if name.strip() and start.strip() != end.strip():
            return f"a line of {name!r} runs from {start} to {end}, {ASK}"
    return None


EXPORTS = (Export("meta_ads", "campaigns", "Meta Ads report", FIELDS, _draft, why_not=_why_not),)
