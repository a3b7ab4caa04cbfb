"""Assets as files in a repository: written to a folder, and taken from it all or none.

An asset is known by its name, so another name is another asset: a rename in the folder makes a new one, and leaves the
former one to `prune`. Dashboards name their metrics by name where that means the same metric, so that the files work
in another database.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from chatctl.domain.access import Role
from chatctl.domain.asset_files import Draft, dump, parse_bytes, problems_of
from chatctl.domain.assets import KINDS, Asset, AssetFile, DashboardFile, Exported, Planned, PlannedAction
from chatctl.domain.chats import FileType
from chatctl.domain.errors import AssetInvalid, ChatctlError, ValidationError, VersionConflict
from chatctl.services.assets import METRIC, Assets, difference
from chatctl.services.checks import AT_ONCE
from chatctl.services.folders import asset_files, content, file_name, home, write, yaml_files
from chatctl.services.threads import at_once
from chatctl.services.workspace import Workspace
from chatctl.storage import assets as rows
from chatctl.storage.database import Transaction
from chatctl.storage.retries import settled

NOTE = "imported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of an import: what becomes of the asset that is there `before`, and of the `file` that was read."""

    before: Asset | None
    file: AssetFile | None
    path: Path | None
    asset_id: UUID
    version_id: UUID

    @property
    def name(self) -> str:
        """The name of the asset."""
        named = self.file or self.before
        assert named is not None
        return named.name

    @property
    def action(self) -> PlannedAction:
        """What is to be done."""
        if self.before is None:
            return "create"
        if self.file is None:
            return "delete"
        return "unchanged" if self.file == self.before.content else "change"


class Exchange:
    """Exports and imports of one actor."""

    def __init__(self, workspace: Workspace, assets: Assets) -> None:
        self._database = workspace.database
        self._actor = workspace.actor
        self._assets = assets

    def export(self, file_type: FileType, folder: Path, references: Sequence[str] = ()) -> list[Exported]:
        """Write assets to files, all that are the actor's own if none is named; a file that says the same is left.

        An asset keeps the file that it has in the folder, whatever that is called; files of others stay.
        Raises as `Assets.show`, and ValidationError for a folder that cannot be written to.
        """
        named = [self._assets.show(file_type, each) for each in references]
        found = {each.id: each for each in named or self._assets.whole(file_type, own=True)}
        _refuse_namesakes(list(found.values()))
        target, there = _target(folder, file_type)
        taken = {path.name for path in target.iterdir()} if target.is_dir() else set()
        exported = []
        for asset in found.values():
            path = there.get(asset.name) or target / file_name(asset.name, taken)
            taken.add(path.name)
            exported.append(self._exported(asset, path))
        return exported

    def plan(self, file_type: FileType, folder: Path, *, prune: bool = False) -> list[Planned]:
        """What an import would do. Raises as `take`."""
        return [self._planned(file_type, step) for step in self.steps(file_type, folder, prune=prune)]

    def take(self, file_type: FileType, folder: Path, *, prune: bool = False) -> list[Planned]:
        """Make the actor's assets what the folder's files say, in one transaction; with `prune` put others away.

        Raises AssetInvalid with every problem of every file, VersionConflict if an asset was changed meanwhile.
        """
        steps = self.steps(file_type, folder, prune=prune)
        self.do(file_type, steps)
        return [self._planned(file_type, step, done=True) for step in steps]

    def steps(self, file_type: FileType, folder: Path, *, prune: bool = False) -> list[Step]:
        """What is to be done for the folder's files, each of which is sure to work. Raises AssetInvalid."""
        own = {each.name: each for each in self._assets.whole(file_type, own=True)}
        drafts = _drafts(asset_files(folder, file_type), file_type)
        found = dict(at_once(lambda path: self._attempted(own, drafts[path]), list(drafts), most=AT_ONCE))
        if refused := [each for path in drafts if isinstance(each := found[path], AssetInvalid)]:
            raise _together(refused, file_type)
        files = [(path, each) for path in drafts if not isinstance(each := found[path], AssetInvalid)]
        steps = [_step(own.get(file.name), file, path) for path, file in files]
        names = {step.name for step in steps}
        return steps + [_step(each, None, None) for name, each in own.items() if prune and name not in names]

    def do(self, file_type: FileType, steps: Sequence[Step]) -> None:
        """Do them all in one transaction. Raises VersionConflict if an asset was changed since they were planned."""
        doing = [step for step in steps if step.action != "unchanged"]

        def store() -> bool:
            with self._database.write() as session:
                for step in doing:
                    self._do(session, file_type, step)
            return True

        settled(store, found=lambda: self._done(doing) or None)

    def _exported(self, asset: Asset, path: Path) -> Exported:
        file = self._named(asset.content)
        written = not (path.exists() and _read(path, asset.file_type) == file)
        if written:
            write(path, dump(file))
        return Exported(
            name=asset.name,
            file_type=asset.file_type,
            id=asset.id,
            version_number=asset.version_number,
            path=str(path),
            written=written,
        )

    def _named(self, file: AssetFile) -> AssetFile:
        """The file as it is written down: a dashboard's metrics by name where a name means the very same metric."""
        if not isinstance(file, DashboardFile):
            return file
        names: dict[str, str] = {}
        for reference in file.metrics:
            try:
                metric = self._assets.show(METRIC, reference)
                if self._assets.show(METRIC, metric.name).id == metric.id:
                    names[reference] = metric.name
            except ChatctlError:
                continue  # one that is gone, or shares its name, keeps its id
        return file.with_metrics(names)

    def _planned(self, file_type: FileType, step: Step, *, done: bool = False) -> Planned:
        before, after = step.before, step.file
        former, latter = (dump(self._named(each)) if each else "" for each in (before and before.content, after))
        number = before.version_number if before else 0
        return Planned(
            action=step.action,
            file_type=file_type,
            name=step.name,
            path=str(step.path) if step.path else None,
            id=step.asset_id if before or done else None,
            version_number=number + (step.action in ("create", "change")),
            diff="" if step.action == "unchanged" else difference(former, latter, "before", "after"),
        )

    def _attempted(self, own: Mapping[str, Asset], draft: Draft) -> AssetFile | AssetInvalid:
        """The file, sure to work; one that is stored already is not tried again."""
        before = own.get(draft.file.name)
        try:
            return draft.file if before and draft.file == before.content else self._assets.checked(draft)
        except AssetInvalid as error:
            return error
        except ChatctlError as error:
            return draft.refused([(("sql",), error.message, error.code)])

    def _do(self, session: Transaction, file_type: FileType, step: Step) -> None:
        now = self._database.now(session)
        if step.before is None:
            assert step.file is not None
            if rows.own_named(session, self._actor, file_type, step.file.name):
                raise _changed(step.file.name)
            rows.insert(
                session, self._actor, step.file, asset_id=step.asset_id, file_type=file_type, note=NOTE, now=now
            )
            return
        role = Role.FULL_ACCESS if step.file is None else Role.CAN_EDIT
        row = self._assets.find(session, file_type, str(step.before.id), at_least=role).row
        if row.version_number != step.before.version_number:
            raise _changed(row.name)
        if step.file is None:
            rows.put_away(session, self._actor, row.id, now)
        elif not rows.change(session, self._actor, row, step.file, note=NOTE, version_id=step.version_id, now=now):
            raise _changed(row.name)

    def _done(self, steps: Sequence[Step]) -> bool:
        """Whether the first step of an import whose COMMIT was not answered took effect: all did, or none."""
        if not steps:
            return True
        first = steps[0]
        with self._database.read() as session:
            if first.action == "change":
                return rows.has_version(session, first.version_id)
            row = rows.by_id(session, first.asset_id)
            return row is not None and (first.action == "create" or row.deleted_at is not None)


