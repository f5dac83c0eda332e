# meshrev itself. Build: docker build -t meshrev:1.0.0 .
# Run in a fleet repo: docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/repo" meshrev:1.0.0 check
#
# The base is pinned by the digest of its multi-architecture index; to move on:
# docker buildx imagetools inspect python:3.11-slim-bookworm
FROM python:3.11.16-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b AS build
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

FROM python:3.11.16-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b
# git of the day that the base is of: its sources name Debian's archive of that day beside the one that changes, whose
# index files say until when they hold. So the base's digest says which git it is, and a new one brings a new git.
# Logs and ldconfig's notes would say when the image was built.
# hadolint ignore=DL3008
RUN sed -i -e '/^URIs:/d' -e 's/^# http/URIs: http/' /etc/apt/sources.list.d/debian.sources \
    && apt-get -o Acquire::Check-Valid-Until=false update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/*.log /var/cache/ldconfig/aux-cache
COPY --from=build /opt/meshrev /opt/meshrev
ENV PATH=/opt/meshrev/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 65532:65532
WORKDIR /repo
ENTRYPOINT ["meshrev"]
CMD ["--help"]
