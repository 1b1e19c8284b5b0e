"""The pages of results: one a machine, which a run on that machine renews, and their overview.

A page is results/MACHINE.md with its plots in results/MACHINE/; RESULTS.md, made from the pages,
puts the same rows of all machines side by side.
"""

import re

from report import between, grouped, markdown, processor

OVERVIEW = """# What was measured

A page for each machine; a run adds to that of its machine and leaves the others alone:
`python benchmarks/run.py all --write`. The same rows of all machines, side by side:
"""


def slug(result):
    """The name of a machine's page: its processor and the variant of the engine."""
    machine = result["machine_info"]
    cpu = machine["cpu"]
    parts = [str(cpu.get(key, "")) for key in ("brand_raw", "family", "model")]
    return re.sub(r"[^a-z0-9]+", "-", " ".join([*parts, machine["variant"]]).lower()).strip("-")


def write(folder, name, result, text):
    """Put the tables of a benchmark file on the page of this machine, and renew the overview."""
    import plots  # here: matplotlib is for drawing only

    pages = folder / "results"
    machine = slug(result)
    plots_folder = pages / machine
    plots_folder.mkdir(parents=True, exist_ok=True)
    plots.draw(name, grouped(result), processor(result), plots_folder)
    path = pages / f"{machine}.md"
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    if not page:
        page = f"# {processor(result)}\n\n<!-- machine: begin -->\n<!-- machine: end -->\n"
    if f"<!-- {name}: begin -->" not in page:
        page += f"\n<!-- {name}: begin -->\n<!-- {name}: end -->\n"
    page = between(page, "machine", "\n".join(facts(result)))
    section = f"## {name.capitalize()}\n\n![{name}]({machine}/{name}.svg)\n\n{text}"
    path.write_text(between(page, name, section), encoding="utf-8")
    (folder / "RESULTS.md").write_text(overview(pages), encoding="utf-8")


def facts(result):
    """Lines of a list: what the machine is."""
    return [f"- {name}: {value}" for name, value in result["machine_info"]["facts"].items()]


def overview(folder):
    """RESULTS.md, made from the pages in a folder."""
    pages = {p.stem: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.md"))}
    machines = [[f"[{name}](results/{name}.md)", _facts_of(page)] for name, page in pages.items()]
    lines = [OVERVIEW, *markdown(["machine", "what it is"], machines)]
    for name, title, label in (
        ("training", "Training: of the FMA peak of the same run", None),
        ("peers", "Others: how many times as long as trilobite (their milliseconds)", "library"),
    ):
        cells = {machine: dict(_cells(page, name, label)) for machine, page in pages.items()}
        rows = list(dict.fromkeys(row for found in cells.values() for row in found))
        head = ["net", "batch", "optimizer, dtype", *([label] if label else []), *pages]
        values = [[*row, *(cells[m].get(row, "-") for m in pages)] for row in rows]
        lines += ["", f"**{title}**", "", *markdown(head, values)]
    return "\n".join(lines) + "\n"


def _facts_of(page):
    """The facts of a page in a line."""
    found = page.partition("<!-- machine: begin -->")[2].partition("<!-- machine: end -->")[0]
    return "; ".join(line.removeprefix("- ") for line in found.strip().splitlines())


def _cells(page, name, label):
    """(what a row is of, cell) of a section's tables: fractions of the peak, or each library's."""
    section = page.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0]
    for block in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        lines = [[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines()]
        head = lines[0]
        for row in lines[2:]:
            cells = dict(zip(head, row, strict=True))
            kind = " ".join(cells[c] for c in ("optimizer", "dtype") if c in cells)
            of = cells["net"], cells["batch"], kind
            if label is None:
                yield of, f"{cells['of FMA peak']} ({cells['threads']} threads)"
                continue
            for library in head[head.index("of FMA peak") + 1 :]:
                yield (*of, library), cells[library]
