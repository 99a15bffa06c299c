"""Volumes of the search index as shards: any process of a build can make one and stage its files."""

from collections.abc import Mapping, Sequence

import msgspec

from broadsheet.cache import Made
from broadsheet.disk import Stamp
from broadsheet.indexer import make_index
from broadsheet.pages import file_path
from broadsheet.publication import FileStage, Staged
from broadsheet.search import FOLDER, Volume
from broadsheet.shards import Job, Layout, layout_of, stage_of

FACETS = "facets.json"
"""The file, beside the index of a volume, of what a search is narrowed by."""


class VolumeShard(msgspec.Struct, frozen=True):
    """A volume to make an index of, by its number in the layout of a job."""

    job: Job
    number: int


class StagedVolume(msgspec.Struct, frozen=True):
    """A volume's number, and the staged files of its index."""

    number: int
    files: tuple[Staged, ...]


def index_shard(shard: VolumeShard) -> StagedVolume:
    """Make the index of a volume and stage its files. Raises OutputError where Pagefind fails."""
    return stage_volume(layout_of(shard.job), shard.number, stage_of(shard.job))


def stage_volume(layout: Layout, number: int, stage: FileStage) -> StagedVolume:
    """Make the index of a volume of a layout and stage its files. Raises OutputError where Pagefind fails."""
    volume = layout.volumes[number]
    records = volume.records()
    index = make_index(records, volume.language)
    files = {**index.files, FACETS: volume.facets(records, index.fragments)}
    staged = [stage.put(file_path(f"{volume.folder}{path}"), data) for path, data in files.items()]
    return StagedVolume(number, tuple(staged))


def published_files(
    volumes: Sequence[Volume], made: Mapping[str, Made], there: Mapping[str, Stamp]
) -> list[list[str]]:
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
