import { resolve } from "node:path";

/**
 * A reporter for `node --test`: the absolute path of each file in which a test failed, or that did not get as far as its tests, a
 * line each.
 *
 * @param {AsyncIterable<{ type: string, data: any }>} events of https://nodejs.org/api/test.html#event-testfail
 */
// biome-ignore lint/style/noDefaultExport: reporters are loaded that way
export default async function* failedFiles(events) {
  const files = new Set();
  // What fails outside of a test is reported as a test with the name of the file.
  for await (const { type, data } of events) if (type === "test:fail") files.add(resolve(data.file ?? data.name));
  for (const file of files) yield `${file}\n`;
}
