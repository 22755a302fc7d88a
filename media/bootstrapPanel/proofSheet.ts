import type { RunState } from "../../core/src/bootstrap/runState.ts";
import { element } from "../element.ts";
import { replaceContent } from "./dom.ts";
import { icon } from "./icon.ts";
import type { RunPart } from "./runPart.ts";

/** What each check looks for; checks of a newer program go by their names. */
const titles: Readonly<Record<string, string>> = {
  profile: "The system's profile leads to what was built",
  "store-on-disk": "The store is on the disk",
  "boot-loader": "The boot loader is installed",
  "sshd-config": "sshd has its configuration",
  "sshd-accepts-config": "sshd accepts its configuration",
  "sshd-enabled": "sshd is started at boot",
  "etc-shadowed": "No persisted directory hides generated files",
  mounts: "File systems that are waited for are there",
  network: "The network is configured",
  "host-keys": "Nobody else can read the host keys",
  "own-key": "A key of this computer may log in",
  login: "Somebody can log in over ssh",
  "console-login": "Somebody can log in on the console",
  activation: "The activation left no error",
  "current-system": "What runs is what was built",
  "etc-ssh-hidden": "/etc/ssh is not hidden",
  units: "No unit has failed",
  sshd: "sshd runs",
  swap: "The swap is on",
};

const sheets = [
  ["proof-before-reboot", "Before the reboot"],
  ["proof-after-boot", "After the reboot"],
] as const;

/** Every check of the installed system, once there are any. */
export function createProofSheet(): RunPart {
  const sheet = element("div");
  const section = element(
    "section",
    { class: "proof", "aria-labelledby": "proof", hidden: true },
    element("h2", { id: "proof" }, "Proof"),
    sheet,
  );
  let shown: RunState["checks"] = [];
  return {
    element: section,
    draw({ view }) {
      const { checks } = view.state;
      if (checks === shown) return;
      shown = checks;
      section.hidden = checks.length === 0;
      replaceContent(
        sheet,
        ...sheets.map(([step, title]) =>
          part(
            title,
            checks.filter((check) => check.step === step),
          ),
        ),
      );
    },
  };
}

function part(title: string, checks: RunState["checks"]): HTMLElement | undefined {
  if (checks.length === 0) return undefined;
  const passed = checks.filter((check) => check.passed).length;
  return element(
    "table",
    { class: "checks" },
    element("caption", {}, `${title}: ${passed} of ${checks.length} passed`),
    element(
      "thead",
      { class: "visually-hidden" },
      element("tr", {}, ...["Result", "Check"].map((text) => element("th", { scope: "col" }, text))),
    ),
    element("tbody", {}, ...checks.map(row)),
  );
}

function row({ check, passed, detail }: RunState["checks"][number]): HTMLElement {
  return element(
    "tr",
    { class: passed ? "passed" : "failed" },
    element("td", { class: "result" }, icon(passed ? "done" : "failed"), passed ? "Passed" : "Failed"),
    element(
      "td",
      {},
      Object.hasOwn(titles, check) ? titles[check] : check,
      detail === "" ? undefined : element("p", { class: "check-detail" }, detail),
    ),
  );
}
