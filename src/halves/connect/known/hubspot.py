"""What HubSpot writes: one row a record, ids of associated records joined by `;`."""

from halves.connect.known.headers import Field

_COMPANY_IDS = (
    "Associated Company IDs (Primary)",
    "Primary Associated Company ID",
    "Associated Company IDs",
)

CONTACT = (
    Field("id", ("Record ID", "Record ID - Contact", "Contact ID"), needed=True),
    Field("first_name", ("First Name",)),
    Field("last_name", ("Last Name",)),
    Field("email", ("Email",)),
    Field("phone", ("Phone Number",)),
    Field("title", ("Job Title",)),
    Field("company", ("Company Name",)),
    Field("lifecycle", ("Lifecycle Stage",), tells=True),
    Field("lead_status", ("Lead Status",), tells=True),
    Field("owner", ("Contact owner",), tells=True),
    Field("region", ("Country/Region", "Country")),
    Field("since", ("Create Date",), needed=True),
    Field("last_activity", ("Last Activity Date",)),
    Field("associated", ("Associated Company", "Associated Company (Primary)"), tells=True),
    Field("account", _COMPANY_IDS, tells=True),
)

COMPANY = (
    Field("id", ("Record ID", "Record ID - Company", "Company ID"), needed=True),
    Field("name", ("Company name", "Name"), needed=True),
    Field("domain", ("Company Domain Name",), tells=True),
    Field("website", ("Website URL",)),
    Field("industry", ("Industry",)),
    Field("owner", ("Company owner",), tells=True),
    Field("region", ("Country/Region", "Country")),
    Field("since", ("Create Date",), needed=True),
)

DEAL = (
    Field("id", ("Record ID", "Record ID - Deal", "Deal ID"), needed=True),
    Field("name", ("Deal Name",), needed=True, tells=True),
    Field("pipeline", ("Pipeline",)),
    Field("stage", ("Deal Stage",), needed=True, tells=True),
    Field("amount", ("Amount",), needed=True),
    Field("closed", ("Close Date",), needed=True),
    Field("owner", ("Deal owner",), tells=True),
    Field("created", ("Create Date",)),
    Field("account", _COMPANY_IDS),
    Field("person", ("Associated Contact IDs",)),
    Field("won", ("Is Closed Won", "Is closed won"), usual=False),
    Field("currency", ("Currency", "Deal Currency Code"), usual=False),
)
