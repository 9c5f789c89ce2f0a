"""The services that a server is given: DTS-Go's methods, and which of them take an idempotency
key.
"""

from __future__ import annotations

from jobs.compat.dts_go import execution_service, job_service, scheduler_service
from jobs.compat.dts_go.protos import execution_pb2, job_pb2, scheduler_pb2
from jobs.rpc.calling import Service
from jobs.rpc.idempotency import idempotent

create_job = idempotent(job_pb2.CreateJobResponse)(job_service.create_job)
schedule_job = idempotent(scheduler_pb2.ScheduleJobResponse)(scheduler_service.schedule_job)

SERVICES = (
    Service(
        job_pb2.DESCRIPTOR.services_by_name["JobService"],
        job_service.METHODS | {"CreateJob": create_job},
    ),
    Service(
        scheduler_pb2.DESCRIPTOR.services_by_name["SchedulerService"],
        scheduler_service.METHODS | {"ScheduleJob": schedule_job},
    ),
    Service(
        execution_pb2.DESCRIPTOR.services_by_name["ExecutionService"],
        execution_service.METHODS,
    ),
)
