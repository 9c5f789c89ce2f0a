"""Schedule files in, jobs out; and jobs out again as files.

In comes a file (ours, an older system's, a crontab, Celery's beat_schedule or a dump of
django-celery-beat, told apart by its content); out go jobs that the file owns from then on.
``contents`` reads texts, ``formats`` says what they mean. The way is always the same: parse,
validate everything, diff, apply in one transaction. A file with a mistake changes nothing unless
its good part was asked for, and the same file again changes nothing at all.
"""
