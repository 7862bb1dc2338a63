"""Packages from npm, kept for the next run."""

import shutil
import subprocess


def install(home, *packages):
    """Why `packages` (NAME@VERSION) are not below `home`; empty when they are."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if all((home / "node_modules" / package.rsplit("@", 1)[0]).is_dir() for package in packages):
        return ""
    # Beside it until all is there: an installation that is cut off leaves folders of packages that are not whole.
    fresh = home.with_name(home.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / "package.json").write_text('{"private": true}\n')
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages], cwd=fresh, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        return f"npm did not bring {' '.join(packages)} within 180 s"
    if done.returncode != 0:
        return f"npm cannot bring {' '.join(packages)}: {' '.join(done.stderr.split())[:300]}"
    shutil.rmtree(home, ignore_errors=True)
    fresh.rename(home)
    return ""
