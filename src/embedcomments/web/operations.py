"""For those who run the server: is it alive, is it ready, what does it measure."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from embedcomments.storage import jobs as job_rows
from embedcomments.web.answers import json_answer
from embedcomments.web.openapi import description
from embedcomments.web.parts import parts

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers. Plugins that are broken are named; they do not make the server ill."""
    own = parts()
    health = own.dispatch.health
    records = health.records()
    return json_answer(
        {
            "status": "ok",
            "plugins": {
                "loaded": [plugin.name for plugin in own.plugins.loaded],
                "broken": [broken.name for broken in own.plugins.broken],
                "failures": {
                    name: sum(record.failures.values()) for name, record in own.dispatch.health.records().items()
                },
                "resting": [name for name in records if health.is_resting(name)],
            },
        }
    )


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database answers."""
    try:
        with parts().database.read() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return json_answer({"status": "unavailable", "reason": "the database does not answer"}, 503)
    return json_answer({"status": "ok"})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format, of this process and of the database's queue."""
    own = parts()
    registry = CollectorRegistry()
    failures = Gauge("embedcomments_plugin_failures", "Failed calls", ["plugin", "hook"], registry=registry)
    for name, record in own.dispatch.health.records().items():
        for hook, count in record.failures.items():
            failures.labels(name, hook).set(count)
    resting = Gauge("embedcomments_plugin_resting", "Hooks that are not called", ["plugin", "hook"], registry=registry)
    for name in own.dispatch.health.records():
        for hook in own.dispatch.health.resting(name):
            resting.labels(name, hook).set(1)
    jobs = Gauge("embedcomments_jobs", "Jobs in the queue", ["state"], registry=registry)
    with own.database.read() as connection:
        for state, count in job_rows.queue_length(connection).items():
            jobs.labels(state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """The API described in OpenAPI 3.1."""
    return json_answer(description())
