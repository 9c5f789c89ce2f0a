"""What is generated from the .proto files is what they say."""

from __future__ import annotations

from pathlib import Path

import grpc_tools
import pytest
from grpc_tools import protoc

from tests.architecture.source import BASE_DIR

FOLDER = Path("jobs/compat/dts_go/protos")
GENERATED = sorted(path.name for path in (BASE_DIR / FOLDER).glob("*_pb2.py*"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what protoc makes of them now; as ``bin/protos`` does."""
    output = tmp_path_factory.mktemp("protos")
    places = [
        f"--proto_path={BASE_DIR}",
        f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
    ]
    files = [str(path) for path in sorted((BASE_DIR / FOLDER).glob("*.proto"))]
    assert (
        protoc.main(["protoc", *places, f"--python_out={output}", f"--pyi_out={output}", *files])
        == 0
    )
    return output / FOLDER


def test_every_proto_has_its_modules() -> None:
    names = [path.stem for path in (BASE_DIR / FOLDER).glob("*.proto")]
    assert (
        sorted(f"{name}_pb2{suffix}" for name in names for suffix in (".py", ".pyi")) == GENERATED
    )


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_module_is_up_to_date(fresh: Path, name: str) -> None:
    assert (BASE_DIR / FOLDER / name).read_text() == (fresh / name).read_text(), "run bin/protos"
