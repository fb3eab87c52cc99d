"""Lists for ad platforms. The hashes are what the platforms publish, or `sha256sum` gives."""

from halves.connect.ads import PLATFORMS, Details

# printf %s … | sha256sum
SHA = {
    "cloudysanfrancisco@gmail.com": (
        "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"
    ),
    "+18005550100": "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30",
}
MARY = "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"  # in Meta's guide


def test_meta_gets_the_hash_that_its_guide_shows():
    row = PLATFORMS["meta"].row(Details(email="mary@example.com"))

    assert row[0] == MARY
    assert set(row[1:]) == {""}


def test_google_gets_gmail_addresses_without_dots_and_plus():
    row = PLATFORMS["google"].row(Details(email="cloudy.sanfrancisco+shopping@gmail.com"))

    assert row[0] == SHA["cloudysanfrancisco@gmail.com"]


def test_google_hashes_the_plus_of_a_number_and_meta_does_not():
    known = Details(phone="+18005550100")

    assert PLATFORMS["google"].row(known)[1] == SHA["+18005550100"]
    assert PLATFORMS["meta"].row(known)[1] != SHA["+18005550100"]


def test_names_go_along_only_where_they_can_match():
    named = {"email": "g@example.org", "first_name": "Grace", "last_name": "Hopper"}
    placed = {"country": "US", "zip": "10013-1234"}

    assert PLATFORMS["google"].row(Details(**named))[2:] == ("", "", "", "")
    row = PLATFORMS["google"].row(Details(**named, **placed))
    assert row[4:] == ("US", "10013-1234")
    assert len(row[2]) == len(row[3]) == 64


def test_meta_gets_nothing_in_plain_words():
    known = Details("g@example.org", "+4930901820", "Grace", "Hopper", "DE", "10115")

    assert {len(cell) for cell in PLATFORMS["meta"].row(known)} == {64}


def test_columns_are_those_that_the_platforms_name():
    assert PLATFORMS["google"].header == (
        "Email",
        "Phone",
        "First Name",
        "Last Name",
        "Country",
        "Zip",
    )
    assert PLATFORMS["meta"].header == ("email", "phone", "fn", "ln", "zip", "country")
