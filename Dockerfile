# The server as an ordinary user: migrates, then serves HTTP on port 8000. Configuration: .env.example.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
RUN useradd --create-home parley && python -m venv /opt/venv
WORKDIR /srv/parley

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# The SQLite file lies in .data when there is no DATABASE_URL: a volume keeps it, and its owner is who runs the server.
RUN python manage.py collectstatic --no-input && mkdir -p .data && chown parley .data
USER parley
VOLUME /srv/parley/.data
EXPOSE 8000

# It asks as a host that is answered: another would be logged as an attack. A closed server (ACCESS_HOURS) is well, too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "\
import http.client, os; \
host = os.environ.get('ALLOWED_HOSTS', '').split(',')[0].strip().lstrip('.'); \
line = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); \
line.request('GET', '/graphql?query={__typename}', headers={'Host': host}); \
raise SystemExit(line.getresponse().status >= 500)"]

# `exec`: the server gets the signals, and ends when it is told to.
CMD ["sh", "-c", "python manage.py migrate --no-input && exec uvicorn config.asgi:application --host 0.0.0.0 --port 8000 --lifespan off --no-access-log"]
