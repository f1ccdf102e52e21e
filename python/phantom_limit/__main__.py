"""The command phantom-limit."""

import os
import shutil
import signal
import sys
import sysconfig

from . import _native


def program() -> str:
    """The file that starts the command again: with `python -m`, the script beside the interpreter."""
    if os.path.basename(sys.argv[0]) != "__main__.py":
        return sys.argv[0]
    return shutil.which("phantom-limit", path=sysconfig.get_path("scripts")) or sys.argv[0]


def main() -> None:
    # Python only notes Ctrl-C until its next line of code, of which there is none while the program
    # runs: as in the program alone, the first one stops what can be continued, or the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_native.run(program(), ["phantom-limit", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
