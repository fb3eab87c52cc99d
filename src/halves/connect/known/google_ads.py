"""What Google Ads writes: a title, the dates, a header in the account's language, then totals."""

from halves.connect.known.headers import Field

FIELDS = (
    Field("day", ("Day", "Tag", "Jour", "Día", "Dia", "Giorno", "Date"), needed=True),
    Field(
        "campaign",
        ("Campaign", "Kampagne", "Campagne", "Campaña", "Campanha", "Campagna"),
        needed=True,
    ),
    Field(
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
    Field(
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
        tells=True,
    ),
    Field("cost", ("Cost", "Kosten", "Coût", "Coste", "Costo", "Custo"), needed=True),
    Field(
        "impressions",
        ("Impr.", "Impressions", "Impressionen", "Impresiones", "Impressões", "Impressioni"),
        tells=True,
    ),
    Field("clicks", ("Clicks", "Klicks", "Clics", "Cliques", "Clic")),
    Field(
        "conversions",
        ("Conversions", "Conv.", "Conversiones", "Conversões", "Conversioni"),
    ),
    Field(
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
    Field(
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
    Field(
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
TOTALS = ("Total", "Gesamt", "Insgesamt", "Totale", "Totaal")

NULLS = ("--", " --")
