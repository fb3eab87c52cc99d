"""What Meta Ads Manager writes: the currency in a header, and a row of sums with no campaign."""

from halves.connect.known.headers import Field

FIELDS = (
    Field("day", ("Day", "Tag", "Jour", "Día", "Dia", "Giorno"), usual=False),
    Field(
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
    Field(
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
    Field(
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
    Field(
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
    Field(
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
    Field("currency", ("Currency", "Währung", "Devise", "Divisa", "Moneda", "Moeda"), usual=False),
    Field(
        "impressions",
        ("Impressions", "Impressionen", "Impresiones", "Impressões", "Impression"),
    ),
    Field(
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
    Field(
        "clicks",
        ("Clicks (all)", "Klicks (alle)", "Clics (tous)", "Clics (todos)", "Cliques (todos)"),
        usual=False,
    ),
    Field(
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
    Field(
        "ad",
        (
            "Ad name",
            "Anzeigenname",
            "Nom de la publicité",
            "Nombre del anuncio",
            "Nome do anúncio",
        ),
    ),
    Field("reach", ("Reach", "Reichweite", "Couverture", "Portée", "Alcance")),
    Field("results", ("Results", "Ergebnisse", "Résultats", "Resultados", "Risultati")),
)
