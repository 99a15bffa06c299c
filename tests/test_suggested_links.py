"""A link that a reader suggests: what docs/curating.md says of the form's answer."""

import json
import re

import yaml
from conftest import ROOT

FORM = ROOT / "starter/dot-github/ISSUE_TEMPLATE/link.yml"
ADDRESS = "https://example.org/a?b=c&d=(e)"


def test_the_documented_filter_finds_the_address_in_an_answer() -> None:
    labels = [field["attributes"]["label"] for field in yaml.safe_load(FORM.read_text("utf-8"))["body"]]
    answers = [ADDRESS, "See also https://example.org/other", "_No response_"]
    body = "\n\n".join(f"### {label}\n\n{text}" for label, text in zip(labels, answers, strict=True))
    (pattern,) = re.findall(r"\.body \| match\((\".*?\")\)", (ROOT / "docs/curating.md").read_text("utf-8"))

    found = re.search(json.loads(pattern), body)

    assert found is not None
    assert found[0] == ADDRESS
