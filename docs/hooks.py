"""Hooks of mkdocs: pages from elsewhere in the tree, links that hold there and on GitHub.

In every document of the tree a link is relative to its own file, as GitHub reads it. On the site
a link to what is a page there stays; one to any other file becomes its address in the repository.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/trilobite-ml/trilobite/blob/main"
PAGES = (
    *("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"),
    *("benchmarks/RESULTS.md", "benchmarks/results/**/*.*"),
)
# but for those with a scheme, or an anchor alone
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)")
# of the API reference: modules with modules, and what is read from the sources but by default
PARTS = {
    "datasets": (
        *("digits", "toy", "mnist", "fashion_mnist", "california_housing", "boston_housing"),
        "idx",
    ),
    "optimizers": ("schedules",),
}
OPTIONS = {"activations": '    options: { filters: ["!^_", "!^chosen$"] }\n'}
# what a browser fetches of itself
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(?:https?:)?//[^>]*>"
    r"|<link\b[^>]*\brel=\"?(?:stylesheet|preconnect|icon)[^>]*\bhref=\"?(?:https?:)?//[^>]*>"
    r"|(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*"
)


def on_files(files, config):
    """Add the pages that lie outside of docs/, and one for each module of the API reference."""
    for path in (path for pattern in PAGES for path in sorted(ROOT.glob(pattern))):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    for name in modules(config.nav):
        module = "trilobite" if name == "trilobite" else f"trilobite.{name}"
        content = f"# {module}\n\n::: {module}\n" + OPTIONS.get(name, "")
        for part in PARTS.get(name, ()):
            content += f"\n## {part}\n\n::: {module}.{part}\n    options: {{ heading_level: 3 }}\n"
        files.append(File.generated(config, f"api/{name}.md", content=content))
    return files


def modules(nav):
    """Yield the names of the modules that the navigation has a page for."""
    for entry in nav:
        if isinstance(entry, dict):
            (below,) = entry.values()
            yield from modules([below] if isinstance(below, str) else below)
        elif entry.startswith("api/"):
            yield Path(entry).stem


def on_page_markdown(markdown, page, config, files):
    """Send each link to where it leads from the site."""
    name = page.file.src_uri
    if name.startswith("api/"):
        return markdown
    place = name if (ROOT / name).is_file() else f"docs/{name}"

    def led(link):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place), link[2]))
        if not (ROOT / path).exists():
            raise PluginError(f"{place}: a link to {link[2]}, which is not there")
        there = path.removeprefix("docs/")
        if files.get_file_from_path(there):
            return link[1] + posixpath.relpath(there, posixpath.dirname(name) or ".")
        return f"{link[1]}{REPOSITORY}/{path}"

    return LINK.sub(led, markdown)


def on_post_build(config):
    """Nothing of the site is fetched from elsewhere."""
    for path in Path(config.site_dir).rglob("*.*"):
        if path.suffix in (".html", ".css"):
            if found := FETCHED.search(path.read_text(encoding="utf-8")):
                raise PluginError(f"{path}: fetches {found[0][:200]}")
