export { type ConformanceCase, type ConformanceNeed, type TransportPair, transportConformance } from "./conformance.ts";
export { type MemoryDatagramOptions, MemoryDatagrams, memoryDatagramPair, withDatagrams } from "./datagrams.ts";
export { FakeClock, settle } from "./fake-clock.ts";
export { MemorySocket, type MemoryTransportOptions, memorySocketPair, memoryTransport, memoryTransportPair } from "./memory.ts";
