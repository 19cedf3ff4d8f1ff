/**
 * Writes what docs/gateway-query.md says of the query language, and src/gen from proto/otlp.binpb, the compiled form of the .proto files beside it, so that generating needs npm alone.
 * After a change of a .proto file: protoc -I proto --include_imports --include_source_info --descriptor_set_out=proto/otlp.binpb <files>.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { withLanguage } from "./query-language.ts";

const root = join(import.meta.dirname, "..");
const out = join(root, "src", "gen");
const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(join(root, "proto", "otlp.binpb")));
const request = create(CodeGeneratorRequestSchema, {
  fileToGenerate: file.map((each) => each.name),
  parameter: "target=ts,import_extension=ts,erasable_syntax=true",
  protoFile: file,
  sourceFileDescriptors: file,
});
const answer = execFileSync(join(root, "node_modules", ".bin", "protoc-gen-es"), {
  input: toBinary(CodeGeneratorRequestSchema, request),
  maxBuffer: 64 * 1024 * 1024,
});
const response = fromBinary(CodeGeneratorResponseSchema, answer);
if (response.error !== "") throw new Error(`protoc-gen-es: ${response.error}`);

rmSync(out, { recursive: true, force: true });
for (const { name, content } of response.file) {
  const path = join(out, name.replace("opentelemetry/proto/", ""));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const page = join(root, "..", "..", "docs", "gateway-query.md");
writeFileSync(page, withLanguage(readFileSync(page, "utf8")));
