/** Which output of a program a line came from. */
export type OutputStream = "stdout" | "stderr";

export interface LineCollector {
  take(chunk: Buffer): void;
  /** Hands over an unfinished last line and gives the text, of long outputs the end, which is where errors are. */
  end(): string;
}

/** How much of an output is kept when nothing else is asked for. */
const usuallyKept = 4_000_000;

/** A line that does not end is handed over in pieces of this length, in UTF-16 units: who writes it may never end it. */
export const longestLine = 1_000_000;

/** Cuts bytes into lines without their ends, as they come; a carriage return ends a line too, as progress displays use it. */
export function lineCollector(
  stream: OutputStream,
  onLine?: (line: string, stream: OutputStream) => void,
  keptCharacters: number = usuallyKept,
): LineCollector {
  const decoder = new TextDecoder();
  const kept: string[] = [];
  let length = 0;
  let rest = "";
  const emit = (more: string): void => {
    kept.push(more);
    length += more.length;
    for (let [first] = kept; first !== undefined && length - first.length >= keptCharacters; [first] = kept) {
      kept.shift();
      length -= first.length;
    }
    if (!onLine) return;
    const lines = (rest + more).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line, stream);
    for (; rest.length >= longestLine; rest = rest.slice(longestLine)) onLine(rest.slice(0, longestLine), stream);
  };
  return {
    take: (chunk) => emit(decoder.decode(chunk, { stream: true })),
    end() {
      emit(decoder.decode());
      if (rest !== "") onLine?.(rest, stream);
      rest = "";
      return kept.join("").slice(-keptCharacters);
    },
  };
}
