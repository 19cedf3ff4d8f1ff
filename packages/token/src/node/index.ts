export { FileKeys, type FileKeysOptions } from "./file-keys.ts";
export { type OpenedKeys, type OpenKeysOptions, openKeys } from "./open-keys.ts";
export { readKeyFile } from "./read-key-file.ts";
