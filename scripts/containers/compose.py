"""Checks what compose.yaml promises."""

import re

from .dockerfile import PROGRAMS
from report import expect

# The services of the other site, which has the database on a server.
SCALED = ["password", "database", "scaled-init", "keys1", "keys2", "auth1", "auth2", "scaled-proxy"]
DAEMONS = ["keys", "auth", "proxy"]
SCALED_DAEMONS = SCALED[3:]


def mounts(service):
    """Returns the volume and the path of each, and whether it is read-only."""
    texts = [text.split(":") for text in service.get("volumes", [])]
    return [(volume, path, options == ["ro"]) for volume, path, *options in texts]


def check(site):
    services, networks = site["services"], site["networks"]
    for name, service in services.items():
        check_service(name, service, site)
    expect(networks["servers"] == {"internal": True}, "the servers' network leads out")
    for name in ["keys", "auth"]:
        expect(services[name]["networks"] == ["servers"], f"{name} is not on the servers' network alone")
    check_scaled(services, networks)
    expect(services["shell"]["networks"] == ["clients"], "the shell is not on the clients' network alone")
    for name, service in services.items():
        sees = {volume for volume, _, _ in mounts(service)}
        expect("data" not in sees or name in ["init", "keys", "auth"], f"{name} sees the data directory")
        expect("ports" not in service or name in ["proxy", "scaled-proxy"], f"{name} publishes a port")


def check_service(name, service, site):
    for key, value in [("read_only", True), ("cap_drop", ["ALL"]), ("security_opt", ["no-new-privileges:true"])]:
        expect(service.get(key) == value, f"{name} has not {key}: {value}")
    expect(not {"privileged", "cap_add"} & set(service), f"{name} has more rights than it needs")
    expect(re.fullmatch(r"[0-9]+[mg]", service.get("mem_limit", "")), f"{name} has no limit of memory")
    expect(service.get("pids_limit"), f"{name} has no limit of processes")
    options = service.get("logging", {}).get("options", {})
    expect(options.get("max-size") and options.get("max-file"), f"{name} has no limit of its log")
    if name in DAEMONS + SCALED_DAEMONS + ["database"]:
        health = service.get("healthcheck", {})
        expect(health.get("start_interval") == "1s", f"{name} is not asked often while it starts")
        expect(name == "database" or service.get("init") is True, f"{name} does not stop while it starts")
        expect(health.get("start_period") and health.get("timeout"), f"{name} has no patience while it starts")
    if "build" in service:
        expect("user" not in service, f"{name} is not the image's user")
        expect(service["build"]["target"] in PROGRAMS, f"{name} has no target of the Dockerfile")
    else:
        expect(re.fullmatch(r"[a-z]+:\d+\.\d+-[a-z]+", service["image"]), f"{name} has no image of one release")
        expect(service.get("user", "root") != "root", f"{name} is root's")
    for volume, _, _ in mounts(service):
        expect(volume in site["volumes"], f"{name} mounts {volume}, which is no volume")
    for network in service.get("networks", []):
        expect(network in site["networks"], f"{name} is on {network}, which is no network")
    for other in service.get("depends_on", {}):
        expect(other in site["services"], f"{name} waits for {other}, which is no service")


def check_scaled(services, networks):
    """Nothing of it is started but by its name, and its parts share what they have to and nothing else."""
    for name, service in services.items():
        expect((service.get("profiles") == ["scaled"]) == (name in SCALED), f"{name} is in the wrong profile")
    expect(networks["storage"] == {"internal": True}, "the database's network leads out")
    expect(services["database"]["networks"] == ["storage"], "the database is on another network than its own")
    servers = [services[name] for name in ["keys1", "keys2", "auth1", "auth2"]]
    for service in servers:
        expect(service["networks"] == ["servers", "storage"], "a scaled server is on other networks")
        expect(service["volumes"] == servers[0]["volumes"], "the scaled servers have not the same keys")
    settings = [service["environment"] for service in servers]
    for key, count in [("CLAVERO_DATABASE", 1), ("CLAVERO_AUDIT_LOG", 4), ("CLAVERO_ADMIN_SOCKET", 4)]:
        expect(len({values[key] for values in settings}) == count, f"the scaled servers have not {count} {key}")
    made = services["scaled-init"]["environment"]["SITE_DATABASE"]
    expect(made == settings[0]["CLAVERO_DATABASE"], "the scaled servers have another database than was made")
    upstreams = services["scaled-proxy"]["environment"]["CLAVERO_UPSTREAM"].split()
    ports = {"keys": "5000", "auth": "5001"}
    expect(upstreams == [f"{name}:{ports[name[:4]]}" for name in SCALED[3:7]], "the scaled proxy has other upstreams")
    for name in SCALED:
        sees = {volume for volume, _, _ in mounts(services[name])}
        expect("scaled-data" not in sees or name in SCALED[2:7], f"{name} sees the data directory")
        expect("password" not in sees or name in SCALED[:3], f"{name} sees the database's password")
