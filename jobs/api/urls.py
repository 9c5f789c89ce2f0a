"""The addresses under /api/v1/, and what every other one there answers."""

from __future__ import annotations

from django.urls import path, re_path

from jobs.api.compat import godispatch
from jobs.api.views import access, alerts, bulk, dead_letters, imports, pools, revealing, runs, secrets, site
from jobs.api.views.document import OpenApi
from jobs.api.views.job import jobs, verbs, versions
from jobs.api.views.nothing import Nothing

app_name = "api"
urlpatterns = [
    path("jobs/", jobs.Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.OneJob.as_view(), name="job"),
    path("jobs/<uuid:job_id>/run/", verbs.RunNow.as_view()),
    path("jobs/<uuid:job_id>/pause/", verbs.PauseJob.as_view()),
    path("jobs/<uuid:job_id>/resume/", verbs.ResumeJob.as_view()),
    path("jobs/<uuid:job_id>/unarchive/", verbs.UnarchiveJob.as_view()),
    path("jobs/<uuid:job_id>/reveal/", revealing.RevealJob.as_view()),
    path("jobs/<uuid:job_id>/runs/", runs.JobRuns.as_view()),
    path("jobs/<uuid:job_id>/preview/", verbs.PreviewJob.as_view()),
    path("jobs/<uuid:job_id>/why/", verbs.WhyJob.as_view()),
    path("jobs/<uuid:job_id>/backfill/", verbs.BackfillJob.as_view()),
    path("jobs/<uuid:job_id>/backfills/", verbs.JobBackfills.as_view()),
    path("jobs/<uuid:job_id>/versions/", versions.JobVersions.as_view()),
    path("jobs/<uuid:job_id>/versions/<int:version>/restore/", versions.RestoreVersion.as_view()),
    path("backfills/<uuid:backfill_id>/", verbs.OneBackfill.as_view()),
    path("backfills/<uuid:backfill_id>/cancel/", verbs.CancelBackfill.as_view()),
    path("runs/", runs.Runs.as_view()),
    path("runs/<uuid:run_id>/", runs.OneRun.as_view(), name="run"),
    path("runs/<uuid:run_id>/result/", runs.RunResult.as_view()),
    path("runs/<uuid:run_id>/logs/", runs.RunLogs.as_view()),
    path("runs/<uuid:run_id>/why/", runs.WhyRun.as_view()),
    path("runs/<uuid:run_id>/cancel/", runs.CancelRun.as_view()),
    path("runs/<uuid:run_id>/rerun/", runs.Rerun.as_view()),
    path("runs/<uuid:run_id>/reveal/", revealing.RevealTheRun.as_view()),
    path("dead-letters/", dead_letters.DeadLetters.as_view()),
    path("dead-letters/groups/", dead_letters.DeadLetterGroups.as_view()),
    path("dead-letters/requeue/", dead_letters.RequeueDeadLetters.as_view()),
    path("dead-letters/discard/", dead_letters.DiscardDeadLetters.as_view()),
    path("dead-letters/undo-discard/", dead_letters.UndoDiscard.as_view()),
    path("bulk/", bulk.BulkOperations.as_view()),
    path("bulk/<uuid:bulk_id>/", bulk.OneBulkOperation.as_view(), name="bulk"),
    path("bulk/<uuid:bulk_id>/cancel/", bulk.CancelBulkOperation.as_view()),
    path("registry/", site.Registry.as_view()),
    path("registry/<path:name>/", site.OneTask.as_view()),
    path("schedules/preview/", site.SchedulePreview.as_view()),
    path("queues/", site.QueueList.as_view()),
    path("queues/<str:name>/pause/", site.PauseQueue.as_view()),
    path("queues/<str:name>/resume/", site.ResumeQueue.as_view()),
    path("pools/", pools.PoolList.as_view()),
    path("pools/<str:name>/", pools.OnePool.as_view(), name="pool"),
    path("secrets/", secrets.SecretList.as_view()),
    path("secrets/<str:name>/", secrets.OneSecret.as_view(), name="secret"),
    path("secret-keys/rotate/", secrets.RotateSecrets.as_view()),
    path("workers/", site.WorkerList.as_view()),
    path("workers/<path:name>/shutdown/", site.ShutDownWorker.as_view()),
    path("alerts/", alerts.AlertList.as_view()),
    path("alerts/<int:alert_id>/acknowledge/", alerts.AcknowledgeAlert.as_view()),
    path("alerts/<int:alert_id>/undo-acknowledge/", alerts.UndoAcknowledge.as_view()),
    path("tokens/", access.TokenList.as_view()),
    path("tokens/<uuid:token_id>/revoke/", access.RevokeToken.as_view()),
    path("audit/", access.Audit.as_view()),
    path("stats/", site.SiteStats.as_view()),
    path("history/", site.History.as_view()),
    path("import/", imports.Import.as_view()),
    path("schema/", OpenApi.as_view(), name="schema"),
    *godispatch.urlpatterns,
    re_path("", Nothing.as_view()),
]
