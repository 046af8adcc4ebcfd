# The portal and its worker: one image, two commands.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /portal
COPY requirements.lock .
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
# git and ssh fetch repositories; setpriv and prlimit (util-linux) keep what is started within its limits, bubblewrap
# keeps it in its folder where the container may have namespaces, and sandlock, a package of Python, where it may not.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap git openssh-client util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/portal portal
COPY --from=packages /opt/venv /opt/venv
WORKDIR /portal
COPY manage.py gunicorn.conf.py pyproject.toml LICENSE NOTICE ./
COPY config config
COPY accounts accounts
COPY connectors connectors
COPY certification certification
COPY database database
COPY devtools devtools
COPY validator validator
COPY web web
COPY templates templates
COPY static static
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/portal STATIC_ROOT=/srv/static LOG_FORMAT=json
# The key serves this step only: collecting files signs nothing.
RUN mkdir -p /srv/static && SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --noinput -v0 \
    && chown -R portal: /var/lib/portal
USER portal
VOLUME /var/lib/portal
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "8"]
