"""Files from public mirrors: bounded in size and time, checked, written whole or not at all."""

import os
import time

TIMEOUT = 30.0  # seconds without a byte
MIN_RATE = 1000  # bytes a second, on average, once TIMEOUT is over
CHUNK = 1 << 16


def fetch(path, urls, read, limit, advice):
    """Download a file from the first URL whose contents are right, and keep it.

    Nothing touches the disk before it is checked. Processes that fetch the same file at the same
    time do not disturb one another.

    Parameters
    ----------
    path : str
        Where to keep the file. Its folder is made if need be.
    urls : sequence of str
        Tried in turn.
    read : callable
        ``read(data, url)`` decodes the downloaded bytes, or raises ValueError.
    limit : int
        The largest size that is accepted, in bytes.
    advice : str
        What else the user can do; ends the error message.

    Returns
    -------
    object
        What `read` returned.

    Raises
    ------
    ConnectionError
        If no URL gave the right contents; the message says what each of them gave.
    OSError
        If the file cannot be written.
    """
    from http.client import HTTPException  # here, as below: they take a while

    from trilobite._files import whole

    os.makedirs(os.path.dirname(path), exist_ok=True)
    complaints = []
    for url in urls:
        try:
            data = _download(url, limit)
        except (OSError, HTTPException, ValueError) as error:
            complaints.append(f"{url}: {error or type(error).__name__}")
            continue
        try:
            contents = read(data, url)
        except ValueError as error:
            complaints.append(str(error))
            continue
        whole.write(path, [data])
        return contents
    raise ConnectionError(
        "\n  ".join([f"no mirror gave {os.path.basename(path)}:", *complaints, advice])
    )


def _download(url, limit):
    from urllib.request import Request, urlopen

    from tqdm.auto import tqdm

    start = time.monotonic()
    data = bytearray()
    request = Request(url, headers={"User-Agent": "trilobite"})
    with urlopen(request, timeout=TIMEOUT) as response:
        expected = response.length  # None if the server does not say
        with tqdm(
            desc=url.rpartition("/")[2],
            total=expected,
            unit="B",
            unit_scale=True,
            disable=None,  # silent unless on a terminal or in a notebook
        ) as bar:
            while chunk := response.read1(CHUNK):
                data += chunk
                bar.update(len(chunk))
                if len(data) > limit:
                    raise ValueError(f"larger than {limit} bytes")
                seconds = time.monotonic() - start
                if seconds > TIMEOUT and len(data) < MIN_RATE * seconds:
                    raise TimeoutError(f"only {len(data)} bytes in {seconds:.0f} seconds")
    if expected not in (None, len(data)):
        raise ValueError(f"truncated: {len(data)} of {expected} bytes")
    return bytes(data)
