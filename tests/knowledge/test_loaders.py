"""How a folder of somebody's documents is read: what is found, what a section holds, and what is refused and why."""

import contextlib
import inspect
import io
import json
import os
import re
import socket
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pypdf
import pytest
from docx.document import Document as WordDocument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from agent.knowledge.retrieval.loaders import Document, Limits, Section, Unreadable, discover, read
from agent.knowledge.retrieval.loaders.encodings import readable, visible

SUFFIXES = (
    ".md", ".rst", ".txt", ".html", ".pdf", ".docx", ".ipynb", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".py", ".js",
    ".ts", ".go", ".java", ".rs", ".c", ".cpp", ".rb", ".sh", ".sql", ".kt", ".scala", ".cs", ".odd", "",
)  # fmt: skip
Write = Callable[[str, str | bytes], Document]
TAGS = (
    "<p>",
    "<div hidden>",
    "</div>",
    "<tr>",
    "<td>",
    "<pre>",
    "</pre>",
    "<h2>",
    "<!--",
    "-->",
    "<main>",
    "a",
    "&lt;",
    " \n",
)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def load(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Document:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, name)

    return write


def refusal(load: Write, name: str, content: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        load(name, content)
    return caught.value.reason


def shape(document: Document) -> list[tuple[tuple[str, ...], str, int]]:
    return [(section.headings, section.text, section.line) for section in document.sections]


def pdf_of(
    pages: list[str], *, title: str = "", picture: bool = False, password: str = "", outline: bool = False
) -> bytes:
    writer = pypdf.PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")}
        | {NameObject("/BaseFont"): NameObject("/Helvetica")}
    )
    for text in pages:
        page = writer.add_blank_page(300, 300)
        resources = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
        if picture:
            image = DecodedStreamObject()
            image.set_data(b"\0")
            image[NameObject("/Subtype")] = NameObject("/Image")
            image[NameObject("/Width")] = NumberObject(1)
            resources[NameObject("/XObject")] = DictionaryObject({NameObject("/I"): image})
        page[NameObject("/Resources")] = resources
        content = DecodedStreamObject()
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n") if line)
        content.set_data(f"BT /F1 12 Tf 20 250 Td {shown}ET".encode("latin-1"))
        page[NameObject("/Contents")] = content
    if title:
        writer.add_metadata({"/Title": title})
    if outline:
        top = writer.add_outline_item(title="Setup", page_number=0)
        writer.add_outline_item(title="Cables", page_number=1, parent=top)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx_of(build: Callable[[WordDocument], object]) -> bytes:
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class TestMarkdown:
    def test_sections_stand_under_their_headings_with_their_line(self, load: Write) -> None:
        document = load("a.md", "# Guide\n\nIntro.\n\n## Install\n\nRun it.\nTwice.\n\n### Linux\nx\n## Use\ny\n")
        assert document.title == "Guide"
        assert shape(document) == [
            ((), "Intro.", 3),
            (("Install",), "Run it.\nTwice.", 7),
            (("Install", "Linux"), "x", 11),
            (("Use",), "y", 13),
        ]

    def test_front_matter_gives_the_title_and_flat_fields(self, load: Write) -> None:
        text = "---\ntitle: 'The Guide'\ntags:\n  - a\nowner: Ann # lead\nlist: [1]\n---\n\n# Guide\nx\n"
        document = load("a.md", text)
        assert document.title == "The Guide"
        assert document.fields == {"title": "The Guide", "owner": "Ann"}
        assert shape(document) == [(("Guide",), "x", 10)]

    def test_a_rule_at_the_top_is_no_front_matter(self, load: Write) -> None:
        document = load("a.md", "---\nwords\n---\nmore\n")
        assert document.fields == {}
        assert "words" in document.sections[0].text

    @pytest.mark.parametrize(
        "text",
        [
            "```\n# no\n```",
            "~~~~\n# no\n~~~\n# no\n~~~~",
            "````md\n```\n# no\n```\n````",
            "1. a\n\n    ```sh\n    x\n# no\n    ```",
            "<!--\n# no\n-->",
            "<pre>\n# no\n</pre>",
        ],
    )
    def test_a_hash_in_code_or_comment_is_no_heading(self, load: Write, text: str) -> None:
        assert shape(load("a.md", f"# T\n{text}\n## Yes\nz\n")) == [
            ((), text, 2),
            (("Yes",), "z", 3 + text.count("\n") + 1),
        ]

    def test_underlined_headings(self, load: Write) -> None:
        document = load("a.md", "Guide\n=====\n\na\n\nPart\n----\nb\n\n- item\n---\n\n| a |\n---\n")
        assert document.title == "Guide"
        assert [section.headings for section in document.sections] == [(), ("Part",)]

    @pytest.mark.parametrize(
        ("heading", "said"),
        [
            ("[The `a` call](http://x/(y)) ##", "The a call"),
            ("[![badge](a.svg)](b) Tool", "badge Tool"),
            ("`Vec<T>` in C# {#vec}", "Vec<T> in C#"),
            ("**Bold** <a name='x'></a>move ¶", "Bold move"),
        ],
    )
    def test_headings_lose_their_markup(self, load: Write, heading: str, said: str) -> None:
        assert load("a.md", f"# T\n## {heading}\nx").sections[0].headings[0] == said

    def test_a_file_without_a_heading_is_called_by_its_name(self, load: Write) -> None:
        assert load("how-to_deploy.md", "text").title == "how to deploy"

    def test_imports_of_mdx_are_text(self, load: Write) -> None:
        assert load("a.mdx", "import X from 'x'\n\n# T\n\n<X/>\n").title == "T"


