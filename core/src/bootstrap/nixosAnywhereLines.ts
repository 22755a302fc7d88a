/** What a line of nixos-anywhere's output says. */
export type NixosAnywhereLine =
  | { readonly type: "step"; readonly title: string }
  | { readonly type: "aborted"; readonly message: string }
  | { readonly type: "kexec-started" }
  | { readonly type: "waiting" }
  | { readonly type: "installing"; readonly what: string }
  | { readonly type: "done" };

/** Reads a line as nixos-anywhere 1.10 to 1.13 print it (src/nixos-anywhere.sh); undefined for all others. */
export function parseNixosAnywhereLine(line: string): NixosAnywhereLine | undefined {
  const text = line.trimEnd();
  const title = /^### (.+) ###$/.exec(text)?.[1];
  if (title === "Done!") return { type: "done" };
  if (title !== undefined) return { type: "step", title };
  const message = /^aborted: (.+)$/.exec(text)?.[1];
  if (message !== undefined) return { type: "aborted", message };
  if (text.includes("machine will boot into nixos")) return { type: "kexec-started" };
  if (/^ssh: connect to host \S+ port \d+: /.test(text)) return { type: "waiting" };
  if (text === "installing the boot loader..." || text === "installation finished!")
    return { type: "installing", what: text.replace(/[.!]+$/, "") };
  return undefined;
}
