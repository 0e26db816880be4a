#!/usr/bin/python3
"""Opens a page in headless Chromium, and tells how it looks: browser.py URL [DIRECTORY]

The page is shown on a telephone, 360 pixels wide, and on a screen of 1,280, both in light and in dark colours. For each of
the four, a line of JSON has what the page is asked: its widths, what reaches beyond the screen, the labels that are
broken, the smallest contrast of a
text to its background, and its text. The last line has the DOM, and every message that the browser wrote about the page,
such as a violation of its policy. With a directory, pictures are left there.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

BROWSER = "/usr/bin/chromium-headless-shell"

LOOK = r"""
(() => {
  const root = document.documentElement;
  const wide = [...document.querySelectorAll("body *")].filter(
    e => e.getBoundingClientRect().right > root.clientWidth + 0.5).map(e => e.outerHTML.slice(0, 120));
  const parse = c => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const background = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  let contrast = 21, faint = "";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(e.closest("svg") ? style.fill : style.color)), light(background(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < contrast) [contrast, faint] = [ratio, e.outerHTML.slice(0, 120)];
  }
  // A label of a cell must not be narrower than its text.
  const pen = document.createElement("canvas").getContext("2d");
  const broken = [...document.querySelectorAll("td")].filter(e => {
    const label = getComputedStyle(e, "::before");
    pen.font = label.font;
    return label.content !== "none" && parseFloat(label.width) + 0.5 < pen.measureText(e.dataset.label).width;
  }).map(e => e.dataset.label);
  return JSON.stringify({broken, client: root.clientWidth, scroll: root.scrollWidth, height: root.scrollHeight, wide, contrast,
    faint, text: document.body.innerText, refresh: document.querySelector("meta[http-equiv=refresh]")?.content ?? null,
    badges: [...document.querySelectorAll(".badge")].map(e => e.innerText)});
})()
"""


class Browser:
    """Chromium, which is asked by its debugging protocol over a pipe. It loads nothing but the page."""

    def __init__(self, home):
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()

        def descriptors():
            # The two must be 3 and 4, and may be those already.
            read, write = os.dup(down_read), os.dup(up_write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        words = [BROWSER, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 "--no-first-run", "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={home}"]
        self.process = subprocess.Popen(words, close_fds=False, preexec_fn=descriptors, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": home})
        os.close(down_read)
        os.close(up_write)
        self.number, self.pending, self.events = 0, b"", []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.ask(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.pending:
            part = os.read(self.up, 1 << 20)
            if not part:
                sys.exit("the browser has ended")
            self.pending += part
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.down, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        """Waits for an event that has come since the last call, or comes now."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())
        self.events = [event for event in self.events if event.get("method") != method]

    def evaluate(self, expression):
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")


def main():
    url, directory = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    messages = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = Browser(home)
        for name, width in (("phone", 360), ("desktop", 1280)):
            for scheme in ("light", "dark"):
                browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=2,
                            mobile=width < 500)
                browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.ask("Page.navigate", url=url)
                browser.wait("Page.loadEventFired")
                seen = json.loads(browser.evaluate(LOOK))
                print(json.dumps({"screen": name, "scheme": scheme, **seen}))
                if directory:
                    clip = {"x": 0, "y": 0, "width": width, "height": seen["height"], "scale": 1}
                    picture = browser.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
                    with open(f"{directory}/{name}-{scheme}.png", "wb") as file:
                        file.write(base64.b64decode(picture))
        for event in browser.events:
            if event.get("method") == "Log.entryAdded":
                messages.append(event["params"]["entry"]["text"])
        requests = {event["params"]["request"]["url"] for event in browser.events
                    if event.get("method") == "Network.requestWillBeSent"}
        print(json.dumps({"dom": browser.evaluate("document.documentElement.outerHTML"), "messages": messages,
                          "requests": sorted(requests)}))
        browser.process.kill()
        browser.process.wait()


main()