class TestRst:
    def test_levels_follow_the_order_of_appearance(self, load: Write) -> None:
        text = "====\nName\n====\n\nA\n\n.. _lab:\n\nOne\n---\n\nb"
        text += "\n\nTwo :ref:`to <x>`\n~~~~~~~~~~~~~~~~~\nc\n\nThree\n-----\nd\n"
        document = load("a.rst", text)
        assert document.title == "Name"
        assert shape(document) == [
            ((), "A", 5),
            (("One",), "b", 12),
            (("One", "Two to"), "c", 16),
            (("Three",), "d", 20),
        ]

    def test_directives_and_tables_are_text(self, load: Write) -> None:
        text = "T\n=\n\n.. note::\n\n   x\n\n=====  =====\na      b\n=====  =====\n1      2\n=====  =====\n"
        assert [section.headings for section in load("a.rst", text).sections] == [()]


class TestHtml:
    def test_the_main_part_is_read_without_what_stands_around(self, load: Write) -> None:
        page = """<html><head><title>Guide | Site</title><script>bad()</script></head><body><nav>menu</nav>
        <main><h1>Guide<a class="headerlink" href="#g">¶</a></h1><p>One &amp; two<!-- no --> three</p>
        <h2>Code <a>#</a></h2><pre>a = 1\n  b</pre><ul><li>x<li>y</ul><p hidden>secret</p><i style="display: none">s</i>
        <table><tr><th>k<th>v</tr><tr><td>1</td><td><p>2</p></td></tr></table></main><footer>f</footer></body>"""
        document = load("a.html", page)
        assert document.title == "Guide"
        assert shape(document) == [
            ((), "One & two three", 2),
            (("Code",), "a = 1\n  b\n\n- x\n- y\n\nk | v\n1 | 2", 3),
        ]

    def test_a_page_of_nothing_but_chrome_is_still_read(self, load: Write) -> None:
        assert shape(load("a.html", "<title>T</title><aside>words</aside><main></main>")) == [((), "words", 1)]

    @pytest.mark.parametrize(
        "unit", ["<div>", "<!--", "<script>", "<a x='", "<![CDATA[", "<tr><td>", "<p hidden>", "</"]
    )
    def test_hostile_markup_takes_linear_time(self, load: Write, unit: str) -> None:
        began = time.perf_counter()
        assert load("a.html", "<p>words</p>" + unit * 50_000).sections[0].text.startswith("words")
        assert time.perf_counter() - began < 8


