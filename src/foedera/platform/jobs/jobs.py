"""The periodic work of the job queue itself: pick up what a killed worker left, clear away what is long done."""

from __future__ import annotations

from procrastinate.contrib.django import app

# Finished jobs stay this long to be looked at; what they did stands in the history for good.
KEPT_HOURS = 30 * 24
UPKEEP = "upkeep"


@app.periodic(cron="* * * * *")
@app.task(name="platform.retry_jobs_of_lost_workers", queue=UPKEEP, queueing_lock="retry_jobs_of_lost_workers")
async def retry_jobs_of_lost_workers(timestamp: int) -> int:
    """Enqueues again the jobs whose worker no longer gives a sign of life and returns how many they were.

    So a job may run twice; jobs have to be written so that the second run changes nothing.
    """
    del timestamp
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        await app.job_manager.retry_job(job)
    return len(stalled)


@app.periodic(cron="17 3 * * *")
@app.task(name="platform.remove_old_jobs", queue=UPKEEP, queueing_lock="remove_old_jobs")
async def remove_old_jobs(timestamp: int) -> None:
    """Removes jobs that ended well more than KEPT_HOURS ago; failed ones stay until somebody has looked at them."""
    del timestamp
    await app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)
