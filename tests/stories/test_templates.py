"""What a template must not do: reach beyond its facts, run for long, write without end."""

from time import process_time

import pytest

from halves.stories.errors import TemplateRefused, TemplateTooMuch
from halves.stories.templates import parsed
from halves.stories.writing import clean

FACTS = {"person": {"name": "Grace", "fields": {"size": 40}, "first_name": "Grace"}}


class Secret:
    """Something that got among the facts by mistake."""

    password = "hunter2"

    def delete(self):
        raise AssertionError("called")


REACHES = (
    "{{ person.__class__ }}",
    "{{ person.__class__.__mro__[1].__subclasses__ }}",
    "{{ person['__class__'] }}",
    "{{ person.name.__class__ }}",
    "{{ person.name.upper }}",
    "{{ person.items }}",
    "{{ thing.password }}",
    "{{ thing.delete }}",
    "{{ thing['password'] }}",
    "{{ self }}{{ settings.SECRET_KEY }}{{ request.user }}{{ now }}{{ today }}",
    "{{ halves.track }}{{ halves.unsubscribe }}",
)


@pytest.mark.parametrize("source", REACHES)
@pytest.mark.parametrize("is_html", [True, False])
def test_nothing_is_reached_but_facts(source, is_html):
    facts = FACTS | {"thing": Secret(), "halves": Secret()}

    assert parsed(source, is_html=is_html).write(facts) == ""


REFUSED = (
    ("{% include '/etc/passwd' %}", 1, 1),
    ("{% render 'a' %}", 1, 1),
    ("a\nb {% layout 'x' %}", 2, 3),
    ("{% raw %}<script>{% endraw %}", 1, 1),
    ("{% comment %}<script>{% endcomment %}", 1, 1),
    ("{% for i in (1..1000000000) %}x{% endfor %}", 1, 1),
    ("{{ (1..1000000000) | join: ',' }}", 1, 1),
    ("{% for i in (1..person.fields.size) %}x{% endfor %}", 1, 1),
    ("{% increment a %}", 1, 1),
    ("{% tablerow a in b %}{% endtablerow %}", 1, 1),
    ("{% liquid include 'a' %}", 1, 1),
    ("{% halves_link %}a{% endhalves_link %}", 1, 1),
    ("one\n{{ person.name | base64_encode }}", 2, 18),
    ("{{ person.name | safe }}", 1, 18),
    ("{{ person.name", 1, 1),
    ("x {{ a {{ b }}", 1, 3),
    ("one\n  {% if a %}", 2, 3),
    ("{% if a %}{% endfor %}", 1, 11),
    ("{% endif %}", 1, 1),
    ("{{" + " " * 200 + "a }}", 1, 1),
    ("{% if a %}" * 12 + "{% endif %}" * 12, 1, 114),
)


@pytest.mark.parametrize(("source", "line", "column"), REFUSED)
def test_what_templates_do_not_have_is_refused_and_where_it_stands_is_said(source, line, column):
    with pytest.raises(TemplateRefused) as refused:
        parsed(source)

    assert (refused.value.line, refused.value.column) == (line, column)
    assert refused.value.words


DOUBLED = "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40
SQUARED = "{% assign n = 99999 %}" + "{% assign n = n | times: n %}" * 60 + "{{ n }}"
GREEDY = (
    DOUBLED,
    DOUBLED.replace("append: a", "replace: 'x', a"),
    "{% assign a = 'x' %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40,
    "{{ '" + "x" * 900 + "' | replace: 'x', '" + "y" * 50 + "' }}",
    "{% assign l = '" + "a," * 400 + "' | split: ',' %}"
    "{% for a in l %}{% for b in l %}{% for c in l %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
    "{% assign l = '" + "a," * 240 + "' | split: ',' %}{% for a in l %}"
    + "{{ person.name | upcase | downcase | append: 'x' | size }}" * 600
    + "{% endfor %}",
)  # fmt: skip


@pytest.mark.parametrize("source", GREEDY, ids=range(len(GREEDY)))
def test_what_grows_without_end_is_stopped_soon(source):
    began = process_time()

    with pytest.raises(TemplateTooMuch):
        parsed(source, is_html=True).write(FACTS)

    assert process_time() - began < 3


@pytest.mark.parametrize(
    "source",
    [
        SQUARED,
        "{{ '1e999999999' | plus: 1 | floor }}".replace(" | floor", ""),
        "{{ 1 | divided_by: 0 }}{{ 'x' | times: 'y' }}{{ 1.5 | round: 999999999 }}",
        "{{ '2026-01-05' | date: '%9999999d' }}",
        "{{ person.name | truncate: 99999999999999999999 }}",
        "{{ nothing | split: '' | first | default: 'x' | size }}",
    ],
)
def test_odd_values_come_out_small(source):
    assert len(parsed(source).write(FACTS)) < 100


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ person.first_name | default: 'friend' }}", "Grace"),
        ("{{ person.title | default: 'friend' }}", "friend"),
        ("{{ '2026-03-01' | date: '%-d %B %Y' }}", "1 March 2026"),
        ("{{ person.fields.size | times: 1.5 }}", "60"),
        ("{{ 10 | divided_by: 4 | round: 1 }}", "2.5"),
        ("{{ 'a b c' | split: ' ' | join: '-' | upcase }}", "A-B-C"),
        ("{{ 'one two three' | truncatewords: 2 }}", "one two…"),
        ("{% if person.fields.size > 10 and person.name != '' %}big{% else %}no{% endif %}", "big"),
        ("{% case person.name %}{% when 'Grace' %}hers{% else %}theirs{% endcase %}", "hers"),
        ("{% for pair in person.fields %}{{ pair[0] }}={{ pair[1] }}{% endfor %}", "size=40"),
    ],
)  # fmt: skip
def test_what_templates_do(source, shown):
    assert parsed(source).write(FACTS) == shown


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("One\n\nTwo **bold**", "<p>One</p>\n<p>Two <strong>bold</strong></p>"),
        ("*slanted* 2 * 3 * 4", "<p><em>slanted</em> 2 * 3 * 4</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("# Head", "<h2>Head</h2>"),
        ("> said", "<blockquote>said</blockquote>"),
        ("R&D < 3", "<p>R&amp;D &lt; 3</p>"),
        ("<p onclick=x style=y>a</p><script>b</script>", "<p>a</p>"),
        ("<p><img src='http://x/y.png' onerror=z></p>", "<p><img></p>"),
        ("{% if a %}\n\nIn\n\n{% endif %}", "{% if a %}\n<p>In</p>\n{% endif %}"),
        ("{% if a %}\nIn\n{% endif %}", "{% if a %}\n<p>In</p>\n{% endif %}"),
        ("&#123;{ person.name }}", "<p>{\u200b{ person.name }}</p>"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>".replace("[a](javascript:b)", "<a>a</a>")),
        ("\ue000T0\ue001", "<p>T0</p>"),
    ],
)  # fmt: skip
def test_a_body_becomes_clean_html(typed, html):
    assert clean(typed).html() == html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "{{ person.name }}",
        "https://{{ person.name }}/",
        "https://x{{ person.name }}",
        "https:{{ person.name }}",
        "//evil.example",
        "data:text/html,x",
        "https://a@b/",
        "/relative",
    ],
)
def test_a_link_leads_only_where_its_author_wrote(address):
    body = clean(f'<p><a href="{address}">x</a></p>')

    assert "href" not in body.html()
    assert body.refused in ([address], [""])