class TestPdf:
    def test_every_page_is_a_section_and_running_heads_go(self, load: Write) -> None:
        words = ["first words of it", "second words of it", "third words of it", "fourth words of it"]
        pages = [f"Manual\n{text}\nPage {number} of 4" for number, text in enumerate(words, 1)]
        document = load("a.pdf", pdf_of(pages, title="The Manual", outline=True))
        assert document.title == "The Manual"
        assert [section.text for section in document.sections] == words
        assert [section.line for section in document.sections] == [1, 2, 3, 4]
        assert {section.unit for section in document.sections} == {"page"}
        assert [section.headings for section in document.sections[:2]] == [("Setup",), ("Setup", "Cables")]

    def test_a_title_that_nobody_gave_is_none(self, load: Write) -> None:
        assert (
            load("user-manual.pdf", pdf_of(["words enough to be read"], title="Microsoft Word - a.doc")).title
            == "user manual"
        )

    def test_refusals_say_why(self, load: Write, tmp_path: Path) -> None:
        assert refusal(load, "a.pdf", pdf_of(["words"], password="x")) == "is encrypted"
        assert refusal(load, "a.pdf", pdf_of(["", ""], picture=True)) == (
            "holds scanned pages without text (2 pages); run OCR first"
        )
        assert refusal(load, "a.pdf", pdf_of([""])) == "holds no text"
        assert "broken PDF" in refusal(load, "a.pdf", pdf_of(["words"])[:200])
        (tmp_path / "b.pdf").write_bytes(pdf_of(["some words"] * 3))
        with pytest.raises(Unreadable, match="more than 2 pages"):
            read(tmp_path / "b.pdf", "b.pdf", Limits(pages=2))
        with pytest.raises(Unreadable, match="more than 5 characters"):
            read(tmp_path / "b.pdf", "b.pdf", Limits(characters=5))
        with pytest.raises(Unreadable, match="takes longer"):
            read(tmp_path / "b.pdf", "b.pdf", Limits(seconds=-1))

    def test_without_the_library_it_says_what_to_install(self, load: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pypdf", None)
        assert refusal(load, "a.pdf", b"%PDF") == "needs pypdf: pip install pypdf"


class TestWord:
    def test_headings_lists_and_tables(self, load: Write) -> None:
        def build(document: WordDocument) -> None:
            document.add_heading("Report", 0)
            document.add_paragraph("Intro.")
            document.add_heading("Costs", 1)
            document.add_heading("Month", 2)
            document.add_paragraph("one", style="List Bullet")
            document.add_paragraph("two", style="List Bullet")
            table = document.add_table(2, 2)
            for place, text in enumerate(("k", "v", "1", "2")):
                table.cell(place // 2, place % 2).text = text
            document.add_paragraph().add_run("unseen").font.hidden = True

        document = load("a.docx", docx_of(build))
        assert document.title == "Report"
        assert shape(document) == [((), "Intro.", 2), (("Costs", "Month"), "- one\n- two\nk | v\n1 | 2", 5)]

    def test_hostile_archives_are_refused(self, load: Write) -> None:
        assert refusal(load, "a.docx", b"PK\3\4nothing") == "is a broken Word document"
        assert "encrypted" in refusal(load, "a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600)
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", b"<a/>" * 1_000_000)
        assert "unpacks to 4 MB" in refusal(load, "a.docx", bomb.getvalue())
        laughs = io.BytesIO()
        with zipfile.ZipFile(laughs, "w") as archive:
            archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')
        assert "declares entities" in refusal(load, "a.docx", laughs.getvalue())


class TestNotebooks:
    def test_prose_code_and_short_output(self, load: Write) -> None:
        cells = [
            {"cell_type": "markdown", "source": ["# Study\n", "Why."]},
            {"cell_type": "markdown", "source": "## Load"},
            {
                "cell_type": "code",
                "source": ["a = 1\n", "a"],
                "outputs": [{"data": {"text/plain": ["1"]}}, {"text": "x" * 3_000}, {"data": {"image/png": "AA"}}],
            },
        ]
        document = load("a.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
        assert document.title == "Study"
        assert document.sections == (
            Section((), "Why.", 1, "cell"),
            Section(("Load",), "a = 1\na", 3, "cell", code=True),
            Section(("Load",), "1", 3, "cell"),
        )

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": 3}', '{"cells": [[]]}', '{"cells":[{"source":{}}]}'])
    def test_what_is_no_notebook_is_unreadable(self, load: Write, text: str) -> None:
        assert refusal(load, "a.ipynb", text)


class TestTables:
    def test_rows_are_named_by_their_columns(self, load: Write) -> None:
        rows = "".join(f"n{number};{number}\n" for number in range(2, 32))
        document = load("prices.csv", "name;price\n" + rows)
        assert document.title == "prices"
        assert document.sections[0].text.startswith("name: n2; price: 2\nname: n3; price: 3\n")
        assert [(section.line, section.unit, section.text.count("\n") + 1) for section in document.sections] == [
            (2, "row", 20),
            (22, "row", 10),
        ]

    def test_a_table_without_header(self, load: Write) -> None:
        assert shape(load("a.csv", '1,"a\nb"\n2,\n')) == [((), "column1: 1; column2: a b\ncolumn1: 2", 1)]

    def test_json_by_record_and_by_key(self, load: Write) -> None:
        assert shape(load("a.json", '[{"q": "Why?", "a": {"b": [1, 2]}}, {"q": "How?"}]')) == [
            ((), "q: Why?\na.b: 1, 2\n\nq: How?", 1)
        ]
        assert shape(load("a.json", '{"name": "x", "deep": {"k": null}, "items": [{"n": 1}]}')) == [
            ((), "name: x", 1),
            (("deep",), "k: null", 2),
            (("items",), "n: 1", 1),
        ]

    def test_json_lines_name_the_bad_line(self, load: Write) -> None:
        assert shape(load("a.jsonl", '{"a": 1}\n\n{"a": 2}\n')) == [((), "a: 1\n\na: 2", 1)]
        assert refusal(load, "a.jsonl", '{"a": 1}\n{"a"\n') == "is not JSON Lines: line 2 is not JSON"

    def test_hostile_tables_are_refused(self, load: Write) -> None:
        assert refusal(load, "a.json", "[" * 100_000) == "is JSON nested too deeply"
        assert refusal(load, "a.json", '{"a":' * 100_000) == "is JSON nested too deeply"
        assert refusal(load, "a.json", "1" * 10_000) == "is not JSON"
        assert "row 1" in refusal(load, "a.csv", '"' + "a" * 200_000)
        assert load("b.json", '["\\ud800\\u202e x"]').sections[0].text == " x"


class TestPrograms:
    def test_python_by_definition(self, load: Write) -> None:
        text = '"""Docs."""\n\nimport a\n\n\n# About f.\n@a\ndef f():\n    pass\n\n\n'
        text += 'class B(A):\n    """D."""\n\n    def g(self):\n        x\n\nz = 1\n'
        document = load("a.py", text)
        assert [(section.headings, section.line, section.code) for section in document.sections] == [
            ((), 1, False),
            ((), 3, True),
            (("f",), 6, True),
            (("B",), 12, True),
            (("B", "g"), 15, True),
            ((), 18, True),
        ]
        assert document.sections[2].text == "# About f.\n@a\ndef f():\n    pass"

    def test_python_that_does_not_parse_is_cut_by_pattern(self, load: Write) -> None:
        assert [s.headings for s in load("a.py", "print 'x'\ndef f():\n  pass\n").sections] == [(), ("f",)]
        assert load("a.py", "-" * 100_000 + "1").sections

    @pytest.mark.parametrize(
        ("name", "text", "names"),
        [
            ("a.js", "// Says.\nexport async function hi(a) {\n}\nconst b = (x) => x\n", ["hi", "b"]),
            ("a.ts", "export interface Shape {\n}\nexport const go = async () => 1\n", ["Shape", "go"]),
            ("a.go", "package m\n\nfunc (r *T) Run() {\n}\ntype T struct {\n}\n", ["", "Run", "T"]),
            ("a.rs", "/// Doc.\npub fn run() {\n}\nimpl<T> Box for T {\n}\n", ["run", "Box"]),
            (
                "a.java",
                "package a;\n\npublic class A {\n    @Test\n    public void run(int a) {\n    }\n}\n",
                ["", "A", "run"],
            ),
            ("a.c", "#include <a>\n\nstatic int *run(int a)\n{\n  go(a);\n}\n", ["", "run"]),
            ("a.rb", "class A\n  def b?\n  end\nend\n", ["A", "b?"]),
            ("a.sh", "set -e\nrun() {\n  x\n}\n", ["", "run"]),
            ("a.sql", "create table if not exists a.b (x int);\n", ["a.b"]),
        ],
    )
    def test_other_languages_by_pattern(self, load: Write, name: str, text: str, names: list[str]) -> None:
        sections = load(name, text).sections
        assert ["".join(section.headings) for section in sections] == names
        assert all(section.code for section in sections)

    def test_settings_are_one_section(self, load: Write) -> None:
        assert load("a.toml", "[a]\nb = 1\n").sections == (Section((), "[a]\nb = 1", 1, code=True),)


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
    def test_the_usual_encodings(self, load: Write, encoding: str) -> None:
        assert load("a.txt", "Grüße\r\naus “Köln”\rx".encode(encoding)).sections[0].text == "Grüße\naus “Köln”\nx"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"a\0b", "is not text"),
            (bytes(range(1, 256)), "is not text"),
            ("привет мир".encode("koi8-r"), "is in an encoding that is not known; save it as UTF-8"),
            (b"\xff\xfea", "is not text"),
            (b"", "is empty"),
            (b" \n\t\n", "holds no text"),
        ],
    )
    def test_what_is_not_text(self, load: Write, data: bytes, reason: str) -> None:
        assert refusal(load, "a.txt", data) == reason

    def test_nothing_invisible_comes_through(self, load: Write) -> None:
        hostile = "a\x1b[31m\u202eb\u200b\ufeff\U000e0041c\td"
        assert visible(hostile) == "a[31mbc\td"
        assert load("a.md", f"# {hostile}\n{hostile}").sections[0].text == "a[31mbc\td"
        assert load("a.html", "<h1>x&#x202e;</h1>a&#27;b").sections[0].text == "ab"


class TestDiscovery:
    def test_what_is_found_and_what_is_left_aside(self, tmp_path: Path) -> None:
        root = tmp_path / "docs"
        (root / "b" / "deep").mkdir(parents=True)
        (root / "node_modules").mkdir()
        (root / "build").mkdir()
        (tmp_path / "secret.md").write_text("no")
        (root / "b" / "deep" / "z.md").write_text("z")
        (root / "build" / "notes.md").write_text("beside no project, so the user's own")
        (root / "a.md").write_text("a")
        (root / "LICENSE").write_text("text without a suffix")
        (root / "x.bin").write_bytes(b"\0\1\2")
        (root / "empty.md").touch()
        (root / ".env").write_text("KEY=1")
        (root / "server.key").write_text("-----BEGIN")
        (root / "bad\x1bname.md").write_text("x")
        (root / "out.md").symlink_to(tmp_path / "secret.md")
        (root / "in.md").symlink_to(root / "a.md")
        (root / "loop").symlink_to(root)
        (root / "self.md").symlink_to(root / "self.md")
        os.mkfifo(root / "pipe.md")
        with (root / "huge.txt").open("wb") as stream:
            stream.truncate(1 << 30)
        found = discover(root)
        assert [file.name for file in found.files] == ["LICENSE", "a.md", "b/deep/z.md", "build/notes.md", "in.md"]
        assert {skipped.path: skipped.reason for skipped in found.skipped} == {
            ".": "holds hidden files or folders (1), not read",
            "badname.md": "has control characters in its name",
            "empty.md": "is empty",
            "huge.txt": "is larger than 20 MB",
            "loop": "is a link to a folder that is read where it stands",
            "node_modules": "holds installed packages or caches, not read",
            "out.md": "is a link that leads out of the folder",
            "pipe.md": "is a pipe",
            "self.md": "is a link that leads nowhere",
            "server.key": "may hold a key or password",
            "x.bin": "is in a binary format that is not read (.bin)",
        }

    def test_one_file_is_a_root_as_well(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("a")
        (file,) = discover(tmp_path / "a.md").files
        assert (file.name, file.size) == ("a.md", 1)
        assert discover(tmp_path / "none.md").skipped[0].reason.startswith("cannot be opened")

    def test_build_output_is_left_aside_beside_what_builds_it(self, tmp_path: Path) -> None:
        (tmp_path / "build").mkdir()
        (tmp_path / "setup.py").write_text("x")
        assert [skipped.path for skipped in discover(tmp_path).skipped] == ["build"]

    def test_too_many_files_are_cut_off(self, tmp_path: Path) -> None:
        for number in range(4):
            (tmp_path / f"{number}.txt").write_text("x")
        found = discover(tmp_path, Limits(files=2))
        assert len(found.files) == 2
        assert found.skipped[0].reason == "holds more than 2 files; the rest is not read"

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is barred to root")
    def test_what_may_not_be_opened(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("x")
        (tmp_path / "a.md").chmod(0)
        assert discover(tmp_path).skipped[0].reason == "may not be opened: no permission"

    def test_pipes_sockets_and_devices_are_never_opened(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.md")
        with socket.socket(socket.AF_UNIX) as listening:
            here = Path.cwd()
            os.chdir(tmp_path)  # the name of a socket must be short
            try:
                listening.bind("s.md")
            finally:
                os.chdir(here)
            for path in (tmp_path / "a.md", tmp_path / "s.md", Path("/dev/zero"), tmp_path):
                with pytest.raises(Unreadable, match="is not a regular file"):
                    read(path, "a.md")
        assert [skipped.reason for skipped in discover(tmp_path).skipped] == ["is a pipe", "is a socket"]


class TestHostility:
    def test_a_huge_line_is_not_even_read(self, tmp_path: Path) -> None:
        with (tmp_path / "a.md").open("wb") as stream:
            stream.truncate(1 << 30)
        with pytest.raises(Unreadable, match="is larger than 20 MB"):
            read(tmp_path / "a.md", "a.md")

    def test_sections_and_characters_are_bounded(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("# a\nbb\n" * 100)
        with pytest.raises(Unreadable, match="more than 50 sections"):
            read(tmp_path / "a.md", "a.md", Limits(sections=50))
        with pytest.raises(Unreadable, match="more than 50 characters"):
            read(tmp_path / "a.md", "a.md", Limits(characters=50))

    @pytest.mark.parametrize("unit", ["# a\n", "[", "`", "a\n=\n", "<!--\n", "[a](", ":a:`", "a ", "(", "public "])
    @pytest.mark.parametrize("suffix", [".md", ".rst", ".py", ".java", ".c", ".csv"])
    def test_no_pattern_takes_more_than_linear_time(self, tmp_path: Path, unit: str, suffix: str) -> None:
        path = tmp_path / f"a{suffix}"
        path.write_text(unit * 10_000)
        began = time.perf_counter()
        with contextlib.suppress(Unreadable):
            read(path, path.name)
        assert time.perf_counter() - began < 4

    @FEW
    @given(
        data=st.binary(max_size=300),
        suffix=st.sampled_from(SUFFIXES),
        opening=st.sampled_from([b"", b"PK\3\4", b"%PDF-1.4\n"]),
    )
    def test_arbitrary_bytes_are_read_or_unreadable(
        self, tmp_path: Path, data: bytes, suffix: str, opening: bytes
    ) -> None:
        attempt(tmp_path, opening + data, suffix)

    @FEW
    @given(
        pieces=st.lists(st.sampled_from(TAGS)),
    )
    def test_any_markup_is_read_or_unreadable(self, tmp_path: Path, pieces: list[str]) -> None:
        attempt(tmp_path, "".join(pieces).encode(), ".html")

    @FEW
    @given(place=st.floats(0, 1), byte=st.integers(0, 255), kind=st.sampled_from([".pdf", ".docx"]))
    def test_a_damaged_file_is_read_or_unreadable(self, tmp_path: Path, place: float, byte: int, kind: str) -> None:
        whole = bytearray(WHOLE[kind])
        whole[int(place * (len(whole) - 1))] = byte
        attempt(tmp_path, bytes(whole), kind)

    @FEW
    @given(
        value=st.recursive(
            st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
        )
    )
    def test_any_json_is_read_or_unreadable(self, tmp_path: Path, value: object) -> None:
        for suffix in (".json", ".jsonl", ".ipynb"):
            attempt(tmp_path, json.dumps(value).encode(), suffix)
            attempt(
                tmp_path,
                json.dumps({"cells": [value, {"cell_type": "code", "source": value, "outputs": [value]}]}).encode(),
                suffix,
            )


WHOLE = {
    ".pdf": pdf_of(["some words to be read here", "and some more words there"], title="T", outline=True),
    ".docx": docx_of(lambda document: document.add_heading("A", 1)),
}


def attempt(folder: Path, data: bytes, suffix: str) -> Document | None:
    path = folder / f"a{suffix}"
    path.write_bytes(data)
    try:
        return read(path, path.name)
    except Unreadable as unreadable:
        assert unreadable.reason
        return None


LINES = (
    "a", "# a", "## b", "===", "---", "~~~", "```", "    x", ".. _l:", "def f():", "class A:", "  def g(self):",
    "    pass", "# c", "<!--", "-->", "é\u202e", "\x0c", "", '"""', "function f() {", "}", "title: x", "@d",
    "x = '''", "'''", "if x:", "public class B {", "\tint f(int a)",
)  # fmt: skip


@settings(FEW, max_examples=200)
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=25),
    suffix=st.sampled_from([".md", ".rst", ".txt", ".py", ".js", ".c"]),
)
def test_the_text_of_a_section_stands_at_its_line(tmp_path: Path, lines: list[str], suffix: str) -> None:
    text = "\n".join(lines)
    document = attempt(tmp_path, text.encode(), suffix)
    file = readable(text).split("\n")
    for section in document.sections if document else ():
        held = section.text.split("\n")
        assert file[section.line - 1 : section.line - 1 + len(held)] == held
        assert held[-1].strip()
        assert held[0].strip()


def test_every_line_of_a_program_is_in_one_section(load: Write) -> None:
    source = Path(json.__file__).parent / "decoder.py"
    text = source.read_text(encoding="utf-8")
    held = [line for section in load("decoder.py", text).sections for line in section.text.split("\n") if line.strip()]
    assert held == [line for line in text.split("\n") if line.strip()]


def test_nothing_but_the_standard_library_and_pypdf_is_imported() -> None:
    for path in Path(inspect.getfile(read)).parent.glob("*.py"):
        names = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        tops = {name.split(".")[0] for name in names if not name.startswith(".")} - {"pypdf"}
        assert tops <= sys.stdlib_module_names, path
