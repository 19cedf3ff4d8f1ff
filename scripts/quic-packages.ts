import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * The platforms of @moqscope/quic. Without arguments (`pnpm release`): their packages become optionalDependencies of the manifest that
 * is about to be published. The committed one has none, because an install from the lock file must not ask for what is not released.
 * With a folder of addons and one to write to (`.github/workflows/quic.yml`): the packages themselves.
 */
const [artifacts, output] = process.argv.slice(2);

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly repository: unknown;
  readonly engines: unknown;
  readonly napi: { readonly binaryName: string; readonly targets: readonly string[] };
  optionalDependencies?: Record<string, string>;
}

interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly abi: string;
}

/** Rust's name of a platform in npm's words; the same as in packages/quic/src/native.ts. */
const platforms: Readonly<Record<string, Platform>> = {
  "x86_64-unknown-linux-gnu": { os: "linux", cpu: "x64", abi: "-gnu" },
  "aarch64-unknown-linux-gnu": { os: "linux", cpu: "arm64", abi: "-gnu" },
  "aarch64-apple-darwin": { os: "darwin", cpu: "arm64", abi: "" },
  "x86_64-apple-darwin": { os: "darwin", cpu: "x64", abi: "" },
  "x86_64-pc-windows-msvc": { os: "win32", cpu: "x64", abi: "-msvc" },
};

const folder = resolve(import.meta.dirname, "../packages/quic");
const path = join(folder, "package.json");
const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
const optional: Record<string, string> = {};
for (const target of manifest.napi.targets) {
  const platform = platforms[target];
  if (platform === undefined) throw new Error(`${target} has no name in npm`);
  const name = `@moqscope/quic-${platform.os}-${platform.cpu}${platform.abi}`;
  optional[name] = manifest.version;
  if (artifacts !== undefined && output !== undefined) write(name, platform, { artifacts, output });
}
if (output === undefined) {
  manifest.optionalDependencies = optional;
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
console.log(Object.keys(optional).join("\n"));

function write(name: string, { os, cpu, abi }: Platform, folders: { readonly artifacts: string; readonly output: string }): void {
  const main = `${manifest.napi.binaryName}.${os}-${cpu}${abi}.node`;
  const addon = join(folders.artifacts, main);
  if (!existsSync(addon)) throw new Error(`${addon} is missing: a release has all platforms or does not happen`);
  const to = join(folders.output, `${os}-${cpu}${abi}`);
  mkdirSync(to, { recursive: true });
  copyFileSync(addon, join(to, main));
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(folder, licence), join(to, licence));
  const { version, license, repository, engines } = manifest;
  const own = { name, version, description: `The addon of @moqscope/quic for ${os} ${cpu}.`, license, repository, engines };
  const where = { os: [os], cpu: [cpu], ...(os === "linux" ? { libc: ["glibc"] } : {}) };
  const all = { ...own, main, files: [main, "LICENSE-*"], ...where, publishConfig: { access: "public" } };
  writeFileSync(join(to, "package.json"), `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(join(to, "README.md"), `# ${name}\n\nThe addon of \`@moqscope/quic\` for ${os} ${cpu}; install that, not this.\n`);
}
