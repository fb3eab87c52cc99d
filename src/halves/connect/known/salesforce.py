"""What Salesforce writes: API names from an export or the API, labels from a report."""

from halves.connect.known.headers import Field

_DELETED = Field("deleted", ("IsDeleted", "Deleted"), usual=False)

CONTACT = (
    Field("id", ("Id", "Contact ID")),
    Field("account", ("AccountId", "Account ID"), tells=True),
    Field("account_name", ("Account Name",), tells=True, usual=False),
    Field("first_name", ("FirstName", "First Name")),
    Field("last_name", ("LastName", "Last Name"), needed=True),
    Field("email", ("Email",)),
    Field("phone", ("Phone",)),
    Field("mobile", ("MobilePhone", "Mobile", "Mobile Phone")),
    Field("title", ("Title",)),
    Field("lead_source", ("LeadSource", "Lead Source"), tells=True),
    Field("owner", ("OwnerId", "Contact Owner", "Contact Owner: Full Name")),
    Field("region", ("MailingCountry", "Mailing Country"), tells=True, usual=False),
    Field("since", ("CreatedDate", "Created Date", "Create Date")),
    _DELETED,
)

ACCOUNT = (
    Field("id", ("Id", "Account ID"), needed=True),
    Field("name", ("Name", "Account Name"), needed=True),
    Field("type", ("Type",)),
    Field("parent", ("ParentId", "Parent Account ID")),
    Field("website", ("Website",)),
    Field("phone", ("Phone",)),
    Field("industry", ("Industry",)),
    Field("revenue", ("AnnualRevenue", "Annual Revenue"), tells=True),
    Field("employees", ("NumberOfEmployees", "Employees"), tells=True),
    Field("city", ("BillingCity", "Billing City"), tells=True),
    Field("region", ("BillingCountry", "Billing Country"), tells=True),
    Field("owner", ("OwnerId", "Account Owner")),
    Field("since", ("CreatedDate", "Created Date"), usual=False),
    _DELETED,
)

OPPORTUNITY = (
    Field("id", ("Id", "Opportunity ID")),
    Field("account", ("AccountId", "Account ID")),
    Field("account_name", ("Account Name",), usual=False),
    Field("name", ("Name", "Opportunity Name"), needed=True),
    Field("stage", ("StageName", "Stage"), needed=True, tells=True),
    Field("amount", ("Amount",), needed=True),
    Field("probability", ("Probability", "Probability (%)"), tells=True),
    Field("closed", ("CloseDate", "Close Date"), needed=True),
    Field("lead_source", ("LeadSource", "Lead Source")),
    Field("campaign", ("CampaignId", "Primary Campaign Source"), tells=True),
    Field("is_closed", ("IsClosed", "Closed")),
    Field("won", ("IsWon", "Won"), tells=True),
    Field("owner", ("OwnerId", "Opportunity Owner"), tells=True),
    Field("created", ("CreatedDate", "Created Date"), usual=False),
    Field("person", ("ContactId", "Contact ID", "Primary Contact ID"), usual=False),
    Field(
        "currency",
        ("CurrencyIsoCode", "Amount Currency", "Opportunity Currency", "Currency"),
        usual=False,
    ),
    _DELETED,
)

TASK = (
    Field("id", ("Id", "Activity ID", "Task ID"), needed=True),
    Field("person", ("WhoId", "Contact ID", "Name ID"), needed=True, tells=True),
    Field("about", ("WhatId", "Related To ID"), tells=True),
    Field("subject", ("Subject",), needed=True),
    Field("day", ("ActivityDate", "Date", "Due Date"), needed=True),
    Field("status", ("Status",)),
    Field("description", ("Description", "Comments", "Full Comments")),
    Field("seconds", ("CallDurationInSeconds", "Call Duration"), tells=True),
    Field("subtype", ("TaskSubtype", "Task Subtype"), tells=True, usual=False),
    Field("owner", ("OwnerId", "Assigned", "Assigned To"), usual=False),
    Field("account", ("AccountId", "Account ID"), usual=False),
    Field("done", ("CompletedDateTime", "Completed Date/Time", "Completed Date"), usual=False),
    _DELETED,
)
