/** Which output of a program a line came from. */
export type OutputStream = "stdout" | "stderr";

export interface LineCollector {
  take(chunk: Buffer): void;
  /** Hands over an unfinished last line and gives the text, of long outputs the end, which is where errors are. */
  end(): string;
}

const keptCharacters = 4_000_000;

/** Cuts bytes into lines without their ends, as they come; a carriage return ends a line too, as progress displays use it. */
export function lineCollector(
  stream: OutputStream,
  onLine?: (line: string, stream: OutputStream) => void,
): LineCollector {
  const decoder = new TextDecoder();
  let text = "";
  let rest = "";
  const emit = (more: string): void => {
    text = (text + more).slice(-keptCharacters);
    if (!onLine) return;
    const lines = (rest + more).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line, stream);
  };
  return {
    take: (chunk) => emit(decoder.decode(chunk, { stream: true })),
    end() {
      emit(decoder.decode());
      if (rest !== "") onLine?.(rest, stream);
      rest = "";
      return text;
    },
  };
}
