"""Checks what the manifests in Examples/kubernetes promise. It needs no cluster and no schema."""

import re

from report import expect

FILES = ["1-site.yaml", "2-servers.yaml", "3-proxy.yaml", "4-network.yaml"]
# How the kinds are named in the interface of each group.
VERSIONS = {
    "Namespace": "v1", "Secret": "v1", "PersistentVolumeClaim": "v1", "Service": "v1", "Job": "batch/v1",
    "StatefulSet": "apps/v1", "Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
}
# The files that each role may have; claverod(8), MANY MACHINES, says so.
ROLE_FILES = {
    "keys": "root.key token.pub audit.key audit.pub link/keys.crt link/keys.key link/ca.crt",
    "auth": "token.key token.pub audit.key audit.pub link/auth.crt link/auth.key link/ca.crt",
    "proxy": "link/proxy.crt link/proxy.key link/ca.crt tls/server.crt tls/server.key",
}


def check(yaml, folder):
    objects = []
    for name in FILES:
        objects += yaml.safe_load_all((folder / name).read_text(encoding="utf-8"))
    expect(sorted(path.name for path in folder.glob("*.yaml")) == FILES, f"{folder} has other manifests")
    by_name = {}
    for item in objects:
        kind, name = item["kind"], item["metadata"]["name"]
        expect(item["apiVersion"] == VERSIONS.get(kind), f"{kind} {name} has the version {item['apiVersion']}")
        expect(re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name), f"{name} is not a valid name")
        expect(kind == "Namespace" or item["metadata"].get("namespace") == "clavero", f"{name} is in another namespace")
        expect((kind, name) not in by_name, f"{kind} {name} is there twice")
        by_name[kind, name] = item
    workloads = [("Job", "init"), ("StatefulSet", "keys"), ("StatefulSet", "auth"), ("Deployment", "proxy")]
    for kind, role in workloads:
        check_pod(role, by_name[kind, f"clavero-{role}"], by_name)
    for kind, role in workloads[1:]:
        check_replicas(role, by_name[kind, f"clavero-{role}"], by_name)
    script = by_name["Job", "clavero-init"]["spec"]["template"]["spec"]["containers"][0]["args"][0]
    for role, files in ROLE_FILES.items():
        expect(f"cp -p --parents {files} ../{role}\n" in script, f"the Job gives {role} other files")
    check_network(by_name)


def check_pod(role, item, by_name):
    spec = item["spec"]["template"]["spec"]
    context = spec["securityContext"]
    expect(spec.get("automountServiceAccountToken") is False, f"{role} has the token of a service account")
    # Kubernetes' own variables for a service named clavero-… begin with CLAVERO_, as settings do.
    expect(spec.get("enableServiceLinks") is False, f"{role} gets variables that look like settings")
    expect(context["runAsNonRoot"] is True and context["runAsUser"] == 950, f"{role} is another user's than 950")
    expect(context["fsGroupChangePolicy"] == "OnRootMismatch", f"the modes of {role}'s files change at each start")
    expect(context["seccompProfile"] == {"type": "RuntimeDefault"}, f"{role} has no filter of system calls")
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    volumes |= {claim["metadata"]["name"]: claim for claim in item["spec"].get("volumeClaimTemplates", [])}
    for container in spec["containers"]:
        own = container["securityContext"]
        expect(own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"], f"{role} has too many rights")
        expect(own["capabilities"] == {"drop": ["ALL"]}, f"{role} has capabilities")
        expect({"cpu", "memory"} <= set(container["resources"]["limits"]), f"{role} has no limits")
        expect({"cpu", "memory"} <= set(container["resources"]["requests"]), f"{role} has no requests")
        expect(re.fullmatch(r"clavero-[a-z]+:[0-9.]+", container["image"]), f"{role} has an image of no version")
        for variable in container["env"]:
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                secret = by_name["Secret", reference["name"]]
                expect(reference["key"] in secret["stringData"], f"{variable['name']} is in no Secret")
        for mount in container["volumeMounts"]:
            expect(mount["name"] in volumes, f"{role} mounts {mount['name']}, which is no volume")
            if role != "init" and mount["name"] == "site":
                expect(mount["subPath"] == role and mount["readOnly"], f"{role} sees the files of another role")
    for volume in spec["volumes"]:
        if claim := volume.get("persistentVolumeClaim"):
            expect(("PersistentVolumeClaim", claim["claimName"]) in by_name, f"there is no {claim['claimName']}")


def check_replicas(role, item, by_name):
    spec, service = item["spec"], by_name["Service", f"clavero-{role}"]
    labels = spec["template"]["metadata"]["labels"]
    expect(spec["replicas"] == 2, f"{role} has not two pods")
    budget = by_name["PodDisruptionBudget", f"clavero-{role}"]["spec"]
    expect(budget["minAvailable"] == 1, f"both pods of {role} may be away")
    for selector in [spec["selector"]["matchLabels"], service["spec"]["selector"], budget["selector"]["matchLabels"]]:
        expect(selector == labels, f"a selector of {role} selects other pods")
    container, = spec["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for port in service["spec"]["ports"]:
        expect(ports.get(port["targetPort"]) == port["port"], f"the service of {role} leads to another port")
    # A database or a server that is down must restart no other program.
    for probe, path in [("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]:
        asked = container.get(probe, {}).get("httpGet")
        expect(asked == {"path": path, "port": "metrics"}, f"the {probe} of {role} does not ask for {path}")
    values = {variable["name"]: variable.get("value") for variable in container["env"]}
    expect(values["CLAVERO_METRICS"] == f"0.0.0.0:{ports['metrics']}", f"{role} answers no probes")
    # The kubelet asks from another address than the pod's.
    expect(values.get("CLAVERO_METRICS_CLIENTS"), f"{role} answers no kubelet")
    if role == "proxy":
        names = [name.rpartition(":") for name in values["CLAVERO_UPSTREAM"].split()]
        for name, _, port in names:
            other = by_name["Service", name]["spec"]
            expect(other["clusterIP"] == "None", f"the proxies do not see each server of {name}")
            expect([int(port)] == [entry["port"] for entry in other["ports"]], f"{name} has another port")
    else:
        expect(values["CLAVERO_LISTEN"] == f"0.0.0.0:{ports['link']}", f"{role} listens elsewhere")
        expect(spec["serviceName"] == f"clavero-{role}", f"the pods of {role} have no names")


def check_network(by_name):
    policies = {name: item["spec"] for (kind, name), item in by_name.items() if kind == "NetworkPolicy"}
    for name, policy in policies.items():
        open_ports = [port["port"] for rule in policy.get("ingress", []) for port in rule["ports"]]
        expect(9464 not in open_ports, f"{name} lets other pods ask for metrics")
    default = policies["clavero-default"]
    expect(default["podSelector"] == {} and default["policyTypes"] == ["Ingress", "Egress"], "the default is to allow")
    expect("ingress" not in default, "the default lets every pod in")
    for role, port in [("keys", 5000), ("auth", 5001)]:
        rule, = policies[f"clavero-{role}"]["ingress"]
        peers = [peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in rule["from"]]
        expect(peers == ["proxy"] and rule["ports"] == [{"protocol": "TCP", "port": port}], f"others reach {role}")
