#!/usr/bin/env python3
"""The page in a real browser against the whole running centre: press, claim, escalate, accept, close,
with the keyboard only, in English and Welsh (tests/page/journey.mjs drives the browser)."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
from browser import start_web
from centre import Centre

PASSWORD = "a long phrase for the journey"


def main():
    if not shutil.which("node") or not shutil.which("chromium"):
        print("skipped: node or chromium is not installed")
        sys.exit(77)
    found = subprocess.run([support.ROOT / "tests/page/find-node"], capture_output=True, text=True)
    if found.returncode != 0:
        print("skipped: no Node.js of version 20 or later, and none to be had from npm")
        sys.exit(77)
    os.environ["PATH"] = found.stdout.strip() + ":" + os.environ["PATH"]
    if not (support.ROOT / "tests/page/node_modules/playwright-core").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], check=True,
                       cwd=support.ROOT / "tests/page", stdout=subprocess.DEVNULL)
    with Centre() as centre:
        centre.certify("SKY-101", "SKY-103")
        for user, language in (("operator", "en"), ("second", "cy")):
            centre.ctl("user", "add", user, "--role", "operator", "--name", "Nia Operator",
                       "--language", language, "--password-stdin", stdin=PASSWORD + "\n")
        centre.start()
        centre.start_controlroom("accept")
        centre.start_police()
        url = start_web(centre)
        press = (f"{support.BIN}/src/client/larwm-unit --host 127.0.0.1 --port {centre.native_port} "
                 f"--cert {centre.pki}/units/SKY-103.crt --key {centre.pki}/units/SKY-103.key "
                 f"--ca {centre.pki}/ca.crt press")
        shots = os.environ.get("LARWM_SCREENSHOT_DIR", str(support.ROOT / "build/screenshots"))
        pathlib.Path(shots).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["node", "journey.mjs"], cwd=support.ROOT / "tests/page", timeout=300, text=True,
            env={**os.environ, "LARWM_WEB_URL": url, "LARWM_DEMO_USER": "operator",
                 "LARWM_DEMO_PASSWORD": PASSWORD, "LARWM_PRESS_COMMAND": press,
                 "LARWM_DAEMON_PID": str(centre.larwmd.pid), "LARWM_SCREENSHOT_DIR": shots})
    support.close_shared()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
