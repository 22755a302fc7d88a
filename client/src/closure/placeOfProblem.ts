/** A part of a line; lines and characters count from 0. */
export interface PlaceInText {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** Where in a budget file is what a problem with it names, such as `hosts.vps.maxClosure`; its first line when it names nothing. */
export function placeOfProblem(problem: string, text: string): PlaceInText {
  const lines = text.split("\n");
  const [, path = ""] = /: (hosts(?:\.\S+)?|\S+) is /.exec(problem) ?? [];
  const names = path.split(".");
  let found: PlaceInText | undefined;
  let from = 0;
  for (const name of names) {
    const key = JSON.stringify(name);
    const line = lines.findIndex((content, index) => index >= from && content.includes(key));
    if (line === -1) break;
    const start = lines[line]?.indexOf(key) ?? 0;
    found = { line, start, end: start + key.length };
    from = line;
  }
  return found ?? { line: 0, start: 0, end: lines[0]?.length ?? 0 };
}
