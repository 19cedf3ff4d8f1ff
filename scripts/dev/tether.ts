/**
 * Loaded into every process that `dev` starts (`--import`): when `dev` is gone, however it went, the channel to it closes and the
 * process ends itself.
 */
process.once("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 3_000).unref();
});
// The listener above must not keep a process alive that has nothing left to do.
process.channel?.unref();
