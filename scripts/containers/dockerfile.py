"""Checks what Dockerfile and .dockerignore promise, without building anything."""

import re

from report import expect

PROGRAMS = {"server": "claverod", "proxy": "clavero-proxy", "shell": "clavero"}
LABELS = ["title", "description", "version", "revision", "created", "vendor", "authors", "licenses", "base.name"]
# The tests and the benchmarks are no part of the images' build.
SOURCES = {
    "Package.swift", "Sources", "packaging/release.json", "packaging/start-order.txt", "packaging/trim-root", "LICENSE", "NOTICE",
    "man",
}


def stages(text):
    """Returns the instructions of each stage, by its name: pairs of the word and the rest."""
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    result, stage = {}, None
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = result[name] = [("FROM", base)]
        else:
            stage.append((word, rest.strip()))
    return result


def of(stage, word):
    return [rest for name, rest in stage if name == word]


def check(root):
    found = stages((root / "Dockerfile").read_text(encoding="utf-8"))
    copied = set()
    for name, stage in found.items():
        for rest in of(stage, "COPY"):
            words = rest.split()
            if not words[0].startswith("--from="):
                copied |= {"man" if word.startswith("man/") else word for word in words[:-1]}
    expect(copied == SOURCES, f"Dockerfile copies {sorted(copied)}")
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    ignored = [line for line in lines if line and not line.startswith("#")]
    expect(ignored[0] == "*" and {line[1:] for line in ignored[1:]} == SOURCES, ".dockerignore lets other files in")
    caches = [rest for rest in of(found["build"], "RUN") if "--mount=type=cache" in rest]
    for path in ["/var/cache/apt", "/src/.build", "/root/.cache/org.swift.swiftpm"]:
        expect(any(f"target={path}," in rest for rest in caches), f"the build has no cache for {path}")
    for target, program in PROGRAMS.items():
        stage = found[target]
        expect(of(stage, "ENTRYPOINT") == [f'["{program}"]'], f"{target} has another entry point than {program}")
        expect(not of(stage, "CMD"), f"{target} has arguments by default")
        expect(of(stage, "USER") == ["950:950"], f"{target} runs as another user than 950")
        expect(of(found[f"{target}-system"], "RUN")[-1].endswith("trim-root"), f"{target} is not trimmed")
        health = of(stage, "HEALTHCHECK")
        expect(health and (target == "shell") == (health == ["NONE"]), f"{target} has no health check")
        labels = " ".join(of(found["runtime"], "LABEL") + of(stage, "LABEL"))
        for label in LABELS:
            expect(f"org.opencontainers.image.{label}=" in labels, f"{target} has no label {label}")


def check_versions(root):
    """Checks that each package of Package.swift has one version."""
    text = (root / "Package.swift").read_text(encoding="utf-8")
    packages = re.findall(r"\.package\(url: \"([^\"]+)\", ([a-z]+): \"([0-9.]+)\"\)", text)
    expect(len(packages) == text.count(".package(url:"), "a package has no version")
    for url, kind, _ in packages:
        expect(kind == "exact", f"{url} has no exact version")
