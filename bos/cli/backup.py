"""``bos backup``, ``backup-key`` and ``restore``: what an operator of the machine does with a whole home."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bos.cli import options, output
from bos.settings import Settings

if TYPE_CHECKING:
    from bos.backup.manifest import Manifest

Key = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="KEY", help="Public key, or a file with one; again for more (BOS_BACKUP_KEY)."),
]
KeysTo = Annotated[
    Path | None, typer.Option("--keys-to", metavar="FILE", help="Where the home's own keys go; else FILE.keys.")
]
Private = Annotated[Path, typer.Option("--key", metavar="FILE", help="The file with the private key.")]
KeysFrom = Annotated[Path | None, typer.Option("--keys-from", metavar="FILE", help="The home's own keys, of a backup.")]
WithoutKeys = Annotated[
    bool, typer.Option("--without-keys", help="New keys: sessions end, checkpoints of before are of another key.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(backup)
    app.command("backup-key")(backup_key)
    app.command()(restore)


def backup_key(file: Path) -> None:
    """Make a pair of keys for backups: the private one goes to FILE, the public one is printed."""
    from bos.backup.seal import make_key  # noqa: PLC0415 - `bos --help` is to be instant

    public = make_key(file)
    output.note(f"Keep {file} where neither this machine nor the backups are. Backups are made with:")
    output.line(public)


def backup(
    file: Path,
    key: Key = None,
    keys_to: KeysTo = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Write database, lake and files of the home to FILE, sealed; and its keys, apart. BOS may run meanwhile."""
    from bos.backup.seal import recipients  # noqa: PLC0415 - as above
    from bos.backup.take import backup as take  # noqa: PLC0415 - as above

    settings = Settings.load(home=home)
    apart = keys_to or file.with_name(f"{file.name}.keys")
    sealed_for = recipients(key or list(filter(None, [settings.backup_key])))
    done = take(settings, file, apart, sealed_for, say=output.note)
    told = done.manifest
    if json:
        output.as_json({**told.model_dump(mode="json"), "size": done.size, "keys": list(done.keys)})
    else:
        output.line(f"Backup {told.backup}: {file}, {done.size / 1e6:,.1f} MB.")
        output.line(f"In it: {_counts(told)}")
        output.line(f"The home's own keys are in {apart}: keep that file somewhere else, and only the newest one.")
    for name in told.missing:
        output.note(f"Missing from the lake before the backup was made: {name}")
    raise typer.Exit(1 if told.missing else 0)


def restore(
    file: Path,
    key: Private,
    keys_from: KeysFrom = None,
    without_keys: WithoutKeys = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a home from a backup where folder and database are empty, and hold it against what the backup says."""
    from bos.backup.restore import restore as bring_back  # noqa: PLC0415 - as above
    from bos.backup.seal import identities  # noqa: PLC0415 - as above

    apart = None if without_keys else keys_from or file.with_name(f"{file.name}.keys")
    if apart is not None and not apart.is_file():
        raise typer.BadParameter(f"The home's keys are not at {apart}: name them with --keys-from, or --without-keys.")
    settings = Settings.load(home=home)
    done = bring_back(settings, file, apart, identities(key), say=output.note)
    if json:
        more = {"files": done.files, "keys": list(done.keys), "trouble": list(done.trouble)}
        output.as_json({**done.manifest.model_dump(mode="json"), **more})
    elif not done.trouble:
        output.line(f"Restored to {settings.home}, as of {output.when(done.manifest.made_at)}.")
        output.line(f"As the backup says: {_counts(done.manifest)}")
    if done.settings:
        aside = settings.home / "bos.toml.restored"
        output.note(f"Its settings of then are in {aside}: look through them, and rename it.")
    if settings.database_url:
        output.note("Start BOS with the same BOS_DATABASE_URL.")
    for name in done.manifest.missing:
        output.note(f"Missing from the lake already when the backup was made: {name}")
    for words in done.trouble:
        output.note(words)
    if done.trouble:
        output.note("The home is not as the backup says, and stays closed.")
    raise typer.Exit(1 if done.trouble or done.manifest.missing else 0)


def _counts(told: "Manifest") -> str:
    rows, events = sum(told.tables.values()), sum(one.rows for one in told.lake)
    return f"{rows:,} rows, {told.entries:,} entries of the journal, {events:,} rows of telemetry."
