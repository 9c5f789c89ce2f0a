"""execution.v1.ExecutionService."""

from __future__ import annotations

from google.protobuf.json_format import ParseDict

from jobs.compat.dts_go.asking import Call, Method
from jobs.compat.dts_go.executions import executions_count, executions_page, read_status, responses
from jobs.compat.dts_go.protos import execution_pb2 as pb
from jobs.compat.dts_go.reading import cursor, job_id, page_size
from jobs.errors import DomainError
from jobs.queries.lookup import find_run


def get_execution(request: pb.GetExecutionRequest, call: Call) -> pb.ExecutionResponse:
    call.actor.require("beatwright.view_run")
    if not request.id:
        raise DomainError("is required", field="id")
    [row] = responses([find_run(request.id, actor=call.actor)])
    return ParseDict(row, pb.ExecutionResponse())


def list_executions(request: pb.ListExecutionsRequest, call: Call) -> pb.ListExecutionsResponse:
    call.actor.require("beatwright.view_run")
    status, limit, after = (
        read_status(request.status),
        page_size(request.page_size),
        cursor(request.last_id, "last_id"),
    )
    job = job_id(request.job_id, "job_id") if request.job_id else None
    page = executions_page(actor=call.actor, status=status, job_id=job, after=after, limit=limit)
    return pb.ListExecutionsResponse(
        executions=[ParseDict(row, pb.ExecutionResponse()) for row in responses(page.rows)],
        total=executions_count(actor=call.actor, status=status, job_id=job),
        next_page=str(page.following or ""),
    )


METHODS: dict[str, Method] = {
    "GetExecution": get_execution,
    "ListExecutions": list_executions,
}
