import { isIPv6 } from "node:net";

/** What connections are counted by: an IPv4 address, or the /64 of an IPv6 address (one customer usually holds a whole one). */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const plain = address.split("%")[0] ?? "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  return isIPv6(plain) ? `${network64(plain)}::/64` : plain;
}

function network64(address: string): string {
  const [head = "", tail] = address.split("::");
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const all = [...left, ...Array.from({ length: middle }, () => "0"), ...right];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** A dotted tail stands for two groups; it is never among the first four, so its value does not matter. */
function groups(text: string): string[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
