# One image for every service; docker-compose.yml says which command each of them runs.
FROM python:3.11.14-slim-bookworm AS build
RUN python -m venv /opt/venv
COPY requirements-people.txt requirements-kafka.txt /tmp/
# One after the other: what both files name is there by the second time.
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/requirements-people.txt \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/requirements-kafka.txt

FROM python:3.11.14-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/var/lib/beatwright \
    FLOWER_SOCKET=/run/beatwright/flower.sock
# Volumes mounted on these folders take over their owner.
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/beatwright --shell /usr/sbin/nologin beatwright \
    && install --directory --owner=beatwright --group=beatwright --mode=0700 \
        /var/lib/beatwright /var/lib/beatwright/static /run/beatwright
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py LICENSE ./
COPY scheduler_site scheduler_site
COPY jobs jobs
COPY tasks tasks
COPY templates templates
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "scheduler_site.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "scheduler_site.web.patient_worker.PatientWorker", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
