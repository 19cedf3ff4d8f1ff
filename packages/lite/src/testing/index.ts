export { type ConformanceCase, type TransportPair, transportConformance } from "./conformance.ts";
export { FakeClock, settle } from "./fake-clock.ts";
export { MemorySocket, type MemoryTransportOptions, memorySocketPair, memoryTransport, memoryTransportPair } from "./memory.ts";
