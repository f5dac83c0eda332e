# meshrev itself. Build: docker build -t meshrev:1.0.0 .
# Run in a fleet repo: docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/repo" meshrev:1.0.0 check
#
# The base is pinned by the digest of its multi-architecture index; to move on:
# docker buildx imagetools inspect python:3.11-slim-bookworm
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d AS build
WORKDIR /src
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/meshrev \
    && /opt/meshrev/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY render render
# Compiled once, here, whatever times the files get: the file system may be read-only later.
RUN /opt/meshrev/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/meshrev/bin/pip uninstall --yes setuptools pip \
    && /opt/meshrev/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/meshrev/lib

FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d
# Debian keeps only the newest git of a release, so a pinned one could not be installed for long.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/meshrev /opt/meshrev
ENV PATH=/opt/meshrev/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 65532:65532
WORKDIR /repo
ENTRYPOINT ["meshrev"]
CMD ["--help"]
