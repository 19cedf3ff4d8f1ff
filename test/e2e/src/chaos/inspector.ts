/** What is used of the answers of Node's inspector. */
interface Told {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** Has a process that runs with `--inspect` collect its garbage, and gives what it holds then, in bytes. */
export async function collectGarbage(inspector: string): Promise<{ readonly rss: number; readonly heap: number }> {
  const [target] = (await (await fetch(`${inspector}/json/list`)).json()) as { readonly webSocketDebuggerUrl: string }[];
  if (!target) throw new Error(`nothing is inspected at ${inspector}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const answers = new Map<number, (told: Told) => void>();
  socket.addEventListener("message", ({ data }) => {
    const told = JSON.parse(String(data)) as Told;
    if (told.id !== undefined) answers.get(told.id)?.(told);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`${inspector} cannot be reached`)));
  });
  let next = 0;
  const ask = (method: string, params: object = {}): Promise<Told> =>
    new Promise((resolve) => {
      const id = next++;
      answers.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  try {
    // Twice: what the first collection finalizes is free after the second.
    for (let turn = 0; turn < 2; turn++) await ask("HeapProfiler.collectGarbage");
    const expression = "JSON.stringify(process.memoryUsage())";
    const { result } = await ask("Runtime.evaluate", { expression, returnByValue: true });
    const { rss, heapUsed, external } = JSON.parse(String(result?.result?.value)) as NodeJS.MemoryUsage;
    return { rss, heap: heapUsed + external };
  } finally {
    socket.close();
  }
}
