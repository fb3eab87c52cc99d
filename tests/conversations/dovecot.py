"""A real IMAP server on this machine, as an ordinary process with a folder of its own."""

import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "battery-staple"
_CONFIG = """
{version}
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
log_path = {home}/dovecot.log
state_dir = {home}/state
ssl = no
{users}
{folders}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {passdb} {{
  driver = static
  {password} = {secret}
}}
userdb {userdb} {{
  driver = static
  {fields}
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


@contextmanager
def served() -> Iterator[int]:
    """The port of a Dovecot that lets anyone in with the password; skips where there is none."""
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if found is None:
        pytest.skip("there is no dovecot: apt-get install dovecot-imapd")
    home = Path(tempfile.mkdtemp(prefix="halves-dovecot-"))
    home.chmod(0o755)  # its parts may run as other users
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    config = home / "dovecot.conf"
    config.write_text(_config(found, home, port))
    command = [found, "-F", "-c", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(port, process, home)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _config(found: str, home: Path, port: int) -> str:
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    is_new = not version.stdout.startswith("2.3")
    mail = f"{home}/mail/%{{user}}" if is_new else f"{home}/mail/%u"
    number = version.stdout.split()[0].partition("-")[0]
    users, uid, gid = _users(home)
    ids = f"uid = {uid}\n gid = {gid}\n home = {mail}"
    return _CONFIG.format(
        version=f"dovecot_config_version = {number}\ndovecot_storage_version = {number}"
        if is_new
        else "",
        home=home,
        users=users,
        port=port,
        folders=_folders(mail, is_new=is_new),
        passdb="static" if is_new else "",
        userdb="static" if is_new else "",
        password="password" if is_new else "args",
        secret=PASSWORD if is_new else f"password={PASSWORD}",
        fields="fields {\n " + ids + "\n }"
        if is_new
        else "args = " + ids.replace(" = ", "=").replace("\n", " "),
    )


def _folders(mail: str, *, is_new: bool) -> str:
    where = f"mail_driver = maildir\nmail_path = {mail}"
    where = where if is_new else f"mail_location = maildir:{mail}"
    return f"{where}\nfirst_valid_uid = 0\nfirst_valid_gid = 0"


def _users(home: Path) -> tuple[str, int, int]:
    """Who its parts run as: whoever tests; or, as root, the users that came with it."""
    (home / "mail").mkdir()
    if os.getuid():
        user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        said = (
            f"default_internal_user = {user}\ndefault_login_user = {user}\n"
            f"default_internal_group = {group}"
        )
        return said, os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    os.chown(home / "mail", nobody.pw_uid, nobody.pw_gid)
    return "", nobody.pw_uid, nobody.pw_gid


def _wait(port: int, process: subprocess.Popen, home: Path) -> None:
    for _ in range(100):
        if process.poll() is not None:
            said = (process.stderr.read() or b"").decode()[-600:]
            pytest.skip(f"dovecot does not start here: {said}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    log = home / "dovecot.log"
    raise TimeoutError(log.read_text()[-2_000:] if log.exists() else "dovecot does not answer")
