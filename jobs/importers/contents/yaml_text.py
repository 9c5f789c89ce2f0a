"""A schedule file as YAML: plain values, the place of each known, and nothing of a file that Python
would build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from jobs.importers.contents.base import Content, Place
from jobs.importers.contents.json_text import DEEPEST
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile

# Of characters, as it is slow to read; and of values, as an alias may repeat what stands elsewhere.
MOST_CHARACTERS = 4_000_000
MOST_VALUES = 500_000
# Plain texts that readers of YAML 1.1 and of YAML 1.2 disagree about, and the two opinions.
TRAPS = (
    (re.compile(r"(?:yes|no|on|off|y|n)", re.IGNORECASE), "true or false, or a text"),
    (re.compile(r"[-+]?0[0-7_]+"), "an octal number, or a decimal one"),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "a number of base 60, or a text",
    ),
    (re.compile(r"[-+]?0(?:b[01_]+|o[0-7]+)"), "a number, or a text"),
    (re.compile(r"[-+]?[0-9]+(?:_[0-9_.]*|[eE][-+]?[0-9]+)"), "a number, or a text"),
)


class YamlText(Content):
    """``value``: the document, or the list of those there are. Raises UnreadableFile."""

    kind = "json"

    def __init__(self, text: str) -> None:
        self._places: dict[JsonPath, Place] = {}
        self._traps: dict[JsonPath, str] = {}
        if len(text) > MOST_CHARACTERS:
            raise UnreadableFile("is too long for YAML", hint="dump it as JSON")
        loader = _loader(text)
        try:
            documents = []
            while loader.check_node():
                documents.append(loader.get_node())
            found = [node for node in documents if node is not None]
            many = len(found) > 1
            values = [
                self._of(node, (number,) if many else (), loader, 0)
                for number, node in enumerate(found)
            ]
        except UnreadableFile:
            raise
        except yaml.MarkedYAMLError as error:
            raise _unreadable(error) from None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise UnreadableFile(f"is not YAML: {str(error)[:200]}") from None
        finally:
            loader.dispose()
        super().__init__(values if many else values[0] if values else None)

    def traps(self) -> Mapping[JsonPath, str]:
        return self._traps

    def position(self, path: JsonPath) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, (1, 1))

    def _of(self, node: Node, path: JsonPath, loader: yaml.SafeLoader, depth: int) -> Any:
        if len(self._places) > MOST_VALUES:
            raise UnreadableFile("holds too many values for YAML", hint="dump it as JSON")
        if depth > DEEPEST:
            raise UnreadableFile(f"is nested more than {DEEPEST} levels deep")
        if path in self._places:
            raise UnreadableFile(
                f"the key {path[-1]!r} stands twice in one object", line=_line(node), column=1
            )
        self._places[path] = (_line(node), node.start_mark.column + 1)
        if isinstance(node, MappingNode):
            return {
                (key := _key(name)): self._of(value, (*path, key), loader, depth + 1)
                for name, value in node.value
            }
        if isinstance(node, SequenceNode):
            return [
                self._of(item, (*path, number), loader, depth + 1)
                for number, item in enumerate(node.value)
            ]
        if why := _trap_in(node):
            self._traps[path] = why
        return _scalar(node, loader)


def _loader(text: str) -> yaml.SafeLoader:
    try:
        return yaml.SafeLoader(text)
    except yaml.YAMLError as error:  # a character that YAML has not
        raise UnreadableFile(f"is not YAML: {str(error)[:200]}") from None


def _trap_in(node: Node) -> str:
    """Why a plain text is ambiguous; empty for any other."""
    if not isinstance(node, ScalarNode) or node.style is not None:
        return ""
    return next(
        (
            f"readers of YAML disagree about {node.value}: {opinions}"
            for pattern, opinions in TRAPS
            if pattern.fullmatch(node.value)
        ),
        "",
    )


def _scalar(node: Node, loader: yaml.SafeLoader) -> Any:
    """A text, a number, yes or no; a date stays the text that it is."""
    if not isinstance(node, ScalarNode) or node.tag.endswith(
        (":timestamp", ":binary", ":merge", ":value")
    ):
        return str(node.value)
    return loader.construct_object(node)


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise ConstructorError(None, None, "a key must be a text", node.start_mark)
    if node.tag.endswith(":merge"):
        raise ConstructorError(None, None, "<< is not read: write its members out", node.start_mark)
    return str(node.value)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _unreadable(error: yaml.MarkedYAMLError) -> UnreadableFile:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return UnreadableFile(
        f"is not YAML: {error.problem or error.context}", line=line, column=column
    )
