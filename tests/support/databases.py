"""Databases for real servers."""

from __future__ import annotations

import itertools
import os

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

_numbers = itertools.count(1)


def new_postgres(url: str) -> str:
    """The URL of an empty database on the server at ``url``."""
    found = make_url(url).set(drivername="postgresql+psycopg")
    name = f"embedcomments_server_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(found, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return found.set(database=name).render_as_string(hide_password=False)
