"""Makes a site of pages that are written to be read in the repository: the README is its start page, and files outside
of docs/ that a page links to go with it."""
import json, os, re

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(\]\()([^)\s#:]+)(#[^)\s]*)?(\))")


def address(path):
    """Where the site has a file of the repository, beginning with its own root."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path[len("docs/"):]
    return "files/" + path + (".txt" if not os.path.splitext(path)[1] else "")


def linked(path, text):
    """The files of the repository that a page links to."""
    for match in LINK.finditer(text):
        yield os.path.normpath(os.path.join(os.path.dirname(path), match[2]))


def on_files(files, config):
    pages = dict(PAGES)
    for file in files:
        if file.src_uri.endswith(".md"):
            pages["docs/" + file.src_uri] = None
    others = set()
    for path, name in pages.items():
        with open(os.path.join(ROOT, path), encoding="utf-8") as text:
            content = text.read()
        if name:
            files.append(File.generated(config, name, content=content))
        others.update(other for other in linked(path, content)
                      if not other.startswith("docs/") and other not in PAGES and os.path.isfile(os.path.join(ROOT, other)))
    for other in sorted(others):
        files.append(File.generated(config, address(other), abs_src_path=os.path.join(ROOT, other)))
    return files


def on_page_markdown(markdown, page, config, files):
    names = {name: path for path, name in PAGES.items()}
    path = names.get(page.file.src_uri, "docs/" + page.file.src_uri)

    def moved(match):
        target = address(os.path.normpath(os.path.join(os.path.dirname(path), match[2])))
        return match[1] + os.path.relpath(target, os.path.dirname(page.file.src_uri) or ".") + (match[3] or "") + match[4]

    lines, code = [], False
    for line in markdown.split("\n"):
        if line.lstrip().startswith("```"):
            code = not code
        lines.append(line if code else LINK.sub(moved, line))
    return "\n".join(lines)


def on_post_page(output, page, config):
    return local(output, os.path.dirname(page.file.dest_uri))


def on_post_template(output_content, template_name, config):
    return local(output_content, "") if template_name.endswith(".html") else output_content


def local(output, folder):
    """Without what the page would fetch from elsewhere."""
    # Without this piece of script no browser searches in pages that it has opened as files. This one is ours.
    output = re.sub(r'<script src="https://unpkg\.com/iframe-worker/[^"]*"></script>',
                    '<script src="%s/assets/search-from-files.js"></script>' % os.path.relpath(".", folder or "."), output)
    for tag in re.findall(r'<(?:script|link|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//[^>]*>', output):
        if 'rel="canonical"' not in tag:
            raise PluginError("a page would fetch from elsewhere: " + tag)
    return output


def on_post_build(config):
    workers = os.path.join(config["site_dir"], "assets", "javascripts", "workers")
    name = next(name for name in os.listdir(workers) if re.fullmatch(r"search\.[0-9a-f]+\.min\.js", name))
    with open(os.path.join(workers, name), encoding="utf-8") as file:
        source = file.read()
    with open(os.path.join(config["site_dir"], "assets", "search-from-files.js"), "w", encoding="utf-8") as file:
        file.write("""// A page that was opened as a file may start no worker from another file, but one from a text.
if (location.protocol === "file:") {
  const FromAddress = window.Worker;
  const text = %s;
  window.Worker = class extends FromAddress {
    constructor(address, options) {
      const isSearch = /\\/workers\\/search\\./.test(String(address));
      super(isSearch ? URL.createObjectURL(new Blob([text], { type: "text/javascript" })) : address, options);
    }
  };
}
""" % json.dumps(source))
