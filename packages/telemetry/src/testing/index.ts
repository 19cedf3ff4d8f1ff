export { type MemoryRecorder, memoryRecorder, type RecordedEvent, type RecordedSpan } from "./memory-recorder.ts";
