"""A WordPress of Debian's packages with a MariaDB of its own, for as long as a test lasts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from getpass import getuser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from running_server import PATIENCE_S, free_port

SOURCE = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', false); define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
# WordPress talks to public addresses and the ports of the web alone, as we do; here all is on this machine.
_ALLOW = """<?php
add_filter('http_request_host_is_external', '__return_true');
add_filter('http_allowed_safe_ports', function ($ports) { return array_merge($ports, [%s]); });
"""
_THEME = """<!doctype html><html><head><title><?php wp_title(''); ?></title><?php wp_head(); ?></head><body>
<?php while (have_posts()) { the_post(); ?>
<article><h1><?php the_title(); ?></h1><?php the_content(); ?></article><?php } ?>
</body></html>
"""


def missing() -> list[str]:
    """What is not installed of what a WordPress needs."""
    found = [name for name in PROGRAMS if shutil.which(name) is None and not Path(f"/usr/sbin/{name}").exists()]
    return [*found, *([] if (SOURCE / "xmlrpc.php").is_file() else ["wordpress"])]


class WordPress:
    """A blog at ``url`` whose HTTP client may speak to ``ports`` of this machine."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder = folder
        self.root = folder / "wordpress"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Not in the folder of the test: a socket's path has at most 107 bytes.
        self._short = TemporaryDirectory(prefix="wordpress-")
        self._socket = Path(self._short.name) / "mariadb.sock"
        self._ports = ports
        self._running: list[subprocess.Popen[bytes]] = []
        self._log = folder / "wordpress.log"

    def __enter__(self) -> WordPress:
        try:
            self._start_database()
            self._write_files()
            self.php(
                "define('WP_INSTALLING', true); require 'wp-load.php'; require 'wp-admin/includes/upgrade.php';"
                "wp_install('A blog', 'admin', 'admin@example.org', true, '', 'secret');"
                "update_option('comment_moderation', 0); update_option('comment_previously_approved', 0);"
                "switch_theme('plain');"
            )
            self._serve()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            # Each with what it started: PHP's workers outlive the server that made them.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE_S)
        self._short.cleanup()

    def php(self, code: str) -> str:
        """The output of some PHP in the folder of WordPress."""
        done = subprocess.run(
            ["php", "-d", "display_errors=stderr", "-r", code],
            cwd=self.root, capture_output=True, text=True, timeout=PATIENCE_S,
            env={**os.environ, "HTTP_HOST": f"127.0.0.1:{self.port}"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def publish(self, title: str, html: str) -> str:
        """Publish a post, and have WordPress tell the pages that it links to; its address."""
        post = json.dumps({"post_title": title, "post_content": html, "post_status": "publish", "ping_status": "open"})
        return self.php(
            f"require 'wp-load.php'; $id = wp_insert_post(json_decode({_quoted(post)}, true));"
            "do_action('do_pings'); echo get_permalink($id);"
        ).strip()

    def pingbacks(self) -> list[Mapping[str, Any]]:
        """What was told to it."""
        return list(
            json.loads(
                self.php(
                    "require 'wp-load.php'; echo json_encode(array_map(fn($c) => ['author' => $c->comment_author,"
                    "'url' => $c->comment_author_url, 'text' => $c->comment_content],"
                    "get_comments(['type' => 'pingback', 'status' => 'all'])));"
                )
            )
        )

    def _start_database(self) -> None:
        data = self.folder / "mariadb"
        subprocess.run(
            ["mariadb-install-db", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", f"--user={getuser()}"],
            check=True, capture_output=True, timeout=PATIENCE_S,
        )  # fmt: skip
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self._run(
            [program, "--no-defaults", f"--datadir={data}", f"--socket={self._socket}", "--skip-networking",
             "--innodb-buffer-pool-size=32M", "--skip-log-bin", f"--pid-file={self.folder / 'mariadb.pid'}",
             f"--user={getuser()}"]
        )  # fmt: skip
        make = (
            f"mysqli_report(MYSQLI_REPORT_OFF); $c = @new mysqli('localhost', 'root', '', '', 0, '{self._socket}');"
            "exit($c->connect_errno || !$c->query('CREATE DATABASE IF NOT EXISTS wordpress') ? 1 : 0);"
        )
        self._await(lambda: subprocess.run(["php", "-r", make], capture_output=True).returncode == 0)

    def _write_files(self) -> None:
        # Debian links files of other packages into the folder; a copy has all of them.
        shutil.copytree(SOURCE, self.root, ignore_dangling_symlinks=True)
        (self.root / "wp-config.php").write_text(_CONFIG.format(socket=self._socket, url=self.url))
        plugins, theme = self.root / "wp-content" / "mu-plugins", self.root / "wp-content" / "themes" / "plain"
        for folder in (plugins, theme):
            folder.mkdir(parents=True, exist_ok=True)
        ports = ", ".join(str(port) for port in [self.port, *self._ports])
        (plugins / "allow.php").write_text(_ALLOW % ports)
        (theme / "style.css").write_text("/* Theme Name: Plain */")
        (theme / "index.php").write_text(_THEME)

    def _serve(self) -> None:
        self._run(
            ["php", "-S", f"127.0.0.1:{self.port}", "-t", str(self.root)],
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "3"},
        )
        check = f"exit(@file_get_contents('{self.url}/') === false ? 1 : 0);"
        self._await(lambda: subprocess.run(["php", "-r", check], capture_output=True).returncode == 0)

    def _run(self, command: list[str], **how: Any) -> None:
        with self._log.open("ab") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **how))

    def _await(self, is_there: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_there():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._running):
                raise AssertionError(f"It did not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.2)


def _quoted(text: str) -> str:
    """A string of PHP."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
