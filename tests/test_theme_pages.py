"""The pages of the example theme are judged as the default's are: by axe-core, by keyboard and by the Nu HTML checker."""

# ruff: noqa: F401 - tests that are imported are collected here, over the sites of this theme

from collections.abc import Iterator

import pytest
from showcase import Site, showcase
from test_accessibility import axe, test_axe_finds_nothing
from test_browser import test_every_page_is_complete_without_javascript as test_complete
from test_browser import test_no_page_complains_or_asks_others as test_quiet
from test_browser import test_no_page_scrolls_sideways_or_is_cut_off as test_no_scroll
from test_theme import WIRE
from test_validity import test_every_page_has_a_policy_that_begins_with_nothing as test_policy
from test_validity import test_the_nu_html_checker_finds_nothing as test_nu_finds_nothing

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """The same digests as elsewhere, in the theme."""
    with showcase(tmp_path_factory.mktemp("wire"), WIRE) as sites:
        yield sites
