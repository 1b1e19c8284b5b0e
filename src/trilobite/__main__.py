"""The command line: ``python -m trilobite``."""

import io
import os
import sys
import warnings

import trilobite
from trilobite._cli import options as known
from trilobite._cli.options import one_line


def command(options):
    """Do what the options say."""
    if options.command == "info":
        if options.net is None:
            trilobite.show_config()
        else:
            from trilobite._cli.info import info

            info(options.net)
    elif options.command == "train":
        from trilobite._cli.train import train  # here, as below: what is not asked for is not read

        train(options)
    elif options.command == "playground":
        from trilobite._cli.playground import playground

        playground(options)
    else:
        from trilobite._cli import predict

        getattr(predict, options.command)(options)


def main(arguments=None):
    """Run the command and return the exit status."""
    options = known.parse(arguments)
    if options.command == "run":
        if not (options.is_module or _is_program(options.program)):
            sys.stderr.write(one_line(f"{options.program}: there is no such program"))
            return 2
        from trilobite.as_keras.run import run  # here: it is seldom asked for

        return run(options.program, options.arguments, options.is_module)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the frame of the summary, where all is ASCII
    try:
        with warnings.catch_warnings(action="error", category=RuntimeWarning):
            command(options)
        print(end="", flush=True)
    except KeyboardInterrupt:
        sys.stderr.write(one_line("interrupted"))
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OverflowError, MemoryError, OSError, RuntimeWarning) as error:
        sys.stderr.write(one_line(error))
        return 2
    return 0


def _is_program(path):
    """Whether Python could run it: a file, or a folder with a file __main__.py."""
    return os.path.exists(os.path.join(path, "__main__.py") if os.path.isdir(path) else path)


if __name__ == "__main__":
    sys.exit(main())
