# The server as an ordinary user on port 8000. compose.yaml runs it as two processes; by itself it migrates, then serves
# everything from one. Configuration: .env.example.
FROM python:3.13-slim AS packages
ARG REQUIREMENTS=requirements.txt
RUN python -m venv /opt/venv
COPY ${REQUIREMENTS} .
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r ${REQUIREMENTS}

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/venv/bin:$PATH \
    GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
RUN useradd --uid 10001 --create-home parley
WORKDIR /srv/parley
# What is written there is kept by volumes, which take over the owner: SQLite's file and media, static files.
RUN install --directory --owner parley .data .data/media staticfiles
COPY --from=packages /opt/venv /opt/venv
COPY . .
USER parley
RUN python manage.py collectstatic --no-input
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", "\
import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]

# `exec`: the server gets the signals, and ends when it is told to.
CMD ["sh", "-c", "python manage.py migrate --no-input && exec uvicorn --lifespan off --no-access-log --no-proxy-headers --ws websockets-sansio --ws-max-size 65536 --ws-ping-interval 0 --ws-per-message-deflate false config.asgi:application"]
