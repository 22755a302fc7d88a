/** A target as somebody types it: user, host and port in one, or without the first and last. */
export interface TypedTarget {
  /** What ssh takes: `root@203.0.113.5`. */
  readonly target: string;
  readonly port: number | undefined;
}

/** What is wrong with a target that is typed, in the words of whoever types it; undefined when nothing is. */
export function targetProblem(text: string): string | undefined {
  const typed = withoutScheme(text);
  if (typed === "") return "Type a host, such as root@203.0.113.5.";
  if (/\s/.test(typed)) return "A destination of ssh has no spaces.";
  if (typed.startsWith("-")) return "A destination of ssh does not begin with a dash.";
  const at = typed.lastIndexOf("@");
  if (at === 0) return "The user is missing before the @.";
  if (at === typed.length - 1) return "The host is missing after the @.";
  if (typed.includes("/", at)) return "A destination of ssh has no slashes.";
  const { host, port } = splitHost(typed.slice(at + 1));
  if (host === "") return "The host is missing before the port.";
  if (port === "") return "The port is missing after the colon.";
  if (port !== undefined && portProblem(port) !== undefined)
    return `${port} is no port: it is a number from 1 to 65535.`;
  if (/[^A-Za-z0-9.:_%-]/.test(host)) return `"${host}" is no name and no address of a host.`;
  if (/^[\d.]+$/.test(host) && !isAddress(host)) return `${host} is no address: it has four numbers up to 255.`;
  return undefined;
}

/** Reads a target in which `targetProblem` finds nothing. */
export function parseTarget(text: string): TypedTarget {
  const typed = withoutScheme(text);
  const at = typed.lastIndexOf("@");
  const { host, port } = splitHost(typed.slice(at + 1));
  return { target: `${typed.slice(0, at + 1)}${host}`, port: port === undefined ? undefined : Number(port) };
}

/** What is wrong with a port that is typed. */
export function portProblem(text: string): string | undefined {
  const isPort = /^\d{1,5}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 65_535;
  return isPort ? undefined : "A port is a number from 1 to 65535.";
}

/** Providers show `ssh://root@203.0.113.5:2222`, which ssh takes, too. */
function withoutScheme(text: string): string {
  return text.trim().replace(/^ssh:\/\/([^/]*)\/?$/i, "$1");
}

/** `host:2222` and `[2001:db8::1]:2222`; an address of version 6 without brackets has no port. */
function splitHost(text: string): { host: string; port: string | undefined } {
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return { host: bracketed, port: bracketedPort };
  const [host = "", port, more] = text.split(":");
  return port === undefined || more !== undefined ? { host: text, port: undefined } : { host, port };
}

function isAddress(text: string): boolean {
  const numbers = text.split(".");
  return numbers.length === 4 && numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) <= 255);
}
