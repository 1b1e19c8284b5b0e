"""From pytest-benchmark's JSON to tables in Markdown, and into docs/benchmarks.md."""

from statistics import median

INSTALL = ".venv/bin/pip install '.[bench]' && .venv/bin/python benchmarks/run.py"
SCALES = {"s": 1, "ms": 1e3, "us": 1e6}


class Row:
    """What a benchmark measured: medians over the rounds."""

    def __init__(self, benchmark):
        info = benchmark["extra_info"]
        self.table, self.labels, self.unit = info["table"], info["row"], info["unit"]
        self.threads, self.without = info["threads"], info["without"]
        self._seconds, self._scale = (
            info["seconds"],
            SCALES[self.unit[:2].strip("/")] / info["count"],
        )
        self.others = [name for name in self._seconds if name != "trilobite"]
        own = self.seconds("trilobite")
        self.gflops = info["flops"] / own / 1e9 if own > 0 else None  # a difference may be < 0
        self.barrier = median(info["barriers"]) if info["barriers"] else None
        self.fraction = self.gflops and info["peaks"] and self.gflops / median(info["peaks"])

    def seconds(self, name):
        """Of a call."""
        return median(self._seconds[name])

    def time(self, name="trilobite"):
        """In the row's unit."""
        return self.seconds(name) * self._scale

    def ratio(self, name):
        """How many times as long another takes: the median of the rounds' ratios."""
        pairs = zip(self._seconds[name], self._seconds["trilobite"], strict=True)
        return median(other / own for other, own in pairs)

    def cells(self, others):
        """The row of the table, by column."""
        cells = self.labels | {
            "threads": self.threads,
            "barrier, ns": number(self.barrier and self.barrier * 1e9),
            self.unit: number(self.gflops and self.time()),
            "GFLOP/s": number(self.gflops),
            "of FMA peak": f"{self.fraction:.0%}" if self.fraction else "-",
        }
        for name in others:
            known = name in self._seconds
            cells[name] = (
                f"{number(self.ratio(name))}x ({number(self.time(name))})" if known else "-"
            )
        return cells


def number(value):
    """Three significant digits."""
    if not value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def grouped(result):
    """{title: rows} of the tables in a result."""
    tables = {}
    for benchmark in result["benchmarks"]:
        row = Row(benchmark)
        tables.setdefault(row.table, []).append(row)
    return tables


def text(result, command):
    """The tables with what they were measured on, as Markdown."""
    machine = result["machine_info"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        f"{processor(result)}; {machine['blas']}.",
        f"{versions}.",
        f"{commit(result)}: `{command}`",
    ]
    if "--toy" in command:
        lines.append("Toy sizes, once: these numbers mean nothing.")
    for title, rows in grouped(result).items():
        lines += ["", f"**{title}**", "", *FORMS.get(title, table)(rows)]
    return "\n".join(lines)


def processor(result):
    """What it ran on, in a line."""
    machine = result["machine_info"]
    cpu = machine["cpu"].get("brand_raw", "unknown CPU")
    return f"{cpu}, variant {machine['variant']}, {machine['threads']} threads"


def commit(result):
    """What was measured, and when, in a line."""
    info = result["commit_info"]
    changes = " with changes" * bool(info.get("dirty"))
    return f"Commit {info['id'][:12]}{changes}, {result['datetime'][:10]}"


def table(rows):
    """Lines of a table, a row a line."""
    others = list(dict.fromkeys(name for row in rows for name in row.others))
    cells = [row.cells(others) for row in rows]
    lines = markdown(list(cells[0]), [list(c.values()) for c in cells])
    if others:
        lines += ["", "Others: how many times as long as trilobite (their time)."]
    if any(row.barrier for row in rows):
        lines += ["", "barrier: of idle threads; the longer, the farther their cores are apart."]
    without = {name: what for row in rows for name, what in row.without.items()}
    lines += [f"Skipped {name}: no {what}." for name, what in without.items()]
    return lines


def matrix(rows):
    """Lines of a table of nets by batches."""
    batches = list(dict.fromkeys(row.labels["batch"] for row in rows))
    lines = {}
    for row in rows:
        fraction = f" ({row.fraction:.0%})" if row.fraction else ""
        start = [row.labels["net"], f"{row.labels['parameters']:,}"]
        lines.setdefault(row.labels["net"], start).append(f"{number(row.gflops)}{fraction}")
    head = ["net", "parameters", *(f"batch {b}" for b in batches)]
    return [*markdown(head, lines.values()), "", "GFLOP/s (of the FMA peak)."]


def conditions(rows):
    """Lines of a table of times under a condition and without it."""
    lines = []
    for row in rows:
        usual, labels = row.labels["against"], row.labels
        lines.append(
            [
                labels["condition"], usual, labels["net"], row.threads, number(row.time()),
                number(row.time(usual)), f"{number(1 / row.ratio(usual))}x",
                number(labels["MB"]), f"{row.fraction:.0%}" if row.fraction else "-",
            ]
        )  # fmt: skip
    head = ["condition", "against", "net", "threads", f"a: {rows[0].unit} under the condition",
            "b: against it", "a / b", "MB beyond the data", "of FMA peak"]  # fmt: skip
    memory = "MB beyond the data: what a process grows by at most to load and train, less x and y."
    return [*markdown(head, lines), "", memory]


FORMS = {"Batch": matrix, "Training when something is not as usual": conditions}


def markdown(head, rows):
    """Lines of a table."""
    rows = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]


def write_page(path, name, text):
    """Put a table, with the command that makes it, between the markers of the page."""
    section = f"\n```sh\n{INSTALL} {name}\n```\n\n{text}\n"
    path.write_text(between(path.read_text(), "benchmark", section))


def between(page, name, section):
    """The page with the section between the markers of this name."""
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"no {start} before {end}")
    return f"{before}{start}\n{section}\n{end}{after}"
