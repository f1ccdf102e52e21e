"""The command phantom-limit."""

import signal
import sys

from . import _native


def main() -> None:
    # Python only notes Ctrl-C until its next line of code, of which there is none while the program
    # runs: as in the program alone, the first one stops what can be continued, or the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_native.run(sys.argv[0], ["phantom-limit", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
