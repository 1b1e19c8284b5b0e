"""A picture for each table, to be understood without its text."""

import matplotlib
from report import number

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402

OURS, OTHERS = "#c0392b", "#8a9aa8"
KERNELS = {"forward": "#c0392b", "dw": "#e59866", "dx": "#34495e"}
SCALING = {  # table: title, what grows, what is shown
    "Threads": ("Training on more threads", "threads allowed", "times as fast as on one"),
    "Rows": ("784-64-64-10, batch 128, more rows", "rows", "µs a row"),
    "Width": ("784-width-width-10, batch 128", "width", "% of the FMA peak"),
    "Batch": ("Larger batches, larger nets", "batch", "% of the FMA peak"),
}
plt.rcParams.update(
    {
        "font.size": 9,
        "svg.hashsalt": "trilobite",  # the same file for the same numbers
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
    }
)


def draw(name, tables, caption, folder):
    """Draw the tables {title: rows} of one benchmark file into an SVG, the caption above."""
    panels = {"kernels": kernels, "scaling": scaling, "conditions": conditions}.get(name, ratios)
    columns = {"kernels": 3, "scaling": 2}.get(name, 1)
    lines = -(-len(tables) // columns)
    heights = [
        3.6 if name == "scaling" else 0.8 + 0.17 * sum(2 + len(row.others) for row in rows)
        for rows in tables.values()
    ]
    heights = [max(heights[i * columns : (i + 1) * columns]) for i in range(lines)]
    figure, axes = plt.subplots(
        lines,
        columns,
        figsize=(9 if columns == 1 else 4.5 * columns, sum(heights)),
        height_ratios=heights,
        squeeze=False,
    )
    for ax in axes.flat[len(tables) :]:
        ax.set_visible(False)
    for ax, (title, rows) in zip(axes.flat, tables.items(), strict=False):
        ax.set_title(title, loc="left", fontweight="bold")
        (fractions if title == "Instruction sets" else panels)(ax, title, rows)
    figure.text(0.01, 1, caption, fontsize=8, color="#555555", va="bottom")
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def ratios(ax, title, rows):
    """A dot for each time, a group a row; how many times as long as trilobite stands beside it."""
    unit = rows[0].unit.replace("us", "µs").replace("/", " / ")
    ticks, y = [], 0
    for row in rows:
        ticks.append((y - 0.5 * len(row.others), group(row)))
        dot(ax, y, row.time(), f"trilobite  {number(row.time())} {unit}", OURS)
        for name in row.others:
            y -= 1
            dot(ax, y, row.time(name), f"{name}  {number(row.ratio(name))}x", OTHERS)
        y -= 1.8
    times = [row.time(name) for row in rows for name in ("trilobite", *row.others)]
    logarithmic(ax, min(times) / 1.5, max(times) * 8, f"{unit} (log scale; further left is faster)")
    ax.set_yticks(*zip(*ticks, strict=True))
    ax.set_ylim(y + 1, 0.8)


def conditions(ax, title, rows):
    """Dots: how many times as long training takes under a condition; 1: as long as usual."""
    ratios = [1 / row.ratio(row.labels["against"]) for row in rows]
    for y, (row, ratio) in enumerate(zip(rows, ratios, strict=True)):
        usual = row.labels["against"]
        times = f"{number(row.time())} : {number(row.time(usual))} ms"
        dot(ax, y, ratio, f"{number(ratio)}x the time of: {usual} ({times})", OURS)
    logarithmic(
        ax, min(0.8, *ratios) / 1.2, max(2, *ratios) * 10, "times as long (log scale; left: faster)"
    )
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_yticks(range(len(rows)), [row.labels["condition"] for row in rows])
    ax.invert_yaxis()


def logarithmic(ax, start, end, label):
    """A log scale from start to end, with plain numbers."""
    ax.set_xscale("log")
    ax.set_xlim(start, end)
    ax.set_xlabel(label)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    ax.xaxis.set_minor_formatter("{x:g}")
    ax.tick_params(axis="x", which="both", labelsize=7)
    ax.grid(axis="x", which="both", linewidth=0.3)


def dot(ax, y, value, label, colour):
    """A dot with its label at its right."""
    ax.plot(value, y, "o", color=colour, markersize=6)
    ax.annotate(label, (value, y), (6, 0), textcoords="offset points", va="center", fontsize=8,
                color=colour if colour == OURS else "black")  # fmt: skip


def bars(ax, y, value, label, colour):
    """A bar with its label at its end."""
    ax.barh(y, value, 0.9, color=colour)
    ax.annotate(label, (value, y), (4, 0), textcoords="offset points", va="center", fontsize=8)


def group(row):
    """What a row is called in a picture."""
    labels = row.labels
    details = [f"batch {labels['batch']}"] if "batch" in labels else []
    details += [labels[key] for key in ("optimizer", "dtype") if key in labels]
    if rows := labels.get("rows"):
        details.append(f"{rows:,} row{'s' * (rows > 1)}")
    return f"{labels.get('net', '')}\n{', '.join(details)}".strip()


def kernels(ax, title, rows):
    """Bars of fractions of the FMA peak, a group a shape."""
    ticks, y, shape = {}, 0, None
    for row in rows:
        if row.labels["n_in x n_out"] != shape:
            shape, y = row.labels["n_in x n_out"], y - 0.8
            ticks[shape] = y - 1
        kernel, value = row.labels["kernel"], 100 * (row.fraction or 0)
        bars(ax, y, value, f"{kernel} {value:.0f} %", KERNELS[kernel])
        y -= 1
    ax.set_xlim(0, 130)
    ax.set_xticks(range(0, 101, 25))
    ax.set_xlabel("% of the FMA peak")
    ax.set_yticks(list(ticks.values()), list(ticks))


def fractions(ax, title, rows):
    """Bars of fractions of the FMA peak, a bar a row."""
    for y, row in enumerate(reversed(rows)):
        value, threads = 100 * (row.fraction or 0), f"{row.threads} thread{'s' * (row.threads > 1)}"
        bars(ax, y, value, f"{row.labels['net']}, {row.labels['variant']}, {threads}", OURS)
    ax.set_xlim(0, 240)
    ax.set_xticks(range(0, 101, 25))
    ax.set_xlabel("% of the FMA peak, same instruction set and threads")
    ax.set_yticks([])


def scaling(ax, title, rows):
    """Lines: speed-up, time or fraction of the peak against what grows."""
    heading, x_name, y_name = SCALING[title]
    lines = {}
    for row in rows:
        y = 100 * (row.fraction or 0)
        name = f"{row.labels['parameters']:,} parameters" if title == "Batch" else ""
        if title == "Threads":
            y = row.ratio("1 thread") if row.others else 1
            name = f"{row.labels['net']}, batch {row.labels['batch']}"
        elif title == "Rows":
            y = row.time()
        lines.setdefault(name, []).append((row.labels[x_name], y))
    top = 100 if "%" in y_name else 1.2 * max(y for points in lines.values() for _, y in points)
    label_y = -top
    for i, (name, points) in enumerate(sorted(lines.items(), key=lambda line: line[1][-1][1])):
        xs, ys = zip(*points, strict=True)
        colour = plt.cm.tab10(i) if len(lines) > 1 else OURS
        ax.plot(xs, ys, "o-", color=colour, markersize=3)
        label_y = max(ys[-1], label_y + 0.05 * top)  # no two on top of each other
        ax.annotate(name, (1, label_y), (4, 0), ax.get_yaxis_transform(),
                    textcoords="offset points", va="center", color=colour, fontsize=8)  # fmt: skip
    if title != "Threads":
        ax.set_xscale("log", base=2)
    ticks = sorted({x for points in lines.values() for x, _ in points})
    ax.set_xticks(ticks, [f"{x / 1000:g}k" if x >= 5000 else x for x in ticks],
                  fontsize=7, rotation=90 * (len(ticks) > 8))  # fmt: skip
    ax.minorticks_off()
    ax.set_title(heading, loc="left", fontweight="bold")
    ax.set_ylim(0, top)
    ax.set_xlabel(x_name)
    ax.set_ylabel(y_name)
    ax.grid(axis="y", linewidth=0.3)
