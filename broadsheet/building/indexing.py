"""The search index in a build: which volumes are to be made anew, here or in other processes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec

from broadsheet.building.layouts import Layout
from broadsheet.building.processes import Pool
from broadsheet.building.shards import Job, Stage, layout_of, stage_of
from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Config
from broadsheet.files.cache import Made
from broadsheet.files.disk import Stamp
from broadsheet.files.indexer import find_program, make_index
from broadsheet.files.publication import Publication, Staged
from broadsheet.site.pages import file_path
from broadsheet.site.search import FACETS, FOLDER, Volume

GET_INDEXER = "pip install 'broadsheet[search]', or say 'search: false' in site.yaml"


class VolumeShard(msgspec.Struct, frozen=True):
    """A volume to make an index of, by its number in the layout of a job."""

    job: Job
    number: int


class StagedVolume(msgspec.Struct, frozen=True):
    """A volume's number, and the staged files of its index."""

    number: int
    files: tuple[Staged, ...]


def find_indexer(config: Config, problems: list[Diagnostic]) -> str:
    """Return the name of the program that is to make the search index, or "" for none.

    A problem is noted where the settings ask for an index and the program is not installed.
    """
    found = find_program() if config.search is not False else ""
    if config.search and not found:
        problems.append(
            Diagnostic(
                code="missing-extra",
                message="'search': Pagefind, which makes the search index, is not installed",
                location=Location("site.yaml"),
                hint=GET_INDEXER,
            )
        )
    return found


def publish_index(
    layout: Layout,
    job: Job,
    pool_of: Callable[[int, int], AbstractContextManager[Pool | None]],
    made: Mapping[str, Made],
    publication: Publication,
) -> Iterator[tuple[str, bytes]]:
    """Make the volumes that changed and keep the others; yield every file of the index with its identity.

    `pool_of` gives a pool for some shards and items, and `made` are the files that earlier builds left. Raises
    OutputError where Pagefind fails.
    """
    missing = []
    for number, paths in enumerate(published_files(layout.volumes, made, publication.there)):
        for path in paths:
            publication.keep(path)
            yield path, layout.volumes[number].key
        if not paths:
            missing.append(number)
    articles = sum(len(layout.volumes[number].articles) for number in missing)
    with pool_of(len(missing), articles) as pool:
        parts: Iterable[StagedVolume] = (stage_volume(layout, number, publication.stage) for number in missing)
        if pool is not None:
            parts = pool.map(index_shard, [VolumeShard(job, number) for number in missing])
        for part in parts:
            for staged in part.files:
                publication.add(staged)
                yield staged.path, layout.volumes[part.number].key


def index_shard(shard: VolumeShard) -> StagedVolume:
    """Make the index of a volume and stage its files."""
    return stage_volume(layout_of(shard.job), shard.number, stage_of(shard.job))


def stage_volume(layout: Layout, number: int, stage: Stage) -> StagedVolume:
    """Make the index of a volume of a layout and stage its files. Raises OutputError where Pagefind fails."""
    volume = layout.volumes[number]
    records = volume.records()
    index = make_index(records, volume.language)
    files = {**index.files, FACETS: volume.facets(records, index.fragments)}
    staged = [stage.put(file_path(f"{volume.folder}{path}"), data) for path, data in files.items()]
    return StagedVolume(number, tuple(staged))


def published_files(volumes: Sequence[Volume], made: Mapping[str, Made], there: Mapping[str, Stamp]) -> list[list[str]]:
    """Return of each volume the files of its index where they are published already; none where one of them is not.

    `made` are the files that earlier builds left, and `there` those of the output folder.
    """
    found: dict[str, list[str]] = {volume.name: [] for volume in volumes}
    start = file_path(f"{FOLDER}/name").removesuffix("name")
    for path in made:
        if path.startswith(start):
            found.get(path[len(start) :].partition("/")[0], []).append(path)
    return [_if_all(found[volume.name], volume.key, made, there) for volume in volumes]


def _if_all(paths: list[str], key: bytes, made: Mapping[str, Made], there: Mapping[str, Stamp]) -> list[str]:
    """Return files if each is as it was made by a key."""
    are_there = all(made[path].identity == key and there.get(path) == made[path].stamp for path in paths)
    return paths if are_there else []
