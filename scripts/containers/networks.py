"""The networks of compose.yaml: a bridge for each, and a network namespace for each service. None leads out."""

import ctypes
import os

from report import expect, run

CLONE_NEWNET = 0x40000000


def isolate():
    """Puts this process into a network of its own, which has loopback and nothing else."""
    libc = ctypes.CDLL(None, use_errno=True)
    expect(libc.unshare(CLONE_NEWNET) == 0, f"no network of its own: {os.strerror(ctypes.get_errno())}")
    run("ip", "link", "set", "lo", "up")


class Networks:
    def __init__(self, services, names):
        """Makes them for the services that run together. Like an engine, it gives each service a hosts file."""
        self.names, self.services = list(names), list(services)
        self.prefix = f"clavero-{os.getpid()}"
        self.addresses = {network: {} for network in names}
        self.aliases = {}
        for place, network in enumerate(self.names, 1):
            run("ip", "link", "add", f"net{place}", "type", "bridge")
            run("ip", "link", "set", f"net{place}", "up")
        for number, (name, service) in enumerate(services.items(), 1):
            self.add(number, name, service.get("networks", []))

    def namespace(self, service):
        return f"{self.prefix}-{service}"

    def add(self, number, service, networks):
        space = self.namespace(service)
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        self.aliases[service] = {service}
        for network in networks:
            place = self.names.index(network) + 1
            if isinstance(networks, dict):
                self.aliases[service] |= set(networks[network].get("aliases", []))
            address, wire = f"10.78.{place}.{number}", f"wire{place}x{number}"
            run("ip", "link", "add", wire, "type", "veth", "peer", "name", f"eth{place}", "netns", space)
            run("ip", "link", "set", wire, "master", f"net{place}", "up")
            run("ip", "-n", space, "address", "add", f"{address}/24", "dev", f"eth{place}")
            run("ip", "-n", space, "link", "set", f"eth{place}", "up")
            self.addresses[network][service] = address

    def hosts(self, service):
        """Returns the content of a service's hosts file: itself, and those on its networks."""
        lines = ["127.0.0.1 localhost"]
        for members in self.addresses.values():
            if service in members:
                lines += [f"{address} {' '.join(sorted(self.aliases[other]))}" for other, address in members.items()]
        return "\n".join(lines) + "\n"

    def enter(self, service):
        """Moves this process into the service's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(f"/run/netns/{self.namespace(service)}", os.O_RDONLY)
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)

    def remove(self):
        for service in self.services:
            if os.path.exists(f"/run/netns/{self.namespace(service)}"):
                run("ip", "netns", "delete", self.namespace(service))
        for place in range(1, len(self.names) + 1):
            run("ip", "link", "delete", f"net{place}")
