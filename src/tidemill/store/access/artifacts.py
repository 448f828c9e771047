"""Artifacts: what runs leave for people to look at, each a version of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from tidemill.domain.states import from_us
from tidemill.store import artifact_versions
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.errors import MissingError
from tidemill.store.finding import Bindings, Noun
from tidemill.store.nouns import Wanted, conditions
from tidemill.store.tables import Table
from tidemill.wire.artifacts import Artifact, ArtifactCollection, ArtifactCollectionSort, ArtifactSort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidemill.store.finding import Column
    from tidemill.wire.filters import ArtifactCollectionFilter, ArtifactFilter
    from tidemill.wire.operators import Filter

_ARTIFACTS: Final = Table("artifact", Artifact)
_OF_ARTIFACT: Final[dict[str, Column]] = {
    "key": "artifact.key",
    "flow_run_id": "artifact.flow_run_id",
    "task_run_id": "artifact.task_run_id",
    "type": "artifact.type",
}
_NOUN: Final = Noun(_OF_ARTIFACT | {"id": "artifact.id"})
_LATEST: Final = Noun(_OF_ARTIFACT | {"latest_id": "artifact_collection.latest_id", "key": "artifact_collection.key"})
_ORDERS: Final = {
    ArtifactSort.CREATED_DESC: "artifact.created_us DESC, artifact.seq DESC",
    ArtifactSort.UPDATED_DESC: "artifact.updated_us DESC, artifact.seq DESC",
    ArtifactSort.ID_DESC: "artifact.id DESC",
    ArtifactSort.KEY_DESC: "artifact.key DESC NULLS LAST, artifact.seq DESC",
    ArtifactSort.KEY_ASC: "artifact.key ASC NULLS FIRST, artifact.seq",
}
_LATEST_ORDERS: Final = {
    ArtifactCollectionSort.CREATED_DESC: "artifact_collection.created_us DESC, artifact_collection.id DESC",
    ArtifactCollectionSort.UPDATED_DESC: "artifact.updated_us DESC, artifact_collection.id DESC",
    ArtifactCollectionSort.ID_DESC: "artifact_collection.id DESC",
    ArtifactCollectionSort.KEY_DESC: "artifact_collection.key DESC",
    ArtifactCollectionSort.KEY_ASC: "artifact_collection.key",
}
_COLLECTIONS: Final = "artifact_collection JOIN artifact ON artifact.id = artifact_collection.latest_id"
_COLLECTED: Final = """
INSERT INTO artifact_collection (id, key, latest_id, created_us) VALUES (:id, :key, :latest, :now)
ON CONFLICT (workspace_id, key) DO UPDATE SET latest_id = excluded.latest_id
"""


class Artifacts(Access):
    """Making, reading and changing artifacts."""

    def create_artifact(self, artifact: Artifact, collection_id: str, now: int) -> None:
        """``collection_id``: for its key, if it is the first of it."""
        with self._connections.writing() as session:
            _ARTIFACTS.insert(session, artifact)
            if artifact.key is not None:
                session.execute(
                    _COLLECTED, {"id": collection_id, "key": artifact.key, "latest": artifact.id, "now": now}
                )

    def read_artifact(self, id_: str) -> Artifact:
        """Raises MissingError if there is none."""
        with self._connections.reading() as session:
            found = _ARTIFACTS.one(session, "artifact.id = :id", {"id": id_})
        if found is None:
            raise _missing(id_)
        return found

    def latest_artifact(self, key: str) -> Artifact:
        """The latest version of a key. Raises MissingError if there is none."""
        sql = "artifact.id = (SELECT latest_id FROM artifact_collection WHERE workspace_id = 1 AND key = :key)"
        with self._connections.reading() as session:
            found = _ARTIFACTS.one(session, sql, {"key": key})
        if found is None:
            raise MissingError(f"no artifact has the key '{key}'")
        return found

    def artifact_collection(self, key: str) -> ArtifactCollection | None:
        """A key with its latest version."""
        columns = f"artifact_collection.id, artifact_collection.created_us, {_ARTIFACTS.selected}"
        where = "artifact_collection.workspace_id = 1 AND artifact_collection.key = :key"
        with self._connections.reading() as session:
            row = one_row(session, f"SELECT {columns} FROM {_COLLECTIONS} WHERE {where}", {"key": key})
        return None if row is None else _collection(row)

    def find_artifacts(
        self,
        wanted: ArtifactFilter | None = None,
        of: Wanted | None = None,
        *,
        sort: ArtifactSort,
        limit: int,
        offset: int = 0,
    ) -> list[Artifact]:
        """Those for which the filter holds; ``of``: that were left by such runs."""
        bindings = Bindings()
        where = _where(_NOUN, wanted, of, bindings)
        tail = f"ORDER BY {_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        with self._connections.reading() as session:
            return _ARTIFACTS.read(session, f"{where} {tail}", bindings)

    def count_artifacts(self, wanted: ArtifactFilter | None = None, of: Wanted | None = None) -> int:
        """How many there are for which the filter holds; ``of``: that were left by such runs."""
        bindings = Bindings()
        sql = f"SELECT count(*) FROM artifact WHERE {_where(_NOUN, wanted, of, bindings)}"
        with self._connections.reading() as session:
            return int(scalar(session, sql, bindings))

    def find_latest_artifacts(
        self,
        wanted: ArtifactCollectionFilter | None = None,
        of: Wanted | None = None,
        *,
        sort: ArtifactCollectionSort,
        limit: int,
        offset: int = 0,
    ) -> list[ArtifactCollection]:
        """Keys for whose latest version the filter holds; ``of`` as above."""
        bindings = Bindings()
        where = _where(_LATEST, wanted, of, bindings)
        tail = f"ORDER BY {_LATEST_ORDERS[sort]} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
        columns = f"artifact_collection.id, artifact_collection.created_us, {_ARTIFACTS.selected}"
        with self._connections.reading() as session:
            rows = all_rows(session, f"SELECT {columns} FROM {_COLLECTIONS} WHERE {where} {tail}", bindings)
        return [_collection(row) for row in rows]

    def count_latest_artifacts(self, wanted: ArtifactCollectionFilter | None = None, of: Wanted | None = None) -> int:
        """How many keys there are for whose latest version the filter holds; ``of`` as above."""
        bindings = Bindings()
        sql = f"SELECT count(*) FROM {_COLLECTIONS} WHERE {_where(_LATEST, wanted, of, bindings)}"
        with self._connections.reading() as session:
            return int(scalar(session, sql, bindings))

    def update_artifact(self, id_: str, changes: Mapping[str, Any], now: int) -> None:
        """Change the fields that are named. Raises MissingError."""
        with self._connections.writing() as session:
            if not _ARTIFACTS.update(session, id_, changes, updated_us=now):
                raise _missing(id_)

    def delete_artifact(self, id_: str) -> None:
        """The version before it becomes the latest of its key. Raises MissingError."""
        with self._connections.writing() as session:
            if not artifact_versions.remove(session, id_):
                raise _missing(id_)


def _where(noun: Noun, wanted: Filter | None, of: Wanted | None, bindings: Bindings) -> str:
    parts = [noun.where(wanted, bindings)]
    if of is not None and (of.flows, of.flow_runs, of.deployments) != (None, None, None):
        runs = conditions("flow_run", replace(of, task_runs=None), bindings)
        parts.append(f"artifact.flow_run_id IN (SELECT flow_run.id FROM flow_run WHERE {runs})")
    if of is not None and of.task_runs is not None:
        tasks = conditions("task_run", Wanted(task_runs=of.task_runs), bindings)
        parts.append(f"artifact.task_run_id IN (SELECT task_run.id FROM task_run WHERE {tasks})")
    return " AND ".join(parts)


def _collection(row: tuple[Any, ...]) -> ArtifactCollection:
    artifact = _ARTIFACTS.thing(row[2:])
    return ArtifactCollection(
        id=row[0],
        key=artifact.key or "",
        latest_id=artifact.id,
        created=from_us(row[1]),
        updated=artifact.updated,
        type=artifact.type,
        description=artifact.description,
        data=artifact.data,
        metadata_=artifact.metadata_,
        flow_run_id=artifact.flow_run_id,
        task_run_id=artifact.task_run_id,
    )


def _missing(id_: str) -> MissingError:
    return MissingError(f"no artifact '{id_}'")
