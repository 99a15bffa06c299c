"""Materials: what a site is made of besides its content, and the rules that it sets for reading records."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.language import compile_catalog, fallbacks
from broadsheet.core.model import Config, Theme
from broadsheet.core.urls import base_path, origin
from broadsheet.files import disk
from broadsheet.records.articles import Rules
from broadsheet.records.config import parse_config

_ENCODER = msgspec.msgpack.Encoder()


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, the theme, and where static files lie, by their addresses."""

    config: Config
    theme: Theme
    static: Mapping[str, Path]

    @property
    def shown(self) -> dict[str, str]:
        """The static files as people are shown them, by their addresses."""
        return {address: disk.shown_path(path) for address, path in self.static.items()}

    def at(self, base_url: str) -> "Materials":
        """Return the same for a site at another address."""
        return msgspec.structs.replace(self, config=msgspec.structs.replace(self.config, base_url=base_url))

    def rules(self, *, has_drafts: bool = False) -> Rules:
        """Return what records are read by."""
        return rules_of(self.config, self.theme, has_drafts=has_drafts)


def read_materials(site: Path, problems: list[Diagnostic]) -> Materials:
    """Read what a site is made of besides its content; defaults, and problems, for what cannot be read."""
    config = read_config(site, problems)
    themes = theme_folders(site, config, problems)
    static = disk.read_static((folder / "static" for folder in themes), problems)
    theme = disk.read_theme((folder / "templates" for folder in themes), problems)
    catalog = _read_catalog([folder / "locale" for folder in themes], config.language, problems)
    assets = tuple((name, file.address) for name, file in static.items())
    return Materials(
        config=config,
        theme=msgspec.structs.replace(theme, catalog=catalog or b"", assets=assets),
        static={file.address: file.path for file in static.values()},
    )


def theme_folders(site: Path, config: Config, problems: list[Diagnostic]) -> tuple[Path, ...]:
    """Return the folders that a site's theme is made of, later ones winning: the default's, a theme's, the site's own.

    A theme's folder that is not there, or holds nothing of a theme, is a problem.
    """
    if not config.theme:
        return (disk.default_theme(), site)
    folder = site / config.theme
    if not any((folder / name).is_dir() for name in disk.THEME_FOLDERS):
        what = "holds neither templates/ nor static/" if folder.is_dir() else "is no folder"
        path = disk.shown_path(site / "site.yaml")
        lines = enumerate(disk.lines_of(path), 1)
        line = next((number for number, text in lines if text.startswith("theme:")), 1)
        message = f"theme: {disk.shown_path(folder)} {what}"
        hint = "a path from the folder of site.yaml, such as themes/wire"
        problems.append(Diagnostic(code="bad-config", message=message, location=Location(path, line), hint=hint))
    return (disk.default_theme(), folder, site)


def rules_of(config: Config, theme: Theme, *, has_drafts: bool = False) -> Rules:
    """Return what the records of a site are read by."""
    return Rules(
        origin=origin(config.base_url),
        base_path=base_path(config.base_url),
        embeds=config.embeds,
        nofollow=config.nofollow,
        templates=theme.names,
        has_drafts=has_drafts,
    )


def rules_key(rules: Rules, prefix: str) -> bytes:
    """Return what a parsed record depends on besides its name and its bytes; `prefix` begins the paths shown of it."""
    told: Iterable[object] = (
        prefix,
        rules.origin,
        rules.base_path,
        rules.embeds,
        rules.nofollow,
        sorted(rules.templates),
        rules.has_drafts,
    )
    return _ENCODER.encode(told)


def read_config(site: Path, problems: list[Diagnostic]) -> Config:
    """Read the settings of a site; the defaults, and a problem, where they cannot be read."""
    path = site / "site.yaml"
    config: Config | None = Config()
    if path.exists():
        try:
            config, found = parse_config(disk.read_source(path, path.name, disk.SIZE_LIMIT))
        except ContentError as error:
            config, found = None, list(error.problems)
        problems.extend(found)
    return config or Config()


def _read_catalog(folders: Sequence[Path], tag: str, problems: list[Diagnostic]) -> bytes | None:
    """Read and compile the catalog of a language; None where there is none, or where it is in error."""
    try:
        source = disk.read_catalog(folders, fallbacks(tag))
    except ContentError as error:
        problems += error.problems
        return None
    if source is None:
        return None
    try:
        return compile_catalog(source.data.decode("utf-8-sig").splitlines(), tag)
    except ValueError as error:
        problems.append(
            Diagnostic(
                code="bad-catalog",
                message=f"not a gettext catalog: {error}",
                location=Location(source.path),
                hint="msgfmt --check says more",
            )
        )
        return None
