"""Running the command line: every error becomes its sentence and its exit code here, once."""

import errno
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import typer

from chatctl.cli import app
from chatctl.cli.invocation import Invocation
from chatctl.domain.errors import ChatctlError, ExitCode, InternalError, UsageError


def run(args: Sequence[str], *, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run one command line on these streams; the exit status."""
    words = list(args)
    invocation = Invocation(words, stdin=stdin, stdout=stdout, stderr=stderr)
    try:
        status = _run(words, invocation)
        stdout.flush()
        return status
    except (KeyboardInterrupt, typer.Abort):
        invocation.detach()
        invocation.silence()
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        invocation.silence()
        return ExitCode.OK
    except OSError as error:
        invocation.silence()
        unwritten = InternalError(f"The result cannot be written: {error.strerror}", hint=invocation.left())
        return _report(unwritten, error, invocation)
    finally:
        invocation.close()


def _run(words: list[str], invocation: Invocation) -> int:
    try:
        root = app.build()
        with root.make_context("chatctl", words, obj=invocation) as context:
            root.invoke(context)
        return ExitCode.OK
    except typer.Exit as stop:
        return stop.exit_code
    except ChatctlError as error:
        return _report(error, error, invocation)
    except typer.TyperException as error:
        return _misused(error, invocation)
    except BrokenPipeError:
        raise
    except Exception as error:  # the one place where the unexpected becomes a sentence
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        return _report(_gone_folder(error) or _unexpected(error), error, invocation)


def _unexpected(error: Exception) -> ChatctlError:
    return InternalError(
        f"An unexpected error occurred: {type(error).__name__}", hint="Run the command again with --debug."
    )


def _gone_folder(error: Exception) -> ChatctlError | None:
    """A relative path means nothing in a folder that was removed."""
    if isinstance(error, FileNotFoundError):
        try:
            Path.cwd()
        except FileNotFoundError:
            return UsageError("The current folder is gone", hint="Change into another one.")
    return None


def _misused(error: typer.TyperException, invocation: Invocation) -> int:
    """A command line that does not parse; without any word the help is printed instead."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return ExitCode.OK
    command = context.command_path if context else "chatctl"
    problem = UsageError(error.format_message().rstrip("."), hint=f"`{command} --help` shows how it is used.")
    return _report(problem, error, invocation)


def _report(error: ChatctlError, cause: BaseException, invocation: Invocation) -> int:
    trace = "".join(traceback.format_exception(cause)) if invocation.debug else None
    invocation.output.error(error, request_id=invocation.request_id, timestamp=datetime.now(UTC), traceback=trace)
    _log(error, cause, invocation)
    return error.exit_code


def _log(error: ChatctlError, cause: BaseException, invocation: Invocation) -> None:
    if "runtime" in invocation.__dict__:
        invocation.runtime.log_failure(error, cause)
