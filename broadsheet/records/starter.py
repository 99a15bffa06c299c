"""What a new digest begins with: settings that explain themselves, and what its workflow installs."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from broadsheet.records.config import SITE
from broadsheet.records.fields import Spec

_DEFAULT = re.compile(r"; (\S+) unless said otherwise$")
_DEFAULTS = {"language": "en", "timezone": "UTC", "embeds": "[youtube, vimeo]", "nofollow": "false"}
_HEAD = """\
# The settings of this digest, all of them. A line that begins with # and no space is a setting with its default, or
# with nothing where it has none: remove the # to change it.
"""
_GIT = re.compile(r"https://[\w.-]+(?::\d+)?(?:/[\w.~-]+)+")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class _Vcs(msgspec.Struct, frozen=True):
    vcs: str = ""
    commit_id: str = ""


class _Origin(msgspec.Struct, frozen=True):
    """Where a package was installed from, as installers note it: `direct_url.json`."""

    url: str = ""
    vcs_info: _Vcs = _Vcs()


def settings_text(given: Mapping[str, str]) -> str:
    """Return a `site.yaml` with every setting there is, each explained; those that are not given are comments."""
    lines = [_HEAD]
    for name, spec in SITE.items():
        if name in given:
            lines += [f"# {spec.doc}", f"{name}: {_quoted(given[name])}", ""]
        else:
            first, *below = _explained(name, spec)
            lines += [first, *(f"#{line}" for line in below), ""]
    return "\n".join(lines)


def requirement(version: str, origin: str | None) -> str:
    """Return what pip is to install to get this program again, by its version or by the commit that it came from.

    `origin` is what the installer noted, if it did. Nothing of it is used that could mean something else in a shell
    or in YAML.
    """
    try:
        found = msgspec.json.decode(origin or "{}", type=_Origin)
    except msgspec.DecodeError:
        found = _Origin()
    is_git = found.vcs_info.vcs == "git" and _GIT.fullmatch(found.url) and _COMMIT.fullmatch(found.vcs_info.commit_id)
    return (
        f"broadsheet[search,mail] @ git+{found.url}@{found.vcs_info.commit_id}"
        if is_git
        else f"broadsheet[search,mail]=={version}"
    )


def _explained(name: str, spec: Spec) -> Iterator[str]:
    """Yield a setting with what it means above it, and its default if it has one; what is below it, too."""
    yield f"# {spec.doc}"
    default = _DEFAULT.search(spec.doc)
    yield f"{name}: {_DEFAULTS.get(name) or (default[1] if default else '')}".rstrip()
    for key, below in (spec.shape or {}).items():
        yield from (f"  {line}" for line in _explained(key, below))


def _quoted(text: str) -> str:
    """Write a text between double quotes, as JSON does: that is YAML too."""
    return msgspec.json.encode(text).decode()
