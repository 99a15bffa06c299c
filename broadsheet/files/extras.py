"""What is installed of the extras that a build can do without."""

from importlib.metadata import PackageNotFoundError, version

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Config

GET_INLINER = "pip install 'broadsheet[mail]', or say 'mail: {days: 0}' in site.yaml"


def find_inliner(config: Config, problems: list[Diagnostic]) -> str:
    """Name what puts the styles of mails where they belong, with its version; "" where there are to be no mails.

    A problem is noted where the settings speak of mails and it is not installed.
    """
    if not config.mail.days:
        return ""
    found = _inliner()
    if not found and config.mail.is_asked:
        message = "'mail': css-inline, which mails need, is not installed"
        problems.append(
            Diagnostic(code="missing-extra", message=message, location=Location("site.yaml"), hint=GET_INLINER)
        )
    return found


def has_inliner() -> bool:
    """Whether what mails need is installed."""
    return bool(_inliner())


def _inliner() -> str:
    try:
        return f"css-inline {version('css-inline')}"
    except PackageNotFoundError:
        return ""
