"""Seeing what the program does: a request id on every answer and log line, structured logs, metrics, health."""

from __future__ import annotations

import datetime
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import orjson
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

request_id_of_context: ContextVar[str] = ContextVar("request_id", default="")
logger = logging.getLogger("foedera.requests")
_ACCEPTED_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}

REQUESTS = Counter("foedera_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "foedera_request_seconds",
    "Time to answer a request",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class JsonFormatter(logging.Formatter):
    """A log line as one JSON object with the request id."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id_of_context.get(),
        }
        line.update({k: v for k, v in record.__dict__.items() if k not in _STANDARD and not k.startswith("_")})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class RequestMiddleware:
    """Outermost: gives the request its id, measures it, logs it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # the one place that sets it
        token = request_id_of_context.set(request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            seconds = time.perf_counter() - started
            request_id_of_context.reset(token)
        match = request.resolver_match
        route = match.route if match else "static" if request.path.startswith("/static/") else "unknown"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(request.method, route).observe(seconds)
        response.headers["X-Request-ID"] = request_id
        if route != "static":
            logger.info(
                "request",
                extra={
                    "request_id": request_id,
                    "method": request.method,
                    # An address that opens something by itself is no address for a log.
                    "path": route if match and "secret" in match.kwargs else request.path,
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000, 1),
                },
            )
        return response


def health(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readiness(_request: HttpRequest) -> HttpResponse:
    """The process can work: the database answers and its tables are those of this program."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of this process, for the machine itself or with the address open to the monitor alone."""
    if request.META.get("REMOTE_ADDR") not in ("127.0.0.1", "::1", ""):
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
