// The reference parser of connect.yaml for devtools/bench/specification.py: for each line it reads all files once
// and answers with the seconds of computing.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [packageFolder, corpus] = process.argv.slice(2);
const { SpecificationParser } = await import(pathToFileURL(`${packageFolder}/dist/specification.parser.js`).href);
const texts = readdirSync(corpus).filter((name) => name.endsWith(".yaml")).sort().map((name) => readFileSync(`${corpus}/${name}`, "utf8"));
const parser = new SpecificationParser();
for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  for (const text of texts) {
    try {
      await parser.parse(text);
    } catch {
      // A file that is not valid costs its problems.
    }
  }
  const used = process.cpuUsage(before);
  process.stdout.write(`${(used.user + used.system) / 1e6}\n`);
}
