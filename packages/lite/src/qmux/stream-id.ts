/** A stream id (qmux-websocket §3.3): bit 0 says who opened it, bit 1 whether it is one-way, the rest counts. */
export function streamId(index: number, kind: { readonly byServer: boolean; readonly uni: boolean }): number {
  return index * 4 + (kind.uni ? 2 : 0) + (kind.byServer ? 1 : 0);
}
export function isUni(id: number): boolean {
  return Math.floor(id / 2) % 2 === 1;
}
export function isByServer(id: number): boolean {
  return id % 2 === 1;
}
export function indexOf(id: number): number {
  return Math.floor(id / 4);
}