def _step(before: Asset | None, file: AssetFile | None, path: Path | None) -> Step:
    asset_id = before.id if before else uuid4()
    return Step(before=before, file=file, path=path, asset_id=asset_id, version_id=uuid4())


def _drafts(paths: Sequence[Path], file_type: FileType) -> dict[Path, Draft]:
    """The files, read. Raises AssetInvalid with every problem of all of them, names that are there twice too."""
    drafts: dict[Path, Draft] = {}
    refused: list[AssetInvalid] = []
    for path in paths:
        try:
            drafts[path] = parse_bytes(content(path), file_type, origin=str(path))
        except AssetInvalid as error:
            refused.append(error)
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path, draft in drafts.items():
        by_name[draft.file.name].append(path)
    for name, doubled in by_name.items():
        refused += [
            drafts[path].refused([(("name",), f"{name!r} is also the name in {doubled[0]}", "duplicate")])
            for path in doubled[1:]
        ]
    if refused:
        raise _together(refused, file_type)
    return drafts


def _together(refused: Sequence[AssetInvalid], file_type: FileType) -> AssetInvalid:
    if len(refused) == 1:
        return refused[0]
    problems = [problem for error in refused for problem in problems_of(error)]
    return AssetInvalid(
        f"{len(refused)} {KINDS[file_type]} files are not valid; nothing was imported",
        hint=refused[0].hint,
        validationErrors=problems,
    )


def _target(folder: Path, file_type: FileType) -> tuple[Path, Mapping[str, Path]]:
    """The folder for the files, and those that it has; a folder that has some itself is not split in two."""
    target = home(folder, file_type)
    flat = {} if target.is_dir() else _there(folder, file_type)
    return (folder, flat) if flat else (target, _there(target, file_type))


def _there(target: Path, file_type: FileType) -> Mapping[str, Path]:
    """The files of a folder by the names of their assets; of doubles the first, what cannot be read left out."""
    found: dict[str, Path] = {}
    for path in yaml_files(target):
        if file := _read(path, file_type):
            found.setdefault(file.name, path)
    return found


def _read(path: Path, file_type: FileType) -> AssetFile | None:
    try:
        return parse_bytes(content(path), file_type).file
    except ChatctlError:
        return None


def _refuse_namesakes(assets: Sequence[Asset]) -> None:
    seen: dict[str, Asset] = {}
    for each in assets:
        if (other := seen.setdefault(each.name, each)) is not each:
            raise ValidationError.field(
                "name",
                f"Two of them are named {each.name!r}: {other.id} and {each.id}",
                "duplicate",
                hint="A folder holds one of each name: export them to two.",
            )


def _changed(name: str) -> VersionConflict:
    return VersionConflict(
        f"{name!r} was changed while the files were looked at; nothing was imported", hint="Import again."
    )
