"""The command playground."""

import secrets
import socket

MISSING = (
    "the playground needs starlette, uvicorn and websockets: pip install 'trilobite[playground]'"
)


def playground(options):
    """Serve the playground until Ctrl-C."""
    try:
        from trilobite.playground import serving
    except ImportError as error:
        if error.name and error.name.partition(".")[0] == "trilobite":
            raise
        raise ValueError(MISSING) from None
    from trilobite.playground import table

    own = None if options.data is None else table.read(options.data)
    listening = listen(options.host, options.port)
    host, port = listening.getsockname()[:2]
    token = secrets.token_urlsafe(16)
    address = f"http://{_shown(host)}:{port}/?token={token}"
    print(f"The playground is at {address}\nCtrl-C ends it.", flush=True)
    if not options.no_browser:
        import webbrowser

        webbrowser.open(address)
    try:
        serving.serve(listening, options.host, token, own)
    except KeyboardInterrupt:
        print()


def listen(host, port):
    """A socket that listens; any free port where none is asked for.

    Raises
    ------
    ValueError
        It cannot be had; the message says why.
    """
    listening = None
    try:
        family, *_, address = socket.getaddrinfo(host, port or 0, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        if listening:
            listening.close()
        why = error.strerror or str(error)
        raise ValueError(f"--host, --port: cannot listen at {host}:{port or 0}: {why}") from None
    return listening


def _shown(host):
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
